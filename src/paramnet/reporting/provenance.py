"""How a result was made: command, code, libraries, machine and time."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from paramnet import __version__
from paramnet.files import in_wheel, shipped

__all__ = ["how_made", "versions"]

LIBRARIES = ("numpy", "xarray", "netCDF4", "zarr", "torch", "pytorch_lightning", "matplotlib")


def how_made(began: float) -> dict[str, Any]:
    """Return plain values for provenance. began : ``time.monotonic()`` at the start of the work, for ``wall_seconds``.

    ``commit`` is that of the checkout, with ``-dirty`` if files differ from it, or empty for an installed wheel.
    """
    return {
        "paramnet_version": __version__,
        "commit": commit(),
        "command": command(sys.argv),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "wall_seconds": round(time.monotonic() - began, 1),
        "machine": machine(),
        "versions": versions(*LIBRARIES),
    }


def versions(*packages: str) -> dict[str, str]:
    """Version of Python and of each package that is installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def command(arguments: list[str]) -> str:
    """The command line, as a shell takes it; for a script or a notebook its name alone."""
    program, *rest = arguments or [""]
    return f"{program} {shlex.join(rest)}".strip() if program.startswith("paramnet ") else Path(program).name


def commit() -> str:
    """The commit of the checkout that runs; empty for a wheel, or without git."""
    if in_wheel():
        return ""
    asked = ["git", "-C", str(shipped("data")), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def machine() -> str:
    """Processor, usable cores and system; not the name of the machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{_processor()}, {cores} core{'s' if cores > 1 else ''}, {platform.system()} {platform.machine()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "processor unknown"
