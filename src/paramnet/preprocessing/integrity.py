"""Is a netCDF file whole? The netCDF library reads zeros, without a word, beyond the end of a truncated classic file."""

from __future__ import annotations

import os
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

# HDF5 and netCDF-C are not safe to enter from two threads.
_ONE_THREAD = threading.RLock()

Dataset = netCDF4.Dataset | ClassicFile
Variable = netCDF4.Variable | ClassicVariable


@contextmanager
def open_netcdf(path: Path) -> Iterator[Dataset]:
    """Open lazily, values as stored (see ``read_values``); one thread of a process at a time holds HDF5 files open.

    Raises ParamnetError naming the file when it is missing, foreign or truncated.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        raise ParamnetError(f"{path.name}: expected a file in {path.parent}, found none; complete the archive or narrow `input`") from error
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
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
        except (OSError, RuntimeError) as error:
            raise ParamnetError(
                f"{path.name}: expected a readable netCDF file, got '{error}'; truncated or damaged: transfer it again"
            ) from error
        with dataset:
            dataset.set_auto_maskandscale(False)
            yield dataset


def read_values(variable: Variable, where: str, index: Any = Ellipsis) -> NDArray:
    """Values of a variable: fill values as NaN, packed ones unpacked, by its own attributes; ``where`` names the file in errors."""
    try:
        values = np.asarray(variable[index])
        attributes = set(variable.ncattrs()) & {"_FillValue", "missing_value", "scale_factor", "add_offset"}
    except (OSError, RuntimeError) as error:
        raise ParamnetError(
            f"{variable.name}: expected readable data, got '{error}' in {where}; damaged: transfer the file again"
        ) from error
    if not attributes:
        return values
    fills = [fill for name in ("_FillValue", "missing_value") if name in attributes for fill in np.atleast_1d(variable.getncattr(name))]
    missing = np.zeros(values.shape, dtype=bool)
    for fill in fills:
        missing |= values == fill
    if attributes & {"scale_factor", "add_offset"}:
        scale, offset = (getattr(variable, name, default) for name, default in (("scale_factor", 1.0), ("add_offset", 0.0)))
        values = values * float(scale) + float(offset)
    if missing.any():
        values = np.where(missing, np.nan, values)
    return values


def _first_bytes(descriptor: int, path: Path) -> bytes:
    try:
        return os.pread(descriptor, FIRST_READ, 0)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ParamnetError:
    return ParamnetError(f"{path.name}: expected a file that can be read, got '{error.strerror}'; mend it or its permissions, or remove it")


def _whole_header(descriptor: int, start: bytes, name: str) -> Header:
    """Header of a classic netCDF file; ParamnetError when the file is shorter than its header says."""
    try:
        header = read_header(descriptor, start)
    except ValueError as error:
        raise ParamnetError(f"{name}: expected a whole netCDF header, got a broken one; truncated: transfer it again") from error
    needed, size = header.bytes(), os.fstat(descriptor).st_size
    if size < needed:
        raise ParamnetError(f"{name}: expected at least {needed} bytes by its header, got {size}; truncated: transfer it again")
    return header
