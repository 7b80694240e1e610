"""Paths of the bridge's sources and of its installation: in a checkout, in the installed wheel, or PARAMNET_BRIDGE_DIR."""

import os
from pathlib import Path

from paramnet import DISTRIBUTION
from paramnet.contract import ParamnetError
from paramnet.files import in_wheel, shipped

__all__ = ["how_to_get_the_bridge", "installed_prefix", "prefix_folder", "require_source"]


def default_source() -> Path:
    """The CMake project of the bridge."""
    return shipped("fortran_bridge")


def default_prefix() -> Path:
    """The prefix of `make bridge`, or of the bridge in the wheel: lib/, include/, lib/cmake/paramnet/, python/."""
    return shipped("bridge")


def default_build_folder() -> Path:
    """CMake's build folder of a checkout, also for CTest."""
    return default_prefix().with_name("bridge-build")


def installed_prefix() -> Path:
    """The prefix in use: PARAMNET_BRIDGE_DIR, else `default_prefix`."""
    return Path(os.environ.get("PARAMNET_BRIDGE_DIR") or default_prefix())


def how_to_get_the_bridge() -> str:
    """What to do if the compiled bridge is missing or unfit, as an imperative."""
    get = f"install the wheel of {DISTRIBUTION} for this Python and machine" if in_wheel() else "run `make bridge`"
    return f"{get}, or set PARAMNET_BRIDGE_DIR to an installed bridge"


def require_source(what: str) -> Path:
    """The CMake project of the bridge. If it is missing, raises ParamnetError about ``what``, which needs it."""
    source = default_source()
    if not (source / "CMakeLists.txt").is_file():
        raise ParamnetError(
            what,
            expected="the Fortran sources of paramnet",
            got="none",
            where=str(source),
            remedy=f"install a complete wheel of {DISTRIBUTION}, or run `pip install -e .` in a checkout and repeat the command there",
        )
    return source


def prefix_folder(part: str) -> Path:
    """A folder of the bridge in use, such as ``lib/cmake/paramnet``, or "" for its prefix. Raises ParamnetError if it does not exist."""
    folder = installed_prefix() / part
    if not folder.is_dir():
        raise ParamnetError(
            "bridge",
            expected="the installed bridge",
            got=f"no folder {part}".rstrip(),
            where=str(installed_prefix()),
            remedy=how_to_get_the_bridge(),
        )
    return folder
