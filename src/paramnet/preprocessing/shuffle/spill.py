"""Samples between the two passes of the shuffle: one file per block and split, ordered by key.

A file has all keys first, then all rows, so that the keys of a range can be read without the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError
from paramnet.files import replacing

_KEY_BYTES = 8
_PART_BYTES = 8 << 20  # reordered and written at a time


def row_dtype(contract: Contract) -> np.dtype:
    """Return the type of one sample: the tensors, and its origin (position in the plan's steps, grid column)."""
    return np.dtype([("inputs", "<f4", (contract.n_in,)), ("outputs", "<f4", (contract.n_out,)), ("step", "<i4"), ("column", "<i4")])


def write_spill(path: Path, keys: NDArray[np.uint64], rows: NDArray) -> None:
    """Write samples ordered by key; equal keys (one pair in 2**64) keep their order."""
    order = np.argsort(keys, kind="stable")
    part = max(1, _PART_BYTES // rows.dtype.itemsize)
    with replacing(path) as temporary, temporary.open("wb", buffering=0) as stream:
        for piece in (keys[order], *(rows.take(order[start : start + part]) for start in range(0, len(rows), part))):
            data = memoryview(piece.view(np.uint8))
            while len(data):
                data = data[stream.write(data) :]


@dataclass(frozen=True)
class Spill:
    """A file of ``samples`` samples ordered by key."""

    path: Path
    dtype: np.dtype
    samples: int

    @classmethod
    def of(cls, path: Path, dtype: np.dtype) -> Spill:
        """Return the spill at ``path``; it may have no samples."""
        return cls(path, dtype, path.stat().st_size // (_KEY_BYTES + dtype.itemsize))

    def keys(self, start: int = 0, stop: int | None = None) -> NDArray[np.uint64]:
        """Read keys start:stop, ascending."""
        stop = self.samples if stop is None else stop
        return np.fromfile(self.path, "<u8", stop - start, offset=start * _KEY_BYTES)

    def read_rows(self, start: int, out: NDArray) -> None:
        """Fill ``out`` with rows starting at ``start``, in order of their keys."""
        data = memoryview(out.view(np.uint8))
        with self.path.open("rb", buffering=0) as stream:
            stream.seek(self.samples * _KEY_BYTES + start * self.dtype.itemsize)
            while len(data):
                count = stream.readinto(data)
                if not count:
                    raise ParamnetError(
                        self.path.name,
                        expected=f"{self.samples} samples",
                        got="fewer",
                        where=str(self.path.parent),
                        remedy="remove the unfinished store and run again",
                    )
                data = data[count:]

    def keys_between(self, low: int, high: int) -> tuple[int, NDArray[np.uint64]]:
        """Return the position of the first key >= ``low``, and all keys with ``low`` <= key < ``high``.

        Keys are uniform over 64 bits, so both positions can be estimated, and only the keys near them are read.
        """
        spread = int(6 * np.sqrt(self.samples)) + 8
        first = max(0, low * self.samples // 2**64 - spread)
        last = min(self.samples, high * self.samples // 2**64 + spread)
        keys = self.keys(first, last)
        if (first and (not len(keys) or keys[0] >= low)) or (last < self.samples and (not len(keys) or keys[-1] < high)):
            first, keys = 0, self.keys()  # the estimate is off by more than six standard deviations
        start = int(np.searchsorted(keys, np.uint64(low)))
        stop = len(keys) if high >= 2**64 else int(np.searchsorted(keys, np.uint64(high)))
        return first + start, keys[start:stop]


def spills(folder: Path, split: str, blocks: int, dtype: np.dtype) -> Iterator[Spill]:
    """Yield the spills of a split in the order of the blocks; blocks without samples have none."""
    for number in range(blocks):
        path = spill_path(folder, split, number)
        if path.is_file():
            yield Spill.of(path, dtype)


def spill_path(folder: Path, split: str, block: int) -> Path:
    """Return the path of a block's samples of a split."""
    return folder / "spill" / f"{block:08d}.{split}"
