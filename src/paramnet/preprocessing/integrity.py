"""Is a netCDF file whole? The netCDF library reads zeros, without a word, beyond the end of a truncated classic file."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.preprocessing.classic import ClassicFile, ClassicVariable
from paramnet.preprocessing.classic_header import FIRST_READ, Header, read_header
from paramnet.preprocessing.decoding import decoded
from paramnet.preprocessing.unreadable import cannot_open, cannot_open_hdf5, cannot_read

# HDF5 and netCDF-C are not safe to enter from two threads.
_ONE_THREAD = threading.RLock()

# what netCDF4 raises for files that are not what they should be
_LIBRARY_ERRORS = (OSError, RuntimeError, ValueError, KeyError, AttributeError, TypeError, MemoryError)

Dataset = netCDF4.Dataset | ClassicFile
Variable = netCDF4.Variable | ClassicVariable


@contextmanager
def open_netcdf(path: Path) -> Iterator[Dataset]:
    """Open lazily, values as stored (see ``read_values``); one thread of a process at a time holds HDF5 files open.

    Raises ParamnetError naming the file when it is missing, foreign or truncated.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would wait for whoever writes to it
    except FileNotFoundError as error:
        raise ParamnetError(f"{path.name}: expected a file in {path.parent}, found none; complete the archive or narrow `input`") from error
    except OSError as error:
        raise cannot_open(path, error) from error
    try:
        _require_regular(descriptor, path)
        start = _first_bytes(descriptor, path)
        if start[:3] == b"CDF":
            yield ClassicFile(descriptor, _whole_header(descriptor, start, path.name))
            return
    finally:
        os.close(descriptor)
    if not start:
        raise ParamnetError(f"{path.name}: expected a netCDF file, got an empty one; transfer it again or remove it")
    if start[:4] != b"\x89HDF":
        raise ParamnetError(f"{path.name}: expected a netCDF file, got one beginning with {start[:4]!r}; remove it or narrow `input`")
    with _ONE_THREAD:
        try:
            dataset = netCDF4.Dataset(path)
        except _LIBRARY_ERRORS as error:
            raise cannot_open_hdf5(path, error) from error
        with dataset:
            dataset.set_auto_maskandscale(False)
            try:
                yield dataset
            except (OSError, RuntimeError) as error:  # metadata that the library reads when it is asked for them
                raise cannot_read(path.name, error, str(path.parent)) from error


def read_values(variable: Variable, where: str, index: Any = Ellipsis) -> NDArray:
    """Numbers of a variable, in native byte order: decoded by its attributes (see ``decoding``), missing ones as NaN.

    index : per dimension, as the netCDF library has it. where : names the file in errors.
    """
    try:
        values = np.asarray(variable[index])
    except (OSError, RuntimeError) as error:
        raise cannot_read(variable.name, error, where) from error
    return decoded(variable, values.astype(values.dtype.newbyteorder("="), copy=False), where)


def read_complete(variable: Variable, where: str) -> NDArray:
    """All numbers of a coordinate or another variable that may have no missing ones; ParamnetError where it has."""
    values = read_values(variable, where)
    if not np.isfinite(values).all():
        raise ParamnetError(
            variable.name,
            expected="finite values everywhere",
            got=f"{np.count_nonzero(~np.isfinite(values))} of {values.size} missing",
            where=where,
            remedy="fix the file",
        )
    return values


def _require_regular(descriptor: int, path: Path) -> None:
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise ParamnetError(
            path.name, expected="a regular file", got="a pipe or a device", where=str(path.parent), remedy="remove it or narrow `input`"
        )


def _first_bytes(descriptor: int, path: Path) -> bytes:
    try:
        return os.pread(descriptor, FIRST_READ, 0)
    except OSError as error:
        raise cannot_open(path, error) from error


def _whole_header(descriptor: int, start: bytes, name: str) -> Header:
    """Header of a classic netCDF file; ParamnetError when the file is shorter than its header says."""
    try:
        header = read_header(descriptor, start)
    except ValueError as error:
        raise ParamnetError(
            name, expected="a whole netCDF header", got=f"a broken one ({error})", remedy="truncated or damaged: transfer it again"
        ) from error
    needed, size = header.bytes(), os.fstat(descriptor).st_size
    if size < needed:
        raise ParamnetError(f"{name}: expected at least {needed} bytes by its header, got {size}; truncated: transfer it again")
    return header
