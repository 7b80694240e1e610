"""Arrays of a store whose reading errors name the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from paramnet.store.errors import AGAIN, DAMAGE, StoreError


class StoredArray:
    """An array along the samples, sliced like a NumPy array and read when sliced. StoreError names the first damaged file."""

    def __init__(self, array: zarr.Array, store: Path) -> None:
        self.array, self.store = array, store

    @property
    def shape(self) -> tuple[int, ...]:
        """Its size along each dimension."""
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of its values."""
        return self.array.dtype

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of what is decoded at once."""
        return self.array.chunks

    @property
    def shards(self) -> tuple[int, ...] | None:
        """Shape of a file."""
        return self.array.shards

    def __len__(self) -> int:
        return int(self.array.shape[0])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[...], dtype=dtype)

    def __getitem__(self, selection: Any) -> Any:
        try:
            return self.array[selection]
        except DAMAGE as error:
            name = self._damaged()
            if name is None:
                raise  # a wrong selection, or memory that does not suffice
            raise StoreError(
                f"store {self.store}", expected=f"{name} as it was written", got=f"a damaged file ({error})", remedy=AGAIN
            ) from error

    def _damaged(self) -> str | None:
        """The first file that does not read."""
        length = (self.array.shards or self.array.chunks)[0]
        for number in range(-(-self.array.shape[0] // length)):
            try:
                self.array[number * length : (number + 1) * length]
            except MemoryError:
                return None
            except DAMAGE:
                return "/".join([self.array.path, "c", str(number), *["0"] * (self.array.ndim - 1)])
        return None
