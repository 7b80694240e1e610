"""Schemes for the bridge's tests; all of them skip where the bridge is not built."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from paramnet.bridge.loader import find_module
from paramnet.contract import ParamnetError


@pytest.fixture(scope="session")
def built_bridge() -> Path:
    """The compiled module's path."""
    try:
        return find_module()
    except ParamnetError as problem:
        pytest.skip(str(problem))


@pytest.fixture(scope="session")
def schemes(built_bridge: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with tiny.pt, identity.pt, logarithm.pt, broken ones and columns.bin (see make_scheme.py)."""
    folder = tmp_path_factory.mktemp("schemes")
    command = [sys.executable, str(repository / "fortran_bridge/tests/make_scheme.py"), str(folder)]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture(scope="session")
def columns(schemes: Path) -> np.ndarray:
    """(column, 53) float64, values exact in float32."""
    return np.fromfile(schemes / "columns.bin").reshape(-1, 53)
