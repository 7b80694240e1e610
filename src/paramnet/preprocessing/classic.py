"""Classic netCDF files (CDF-1, -2 and -5) without the netCDF library: a header, then values at stated places.

Opening a small file through the library takes longer than reading it, and archives of step pairs are a hundred thousand
small files. What stands here reads like the library's objects as far as readers use them; files in HDF5 go through the
library. Format: netCDF Users' Guide, "File Format Specifications".
"""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TYPES = {1: "i1", 2: "S1", 3: ">i2", 4: ">i4", 5: ">f4", 6: ">f8", 7: "u1", 8: ">u2", 9: ">u4", 10: ">i8", 11: ">u8"}
_DTYPES = {code: np.dtype(name) for code, name in _TYPES.items()}
_FIRST_READ = 1 << 15
_KEPT = 16


@dataclass(frozen=True)
class Entry:
    """A variable by the header: ``shape`` with 0 for the record dimension, ``begin`` in bytes from the file's start."""

    name: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    is_record: bool
    attributes: dict[str, Any]
    dtype: np.dtype
    begin: int

    @property
    def bytes(self) -> int:
        """Bytes of the values, of one record for record variables."""
        return math.prod(self.shape[self.is_record :]) * self.dtype.itemsize


@dataclass(frozen=True)
class Header:
    """What a header says; ``stride`` is the bytes from one record to the next, 0 without record variables."""

    records: int
    dimensions: dict[str, int]
    attributes: dict[str, Any]
    variables: dict[str, Entry]
    stride: int

    def bytes(self) -> int:
        """Bytes the file must have."""
        ends = [0]
        for entry in self.variables.values():
            if not entry.is_record:
                ends.append(entry.begin + entry.bytes)
            elif self.records:
                ends.append(entry.begin + (self.records - 1) * self.stride + entry.bytes)
        return max(ends)


_recent: list[tuple[bytes, tuple[tuple[str, int], ...], dict[str, Entry]]] = []


