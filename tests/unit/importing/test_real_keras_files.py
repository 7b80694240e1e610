"""Files written by Keras 3 itself: layer graph, reference evaluation and scheme reproduce Keras's outputs."""

from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.exporting.program.lowering import lower
from paramnet.importing.fold import fold, input_affine
from paramnet.importing.keras_file import read_keras
from paramnet.importing.network import build_module

FILES = ["functional.keras", "nested.h5", "nested.keras", "several.keras", "operations.keras"]


@pytest.fixture(params=FILES)
def file(request: pytest.FixtureRequest) -> Path:
    return Path(__file__).parent / "keras_files" / request.param


def columns_and_outputs(file: Path) -> tuple[np.ndarray, np.ndarray]:
    kept = np.load(file.with_name(f"{file.stem}_{file.suffix[1:]}.npz"))
    return kept["x"].astype(np.float64), kept["y"].astype(np.float64)


def test_layers_and_reference_reproduce_keras(file: Path) -> None:
    x, y = columns_and_outputs(file)
    network = read_keras(file, 17, "", 0.0)
    scale = y.std(axis=0)
    assert np.abs((network.exact(x) - y) / scale).max() < 3e-6
    np.testing.assert_allclose(network.graph.evaluate(x), network.exact(x), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(fold(network.graph).evaluate(x), network.graph.evaluate(x), rtol=1e-12, atol=1e-12)


def test_the_module_can_be_scripted_and_lowered_to_the_native_kernel(file: Path) -> None:
    x, y = columns_and_outputs(file)
    module = build_module(fold(read_keras(file, 17, "", 0.0).graph)).eval()
    with torch.inference_mode():
        got = torch.jit.script(module)(torch.from_numpy(x).float()).double().numpy()
    assert np.abs((got - y) / y.std(axis=0)).max() < 1e-5
    assert lower(module, 17).operations


def test_normalization_of_several_inputs_is_separated_from_the_network() -> None:
    file = Path(__file__).parent / "keras_files" / "several.keras"
    x, _ = columns_and_outputs(file)
    graph = read_keras(file, 17, "", 0.0).graph
    found = input_affine(graph)
    assert found is not None
    scale, shift, rest = found
    np.testing.assert_allclose(rest.evaluate(x * scale + shift), graph.evaluate(x), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(scale[:4], [2**-0.5, 2**0.5, 2**-0.5, 2**0.5])
