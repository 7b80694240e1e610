"""Every kind of netCDF file that paramnet writes, judged by compliance-checker: no error in CF 1.8 and 1.11, nor in ACDD 1.3."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import xarray as xr
from test_demo import demo

import paramnet
from paramnet.bridge.paths import default_build_folder

pytestmark = [pytest.mark.host, pytest.mark.slow, pytest.mark.long]

CONVENTIONS = ("cf:1.8", "cf:1.11", "acdd:1.3")
# ACDD asks for a standard name of every variable; CF has none for many results.
NOT_FOR_ALL = {"standard_name"}
# Scores of outputs that are no energy, and Jacobians, have the units of their output: a coordinate of the file has them.
MAY_LACK = {"skill": {"units"}}


@pytest.fixture(scope="module")
def checker() -> str:
    """The program compliance-checker, of a Python environment of its own: it needs other versions of packages."""
    found = shutil.which(os.environ.get("PARAMNET_COMPLIANCE_CHECKER", "compliance-checker"))
    if found is None:
        pytest.skip("no compliance-checker on PATH, and none named by PARAMNET_COMPLIANCE_CHECKER")
    return found


@pytest.fixture(scope="module")
def files(checker: str, built_bridge: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One file of each kind, from the demo in miniature and the program of the recorder; those of xarray are written here."""
    folder = tmp_path_factory.mktemp("compliance")
    made = demo(folder / "demo", folder)
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]
    runs, comparison = folder / "demo" / "online", folder / "demo" / "online" / "comparison"
    found = {
        "history": runs / "learned" / "history_0001.nc",
        "frequent": runs / "learned" / "frequent_0001.nc",
        "record": next((folder / "demo" / "record").glob("record_*.nc")),
        "comparison": comparison / "comparison.nc",
        "skill": folder / "demo" / "evaluation" / "skill.nc",
    }
    return found | recorded(folder / "recorder") | written_by_xarray(folder / "demo", folder)


def recorded(folder: Path) -> dict[str, Path]:
    """A file of the recorder's example, if it is built."""
    program = default_build_folder() / "recorder" / "tests" / "toy_model"
    if not program.is_file():
        return {}
    folder.mkdir()
    subprocess.run([str(program), "record", str(folder), "1", "0", "1"], capture_output=True, check=True, timeout=120)
    return {"recorder": next(folder.glob("*.nc"))}


def written_by_xarray(demo: Path, folder: Path) -> dict[str, Path]:
    """What Python returns as Datasets, written by xarray with its own defaults."""
    split = paramnet.open_store(demo / "store").to_xarray("test").isel(sample=slice(0, 500)).load()
    datasets = {
        "split": split,
        "predicted": paramnet.load(demo / "scheme.pt").predict(split),
        "run": paramnet.open_run(demo / "online" / "control").load(),
        "zarr": xr.open_zarr(demo / "store" / "test").isel(sample=slice(0, 500)).load(),
    }
    for name, dataset in datasets.items():
        dataset.to_netcdf(folder / f"{name}.nc")
    return {name: folder / f"{name}.nc" for name in datasets}


def judged(checker: str, path: Path) -> dict[str, list[str]]:
    """Messages of highest priority, which the checker calls errors in CF and highly recommended in ACDD, by convention."""
    words = [checker, *(f"--test={name}" for name in CONVENTIONS), "--criteria=lenient", "--format=json", "--output=-", str(path)]
    said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert "exceptions occurred" not in said.stderr, said.stderr
    results = json.loads(said.stdout[said.stdout.index("{") :])
    return {name: [message for row in results[name]["high_priorities"] for message in row["msgs"]] for name in CONVENTIONS}


# Contracts name rain by level in CF's form; its table lacks the name. Zarr's JSON has whole numbers of 64 bits, which CF has since 1.9.
OWN_NAME = "standard_name tendency_of_specific_humidity_due_to_convective_precipitation is not defined"
KNOWN = {"split": (OWN_NAME,), "predicted": (OWN_NAME,), "zarr": ("datatype is int64",)}
KINDS = ("history", "frequent", "record", "comparison", "skill", "recorder", "split", "predicted", "run", "zarr")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_has_no_error(kind: str, checker: str, files: dict[str, Path]) -> None:
    if kind not in files:
        pytest.skip("the bridge is built without the recorder")
    messages = judged(checker, files[kind])
    for version in CONVENTIONS[:2]:
        assert [message for message in messages[version] if not any(word in message for word in KNOWN.get(kind, ()))] == []
    if kind not in ("split", "predicted", "zarr"):  # which are no files until a user writes them
        assert {word for word in messages["acdd:1.3"] if word not in NOT_FOR_ALL | MAY_LACK.get(kind, set())} == set()
