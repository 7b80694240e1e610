"""Headers of classic netCDF files (CDF-1, -2 and -5): what stands where. Format: netCDF Users' Guide, "File Format Specifications"."""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

_TYPES = {1: "i1", 2: "S1", 3: ">i2", 4: ">i4", 5: ">f4", 6: ">f8", 7: "u1", 8: ">u2", 9: ">u4", 10: ">i8", 11: ">u8"}
_DTYPES = {code: np.dtype(name) for code, name in _TYPES.items()}
FIRST_READ = 1 << 15
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


def read_header(descriptor: int, start: bytes = b"") -> Header:
    """The header of an open classic file, of which ``start`` was read already.

    Raises ValueError when the file ends inside the header or the header makes no sense.
    """
    data, wanted = start, FIRST_READ
    while True:
        if len(data) < wanted:
            data += os.pread(descriptor, wanted - len(data), len(data))
        try:
            return _Parser(data).header()
        except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
            if len(data) < wanted or not isinstance(error, struct.error):
                raise ValueError(str(error)) from error
            wanted *= 8
