"""Where the bridge's sources and products are: in a checkout, or where PARAMNET_BRIDGE_DIR says."""

import os
from pathlib import Path

from paramnet.contract import ParamnetError

REPOSITORY = Path(__file__).resolve().parents[3]


def default_source() -> Path:
    """The CMake project of the bridge."""
    return REPOSITORY / "fortran_bridge"


def default_prefix() -> Path:
    """Where `make bridge` installs it: lib/, include/, lib/cmake/paramnet/, python/."""
    return REPOSITORY / "build" / "bridge"


def installed_prefix() -> Path:
    """Where the bridge is used from: PARAMNET_BRIDGE_DIR (an install prefix), else `default_prefix`."""
    return Path(os.environ.get("PARAMNET_BRIDGE_DIR") or default_prefix())


def checkout_source(what: str) -> Path:
    """The CMake project of the bridge; raises ParamnetError naming ``what`` needs it, where only the wheel is installed."""
    source = default_source()
    if not (source / "CMakeLists.txt").is_file():
        raise ParamnetError(
            what,
            expected="a checkout of the repository with its Fortran sources",
            got="the installed wheel, which has none",
            where=str(source.parent),
            remedy="run it in a checkout after `pip install -e .` there",
        )
    return source


def default_build_folder() -> Path:
    """CMake's own folder, in which CTest runs too."""
    return REPOSITORY / "build" / "bridge-build"
