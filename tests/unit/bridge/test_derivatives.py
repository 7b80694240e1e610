"""Tangent and adjoint through the bridge: the gradient of the trained module, with any layout, units and threads."""

import copy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from shipped_schemes import CONSTRAINTS, DQ, FEATURES, RAIN, SO_FAR, random_scheme

from paramnet.bridge import BridgeError, Scheme
from paramnet.cli.config import composed, typed
from paramnet.contract import Contract
from paramnet.exporting import write_artefact
from paramnet.exporting.manifest import contract_manifest
from paramnet.scheme.networks import ModelConfig
from paramnet.training import TrainConfig

INVALID, MISMATCH, UNBOUND = 1, 4, 5
ALL_FEATURES = {kind: variables | (SO_FAR if "temperature" in variables else {}) for kind, variables in FEATURES.items()}
GATED = ModelConfig(hidden=[48, 48], activation="silu", gate="variable", gate_stretch=0.1, skip=True, input_limit=10.0)
CASES: dict[str, tuple[ModelConfig | str, dict | None, dict | None]] = {
    "linear": (ModelConfig(kind="linear"), None, None),
    "9 x 256": (ModelConfig(hidden=[256] * 9), None, None),
    "every feature and constraint": (GATED, ALL_FEATURES, CONSTRAINTS),
    "gelu, gate per level": (
        ModelConfig(hidden=[33], activation="gelu", gate="level"),
        None,
        {"non_negative": CONSTRAINTS["non_negative"]},
    ),
    "column_unet": ("column_unet", None, None),
    "column_bilstm": ("column_bilstm", None, None),
    "column_transformer": ("column_transformer", None, None),
    "random_fourier": ("random_fourier", None, None),
}


def written(case: str, contract: Contract, columns: np.ndarray, folder: Path) -> tuple[torch.nn.Module, Path]:
    model, features, constraints = CASES[case]
    if isinstance(model, str):
        model = typed(composed("train", [f"model={model}", "store=none"]), TrainConfig).model
    module = random_scheme(contract, columns, model, features, constraints)
    write_artefact(module, contract_manifest(contract, ""), folder / "scheme.pt")
    return module, folder / "scheme.pt"


class Host:
    """Columns bound by name: inputs x, perturbations dx and dy, (column, n) in the contract's order."""

    def __init__(self, scheme: Scheme, x: np.ndarray, kind: type = np.float64) -> None:
        self.scheme, self.x = scheme, np.ascontiguousarray(x, kind)
        self.dx = np.zeros_like(self.x)
        self.dy = np.zeros((len(x), sum(one["levels"] for one in scheme.outputs)), kind)
        for bind, variables, rows in (
            (scheme.bind_input, scheme.inputs, self.x),
            (scheme.bind_input_perturbation, scheme.inputs, self.dx),
            (scheme.bind_output_perturbation, scheme.outputs, self.dy),
        ):
            first = 0
            for one in variables:
                bind(one["name"], one["units"], rows[:, first : first + one["levels"]])
                first += one["levels"]

    def tangent(self, dx: np.ndarray) -> np.ndarray:
        self.dx[:] = dx
        self.scheme.tangent(len(self.x))
        return self.dy.copy()

    def adjoint(self, dy: np.ndarray) -> np.ndarray:
        self.dx[:] = 0
        self.dy[:] = dy
        self.scheme.adjoint(len(self.x))
        return self.dx.copy()


