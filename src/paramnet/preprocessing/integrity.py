"""Is a netCDF file whole? The netCDF library reads zeros, without a word, beyond the end of a truncated classic file."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError

# HDF5 and netCDF-C are not safe to enter from two threads.
_ONE_THREAD = threading.RLock()

_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}


@contextmanager
def open_netcdf(path: Path) -> Iterator[netCDF4.Dataset]:
    """Open lazily, values as stored (see ``read_values``); one thread of a process at a time holds files open.

    Raises ParamnetError naming the file when it is missing, foreign or truncated.
    """
    if not path.is_file():
        raise ParamnetError(f"{path.name}: expected a file in {path.parent}, found none; complete the archive or narrow `input`")
    with path.open("rb") as stream:
        magic = stream.read(4)
    if not (magic[:3] == b"CDF" or magic == b"\x89HDF"):
        raise ParamnetError(f"{path.name}: expected a netCDF file, got one beginning with {magic!r}; remove it or narrow `input`")
    size = path.stat().st_size
    if magic[:3] == b"CDF" and size < (needed := classic_size(path)):
        raise ParamnetError(f"{path.name}: expected at least {needed} bytes by its header, got {size}; truncated: transfer it again")
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


def read_values(variable: netCDF4.Variable, where: str, index: Any = Ellipsis) -> NDArray:
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
    fills = [variable.getncattr(name) for name in ("_FillValue", "missing_value") if name in attributes]
    missing = np.isin(values, np.concatenate([np.atleast_1d(fill) for fill in fills])) if fills else np.zeros(values.shape, dtype=bool)
    if attributes & {"scale_factor", "add_offset"}:
        scale, offset = (getattr(variable, name, default) for name, default in (("scale_factor", 1.0), ("add_offset", 0.0)))
        values = values * float(scale) + float(offset)
    if missing.any():
        values = np.where(missing, np.nan, values)
    return values


def classic_size(path: Path) -> int:
    """Bytes a classic netCDF file (CDF-1, -2 or -5) must have, by its own header."""
    with path.open("rb") as stream:
        try:
            return _Header(stream).size()
        except (struct.error, KeyError) as error:
            raise ParamnetError(f"{path.name}: expected a whole netCDF header, got a broken one; truncated: transfer it again") from error


class _Header:
    """Reader of the classic format's header (netCDF Users' Guide, "File Format Specifications")."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.version = stream.read(4)[3]
        self.count_format = ">q" if self.version == 5 else ">i"
        self.begin_format = ">i" if self.version == 1 else ">q"

    def number(self, form: str) -> int:
        return struct.unpack(form, self.stream.read(struct.calcsize(form)))[0]

    def count(self) -> int:
        return self.number(self.count_format)

    def skip(self, length: int) -> None:
        self.stream.seek(-(-length // 4) * 4, 1)  # padded to four bytes

    def list_length(self) -> int:
        self.number(">i")  # tag of the list
        return self.count()

    def attributes(self) -> None:
        for _ in range(self.list_length()):
            self.skip(self.count())
            width = _TYPE_BYTES[self.number(">i")]
            self.skip(width * self.count())

    def size(self) -> int:
        records = max(self.count(), 0)
        lengths = []
        for _ in range(self.list_length()):
            self.skip(self.count())
            lengths.append(self.count())
        self.attributes()
        end, record_begins, record_bytes = 0, [0], []
        for _ in range(self.list_length()):
            self.skip(self.count())
            shape = [lengths[self.count()] for _ in range(self.count())]
            self.attributes()
            width = _TYPE_BYTES[self.number(">i")]
            self.count()  # vsize, unreliable for large variables
            begin = self.number(self.begin_format)
            is_record = bool(shape) and shape[0] == 0
            for length in shape[1:] if is_record else shape:
                width *= length
            if is_record:
                record_begins.append(begin)
                record_bytes.append(width)
            else:
                end = max(end, begin + width)
        if not record_bytes or not records:
            return end
        # a single record variable is not padded; of several, each is padded to four bytes
        stride = record_bytes[0] if len(record_bytes) == 1 else sum(-(-b // 4) * 4 for b in record_bytes)
        return max(end, *(b + (records - 1) * stride + w for b, w in zip(record_begins[1:], record_bytes, strict=True)))
