"""State from step to step and random numbers in the bridge: the same bits however columns are divided, and after a restart."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.bridge import BridgeError, Scheme
from paramnet.bridge.loader import load_module
from paramnet.contract import Contract
from paramnet.exporting import contract_manifest, write_artefact
from paramnet.noise import standard_normal

INVALID, UNBOUND = 1, 5
START, RANDOM = [0.5, -0.25], 3
COLUMNS, STEPS = 200, 5
NUMBERS = np.random.default_rng(3).permutation(10**12 + np.arange(COLUMNS))


class Walk(torch.nn.Module):
    """Outputs and new state mix inputs, old state and random numbers."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        self.mix = torch.nn.Linear(n_in + len(START) + RANDOM, n_out + len(START))
        with torch.no_grad():
            self.mix.weight.copy_(torch.randn(self.mix.weight.shape, generator=generator) * 0.05)
        self.register_buffer("scale", torch.cat([torch.full((n_in,), 1e-5), torch.ones(len(START) + RANDOM)]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(self.mix(x * self.scale))


@pytest.fixture(scope="module")
def walk(built_bridge: Path, convection: Contract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("walk") / "walk.pt"
    described = contract_manifest(convection, "walk") | {"state": [{"name": "memory", "start": START}], "random_numbers": RANDOM}
    write_artefact(Walk(convection.n_in, convection.n_out).eval(), described, path)
    return path


class Host:
    """Some columns of a model: binds arrays, and steps."""

    def __init__(self, scheme: Scheme, columns: np.ndarray, numbers: np.ndarray) -> None:
        self.scheme, self.inputs, self.outputs = scheme, [], []
        first = 0
        for variable in scheme.inputs:
            part = np.ascontiguousarray(columns[:, first : first + variable["levels"]])
            self.inputs.append(part if variable["profile"] else part[:, 0].copy())
            scheme.bind_input(variable["name"], variable["units"], self.inputs[-1])
            first += variable["levels"]
        for variable in scheme.outputs:
            shape = (len(columns), variable["levels"]) if variable["profile"] else (len(columns),)
            self.outputs.append(np.zeros(shape, np.float32))
            scheme.bind_output(variable["name"], variable["units"], self.outputs[-1])
        scheme.bind_columns(numbers)

    def result(self) -> np.ndarray:
        return np.concatenate([output.reshape(len(output), -1) for output in self.outputs], axis=1).copy()


def opened(path: Path, **options: object) -> Scheme:
    scheme = Scheme(path, strict=False, **options)  # type: ignore[arg-type]
    scheme.set_noise(7, 2)
    return scheme


def steps(host: Host, first: int = 0, count: int = STEPS) -> list[np.ndarray]:
    results = []
    for step in range(first, first + count):
        host.scheme.set_step(step)
        host.scheme.run(len(host.outputs[0]))
        results.append(host.result())
    return results


@pytest.fixture(scope="module")
def expected(walk: Path, columns: np.ndarray) -> list[np.ndarray]:
    host = Host(opened(walk), columns[:COLUMNS], NUMBERS)
    host.scheme.start_state()
    return steps(host)


def same(results: list[np.ndarray], expected: list[np.ndarray]) -> bool:
    return len(results) == len(expected) and all(a.tobytes() == b.tobytes() for a, b in zip(results, expected, strict=True))


def test_it_computes_what_the_network_computes(walk: Path, columns: np.ndarray, expected: list[np.ndarray], convection: Contract) -> None:
    network, state = torch.jit.load(str(walk)), torch.tensor(START).repeat(COLUMNS, 1)
    for step, got in enumerate(expected):
        random = torch.from_numpy(standard_normal(7, 2, step, NUMBERS, RANDOM))
        with torch.no_grad():
            y = network(torch.cat([torch.from_numpy(columns[:COLUMNS]).float(), state, random], dim=1))
        np.testing.assert_allclose(got, y[:, : convection.n_out], rtol=0, atol=2e-6)
        state = y[:, convection.n_out :]
    assert not np.array_equal(expected[0], expected[1])


@pytest.mark.parametrize("options", [{"threads": 2}, {"backend": "torchscript"}, {"precision": "float64"}], ids=str)
def test_threads_and_backends_take_the_same_numbers(walk: Path, columns: np.ndarray, expected: list[np.ndarray], options: dict) -> None:
    host = Host(opened(walk, **options), columns[:COLUMNS], NUMBERS)
    host.scheme.start_state()
    results = steps(host)
    if "threads" in options:
        assert same(results, expected)
    np.testing.assert_allclose(results, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("isa", ["avx2", "portable"])
def test_every_instruction_set_draws_the_same_numbers(built_bridge: Path, isa: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAMNET_ISA", isa)
    numbers = load_module().standard_normal(3, 4, 5, NUMBERS[:37], 11)
    assert numbers.T.tobytes() == standard_normal(3, 4, 5, NUMBERS[:37], 11).tobytes()


def test_ranks_in_another_order_draw_the_same_numbers(walk: Path, columns: np.ndarray, expected: list[np.ndarray]) -> None:
    order = np.random.default_rng(5).permutation(COLUMNS)
    results = [np.zeros_like(one) for one in expected]
    for part in (order[:71], order[71:]):  # as two ranks, each with its own scheme
        host = Host(opened(walk), columns[part], NUMBERS[part])
        host.scheme.start_state()
        for step, result in enumerate(steps(host)):
            results[step][part] = result
    assert same(results, expected)


@pytest.mark.parametrize("chunk", [16, 64])
def test_chunks_queued_or_run_by_threads_draw_the_same_numbers(
    walk: Path, columns: np.ndarray, expected: list[np.ndarray], chunk: int
) -> None:
    scheme, host = opened(walk), None
    parts = [slice(first, first + chunk) for first in range(0, COLUMNS, chunk)]
    hosts = [Host(scheme.share(), columns[:COLUMNS][part], NUMBERS[part]) for part in parts]
    for host in hosts:
        host.scheme.start_state()
    results = []
    for step in range(STEPS):
        scheme.set_step(step)
        if step % 2:
            for host in hosts:
                host.scheme.enqueue(len(host.outputs[0]))
            scheme.flush()
        else:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda host: host.scheme.run(len(host.outputs[0])), hosts))
        results.append(np.concatenate([host.result() for host in hosts]))
    assert same(results, expected)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_restart_continues_with_the_same_bits(walk: Path, columns: np.ndarray, precision: str) -> None:
    whole = Host(opened(walk, precision=precision), columns[:COLUMNS], NUMBERS)
    whole.scheme.start_state()
    uninterrupted = steps(whole)
    first = Host(opened(walk, precision=precision), columns[:COLUMNS], NUMBERS)
    first.scheme.start_state()
    steps(first, 0, 3)
    state = first.scheme.get_state()
    assert state.shape == (COLUMNS, len(START)) and state.dtype == np.float32
    second = Host(opened(walk, precision=precision), columns[:COLUMNS], NUMBERS)
    second.scheme.set_state(state)
    assert same(steps(second, 3, 2), uninterrupted[3:])


def test_a_step_repeated_starts_from_the_same_state(walk: Path, columns: np.ndarray, expected: list[np.ndarray]) -> None:
    host = Host(opened(walk), columns[:COLUMNS], NUMBERS)
    host.scheme.start_state()
    results = []
    for step in range(STEPS):
        steps(host, step, 1)
        results += steps(host, step, 1)
    assert same(results, expected)


def test_without_random_numbers_zeros_take_their_place(walk: Path, columns: np.ndarray, convection: Contract) -> None:
    host = Host(opened(walk), columns[:COLUMNS], NUMBERS)
    host.scheme.start_state()
    host.scheme.stochastic(False)
    (result,) = steps(host, 0, 1)
    alone, _ = host.scheme.predict(columns[:COLUMNS])  # one shot: start values and zeros
    assert result.tobytes() == alone.astype(np.float32).tobytes()


def test_a_column_that_is_not_finite_keeps_its_state(walk: Path, columns: np.ndarray) -> None:
    host = Host(opened(walk), columns[:COLUMNS], NUMBERS)
    host.scheme.start_state()
    steps(host, 0, 1)
    before = host.scheme.get_state()
    host.inputs[0][5, 2] = np.nan
    steps(host, 1, 1)
    after = host.scheme.get_state()
    assert after[5].tobytes() == before[5].tobytes() and not (after[[4, 6]] == before[[4, 6]]).any()


def test_a_host_that_forgets_a_call_is_told_which(walk: Path, columns: np.ndarray) -> None:
    def refused(call) -> BridgeError:
        with pytest.raises(BridgeError) as problem:
            call()
        return problem.value

    scheme = opened(walk)
    host = Host(scheme, columns[:COLUMNS], NUMBERS)
    scheme.set_step(0)
    no_state = refused(lambda: scheme.run(COLUMNS))
    assert no_state.status == UNBOUND and "set_state" in str(no_state) and "start_state" in str(no_state)
    scheme.start_state()
    scheme.run(COLUMNS)
    scheme.set_step(2)
    assert refused(lambda: scheme.run(COLUMNS)).status == INVALID  # the state is of step 0
    assert refused(lambda: scheme.set_state(np.zeros((COLUMNS, 3), np.float32))).status == INVALID
    scheme.bind_columns(NUMBERS[:10])
    scheme.start_state()
    assert refused(lambda: scheme.run(COLUMNS)).status == INVALID  # more columns than numbers
    other = Host(opened(walk), columns[:COLUMNS], NUMBERS)
    other.scheme.start_state()
    no_step = refused(lambda: other.scheme.run(COLUMNS))
    assert no_step.status == UNBOUND and "set_step" in str(no_step)
    for call in (
        lambda: scheme.set_noise(-1, 0),
        lambda: scheme.set_noise(0, 2**32),
        lambda: scheme.set_step(-1),
        lambda: scheme.bind_columns(np.array([-1])),
    ):
        assert refused(call).status == INVALID
    assert host.scheme is scheme
