"""Packages compiled ahead of time: tied to their artefact, equal to the module, with the processor features they need."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from shipped_schemes import random_scheme

from paramnet.contract import Contract, ParamnetError
from paramnet.exporting.aoti import compiled_package, package_path, required_features
from paramnet.exporting.archive import MANIFEST, read_archive
from paramnet.exporting.checks import Bounds, Reference
from paramnet.exporting.export import check_and_write
from paramnet.scheme.networks import ModelConfig

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="AOTInductor needs g++")


@pytest.fixture(scope="module")
def scheme(convection: Contract, convection_columns: np.ndarray) -> torch.nn.Module:
    return random_scheme(convection, convection_columns, ModelConfig(hidden=[16], activation="silu"))


@pytest.fixture(scope="module")
def reference(scheme: torch.nn.Module, convection: Contract, convection_columns: np.ndarray) -> Reference:
    std = scheme(torch.from_numpy(convection_columns)).detach().numpy().astype(np.float64).std(axis=0)
    return Reference(scheme, torch.from_numpy(convection_columns), std, ["an output"] * convection.n_out)


@pytest.fixture(scope="module")
def artefact(scheme: torch.nn.Module, reference: Reference, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("aoti") / "scheme.pt"
    manifest = {"inputs": [{"size": 53}], "outputs": [{"name": "an output", "size": len(reference.std)}]}
    check_and_write(scheme, manifest, path, reference.inputs, reference.std, Bounds(), aoti=True)
    return path


@pytest.mark.slow
@needs_compiler
def test_the_metadata_tie_the_package_to_its_artefact(artefact: Path) -> None:
    metadata = json.loads(artefact.with_name("scheme.pt2.json").read_text())
    assert metadata["manifest_sha256"] == hashlib.sha256(read_archive(artefact)[0][MANIFEST]).hexdigest()
    assert metadata["package_sha256"] == hashlib.sha256(package_path(artefact).read_bytes()).hexdigest()
    assert read_archive(artefact)[1]["aoti"] == {"package_sha256": metadata["package_sha256"]}
    assert metadata["torch_version"] == torch.__version__.split("+")[0] and {"avx2", "fma"} <= set(metadata["isa"])
    assert metadata["checks"]["float64_rms"] <= 3e-6
    assert {path.name for path in artefact.parent.iterdir()} == {"scheme.pt", "scheme.pt2", "scheme.pt2.json"}


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("columns", [1, 2, 777])
def test_the_package_takes_any_number_of_columns(artefact: Path, reference: Reference, columns: int) -> None:
    run = torch._inductor.aoti_load_package(str(package_path(artefact)))
    got = run(reference.inputs[:columns]).numpy()
    assert np.abs((got - reference.trained[:columns]) / reference.std).max() < 2e-5


@pytest.mark.slow
@needs_compiler
def test_a_package_that_computes_something_else_is_not_written(
    artefact: Path, scheme: Any, reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = package_path(artefact)
    monkeypatch.setattr("paramnet.exporting.aoti._compile", lambda scheme, n_in, package: Path(shutil.copy(compiled, package)))
    other = Reference(scheme, reference.inputs, reference.std, reference.names)
    other.exact = other.exact + 1e-3 * other.std
    shutil.copy(artefact, tmp_path / "scheme.pt")
    with pytest.raises(ParamnetError) as refused, compiled_package(scheme, tmp_path / "scheme.pt", other, Bounds()):
        pass
    assert refused.value.what == "aoti" and "float64_rms" in refused.value.got
    assert [path.name for path in tmp_path.iterdir()] == ["scheme.pt"]


def test_a_package_for_unknown_vectors_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "scheme.pt2", "w") as archive:
        archive.writestr("model/a.wrapper_metadata.json", json.dumps({"AOTI_CPU_ISA": "VLIW"}))
    with pytest.raises(ParamnetError) as refused:
        required_features(tmp_path / "scheme.pt2")
    assert (refused.value.got, refused.value.where) == ("VLIW", str(tmp_path / "scheme.pt2"))


def test_another_kind_of_processor_is_refused(scheme: Any, reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "sparc")
    with pytest.raises(ParamnetError) as refused, compiled_package(scheme, tmp_path / "scheme.pt", reference, Bounds()):
        pass
    assert (refused.value.expected, refused.value.got) == ("an x86-64 processor", "sparc")
