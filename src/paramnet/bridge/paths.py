"""Paths of the bridge's sources and of its installation: in a checkout, or PARAMNET_BRIDGE_DIR."""

import os
from pathlib import Path

from paramnet.contract import ParamnetError

__all__ = ["REPOSITORY", "checkout_source", "installed_prefix"]

REPOSITORY = Path(__file__).resolve().parents[3]


def default_source() -> Path:
    """The CMake project of the bridge."""
    return REPOSITORY / "fortran_bridge"


def default_prefix() -> Path:
    """The prefix of `make bridge`: lib/, include/, lib/cmake/paramnet/, python/."""
    return REPOSITORY / "build" / "bridge"


def installed_prefix() -> Path:
    """The prefix in use: PARAMNET_BRIDGE_DIR, else `default_prefix`."""
    return Path(os.environ.get("PARAMNET_BRIDGE_DIR") or default_prefix())


def checkout_source(what: str) -> Path:
    """The CMake project of the bridge. If only the wheel is installed, raises ParamnetError about ``what``, which needs it."""
    source = default_source()
    if not (source / "CMakeLists.txt").is_file():
        raise ParamnetError(
            what,
            expected="a checkout of the repository with its Fortran sources",
            got="an installed wheel without them",
            where=str(source.parent),
            remedy="run `pip install -e .` in a checkout and repeat the command there",
        )
    return source


def default_build_folder() -> Path:
    """CMake's build folder, also for CTest."""
    return REPOSITORY / "build" / "bridge-build"
