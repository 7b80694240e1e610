"""Errors of files that cannot be read: damaged, or intact but not readable now (open for writing, no lock, no filter)."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Any

import netCDF4

from paramnet.contract import ParamnetError

_PASSING = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
_COMPRESSORS = ("zlib", "zstd", "bzip2", "blosc", "szip")
_SUPERBLOCK_WITH_FLAGS = 3
_OPEN_FOR_WRITING = 1


class UnreadableNow(ParamnetError):
    """A file that may be intact, but cannot be read by this process now; on_bad_file=skip does not skip it."""


def cannot_open(path: Path, error: OSError) -> ParamnetError:
    """Return the error of a file that the operating system cannot open or read."""
    kind = UnreadableNow if error.errno in _PASSING else ParamnetError
    remedy = "check the file system and run again" if kind is UnreadableNow else "correct its permissions or path, or remove it"
    return kind(
        path.name, expected="a file that can be read", got=repr(error.strerror or str(error)), where=str(path.parent), remedy=remedy
    )


def cannot_open_hdf5(path: Path, error: Exception) -> ParamnetError:
    """Return the error of a file that the netCDF library cannot open. HDF5 reports the same for locked and damaged files."""
    if why := _held(path):
        return UnreadableNow(
            path.name,
            expected="a file that is not open for writing",
            got=why,
            where=str(path.parent),
            remedy="wait until the model has closed it; if nothing writes to it and the file system has no locks, "
            "set HDF5_USE_FILE_LOCKING=FALSE in the environment",
        )
    return ParamnetError(
        path.name,
        expected="a readable netCDF file",
        got=repr(str(error)),
        where=str(path.parent),
        remedy="compare it with the original; it is not open for writing on this machine, so it is truncated or damaged",
    )


def cannot_read(variable: str, error: Exception, where: str) -> ParamnetError:
    """Return the error of data that cannot be read from an open file."""
    if "filter" in str(error).lower():
        return _missing_filter(variable, str(error), where)
    passing = isinstance(error, OSError) and error.errno in _PASSING
    kind, remedy = (
        (UnreadableNow, "check the file system and run again") if passing else (ParamnetError, "transfer the file again; it is damaged")
    )
    return kind(variable, expected="readable data", got=repr(str(error)), where=where, remedy=remedy)


def require_filters(variable: Any, where: str) -> None:
    """Raise UnreadableNow if the HDF5 library lacks the compression filter of a variable."""
    if not isinstance(variable, netCDF4.Variable) or not variable.size or variable.chunking() == "contiguous":
        return
    used = variable.filters() or {}
    if not any(used.get(name) for name in _COMPRESSORS):  # the library does not list filters that it lacks
        try:
            variable[(0,) * variable.ndim]
        except (OSError, RuntimeError) as error:
            raise cannot_read(variable.name, error, where) from error


def _missing_filter(variable: str, got: str, where: str) -> UnreadableNow:
    path = os.environ.get("HDF5_PLUGIN_PATH")
    return UnreadableNow(
        variable,
        expected="the compression filter of its data in the HDF5 library",
        got=repr(got),
        where=where,
        remedy="set HDF5_PLUGIN_PATH to the folder of the filter plug-ins "
        + (f"(now {path!r}; without it, those of the netCDF4 package are used)" if path else "(now not set)")
        + "; the file is not damaged",
    )


def _held(path: Path) -> str:
    """Return what prevents reading an HDF5 file now; empty if nothing does."""
    with path.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return "one that another process has open for writing"
        except OSError as error:
            return f"one on a file system without locks ({error.strerror})"
        start = stream.read(12)
    if len(start) == 12 and start[8] >= _SUPERBLOCK_WITH_FLAGS and start[11] & _OPEN_FOR_WRITING:
        return "one marked as open for writing (h5clear -s removes the mark if the writer was killed)"
    return ""
