"""The adapter's column corrections, checked by a small Fortran program."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def report(built_bridge: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    if shutil.which("gfortran") is None:
        pytest.skip("gfortran not found on PATH")
    adapter = repository / "fortran_bridge" / "hosts" / "plasim"
    folder = tmp_path_factory.mktemp("limits")
    library = built_bridge.parents[1] / "lib" / "libparamnet.so"
    laws = repository / "fortran_bridge" / "library" / "fortran" / "paramnet_laws.f90"
    sources = [laws, adapter / "paramnet_plasim_limits.f90", adapter / "tests" / "limits_test.f90", library]
    options = ["-O1", "-fcheck=all", "-Wall", "-Werror", "-Wno-array-temporaries", "-ffree-line-length-132", f"-Wl,-rpath,{library.parent}"]
    subprocess.run(["gfortran", *options, *map(str, sources), "-o", "limits_test"], cwd=folder, check=True)
    return subprocess.run(["./limits_test"], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_every_check_of_the_fortran_program_passes(report: str) -> None:
    lines = report.splitlines()
    assert len(lines) == 17
    assert [line for line in lines if not line.startswith("ok ")] == []
