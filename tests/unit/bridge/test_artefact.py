"""Every kind of invalid scheme file is refused with the file and the reason."""

from pathlib import Path

import pytest
import torch

from paramnet.bridge import BridgeError, Scheme

FILE, FORMAT, DEVICE, INVALID = 2, 3, 7, 1

REFUSED = {
    "absent.pt": (FILE, "cannot be opened (No such file or directory); give the path of a scheme.pt"),
    "empty.pt": (FORMAT, "got an empty file"),
    "foreign.pt": (FORMAT, "expected a scheme.pt (a zip archive), got another kind of file"),
    "truncated.pt": (FORMAT, "got a truncated or damaged archive"),
    "no_manifest.pt": (FORMAT, "expected paramnet.json among its extra files, got TorchScript without it"),
    "not_json.pt": (FORMAT, "paramnet.json: expected JSON"),
    "newer.pt": (FORMAT, "format_version: this library reads up to 2, got 3; build a newer paramnet bridge"),
    "foreign_format.pt": (FORMAT, "format: expected 'paramnet-scheme', got 'other-scheme'"),
    "no_inputs.pt": (FORMAT, "inputs: expected a value, got nothing"),
    "wrong_offset.pt": (FORMAT, "inputs[1].offset: expected 10, got 3"),
    "wrong_size.pt": (FORMAT, "inputs[0].size: expected 10, got 9"),
    "name_twice.pt": (FORMAT, "inputs[1].name: expected a name used once, got 'air_temperature' again"),
    "bottom_first.pt": (FORMAT, "vertical_grid.order: expected 'top_first', got 'bottom_first'"),
    "short_grid.pt": (FORMAT, "vertical_grid.b_mid: expected 10 numbers, got 9"),
    "text_constant.pt": (FORMAT, 'constants.gravity: expected a number, got "nine"'),
    "short_envelope.pt": (FORMAT, "envelope.inputs.max: expected 53 numbers, got 52"),
    "upside_down_envelope.pt": (FORMAT, "envelope.inputs.max: expected at least min at position 0"),
    "missing_output.pt": (FORMAT, "envelope.outputs.min: expected 20 numbers, got 30"),
    "mixes_columns.pt": (FORMAT, "forward: expected Float [2, 21] (column, n_out) as the manifest says, got Float [1, 21]"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_file_is_refused_with_its_name_and_the_reason(schemes: Path, name: str) -> None:
    status, words = REFUSED[name]
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes / name)
    assert caught.value.status == status
    assert str(caught.value).startswith(f"{schemes / name}: ")
    assert words in str(caught.value)


def test_a_directory_is_refused(schemes: Path) -> None:
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes)
    assert str(schemes) in str(caught.value) and "a directory" in str(caught.value)


def test_a_flipped_bit_in_the_weights_is_noticed(schemes: Path, tmp_path: Path) -> None:
    content = bytearray((schemes / "tiny.pt").read_bytes())
    parameters = dict(torch.jit.load(str(schemes / "tiny.pt")).named_parameters())
    weights = content.find(parameters["layers.2.weight"].detach().numpy().tobytes())
    assert weights > 0
    content[weights + 1000] ^= 1
    damaged = tmp_path / "damaged.pt"
    damaged.write_bytes(content)
    with pytest.raises(BridgeError) as caught:
        Scheme(damaged)
    assert caught.value.status == FORMAT
    assert all(words in str(caught.value) for words in (str(damaged), "checksum", "archive/data/6"))


OPTIONS = {
    "device": ({"device": "tpu"}, INVALID, "device: expected 'cpu', 'cuda', 'cuda:N' or 'auto', got 'tpu'"),
    "device index": ({"device": "cuda:x"}, INVALID, "got 'cuda:x'"),
    "backend": ({"backend": "tensorflow"}, INVALID, "backend: expected 'auto', 'native', 'torchscript' or 'aoti', got 'tensorflow'"),
    "threads": ({"threads": 0}, INVALID, "threads: expected 1 or more, got 0"),
    "envelope": ({"envelope_tolerance": -1}, INVALID, "envelope_tolerance: expected a finite number of 0 or more, got -1"),
    "precision": ({"precision": "float16"}, INVALID, "precision: expected 'float32', 'float64' or 'bfloat16', got 'float16'"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_an_unknown_option_is_refused(schemes: Path, case: str) -> None:
    options, status, words = OPTIONS[case]
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes / "tiny.pt", **options)
    assert caught.value.status == status
    assert words in str(caught.value)


def test_cuda_without_a_gpu_is_refused_instead_of_run_on_the_cpu(schemes: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes / "tiny.pt", device="cuda")
    assert caught.value.status == DEVICE and "driver" in str(caught.value)
    assert "on cpu" in repr(Scheme(schemes / "tiny.pt", device="auto", backend="torchscript"))
