"""Classic netCDF files, read without the netCDF library, which takes longer to open a small file than to read it.

Archives of step pairs have a hundred thousand small files. The classes here have the parts of the library's interface that readers
use. HDF5 files are read with the library.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.sources.netcdf.classic_header import Entry, Header

_PIECE_BYTES = 1 << 25


class ClassicVariable:
    """Interface of netCDF4.Variable: ``name``, ``dimensions``, ``shape``, ``dtype``, attributes, and values by index."""

    def __init__(self, entry: Entry, header: Header, descriptor: int) -> None:
        self._entry, self._header, self._descriptor = entry, header, descriptor
        self.name, self.dimensions = entry.name, entry.dimensions
        self.shape = (header.records, *entry.shape[1:]) if entry.is_record else entry.shape
        self.dtype, self.ndim = entry.dtype.newbyteorder("="), len(entry.shape)

    def ncattrs(self) -> list[str]:
        """Names of the attributes."""
        return list(self._entry.attributes)

    def getncattr(self, name: str) -> Any:
        """Return an attribute; raise AttributeError if there is none."""
        try:
            return self._entry.attributes[name]
        except KeyError:
            raise AttributeError(f"{self.name} has no attribute {name!r}") from None

    __getattr__ = getncattr

    def __getitem__(self, index: Any) -> NDArray:
        """Return values, indexed as in the netCDF library: each index array selects along its own dimension.

        Raise OSError if the file ends before them.
        """
        first, *others = self._full(index) or [slice(None)]
        if not self.ndim:
            return self._read(0, 1)
        start, stop, first = _stretch(first, self.shape[0])
        rows = max(1, _PIECE_BYTES // max(1, self.dtype.itemsize * math.prod(self.shape[1:])))
        pieces = []  # in pieces, to limit memory if only a small part of large rows is selected
        for at in range(start, max(stop, start + 1), rows):
            pieces.append(_along(self._read(at, max(at, min(at + rows, stop))), others, 1))
        values = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        return _along(values, [first], 0)

    def _full(self, index: Any) -> list[Any]:
        """Return one index per dimension."""
        given = list(index) if isinstance(index, tuple) else [index]
        dots = [place for place, one in enumerate(given) if one is Ellipsis]
        if len(given) - len(dots) > self.ndim or len(dots) > 1:
            raise IndexError(f"{self.name}: expected at most {self.ndim} indices, got {len(given)}")
        place = dots[0] if dots else len(given)
        rest = given[place + 1 :]
        return [*given[:place], *[slice(None)] * (self.ndim - place - len(rest)), *rest]

    def _read(self, start: int, stop: int) -> NDArray:
        """Return values start:stop along the first dimension."""
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


def _stretch(index: Any, size: int) -> tuple[int, int, Any]:
    """Return the range start:stop of a dimension that contains an index, and the index relative to it."""
    if isinstance(index, slice):
        start, stop, step = index.indices(size)
        if step == 1:
            return start, max(start, stop), slice(None)
        return 0, size, index
    numbers = np.asarray(index)
    if numbers.dtype == bool:
        numbers = np.flatnonzero(numbers)
    if numbers.size and not (-size <= numbers.min() and numbers.max() < size):
        raise IndexError(f"expected indices of {size} entries, got {numbers.min()} to {numbers.max()}")
    numbers = numbers % size if size else numbers.astype(int)
    if not numbers.size:
        return 0, 0, numbers.astype(int)
    start = int(numbers.min())
    return start, int(numbers.max()) + 1, numbers - start if numbers.ndim else int(numbers) - start


def _along(values: NDArray, indices: list[Any], axis: int) -> NDArray:
    """Apply each index along its own dimension; ``axis`` is that of the first index."""
    for place in reversed(range(len(indices))):  # from the last, so that the axes before it keep their number
        values = values[(slice(None),) * (axis + place) + (indices[place],)]
    return values


class _Variables(Mapping[str, ClassicVariable]):
    """Variables by name, created on access, as most files have many more than are read."""

    def __init__(self, header: Header, descriptor: int) -> None:
        self._header, self._descriptor = header, descriptor

    def __getitem__(self, name: str) -> ClassicVariable:
        return ClassicVariable(self._header.variables[name], self._header, self._descriptor)

    def __iter__(self) -> Iterator[str]:
        return iter(self._header.variables)

    def __len__(self) -> int:
        return len(self._header.variables)

    def __contains__(self, name: object) -> bool:
        return name in self._header.variables


class ClassicFile:
    """Interface of netCDF4.Dataset on an open ``descriptor``, which the caller closes."""

    def __init__(self, descriptor: int, header: Header) -> None:
        self.header = header
        self.variables = _Variables(header, descriptor)
        # ranges, as only len() is used
        self.dimensions = {name: range(size or header.records) for name, size in header.dimensions.items()}

    def __getitem__(self, name: str) -> ClassicVariable:
        return self.variables[name]

    def ncattrs(self) -> list[str]:
        """Names of the global attributes."""
        return list(self.header.attributes)

    def getncattr(self, name: str) -> Any:
        """Return a global attribute; raise AttributeError if there is none."""
        try:
            return self.header.attributes[name]
        except KeyError:
            raise AttributeError(f"no global attribute {name!r}") from None

    __getattr__ = getncattr

    def get_variables_by_attributes(self, **wanted: Any) -> list[ClassicVariable]:
        """Return the variables whose attributes have these values."""
        return [v for v in self.variables.values() if all(getattr(v, name, None) == value for name, value in wanted.items())]
