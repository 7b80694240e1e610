"""Fixtures every test may use."""

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
    """Real E3SM-MMF and SPCAM files beside the checkout; tests that need them skip where they are missing."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real data not found at ../shared/data; see data/README.md for where to get it")
    return folder


@pytest.fixture(scope="session")
def built_bridge() -> Path:
    """The compiled module's path."""
    try:
        return find_module()
    except ParamnetError as problem:
        pytest.skip(str(problem))
