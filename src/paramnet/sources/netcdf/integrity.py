"""Opening and reading of netCDF files with a check that they are complete.

The netCDF library silently returns zeros past the end of a truncated classic file.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.sources.netcdf.classic import ClassicFile, ClassicVariable
from paramnet.sources.netcdf.classic_header import FIRST_READ, Header, read_header
from paramnet.sources.netcdf.decoding import decoded
from paramnet.sources.netcdf.joined import JoinedFile, JoinedVariable
from paramnet.sources.netcdf.unreadable import cannot_open, cannot_open_hdf5, cannot_read

# HDF5 and netCDF-C are not thread-safe
_ONE_THREAD = threading.RLock()

# raised by netCDF4 for invalid files
_LIBRARY_ERRORS = (OSError, RuntimeError, ValueError, KeyError, AttributeError, TypeError, MemoryError)

Dataset = netCDF4.Dataset | ClassicFile | JoinedFile
Variable = netCDF4.Variable | ClassicVariable | JoinedVariable


@contextmanager
def open_netcdf(path: Path) -> Iterator[Dataset]:
    """Open a file lazily; values are as stored (see ``read_values``). Only one thread of a process has HDF5 files open at a time.

    Raises ParamnetError naming a file that is missing, truncated or not netCDF.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # opening a pipe would block until a writer opens it
    except FileNotFoundError as error:
        raise ParamnetError(
            path.name, expected="a file", got="none", where=str(path.parent), remedy="complete the archive, or narrow `input`"
        ) from error
    except OSError as error:
        raise cannot_open(path, error) from error
    try:
        _require_regular(descriptor, path)
        start = _first_bytes(descriptor, path)
        if start[:3] == b"CDF":
            yield ClassicFile(descriptor, _complete_header(descriptor, start, path))
            return
    finally:
        os.close(descriptor)
    if start[:4] != b"\x89HDF":
        raise ParamnetError(
            path.name,
            expected="a netCDF file",
            got=f"one beginning with {start[:4]!r}" if start else "an empty file",
            where=str(path.parent),
            remedy="remove it, or narrow `input`" if start else "transfer it again, or remove it",
        )
    with _ONE_THREAD:
        try:
            dataset = netCDF4.Dataset(path)
        except _LIBRARY_ERRORS as error:
            raise cannot_open_hdf5(path, error) from error
        with dataset:
            dataset.set_auto_maskandscale(False)
            try:
                yield dataset
            except (OSError, RuntimeError) as error:  # the library reads metadata lazily
                raise cannot_read(path.name, error, str(path.parent)) from error


@contextmanager
def append_to_netcdf(path: Path) -> Iterator[netCDF4.Dataset]:
    """Open a netCDF-4 file of our own to add to it, while no other thread of this process has HDF5 files open."""
    with _ONE_THREAD, netCDF4.Dataset(path, "a") as dataset:
        yield dataset


def layout_of(dataset: Dataset) -> tuple[object, int] | None:
    """Return a key that is equal for files with the same list of variables and number of records; None where that takes time to find."""
    return (dataset.header.layout, dataset.header.records) if isinstance(dataset, ClassicFile) else None


def read_values(variable: Variable, where: str, index: Any = Ellipsis) -> NDArray:
    """Read a variable in native byte order, decoded by its attributes (see ``decoding``); missing values are NaN.

    index : per dimension, as in the netCDF library. where : the file, for errors.
    """
    try:
        values = np.asarray(variable[index])
    except (OSError, RuntimeError) as error:
        raise cannot_read(variable.name, error, where) from error
    return decoded(variable, values.astype(values.dtype.newbyteorder("="), copy=False), where)


def read_columns_last(variable: Variable, where: str, along: Sequence[str], across: Sequence[str], chosen: Mapping[str, Any]) -> NDArray:
    """Read a variable with its dimensions ``along`` first, then one of columns. across : its horizontal dimensions, flattened.

    chosen : indices along a dimension. Of a dimension that is in none of these the first element is read.
    """
    order = [*along, *across]
    index = tuple(slice(None) if dim in order and dim not in chosen else chosen.get(dim, 0) for dim in variable.dimensions)
    values = read_values(variable, where, index)
    kept = [dim for dim in variable.dimensions if dim in order]
    values = values.transpose([kept.index(dim) for dim in order])
    return values.reshape(*values.shape[: len(along)], -1)


def read_complete(variable: Variable, where: str) -> NDArray:
    """Read a coordinate or another variable completely; raise ParamnetError if a value is missing."""
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


def _complete_header(descriptor: int, start: bytes, path: Path) -> Header:
    """Read the header of a classic netCDF file; raise ParamnetError if the file is shorter than the header requires."""
    try:
        header = read_header(descriptor, start)
    except ValueError as error:
        raise ParamnetError(
            path.name,
            expected="a complete netCDF header",
            got=f"a damaged one ({error})",
            where=str(path.parent),
            remedy="transfer the file again; it is truncated or damaged",
        ) from error
    needed, size = header.bytes(), os.fstat(descriptor).st_size
    if size < needed:
        raise ParamnetError(
            path.name,
            expected=f"at least {needed} bytes by its header",
            got=str(size),
            where=str(path.parent),
            remedy="transfer the file again; it is truncated",
        )
    return header
