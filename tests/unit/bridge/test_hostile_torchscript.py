"""The bridge screens TorchScript before libtorch loads it, by the same rules as Python."""

import random
from pathlib import Path

import numpy as np
import pytest
from hostile_torchscript import MARK, Prints, WritesWhenCalled, WritesWhenLoaded, hostile_scheme
from torch import nn

from fuzz.mutations import changed_archive
from paramnet.bridge import BridgeError, Scheme
from paramnet.contract import ParamnetError
from paramnet.exporting.archive import read_archive

FORMAT = 3  # PARAMNET_STATUS_FORMAT


@pytest.fixture(scope="module")
def seed(repository: Path, built_bridge: Path) -> Path:
    return repository / "fortran_bridge" / "library" / "tests" / "fuzz" / "corpus" / "seed_scheme.pt"


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (WritesWhenLoaded(), "when the file is loaded"),
        (WritesWhenCalled(), "aten::save"),
        (Prints(), "print"),
    ],
)
@pytest.mark.parametrize("backend", ["auto", "torchscript"])
def test_torchscript_that_does_more_than_compute_is_refused(
    seed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: nn.Module, words: str, backend: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = hostile_scheme(seed, module, tmp_path / "evil.pt")
    with pytest.raises(BridgeError) as error:
        Scheme(path, backend=backend)
    assert error.value.status == FORMAT and words in str(error.value) and str(path) in str(error.value)
    assert not Path(MARK).exists()


def test_trust_loads_it(seed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Scheme(hostile_scheme(seed, WritesWhenLoaded(), tmp_path / "evil.pt"), trust=True)
    assert Path(MARK).exists()


def test_a_harmless_scheme_runs_on_libtorch(seed: Path) -> None:
    inputs = np.ones((4, 53), dtype=np.float32)
    native, torchscript = (Scheme(seed, backend=backend).predict(inputs)[0] for backend in ("native", "torchscript"))
    np.testing.assert_allclose(native, torchscript, rtol=1e-4, atol=1e-5)


def test_the_bridge_reads_every_archive_that_python_reads(seed: Path, tmp_path: Path) -> None:
    read = 0
    for number in range(120):
        content, what = changed_archive(seed.read_bytes(), random.Random(f"bridge-{number}"))
        path = tmp_path / "m.pt"
        path.write_bytes(content)
        try:
            read_archive(path)
        except ParamnetError:
            continue
        read += 1
        try:
            Scheme(path, backend="native")
        except BridgeError as error:
            pytest.fail(f"{number}, {what}: read by Python, refused by the bridge: {error}")
    assert read > 0
