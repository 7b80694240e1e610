"""Global shuffle with at most one block in memory.

Every sample has a random 64-bit key from (seed, file, step, column). Sorting by key gives a uniformly random permutation of all
samples, independent of the blocks and workers; the samples of a sequence have the key of its first. First pass: each block is written
in order of its keys (``spill``). Second pass: each shard of the store collects its rows, by the rank of their keys, from all blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.files import stored
from paramnet.preprocessing.shuffle.spill import Spill

_BITS = 16


def sample_keys(seed: int, file_index: int, time_index: int, columns: int) -> NDArray[np.uint64]:
    """Return the random keys (column) of the samples of one step."""
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, file_index, time_index])))
    return generator.integers(0, 2**64, size=columns, dtype=np.uint64)


def by_sequence(values: NDArray, length: int) -> NDArray:
    """Return values (step, column) as (sequence, column, step of the sequence). In this order equal keys keep sequences together."""
    return values.reshape(-1, length, values.shape[1]).swapaxes(1, 2)


@stored
@dataclass(frozen=True)
class RankRange:
    """Rows ``start`` to ``stop`` of a split by the rank of their keys. All of them have low <= key < high; so do ``before`` samples of
    lower rank and some of higher rank."""

    start: int
    stop: int
    low: int
    high: int
    before: int


def plan_ranges(blocks: Iterable[Spill], rows_per_range: int) -> list[RankRange]:
    """Return ranges of ``rows_per_range`` rows (the last may be shorter) that cover all samples.

    Only a histogram of the keys and the keys of one block are in memory.
    """
    edges = np.arange(2**_BITS + 1, dtype=object) << (64 - _BITS)
    inner = edges[1:-1].astype(np.uint64)
    counts = np.zeros(2**_BITS, dtype=np.int64)
    for block in blocks:
        keys = block.keys()
        counts += np.diff(np.concatenate([[0], np.searchsorted(keys, inner), [len(keys)]]))
    below = np.concatenate([[0], np.cumsum(counts)])
    samples = int(below[-1])
    ranges = []
    for start in range(0, samples, rows_per_range):
        stop = min(start + rows_per_range, samples)
        first = int(np.searchsorted(below, start, side="right")) - 1
        last = int(np.searchsorted(below, stop, side="left"))
        ranges.append(RankRange(start, stop, int(edges[first]), int(edges[last]), start - int(below[first])))
    return ranges


def gather_rows(blocks: Sequence[Spill], wanted: RankRange) -> tuple[NDArray, NDArray[np.int64]]:
    """Return the rows of a range in the order of the blocks, and their order by key; equal keys keep the order of the blocks."""
    found = [block.keys_between(wanted.low, wanted.high) for block in blocks]
    lengths = [len(keys) for _, keys in found]
    order = np.argsort(np.concatenate([keys for _, keys in found]), kind="stable")
    chosen = order[wanted.before : wanted.before + wanted.stop - wanted.start]
    # the rows of a block are ordered by key, so the chosen ones are contiguous
    ends = np.cumsum(lengths)
    begins = ends - lengths
    owner = np.searchsorted(ends, chosen, side="right")
    taken = np.bincount(owner, minlength=len(blocks))
    skipped = np.full(len(blocks), np.iinfo(np.int64).max)
    np.minimum.at(skipped, owner, chosen - begins[owner])
    rows = np.empty(len(chosen), dtype=blocks[0].dtype)
    places = np.concatenate([[0], np.cumsum(taken)])
    for number in np.flatnonzero(taken).tolist():
        blocks[number].read_rows(found[number][0] + int(skipped[number]), rows[places[number] : places[number + 1]])
    return rows, places[owner] + chosen - begins[owner] - skipped[owner]
