"""What ``paramnet doctor`` finds is what is there."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from paramnet.cli.doctor import Finding, examine, main


def findings() -> dict[str, Finding]:
    return {finding.name: finding for finding in examine()}


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_versions_are_those_that_are_imported() -> None:
    found = findings()
    assert found["torch"].found == torch.__version__ and found["Python"].found.startswith(platform.python_version())
    assert found["cores, memory"].found.startswith(f"{len(os.sched_getaffinity(0))} cores")


def test_a_program_is_missing_where_it_is_not_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "gfortran", "echo 'GNU Fortran 99.1'; echo more")
    program(tmp_path, "ifx", "echo no licence >&2; exit 3")
    program(tmp_path, "sbatch", "echo slurm 42.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = findings()
    assert found["gfortran"].found == f"GNU Fortran 99.1 ({tmp_path / 'gfortran'})"
    assert found["mpifort"].found == "" and "libopenmpi-dev" in found["mpifort"].remedy
    assert found["other Fortran"].found == f"found ({tmp_path / 'ifx'})"
    assert found["scheduler"].found == f"SLURM: slurm 42.0 ({tmp_path / 'sbatch'})"


def test_the_bridge_is_looked_for_where_it_is_used_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAMNET_BRIDGE_DIR", str(tmp_path))
    assert findings()["libparamnet"].found == ""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libparamnet.so").touch()
    found = findings()
    assert found["libparamnet"].found == str(tmp_path / "lib" / "libparamnet.so") and found["libtorch plug-in"].found == ""
    assert found["recorder"].found == "" and "netCDF-C" in found["recorder"].remedy


def test_the_report_is_the_same_as_json_and_as_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["paramnet doctor", "--json"])
    main("doctor")
    listed = json.loads(capsys.readouterr().out)
    assert {row["name"]: row["found"] for row in listed} == {name: finding.found for name, finding in findings().items()}
    done = subprocess.run([sys.executable, "-m", "paramnet.cli.main", "doctor"], capture_output=True, text=True, check=True)
    assert all(row["name"] in done.stdout for row in listed)
    missing = [row["remedy"] for row in listed if row["needed_for"] and not row["found"]]
    assert all(remedy.split()[0] in done.stdout for remedy in missing) and done.stdout.count("missing ") >= len(missing)