@pytest.fixture(scope="module")
def small(built_bridge: Path, convection: Contract, convection_columns: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written("every feature and constraint", convection, convection_columns, tmp_path_factory.mktemp("small"))[1]


@pytest.fixture
def host(small: Path, convection_columns: np.ndarray) -> Host:
    return Host(Scheme(small, strict=False), convection_columns[:50])


def perturbation(columns: np.ndarray, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=columns.shape) * columns.std(axis=0)


@pytest.mark.parametrize("case", CASES)
def test_the_adjoint_is_the_gradient_of_the_trained_module(
    built_bridge: Path, convection: Contract, convection_columns: np.ndarray, tmp_path: Path, case: str
) -> None:
    module, path = written(case, convection, convection_columns, tmp_path)
    x = torch.from_numpy(convection_columns[:60]).double().requires_grad_()
    y = copy.deepcopy(module).double()(x)
    dy = np.random.default_rng(4).normal(size=tuple(y.shape)) / y.detach().numpy().std(axis=0)
    expected = torch.autograd.grad((y * torch.from_numpy(dy)).sum(), x)[0].numpy()
    host = Host(Scheme(path, backend="native", strict=False), convection_columns[:60])
    size = np.abs(expected).max(axis=0)
    size[size == 0] = 1
    for precision, tolerance in (("float64", 1e-6), ("float32", 1e-4)):
        host.scheme.linearize(len(x), precision)
        np.testing.assert_allclose(host.adjoint(dy) / size, expected / size, rtol=0, atol=tolerance)


def test_the_adjoint_adds_to_what_is_there_and_leaves_the_outputs(host: Host) -> None:
    host.scheme.linearize(50, "float64")
    dy = np.random.default_rng(2).normal(size=host.dy.shape)
    once = host.adjoint(dy)
    host.scheme.adjoint(50)
    np.testing.assert_allclose(host.dx, 2 * once, rtol=1e-12)
    np.testing.assert_array_equal(host.dy, dy)


def test_an_input_without_a_perturbation_is_held_fixed(host: Host, small: Path) -> None:
    host.scheme.linearize(50, "float64")
    dx = perturbation(host.x)
    first = host.scheme.inputs[0]
    dx[:, first["levels"] :] = 0
    expected = host.tangent(dx)
    part, fresh = dx[:, : first["levels"]].copy(), Scheme(small, strict=False)
    made = np.zeros((50, fresh.outputs[0]["levels"]))
    start = 0
    for one in fresh.inputs:
        fresh.bind_input(one["name"], one["units"], host.x[:, start : start + one["levels"]])
        start += one["levels"]
    fresh.bind_input_perturbation(first["name"], first["units"], part)
    fresh.bind_output_perturbation(fresh.outputs[0]["name"], fresh.outputs[0]["units"], made)
    fresh.linearize(50, "float64")
    fresh.tangent(50)
    np.testing.assert_array_equal(made, expected[:, : made.shape[1]])


def test_perturbations_are_differences_in_the_hosts_units_order_and_kind(host: Host) -> None:
    host.scheme.linearize(50, "float64")
    dx, dy = perturbation(host.x), np.random.default_rng(3).normal(size=host.dy.shape)
    tangent, adjoint = host.tangent(dx), host.adjoint(dy)
    names = [one["name"] for one in host.scheme.inputs]
    first = sum(one["levels"] for one in host.scheme.inputs[: names.index("air_temperature")])
    levels = host.scheme.inputs[names.index("air_temperature")]["levels"]
    celsius = np.zeros((levels, 50), np.float32)
    host.scheme.bind_input_perturbation("air_temperature", "degC", celsius, "level,column", levels="bottom_first", convert=True)
    celsius[:] = dx[:, first : first + levels].T[::-1]
    np.testing.assert_allclose(host.tangent(dx) / np.abs(tangent).max(axis=0), tangent / np.abs(tangent).max(axis=0), rtol=0, atol=1e-5)
    celsius[:] = 0
    host.adjoint(dy)
    expected = adjoint[:, first : first + levels]
    np.testing.assert_allclose(celsius[::-1].T, expected, rtol=1e-5, atol=1e-6 * np.abs(expected).max())


def test_a_unit_of_another_size_scales_tangent_and_adjoint_inversely(host: Host) -> None:
    host.scheme.linearize(50, "float64")
    dx, dy = perturbation(host.x), np.random.default_rng(3).normal(size=host.dy.shape)
    tangent, adjoint = host.tangent(dx), host.adjoint(dy)
    humidity = next(one for one in host.scheme.inputs if one["name"] == "specific_humidity")
    first = sum(one["levels"] for one in host.scheme.inputs[: host.scheme.inputs.index(humidity)])
    there = slice(first, first + humidity["levels"])
    grams = np.ascontiguousarray(dx[:, there] * 1e3)
    host.scheme.bind_input_perturbation("specific_humidity", "g kg-1", grams, convert=True)
    np.testing.assert_allclose(host.tangent(dx) / np.abs(tangent).max(axis=0), tangent / np.abs(tangent).max(axis=0), rtol=0, atol=1e-12)
    grams[:] = 0
    host.adjoint(dy)
    np.testing.assert_allclose(grams, adjoint[:, there] / 1e3, rtol=1e-9)


def test_columns_that_fall_back_have_no_derivative(host: Host) -> None:
    dx = perturbation(host.x)
    host.x[7, 3] = np.nan
    host.scheme.linearize(50)
    assert not host.tangent(dx)[7].any() and host.dy[6].any()
    assert not host.adjoint(np.ones_like(host.dy))[7].any()


def test_a_ramp_has_the_derivative_of_the_networks_share(host: Host) -> None:
    host.scheme.linearize(50, "float64")
    dx = perturbation(host.x)
    whole = host.tangent(dx)
    host.scheme.ramp(0.25)
    host.scheme.linearize(50, "float64")
    np.testing.assert_allclose(host.tangent(dx), 0.25 * whole, rtol=1e-12)


def test_handles_differentiate_at_the_same_time(small: Path, convection_columns: np.ndarray) -> None:
    scheme = Scheme(small, strict=False)
    hosts = [Host(scheme.share(), part) for part in np.array_split(convection_columns, 4)]
    dx = [perturbation(convection_columns)[: len(host.x)] for host in hosts]

    def both(host: Host, dx: np.ndarray) -> np.ndarray:
        host.scheme.linearize(len(host.x))
        return host.adjoint(host.tangent(dx))

    alone = [both(host, one) for host, one in zip(hosts, dx, strict=True)]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(both, hosts, dx))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_missing_is_named(small: Path, convection_columns: np.ndarray) -> None:
    scheme = Scheme(small, strict=False)
    with pytest.raises(BridgeError) as refused:
        scheme.linearize(5)
    assert refused.value.status == UNBOUND
    host = Host(scheme, convection_columns[:5])
    with pytest.raises(BridgeError) as refused:
        scheme.tangent(5)
    assert refused.value.status == UNBOUND
    scheme.linearize(3)
    with pytest.raises(BridgeError) as refused:
        scheme.adjoint(5)
    assert refused.value.status == UNBOUND
    with pytest.raises(BridgeError) as refused:
        scheme.linearize(6)
    assert refused.value.status == INVALID
    with pytest.raises(BridgeError) as refused:
        scheme.linearize(5, "bfloat16")
    assert refused.value.status == INVALID
    with pytest.raises(BridgeError) as refused:
        scheme.bind_input_perturbation("no_such_name", "K", host.dx[:, :1])
    assert refused.value.status == MISMATCH


def test_fixers_and_other_backends_are_refused(small: Path, convection_columns: np.ndarray) -> None:
    fixed = Host(Scheme(small, strict=False), convection_columns[:5])
    fixed.scheme.add_fixer("column_water_closure", tendency=DQ, sink=RAIN)
    with pytest.raises(BridgeError) as refused:
        fixed.scheme.linearize(5)
    assert refused.value.status == INVALID
    try:
        torchscript = Scheme(small, backend="torchscript", strict=False)
    except BridgeError as problem:
        pytest.skip(f"the bridge was built without libtorch: {problem}")
    other = Host(torchscript, convection_columns[:5])
    with pytest.raises(BridgeError) as refused:
        other.scheme.linearize(5)
    assert refused.value.status == INVALID
