"""Batch loaders over one split: slices of a split held in memory, or of blocks streamed from the store.

The store is shuffled globally when written, so a contiguous slice is a random sample. Each epoch only permutes the
order of slices and moves their boundaries, by a generator seeded with (seed, epoch): a resumed run sees exactly the
batches an uninterrupted one would have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from paramnet.store import Split

STREAM_BLOCK = 262_144  # samples read at once when streaming: 32 chunks, some 90 MB for 83 columns


class Batch(NamedTuple):
    """inputs : (sample, n_in), outputs : (sample, n_out), contract units; area_weight : (sample), mean 1 over the grid."""

    inputs: Tensor
    outputs: Tensor
    area_weight: Tensor


def load_split(split: Split, start: int = 0, stop: int | None = None) -> Batch:
    """Samples start:stop of a split as float32 tensors."""
    read = slice(start, len(split) if stop is None else min(stop, len(split)))
    arrays = (split.inputs[read], split.outputs[read], split.area_weight[read])
    return Batch(*(torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)) for array in arrays))


def split_bytes(split: Split) -> int:
    """Memory a whole split takes as float32."""
    return 4 * len(split) * (split.inputs.shape[1] + split.outputs.shape[1] + 1)


@dataclass(frozen=True)
class MemoryBatches:
    """One epoch of batches as views of a split in memory; a remainder shorter than a batch is left to another epoch.

    ``epoch`` < 0 gives the samples in stored order, all of them (validation).
    """

    data: Batch
    batch_size: int
    seed: int = 0
    epoch: int = -1

    def __len__(self) -> int:
        samples = len(self.data.inputs)
        return -(-samples // self.batch_size) if self.epoch < 0 else max(1, samples // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        samples = len(self.data.inputs)
        starts = np.arange(len(self)) * self.batch_size
        if self.epoch >= 0:
            generator = np.random.default_rng([self.seed, self.epoch])
            starts = generator.permutation(starts) + generator.integers(0, max(1, samples - len(self) * self.batch_size + 1))
        for start in starts.tolist():
            yield Batch(*(tensor[start : start + self.batch_size] for tensor in self.data))


@dataclass(frozen=True)
class StreamedBatches:
    """One epoch of batches of a split too large for memory: blocks in random order, batches in random order within.

    Only one block (``STREAM_BLOCK`` samples, contiguous in the store) is held at a time.
    """

    split: Split
    batch_size: int
    seed: int = 0
    epoch: int = -1
    block: int = STREAM_BLOCK

    def _blocks(self) -> list[tuple[int, int]]:
        return [(start, min(start + self.block, len(self.split))) for start in range(0, len(self.split), self.block)]

    def __len__(self) -> int:
        lengths = [stop - start for start, stop in self._blocks()]
        return sum(-(-n // self.batch_size) if self.epoch < 0 else max(1, n // self.batch_size) for n in lengths)

    def __iter__(self) -> Iterator[Batch]:
        blocks = self._blocks()
        order = np.random.default_rng([self.seed, self.epoch]).permutation(len(blocks)) if self.epoch >= 0 else range(len(blocks))
        for index in order:
            data = load_split(self.split, *blocks[index])
            yield from MemoryBatches(data, self.batch_size, self.seed + 1 + int(index), self.epoch)


def batches(split: Split, held: Batch | None, batch_size: int, seed: int = 0, epoch: int = -1) -> MemoryBatches | StreamedBatches:
    """The loader of one epoch: over ``held`` (the split in memory) when given, streamed from the store otherwise."""
    if held is not None:
        return MemoryBatches(held, batch_size, seed, epoch)
    return StreamedBatches(split, batch_size, seed, epoch)
