"""Headers of classic netCDF files (CDF-1, -2 and -5). Format: netCDF Users' Guide, "File Format Specifications"."""

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
_KEPT_BYTES = 1 << 20
MOST_BYTES = 1 << 24  # of a header; the longest known ones have a few megabytes of history
_LISTS = {"dimensions": 10, "variables": 11, "attributes": 12}
_NO_RECORD_COUNT = 0xFFFFFFFF


@dataclass(frozen=True)
class Entry:
    """A variable in the header: ``shape`` with 0 for the record dimension, ``begin`` in bytes from the start of the file."""

    name: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    is_record: bool
    attributes: dict[str, Any]
    dtype: np.dtype
    begin: int

    @property
    def bytes(self) -> int:
        """Size of the values in bytes; of one record for record variables."""
        return math.prod(self.shape[self.is_record :]) * self.dtype.itemsize


@dataclass(frozen=True)
class Header:
    """Contents of a header. ``stride`` : distance between records in bytes, 0 without record variables. ``layout`` : one object for all
    headers of this process with the same list of variables."""

    records: int
    dimensions: dict[str, int]
    attributes: dict[str, Any]
    variables: dict[str, Entry]
    stride: int
    layout: object

    def bytes(self) -> int:
        """Return the least size of the file in bytes."""
        ends = [0]
        for entry in self.variables.values():
            if not entry.is_record:
                ends.append(entry.begin + entry.bytes)
            elif self.records:
                ends.append(entry.begin + (self.records - 1) * self.stride + entry.bytes)
        return max(ends)


_recent: list[tuple[int, bytes, tuple[tuple[str, int], ...], dict[str, Entry], object]] = []


class _TooShort(Exception):
    """The header is longer than the bytes read so far."""


