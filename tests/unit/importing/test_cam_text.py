"""CAM's text files: the layers read, and an error for each way a file can be wrong."""

from pathlib import Path

import numpy as np
import pytest
from imported_networks import dense_weights, write_text_network

from paramnet.contract import ParamnetError
from paramnet.importing.cam_text import read_cam_text, read_numbers


def read(folder: Path, n_in: int = 53):
    return read_cam_text(folder, n_in, "leaky_relu", 0.3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_text_network(tmp_path / "net", dense_weights(1, 53, 16, 8, 30))


def test_kernels_biases_and_functions_are_applied_in_the_order_of_the_layers(folder: Path) -> None:
    x = np.random.default_rng(2).normal(size=(7, 53))
    (k1, b1), (k2, b2), (k3, b3) = dense_weights(1, 53, 16, 8, 30)
    leak = lambda z: np.where(z > 0, z, 0.3 * z)  # noqa: E731
    expected = leak(leak(x @ k1 + b1) @ k2 + b2) @ k3 + b3
    np.testing.assert_allclose(read(folder).evaluate(x), expected, rtol=1e-6, atol=1e-7)


def test_a_missing_layer_is_named(folder: Path) -> None:
    (folder / "layer2_kernel.txt").unlink()
    with pytest.raises(ParamnetError) as refused:
        read(folder)
    assert (refused.value.what, refused.value.got) == (str(folder / "layer2_kernel.txt"), "no file")
    (folder / "layer2_bias.txt").unlink()
    with pytest.raises(ParamnetError) as refused:
        read(folder)
    assert (refused.value.what, refused.value.where) == ("layer2_kernel.txt", str(folder)) and "1 to 3" in refused.value.expected


def test_a_transposed_kernel_is_recognised(folder: Path) -> None:
    np.savetxt(folder / "layer2_kernel.txt", dense_weights(1, 53, 16, 8, 30)[1][0], delimiter=",")
    with pytest.raises(ParamnetError) as refused:
        read(folder)
    assert "16 numbers" in refused.value.expected and refused.value.got == "8 in 16 rows" and "transpose" in refused.value.remedy


def test_a_network_of_another_contract_names_both_widths(folder: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        read(folder, 94)
    assert "94 inputs" in refused.value.expected and refused.value.got.startswith("53 ")


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("1,2\n3\n", {"what": "row 2", "expected": "2 numbers", "got": "1", "where": "x.txt"}),
        ("one,two\n", {"what": "x.txt", "expected": "numbers", "got": "text"}),
        ("\n", {"what": "x.txt", "expected": "numbers", "got": "empty"}),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, text: str, facts: dict[str, str]) -> None:
    (tmp_path / "x.txt").write_text(text)
    with pytest.raises(ParamnetError) as refused:
        read_numbers(tmp_path / "x.txt")
    assert all(fact in getattr(refused.value, field) for field, fact in facts.items())


def test_fortran_exponents_and_blanks_are_numbers(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(" 1.5D-03  -2d0\n")
    assert read_numbers(tmp_path / "x.txt").tolist() == [[1.5e-3, -2.0]]


def test_a_bias_of_another_layer_is_named(folder: Path) -> None:
    np.savetxt(folder / "layer2_bias.txt", np.zeros((1, 16)), delimiter=",")
    with pytest.raises(ParamnetError) as refused:
        read(folder)
    assert refused.value.what == "layer layer2" and "bias of 8 numbers" in refused.value.expected and refused.value.got == "shape (16,)"


def test_a_number_that_is_not_finite_is_damage(folder: Path) -> None:
    bias = np.zeros((1, 8))
    bias[0, 3] = np.nan
    np.savetxt(folder / "layer2_bias.txt", bias, delimiter=",")
    with pytest.raises(ParamnetError) as refused:
        read(folder)
    assert refused.value.what == "layer layer2" and refused.value.expected.endswith("bias")


def test_a_folder_without_layers_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        read(tmp_path)
    assert refused.value.where == str(tmp_path) and "layer1_kernel.txt" in refused.value.expected
    with pytest.raises(ParamnetError) as refused:
        read(tmp_path / "nowhere")
    assert refused.value.got == f"no folder {tmp_path / 'nowhere'}"
