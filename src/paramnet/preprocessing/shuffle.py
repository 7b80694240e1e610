"""A true global shuffle that never holds more than a block.

Every sample draws a 64-bit key from (seed, file, step, column). The order of the keys is a uniformly random permutation
of all samples, whatever the blocks, the workers and their number. First pass: each block is sorted by key into a file of
its own. Second pass: each range of rows of the store gathers its samples from all those files and sorts them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_HISTOGRAM_BITS = 16


def sample_keys(seed: int, file_index: int, time_index: int, columns: int) -> NDArray[np.uint64]:
    """Random keys (column) of one step's samples."""
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, file_index, time_index])))
    return generator.integers(0, 2**64, size=columns, dtype=np.uint64)


def order_of(rows: NDArray) -> NDArray[np.int64]:
    """Order of samples by key; equal keys (one pair in 2**64) by where the samples come from."""
    order = np.argsort(rows["key"], kind="stable")
    sorted_keys = rows["key"][order]
    if np.any(sorted_keys[1:] == sorted_keys[:-1]):
        order = np.lexsort((rows["column_index"], rows["time_index"], rows["file_index"], rows["key"]))
    return order


def open_rows(path: Path, dtype: np.dtype) -> NDArray:
    """The sorted samples of a block, mapped, not read."""
    return np.memmap(path, dtype=dtype, mode="r")


def range_bounds(paths: list[Path], dtype: np.dtype, rows_per_range: int) -> list[int]:
    """Keys that cut all samples into ranges of ``rows_per_range`` (the last may be shorter): n + 1 bounds for n ranges.

    Range i holds the samples with bounds[i] <= key < bounds[i + 1]. Only a histogram of the keys and the keys of one of
    its bins at a time are in memory.
    """
    edges = np.arange(1, 2**_HISTOGRAM_BITS, dtype=np.uint64) << np.uint64(64 - _HISTOGRAM_BITS)
    counts = np.zeros(2**_HISTOGRAM_BITS, dtype=np.int64)
    for path in paths:
        keys = np.ascontiguousarray(open_rows(path, dtype)["key"])
        counts += np.diff(np.concatenate([[0], np.searchsorted(keys, edges), [len(keys)]]))
    cumulative = np.concatenate([[0], np.cumsum(counts)])
    bounds = [0]
    for rank in range(rows_per_range, int(cumulative[-1]), rows_per_range):
        bin_index = int(np.searchsorted(cumulative, rank, side="right")) - 1
        keys = np.sort(np.concatenate([_keys_of_bin(path, dtype, bin_index) for path in paths]))
        bounds.append(int(keys[rank - cumulative[bin_index]]))
    return [*bounds, 2**64]


def _keys_of_bin(path: Path, dtype: np.dtype, bin_index: int) -> NDArray[np.uint64]:
    rows = open_rows(path, dtype)
    width = 64 - _HISTOGRAM_BITS
    return np.array(rows["key"][_between(rows, bin_index << width, (bin_index + 1) << width)])


def _between(rows: NDArray, low: int, high: int) -> slice:
    keys = rows["key"]
    start = int(np.searchsorted(keys, np.uint64(low)))
    return slice(start, len(rows) if high >= 2**64 else int(np.searchsorted(keys, np.uint64(high))))


def gather_range(paths: list[Path], dtype: np.dtype, low: int, high: int) -> NDArray:
    """All samples with low <= key < high, in order of their keys."""
    parts = []
    for path in paths:
        rows = open_rows(path, dtype)
        parts.append(np.array(rows[_between(rows, low, high)]))
    gathered = np.concatenate(parts)
    return gathered[order_of(gathered)]
