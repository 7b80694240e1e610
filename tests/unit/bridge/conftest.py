"""Schemes for the bridge's tests, which are skipped if the bridge is not built."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def schemes(built_bridge: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with tiny.pt, identity.pt, logarithm.pt, broken ones and columns.bin (see make_scheme.py)."""
    folder = tmp_path_factory.mktemp("schemes")
    command = [sys.executable, str(repository / "fortran_bridge/library/tests/make_scheme.py"), str(folder)]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture(scope="session")
def columns(schemes: Path) -> np.ndarray:
    """(column, 53) float64, values exact in float32."""
    return np.fromfile(schemes / "columns.bin").reshape(-1, 53)
