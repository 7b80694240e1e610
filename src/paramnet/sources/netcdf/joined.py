"""Several netCDF files read as one: each has columns of its own, all have the same times and variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class JoinedVariable:
    """Interface of netCDF4.Variable: the values of several files one after another along the dimension ``along``."""

    def __init__(self, parts: Sequence[Any], along: str) -> None:
        self._parts, self._axis = parts, parts[0].dimensions.index(along)
        self.name, self.dimensions, self.dtype, self.ndim = parts[0].name, parts[0].dimensions, parts[0].dtype, parts[0].ndim
        sizes = list(parts[0].shape)
        sizes[self._axis] = sum(part.shape[self._axis] for part in parts)
        self.shape = tuple(sizes)

    def ncattrs(self) -> list[str]:
        """Names of the attributes of the first file."""
        return list(self._parts[0].ncattrs())

    def getncattr(self, name: str) -> Any:
        """Return an attribute of the first file; raise AttributeError if there is none."""
        return self._parts[0].getncattr(name)

    __getattr__ = getncattr

    def __getitem__(self, index: Any) -> NDArray:
        """Return values by one index per dimension, ``slice(None)`` along the joined one, or all values by ``...``."""
        given = [slice(None)] * self.ndim if index is Ellipsis else [*index]
        if len(given) != self.ndim or given[self._axis] != slice(None):
            raise IndexError(f"{self.name}: expected {self.ndim} indices, all columns among them")
        axis = self._axis - sum(isinstance(one, int | np.integer) for one in given[: self._axis])
        return np.concatenate([np.asarray(part[tuple(given)]) for part in self._parts], axis=axis)


class _Variables(Mapping[str, Any]):
    """Variables by name: joined, or that of the first file."""

    def __init__(self, files: Sequence[Any], along: str) -> None:
        self._files, self._along = files, along

    def __getitem__(self, name: str) -> Any:
        first = self._files[0].variables[name]
        if self._along not in first.dimensions:
            return first
        return JoinedVariable([file.variables[name] for file in self._files], self._along)

    def __iter__(self) -> Iterator[str]:
        return iter(self._files[0].variables)

    def __len__(self) -> int:
        return len(self._files[0].variables)


class JoinedFile:
    """Interface of netCDF4.Dataset on open ``files``, joined along the dimension ``along``."""

    def __init__(self, files: Sequence[Any], along: str) -> None:
        self._first = files[0]
        self.variables = _Variables(files, along)
        self.dimensions = {
            name: range(sum(len(file.dimensions[name]) for file in files) if name == along else len(size))
            for name, size in files[0].dimensions.items()
        }

    def __getitem__(self, name: str) -> Any:
        return self.variables[name]

    def ncattrs(self) -> list[str]:
        """Names of the global attributes of the first file."""
        return list(self._first.ncattrs())

    def getncattr(self, name: str) -> Any:
        """Return a global attribute of the first file; raise AttributeError if there is none."""
        return self._first.getncattr(name)

    __getattr__ = getncattr

    def get_variables_by_attributes(self, **wanted: Any) -> list[Any]:
        """Return the variables whose attributes have these values."""
        return [v for v in self.variables.values() if all(getattr(v, name, None) == value for name, value in wanted.items())]