class _Parser:
    """Reads a header from its bytes; struct.error or IndexError where they end too soon."""

    def __init__(self, data: bytes) -> None:
        self.data, self.version, self.place = data, data[3], 4
        self.count_format, self.count_bytes = (">q", 8) if self.version == 5 else (">i", 4)

    def count(self) -> int:
        value: int = struct.unpack_from(self.count_format, self.data, self.place)[0]
        self.place += self.count_bytes
        return value

    def tag(self) -> int:
        value: int = struct.unpack_from(">i", self.data, self.place)[0]
        self.place += 4
        return value

    def take(self, length: int) -> bytes:
        if self.place + length > len(self.data):
            raise struct.error("header goes on")
        value = self.data[self.place : self.place + length]
        self.place += -(-length // 4) * 4  # padded to four bytes
        return value

    def list_length(self) -> int:
        self.tag()
        return self.count()

    def attributes(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for _ in range(self.list_length()):
            name, dtype = self.take(self.count()).decode(), _DTYPES[self.tag()]
            data = self.take(self.count() * dtype.itemsize)
            if dtype.kind == "S":
                result[name] = data.decode(errors="replace").rstrip("\0")
            else:
                values = np.frombuffer(data, dtype).astype(dtype.newbyteorder("="))
                result[name] = values[0] if len(values) == 1 else values
        return result

    def header(self) -> Header:
        records = max(self.count(), 0)
        dimensions = tuple((self.take(self.count()).decode(), self.count()) for _ in range(self.list_length()))
        attributes = self.attributes()
        variables = self.variables(dimensions)
        lengths = [entry.bytes for entry in variables.values() if entry.is_record]
        # a single record variable is not padded; of several, each is padded to four bytes
        stride = lengths[0] if len(lengths) == 1 else sum(-(-length // 4) * 4 for length in lengths)
        return Header(records, dict(dimensions), attributes, variables, stride)

    def variables(self, dimensions: tuple[tuple[str, int], ...]) -> dict[str, Entry]:
        """The list of variables; files of one archive repeat it byte by byte, so the last few are kept."""
        for known, of, result in _recent:
            if of == dimensions and self.data.startswith(known, self.place):
                return result
        start, result = self.place, {}
        for _ in range(self.list_length()):
            name = self.take(self.count()).decode()
            dims = [dimensions[self.count()] for _ in range(self.count())]
            attributes, dtype = self.attributes(), _DTYPES[self.tag()]
            self.count()  # bytes of the variable, unreliable for large ones
            begin = self.tag() if self.version == 1 else struct.unpack_from(">q", self.data, self.place)[0]
            self.place += 0 if self.version == 1 else 8
            is_record = bool(dims) and dims[0][1] == 0
            result[name] = Entry(name, tuple(dim for dim, _ in dims), tuple(n for _, n in dims), is_record, attributes, dtype, begin)
        _recent.insert(0, (self.data[start : self.place], dimensions, result))
        del _recent[_KEPT:]
        return result


def read_header(path: Path) -> Header:
    """The header of a classic file. Raises ValueError when the file ends inside it or it makes no sense."""
    with path.open("rb", buffering=0) as stream:
        size, wanted = os.fstat(stream.fileno()).st_size, _FIRST_READ
        while True:
            data = os.pread(stream.fileno(), wanted, 0)
            try:
                return _Parser(data).header()
            except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
                if wanted >= size or not isinstance(error, struct.error):
                    raise ValueError(str(error)) from error
                wanted *= 8


class ClassicVariable:
    """Reads like netCDF4.Variable: ``name``, ``dimensions``, ``shape``, ``dtype``, attributes, and values when indexed."""

    def __init__(self, entry: Entry, header: Header, descriptor: int) -> None:
        self._entry, self._header, self._descriptor = entry, header, descriptor
        self.name, self.dimensions = entry.name, entry.dimensions
        self.shape = (header.records, *entry.shape[1:]) if entry.is_record else entry.shape
        self.dtype, self.ndim = entry.dtype.newbyteorder("="), len(entry.shape)

    def ncattrs(self) -> list[str]:
        """Names of the attributes."""
        return list(self._entry.attributes)

    def getncattr(self, name: str) -> Any:
        """An attribute; AttributeError when there is none."""
        try:
            return self._entry.attributes[name]
        except KeyError:
            raise AttributeError(f"{self.name} has no attribute {name!r}") from None

    __getattr__ = getncattr

    def __getitem__(self, index: Any) -> NDArray:
        """Values, indexed as NumPy arrays are. OSError when the file ends before them."""
        index = index if isinstance(index, tuple) else (index,)
        first = index[0] if index and self.ndim else Ellipsis
        if isinstance(first, slice) and first.step in (None, 1):  # only the stretch asked for is read
            start, stop, _ = first.indices(self.shape[0])
            return self._read(start, max(start, stop))[(slice(None), *index[1:])]
        if isinstance(first, np.ndarray) and first.size and first.ndim == 1:
            start = int(first.min())
            return self._read(start, int(first.max()) + 1)[(first - start, *index[1:])]
        if isinstance(first, int | np.integer):
            place = int(first) % self.shape[0] if -self.shape[0] <= first < self.shape[0] else self.shape[0]
            return self._read(place, place + 1)[(0, *index[1:])]
        return self._read(0, self.shape[0] if self.ndim else 1)[index]

    def _read(self, start: int, stop: int) -> NDArray:
        """Values start:stop along the first dimension."""
        entry = self._entry
        if not entry.shape:
            out = np.empty((), dtype=entry.dtype)
            self._fill(out.reshape(1), entry.begin)
        else:
            out = np.empty((stop - start, *self.shape[1:]), dtype=entry.dtype)
            stride = self._header.stride if entry.is_record else entry.dtype.itemsize * math.prod(self.shape[1:])
            if stride == out.nbytes // max(1, len(out)):
                self._fill(out, entry.begin + start * stride)
            else:
                for number in range(len(out)):
                    self._fill(out[number : number + 1], entry.begin + (start + number) * stride)
        if entry.dtype.byteorder == ">":
            out = out.byteswap(inplace=True).view(self.dtype)
        return out

    def _fill(self, out: NDArray, offset: int) -> None:
        data = memoryview(out.reshape(-1).view(np.uint8))
        while len(data):
            count = os.preadv(self._descriptor, [data], offset)
            if not count:
                raise OSError(f"the file ends before byte {offset + len(data)}")
            data, offset = data[count:], offset + count


class ClassicFile:
    """Reads like netCDF4.Dataset; a context manager that closes the file."""

    def __init__(self, path: Path, header: Header | None = None) -> None:
        self._header = header or read_header(path)
        self._descriptor = os.open(path, os.O_RDONLY)
        self.variables = {name: ClassicVariable(entry, self._header, self._descriptor) for name, entry in self._header.variables.items()}
        sizes = self._header.dimensions
        self.dimensions = {name: range(size or self._header.records) for name, size in sizes.items()}  # of the length asked for by len()

    def __getitem__(self, name: str) -> ClassicVariable:
        return self.variables[name]

    def ncattrs(self) -> list[str]:
        """Names of the global attributes."""
        return list(self._header.attributes)

    def getncattr(self, name: str) -> Any:
        """A global attribute; AttributeError when there is none."""
        try:
            return self._header.attributes[name]
        except KeyError:
            raise AttributeError(f"no global attribute {name!r}") from None

    __getattr__ = getncattr

    def get_variables_by_attributes(self, **wanted: Any) -> list[ClassicVariable]:
        """Variables whose attributes have these values."""
        return [v for v in self.variables.values() if all(getattr(v, name, None) == value for name, value in wanted.items())]

    def __enter__(self) -> ClassicFile:
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._descriptor)
