"""Arrays of a store with errors that name the damaged file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from paramnet.store.errors import AGAIN, DAMAGE, StoreError


class StoredArray:
    """An array along the samples, read by slices like a NumPy array. Raises StoreError naming the first damaged file."""

    def __init__(self, array: zarr.Array, store: Path) -> None:
        self.array, self.store = array, store

    @property
    def shape(self) -> tuple[int, ...]:
        """Size of each dimension."""
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        return self.array.dtype

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of a chunk, the smallest part that is decoded."""
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
                raise  # an invalid selection, or not enough memory
            raise StoreError(
                f"store {self.store}", expected=f"{name} as it was written", got=f"a damaged file ({error})", remedy=AGAIN
            ) from error

    def _damaged(self) -> str | None:
        """Return the name of the first file that cannot be read."""
        length = (self.array.shards or self.array.chunks)[0]
        for number in range(-(-self.array.shape[0] // length)):
            try:
                self.array[number * length : (number + 1) * length]
            except MemoryError:
                return None
            except DAMAGE:
                return "/".join([self.array.path, "c", str(number), *["0"] * (self.array.ndim - 1)])
        return None
