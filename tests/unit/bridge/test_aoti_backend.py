"""Compiled packages beside an artefact: taken only where artefact, torch and processor fit, unpacked once."""

import hashlib
import json
import multiprocessing
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.bridge import BridgeError, Scheme
from paramnet.export.aoti import required_features
from paramnet.export.archive import MANIFEST, read_archive

FORMAT, CONTRACT_MISMATCH, BACKEND, DEVICE = 3, 4, 6, 7


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled network that doubles 21 inputs (half a minute: a C++ compiler runs)."""
    path = tmp_path_factory.mktemp("aoti") / "double.pt2"
    columns = {0: torch.export.Dim("columns", min=1, max=1 << 30)}
    exported = torch.export.export(_Double(), (torch.ones(4, 21),), dynamic_shapes=(columns,))
    torch._inductor.aoti_compile_and_package(exported, package_path=str(path))
    return path


class _Double(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2.0


def beside(schemes: Path, folder: Path, package: Path | None, **changes: object) -> Path:
    """sorted.pt, which has no program, with a package and its papers beside it."""
    artefact = folder / "scheme.pt"
    shutil.copy(schemes / "sorted.pt", artefact)
    content = package.read_bytes() if package else b"PK not a package"
    (folder / "scheme.pt2").write_bytes(content)
    papers = {
        "format": "paramnet-aoti",
        "version": 1,
        "manifest_sha256": hashlib.sha256(read_archive(artefact)[0][MANIFEST]).hexdigest(),
        "package_sha256": hashlib.sha256(content).hexdigest(),
        "torch_version": torch.__version__.split("+")[0],
        "device": "cpu",
        "isa": required_features(package) if package else [],
    }
    (folder / "scheme.pt2.json").write_text(json.dumps(papers | changes))
    return artefact


WRONG = {
    "another artefact": ({"manifest_sha256": "0" * 64}, CONTRACT_MISMATCH, "got one compiled for another artefact"),
    "another torch": ({"torch_version": "2.0.0"}, BACKEND, "expected a package compiled by torch .*, got one of torch 2.0.0"),
    "another processor": ({"isa": ["avx2", "sve2"]}, BACKEND, "expected a processor with sve2, got one without"),
    "another device": ({"device": "cuda"}, DEVICE, "expected a package for the cpu, got one for cuda"),
    "another format": ({"version": 9}, FORMAT, "expected 'paramnet-aoti' of version 1"),
    "other bytes": ({"package_sha256": "0" * 64}, FORMAT, r"got other bytes \(truncated or damaged\)"),
}


@pytest.mark.parametrize(("changes", "status", "message"), WRONG.values(), ids=WRONG)
def test_a_package_that_does_not_fit_is_refused_and_auto_goes_on_without(
    schemes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict, status: int, message: str
) -> None:
    monkeypatch.setenv("PARAMNET_CACHE", str(tmp_path / "cache"))
    artefact = beside(schemes, tmp_path, None, **changes)
    with pytest.raises(BridgeError, match=message) as caught:
        Scheme(artefact, backend="aoti")
    assert caught.value.status == status
    assert "torchscript" in repr(Scheme(artefact))
    assert not (tmp_path / "cache").exists()


def test_a_cache_others_may_write_to_is_refused(schemes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    monkeypatch.setenv("PARAMNET_CACHE", str(cache))
    with pytest.raises(BridgeError, match="expected a folder that only this user can write to"):
        Scheme(beside(schemes, tmp_path, None), backend="aoti")


def _evaluate(artefact: Path, columns: np.ndarray) -> np.ndarray:
    return Scheme(artefact, backend="aoti").predict(columns)[0]


@pytest.mark.slow
def test_ranks_that_load_a_package_at_once_share_one_unpacked_copy(
    schemes: Path, tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARAMNET_CACHE", str(tmp_path / "cache"))
    artefact = beside(schemes, tmp_path, package)
    columns = np.arange(7 * 21, dtype=np.float32).reshape(7, 21)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        for result in pool.starmap(_evaluate, [(artefact, columns)] * 3):
            np.testing.assert_array_equal(result, 2 * columns)
    (unpacked,) = (tmp_path / "cache").iterdir()
    assert unpacked.name == hashlib.sha256(package.read_bytes()).hexdigest()
    assert "aoti on cpu" in repr(Scheme(artefact))
