"""Compiled packages next to an artefact: used only if artefact, torch and processor match, unpacked once."""

import hashlib
import json
import multiprocessing
from pathlib import Path

import numpy as np
import pytest
import torch

from paramnet.bridge import BridgeError, Scheme
from paramnet.exporting.aoti import required_features
from paramnet.exporting.archive import MANIFEST, manifest_text, read_archive, write_archive

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


def with_package(schemes: Path, folder: Path, package: Path | None, named: bool = True, **changes: object) -> Path:
    """Write sorted.pt, which has no program, with a package and its metadata. named : its hash is in the artefact's manifest."""
    artefact = folder / "scheme.pt"
    content = package.read_bytes() if package else b"PK not a package"
    members, manifest = read_archive(schemes / "sorted.pt")
    if named:
        manifest["aoti"] = {"package_sha256": hashlib.sha256(content).hexdigest()}
    write_archive(artefact, members | {MANIFEST: manifest_text(manifest)})
    (folder / "scheme.pt2").write_bytes(content)
    metadata = {
        "format": "paramnet-aoti",
        "version": 1,
        "manifest_sha256": hashlib.sha256(read_archive(artefact)[0][MANIFEST]).hexdigest(),
        "package_sha256": hashlib.sha256(content).hexdigest(),
        "torch_version": torch.__version__.split("+")[0],
        "device": "cpu",
        "isa": required_features(package) if package else [],
    }
    (folder / "scheme.pt2.json").write_text(json.dumps(metadata | changes))
    return artefact


WRONG = {
    "another artefact": ({"manifest_sha256": "0" * 64}, CONTRACT_MISMATCH, "another artefact"),
    "another torch": ({"torch_version": "2.0.0"}, BACKEND, "torch 2.0.0"),
    "another processor": ({"isa": ["avx2", "sve2"]}, BACKEND, "sve2"),
    "another device": ({"device": "cuda"}, DEVICE, "cuda"),
    "another format": ({"version": 9}, FORMAT, "'paramnet-aoti' of version 1"),
    "other bytes": ({"package_sha256": "0" * 64}, FORMAT, "other bytes"),
}


@pytest.mark.parametrize(("changes", "status", "fact"), WRONG.values(), ids=WRONG)
def test_a_package_that_does_not_match_is_refused_and_auto_works_without_it(
    schemes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict, status: int, fact: str
) -> None:
    monkeypatch.setenv("PARAMNET_CACHE", str(tmp_path / "cache"))
    artefact = with_package(schemes, tmp_path, None, **changes)
    with pytest.raises(BridgeError) as caught:
        Scheme(artefact, backend="aoti")
    assert caught.value.status == status and fact in str(caught.value)
    assert "torchscript" in repr(Scheme(artefact))
    assert not (tmp_path / "cache").exists()


def test_auto_uses_no_package_that_the_artefact_does_not_name(schemes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAMNET_CACHE", str(tmp_path / "cache"))
    artefact = with_package(schemes, tmp_path, None, named=False)
    assert "aoti on" not in repr(Scheme(artefact)) and "does not name the package" in repr(Scheme(artefact))
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("backend", ["auto", "aoti"])
def test_a_package_that_replaces_the_named_one_is_not_used(
    schemes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setenv("PARAMNET_CACHE", str(tmp_path / "cache"))
    artefact = with_package(schemes, tmp_path, None)
    other = b"PK another package"
    metadata = json.loads((tmp_path / "scheme.pt2.json").read_text()) | {"package_sha256": hashlib.sha256(other).hexdigest()}
    (tmp_path / "scheme.pt2").write_bytes(other)
    (tmp_path / "scheme.pt2.json").write_text(json.dumps(metadata))
    if backend == "auto":
        assert "torchscript" in repr(Scheme(artefact))
    else:
        with pytest.raises(BridgeError) as caught:
            Scheme(artefact, backend="aoti")
        assert caught.value.status == CONTRACT_MISMATCH and "SHA-256" in str(caught.value)
    assert not (tmp_path / "cache").exists()


def test_a_cache_others_may_write_to_is_refused(schemes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    monkeypatch.setenv("PARAMNET_CACHE", str(cache))
    with pytest.raises(BridgeError) as caught:
        Scheme(with_package(schemes, tmp_path, None), backend="aoti")
    assert str(cache) in str(caught.value) and "only this user can write" in str(caught.value)


def _evaluate(artefact: Path, columns: np.ndarray) -> np.ndarray:
    return Scheme(artefact, backend="aoti").predict(columns)[0]


@pytest.mark.long
def test_ranks_that_load_a_package_at_once_share_one_unpacked_copy(
    schemes: Path, tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARAMNET_CACHE", str(tmp_path / "cache"))
    artefact = with_package(schemes, tmp_path, package)
    columns = np.arange(7 * 21, dtype=np.float32).reshape(7, 21)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        for result in pool.starmap(_evaluate, [(artefact, columns)] * 3):
            np.testing.assert_array_equal(result, 2 * columns)
    (unpacked,) = (tmp_path / "cache").iterdir()
    assert unpacked.name == hashlib.sha256(package.read_bytes()).hexdigest()
    assert "aoti on cpu" in repr(Scheme(artefact))
