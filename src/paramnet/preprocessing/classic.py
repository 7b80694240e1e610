"""Values of classic netCDF files without the netCDF library, whose opening of a small file takes longer than reading it.

Archives of step pairs are a hundred thousand small files. What stands here reads like the library's objects as far as
readers use them; files in HDF5 go through the library.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.preprocessing.classic_header import Entry, Header


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


class _Variables(Mapping[str, ClassicVariable]):
    """Variables by name, each made when it is asked for: most files hold many more than are wanted."""

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
    """Reads like netCDF4.Dataset from an open ``descriptor``, which stays its owner's."""

    def __init__(self, descriptor: int, header: Header) -> None:
        self.header = header
        self.variables = _Variables(header, descriptor)
        # ranges, since len() is what is asked of them
        self.dimensions = {name: range(size or header.records) for name, size in header.dimensions.items()}

    def __getitem__(self, name: str) -> ClassicVariable:
        return self.variables[name]

    def ncattrs(self) -> list[str]:
        """Names of the global attributes."""
        return list(self.header.attributes)

    def getncattr(self, name: str) -> Any:
        """A global attribute; AttributeError when there is none."""
        try:
            return self.header.attributes[name]
        except KeyError:
            raise AttributeError(f"no global attribute {name!r}") from None

    __getattr__ = getncattr

    def get_variables_by_attributes(self, **wanted: Any) -> list[ClassicVariable]:
        """Variables whose attributes have these values."""
        return [v for v in self.variables.values() if all(getattr(v, name, None) == value for name, value in wanted.items())]
