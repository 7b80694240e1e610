"""Where the files are that come with paramnet beside its Python code: in the checkout, or in the installed wheel."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
# In the wheel these folders are inside the package, in a checkout at its root; there, build/bridge is what `make bridge` installs.
_IN_CHECKOUT = {"fortran_bridge": "fortran_bridge", "data": "data", "bridge": "build/bridge"}


def in_wheel() -> bool:
    """Return True if paramnet runs from an installed wheel, False if it runs from a checkout."""
    return (PACKAGE / "shipped").is_dir()


def shipped(part: str) -> Path:
    """Folder of a part of paramnet; it need not exist.

    part : "fortran_bridge", the CMake project with its adapters; "data", the sample and the scripts that write synthetic files;
    "bridge", the compiled bridge, an installation prefix.
    """
    return PACKAGE / "shipped" / part if in_wheel() else PACKAGE.parents[1] / _IN_CHECKOUT[part]