class _Parser:
    """Parser of a header from its first bytes; ``size`` is that of the file. Raises _TooShort if more bytes are needed, ValueError if a
    number is impossible: negative, or more entries than the bytes left can hold."""

    def __init__(self, data: bytes, size: int) -> None:
        if data[:3] != b"CDF" or len(data) < 4 or data[3] not in (1, 2, 5):
            raise ValueError(f"begins with {data[:4]!r}")
        self.data, self.size, self.version, self.place = data, size, data[3], 4
        self.count_format, self.count_bytes = (">q", 8) if self.version == 5 else (">i", 4)

    def number(self, form: str, length: int) -> int:
        if self.place + length > len(self.data):
            raise _TooShort
        value: int = struct.unpack_from(form, self.data, self.place)[0]
        self.place += length
        return value

    def count(self, least_bytes: int = 0) -> int:
        """Read a number >= 0 of entries of at least ``least_bytes`` each."""
        value = self.number(self.count_format, self.count_bytes)
        if value < 0 or value * least_bytes > self.size - self.place:
            raise ValueError(f"got {value} at byte {self.place - self.count_bytes}")
        return value

    def tag(self) -> int:
        return self.number(">i", 4)

    def take(self, length: int) -> bytes:
        if self.place + length > len(self.data):
            raise _TooShort
        value = self.data[self.place : self.place + length]
        self.place += -(-length // 4) * 4  # padded to four bytes
        return value

    def name(self) -> str:
        name = self.take(self.count(1)).decode()
        if not name:
            raise ValueError(f"got an empty name at byte {self.place}")
        return name

    def type(self) -> np.dtype:
        code = self.tag()
        if code not in _DTYPES:
            raise ValueError(f"got type {code} at byte {self.place - 4}")
        return _DTYPES[code]

    def list_length(self, kind: str) -> int:
        """Read the length of a list; each entry has at least the length of a name and one more number."""
        tag, length = self.tag(), self.count(self.count_bytes + 4)
        if tag != _LISTS[kind] and (tag or length):
            raise ValueError(f"expected a list of {kind}, got tag {tag} at byte {self.place}")
        return length

    def attributes(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for _ in range(self.list_length("attributes")):
            name, dtype = self.name(), self.type()
            if name in result:
                raise ValueError(f"two attributes {name}")
            data = self.take(self.count(dtype.itemsize) * dtype.itemsize)
            if dtype.kind == "S":
                result[name] = data.decode(errors="replace").rstrip("\0")
            else:
                values = np.frombuffer(data, dtype).astype(dtype.newbyteorder("="))
                result[name] = values[0] if len(values) == 1 else values
        return result

    def header(self) -> Header:
        records = self.number(*((">q", 8) if self.version == 5 else (">I", 4)))
        if records in (-1, _NO_RECORD_COUNT):
            raise ValueError("no number of records: the file was not closed by its writer")
        if records < 0:
            raise ValueError(f"got {records} records")
        dimensions = tuple((self.name(), self.count()) for _ in range(self.list_length("dimensions")))
        if len(dict(dimensions)) < len(dimensions) or sum(size == 0 for _, size in dimensions) > 1:
            raise ValueError(f"dimensions {dimensions[:9]}")
        attributes = self.attributes()
        variables, layout = self.variables(dimensions)
        lengths = [entry.bytes for entry in variables.values() if entry.is_record]
        # a single record variable is not padded; of several, each is padded to four bytes
        stride = lengths[0] if len(lengths) == 1 else sum(-(-length // 4) * 4 for length in lengths)
        return Header(records, dict(dimensions), attributes, variables, stride, layout)

    def variables(self, dimensions: tuple[tuple[str, int], ...]) -> tuple[dict[str, Entry], object]:
        """Read the list of variables, and return it with its ``Header.layout``.

        Files of one archive often have identical lists, so the most recent ones are cached.
        """
        for version, known, of, result, layout in _recent:
            if version == self.version and of == dimensions and self.data.startswith(known, self.place):
                return result, layout
        start, result, layout = self.place, {}, object()
        for _ in range(self.list_length("variables")):
            entry = self.variable(dimensions)
            if entry.name in result:
                raise ValueError(f"two variables {entry.name}")
            result[entry.name] = entry
        if self.place - start <= _KEPT_BYTES:
            _recent.insert(0, (self.version, self.data[start : self.place], dimensions, result, layout))
            del _recent[_KEPT:]
        return result, layout

    def variable(self, dimensions: tuple[tuple[str, int], ...]) -> Entry:
        name = self.name()
        numbers = [self.count() for _ in range(self.count(self.count_bytes))]
        if any(number >= len(dimensions) for number in numbers):
            raise ValueError(f"{name}: dimensions {numbers[:9]} of {len(dimensions)}")
        dims = [dimensions[number] for number in numbers]
        attributes, dtype = self.attributes(), self.type()
        self.number(self.count_format, self.count_bytes)  # size of the variable, unreliable for large ones
        begin = self.number(*((">i", 4) if self.version == 1 else (">q", 8)))
        if begin < 0 or any(size == 0 for _, size in dims[1:]):
            raise ValueError(f"{name}: values from byte {begin}, dimensions {dims}")
        is_record = bool(dims) and dims[0][1] == 0
        return Entry(name, tuple(dim for dim, _ in dims), tuple(n for _, n in dims), is_record, attributes, dtype, begin)


def read_header(descriptor: int, start: bytes = b"") -> Header:
    """Read the header of an open classic file; ``start`` are the bytes read already.

    Raises ValueError if the file ends inside the header, the header is invalid, or longer than ``MOST_BYTES``.
    """
    data, wanted, size = start, FIRST_READ, os.fstat(descriptor).st_size
    while True:
        if len(data) < wanted:
            data += os.pread(descriptor, wanted - len(data), len(data))
        try:
            return _Parser(data, size).header()
        except _TooShort as error:
            if len(data) < wanted:
                raise ValueError("the file ends inside its header") from error
            if wanted >= MOST_BYTES:
                raise ValueError(f"a header of more than {MOST_BYTES} bytes") from error
            wanted = min(wanted * 8, MOST_BYTES)
