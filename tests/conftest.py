"""Fixtures every test may use."""

import os
import signal
from pathlib import Path

import pytest

from paramnet.bridge.loader import find_module
from paramnet.contract import ParamnetError

REPOSITORY = Path(__file__).resolve().parents[1]

# Tests send signals to programs they start, which ignore them where the tests were started by `nohup … &` and ignore them, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real E3SM-MMF and SPCAM files, PARAMNET_DATA; tests that need them are skipped if it does not exist."""
    folder = Path(os.environ.get("PARAMNET_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real data: set PARAMNET_DATA to their folder; see data/README.md for their origin")
    return folder


@pytest.fixture(scope="session")
def e3sm_files(repository: Path) -> Path:
    """A folder of E3SM-MMF files: the real ones of ``shared_data``, or the sample in data/ that has their schema."""
    real = Path(os.environ.get("PARAMNET_DATA", REPOSITORY.parent / "shared" / "data")) / "climsim_low_res"
    return real if real.is_dir() else repository / "data" / "e3sm_schema"


@pytest.fixture(scope="session")
def built_bridge() -> Path:
    """The compiled module's path."""
    try:
        return find_module()
    except ParamnetError as problem:
        pytest.skip(str(problem))
