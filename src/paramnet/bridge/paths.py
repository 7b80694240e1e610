"""Where the bridge's sources and products are in a checkout."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def default_source() -> Path:
    """The CMake project of the bridge."""
    return REPOSITORY / "fortran_bridge"


def default_prefix() -> Path:
    """Where `make bridge` installs it: lib/, include/, lib/cmake/paramnet/, python/."""
    return REPOSITORY / "build" / "bridge"


def default_build_folder() -> Path:
    """CMake's own folder, in which CTest runs too."""
    return REPOSITORY / "build" / "bridge-build"
