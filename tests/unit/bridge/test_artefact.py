"""Every kind of invalid scheme file is refused with the file and the reason."""

from pathlib import Path

import pytest
import torch

from paramnet.bridge import BridgeError, Scheme

FILE, FORMAT, DEVICE, INVALID = 2, 3, 7, 1

# Status, and facts in the message: the member or key, the expected and the found value.
REFUSED = {
    "absent.pt": (FILE, ("No such file or directory",)),
    "empty.pt": (FORMAT, ("empty file",)),
    "foreign.pt": (FORMAT, ("zip archive",)),
    "truncated.pt": (FORMAT, ("truncated",)),
    "no_manifest.pt": (FORMAT, ("paramnet.json",)),
    "not_json.pt": (FORMAT, ("paramnet.json: ", "JSON")),
    "newer.pt": (FORMAT, ("format_version: ", "expected 2 or 3", "got 4")),
    "foreign_format.pt": (FORMAT, ("format: ", "'paramnet-scheme'", "'other-scheme'")),
    "no_inputs.pt": (FORMAT, ("inputs: ",)),
    "wrong_offset.pt": (FORMAT, ("inputs[1].offset: ", "10", "got 3")),
    "wrong_size.pt": (FORMAT, ("inputs[0].size: ", "10", "got 9")),
    "name_twice.pt": (FORMAT, ("inputs[1].name: ", "'air_temperature'")),
    "bottom_first.pt": (FORMAT, ("vertical_grid.order: ", "'top_first'", "'bottom_first'")),
    "short_grid.pt": (FORMAT, ("vertical_grid.b_mid: ", "10 numbers", "got 9")),
    "text_constant.pt": (FORMAT, ("constants.gravity: ", '"nine"')),
    "short_envelope.pt": (FORMAT, ("envelope.inputs.max: ", "53 numbers", "got 52")),
    "upside_down_envelope.pt": (FORMAT, ("envelope.inputs.max: ", "position 0")),
    "missing_output.pt": (FORMAT, ("envelope.outputs.min: ", "20 numbers", "got 30")),
    "mixes_columns.pt": (FORMAT, ("forward: ", "[2, 21]", "[1, 21]")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_file_is_refused_with_its_name_and_the_reason(schemes: Path, name: str) -> None:
    status, facts = REFUSED[name]
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes / name)
    assert caught.value.status == status
    assert all(fact in str(caught.value) for fact in (str(schemes / name), *facts))


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
    "device": ({"device": "tpu"}, INVALID, ("device: ", "'cpu', 'cuda', 'cuda:N' or 'auto'", "got 'tpu'")),
    "device index": ({"device": "cuda:x"}, INVALID, ("device: ", "got 'cuda:x'")),
    "backend": ({"backend": "tensorflow"}, INVALID, ("backend: ", "'native'", "got 'tensorflow'")),
    "threads": ({"threads": 0}, INVALID, ("threads: ", "got 0")),
    "envelope": ({"envelope_tolerance": -1}, INVALID, ("envelope_tolerance: ", "got -1")),
    "precision": ({"precision": "float16"}, INVALID, ("precision: ", "'bfloat16'", "got 'float16'")),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_an_unknown_option_is_refused(schemes: Path, case: str) -> None:
    options, status, facts = OPTIONS[case]
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes / "tiny.pt", **options)
    assert caught.value.status == status
    assert all(fact in str(caught.value) for fact in facts)


def test_cuda_without_a_gpu_is_refused_instead_of_run_on_the_cpu(schemes: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(BridgeError) as caught:
        Scheme(schemes / "tiny.pt", device="cuda")
    assert caught.value.status == DEVICE and "driver" in str(caught.value)
    assert "on cpu" in repr(Scheme(schemes / "tiny.pt", device="auto", backend="torchscript"))
