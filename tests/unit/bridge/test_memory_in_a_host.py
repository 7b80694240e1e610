"""A trained network with memory in the bridge: it steps as in Python, in any chunks, and after a restart with the same bits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from test_carried import Host, same, steps

from paramnet.bridge import Scheme
from paramnet.exporting import ExportConfig, export
from paramnet.scheme import load_checkpoint
from paramnet.store import open_store

LENGTH, COLUMNS, MEMORY = 8, 40, 4
NUMBERS = 7 + np.arange(COLUMNS)


@pytest.fixture(scope="module")
def scheme_file(built_bridge: Path, memory_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = str(tmp_path_factory.mktemp("file") / "scheme.pt")
    return export(ExportConfig(checkpoint=str(memory_run[1].best_checkpoint), output=output, samples=80))


@pytest.fixture(scope="module")
def weather(sequence_store: Path) -> np.ndarray:
    """(step, column, n_in)"""
    rows = open_store(sequence_store).split("test").inputs[: COLUMNS * LENGTH]
    return np.ascontiguousarray(rows.reshape(COLUMNS, LENGTH, -1).swapaxes(0, 1))


def run(path: Path, weather: np.ndarray, part: slice, first: int = 0, state: np.ndarray | None = None, **options: Any) -> tuple[list, Host]:
    """Results of every step from ``first`` on for some of the columns, which start cold or with ``state``."""
    host = Host(Scheme(path, strict=False, **options), weather[0, part], NUMBERS[part])
    host.scheme.start_state() if state is None else host.scheme.set_state(state)
    results = []
    for step in range(first, first + len(weather)):
        position = 0
        for array in host.inputs:
            width = array.shape[1] if array.ndim == 2 else 1
            array[...] = weather[step - first, part, position : position + width].reshape(array.shape)
            position += width
        results += steps(host, step, 1)
    return results, host


@pytest.fixture(scope="module")
def whole(scheme_file: Path, weather: np.ndarray) -> list[np.ndarray]:
    return run(scheme_file, weather, slice(0, COLUMNS))[0]


@pytest.mark.parametrize("backend", ["native", "torchscript"])
def test_it_steps_as_the_trained_network(scheme_file: Path, memory_run: Any, weather: np.ndarray, backend: str) -> None:
    trained = load_checkpoint(memory_run[1].best_checkpoint)
    with torch.no_grad():
        expected = trained.scheme.with_logits(torch.from_numpy(weather).transpose(0, 1))[0].transpose(0, 1).numpy()
    std = np.array(trained.meta["statistics"]["outputs"]["std"])
    results, host = run(scheme_file, weather, slice(0, COLUMNS), backend=backend)
    assert host.scheme.state_size == MEMORY and host.scheme.random_numbers == 0
    assert (np.abs(np.stack(results) - expected) <= 2e-5 * np.where(std > 0, std, 1.0)).all()


def test_chunks_and_threads_have_the_same_bits(scheme_file: Path, weather: np.ndarray, whole: list[np.ndarray]) -> None:
    parts = [run(scheme_file, weather, part)[0] for part in (slice(0, 16), slice(16, COLUMNS))]
    assert same([np.concatenate(pair) for pair in zip(*parts, strict=True)], whole)
    assert same(run(scheme_file, weather, slice(0, COLUMNS), threads=2)[0], whole)


def test_a_restart_with_the_memory_has_the_same_bits_and_without_it_others(
    scheme_file: Path, weather: np.ndarray, whole: list[np.ndarray]
) -> None:
    _, host = run(scheme_file, weather[:3], slice(0, COLUMNS))
    kept = host.scheme.get_state()
    assert kept.shape == (COLUMNS, MEMORY) and np.abs(kept).max() <= 1
    assert same(run(scheme_file, weather[3:], slice(0, COLUMNS), first=3, state=kept)[0], whole[3:])
    assert not same(run(scheme_file, weather[3:], slice(0, COLUMNS), first=3)[0], whole[3:])
