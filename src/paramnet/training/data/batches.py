"""Batch loaders over splits: slices of splits in memory, or of blocks streamed from the store.

The store is shuffled globally when written, so a contiguous slice is a random sample. Each epoch permutes the order of the slices
and shifts their boundaries, with a generator seeded by (seed, epoch). A loader can start at any batch of its epoch, so a resumed run
has exactly the batches of an uninterrupted one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from paramnet.store import Split
from paramnet.training.data.prefetch import loaded_ahead
from paramnet.training.data.sequences import Sequences
from paramnet.training.data.share import Share

STREAM_BLOCK = 262_144  # samples read at once when streaming: 32 chunks, about 90 MB for 83 columns


class Batch(NamedTuple):
    """inputs : (sample, n_in), outputs : (sample, n_out), contract units; area_weight : (sample), mean 1 over the grid.

    For a network with memory a sample is a sequence, and the second dimension of all three is the step.
    """

    inputs: Tensor
    outputs: Tensor
    area_weight: Tensor

    def part(self, start: int, stop: int) -> Batch:
        """Return samples start:stop as a view."""
        return Batch(self.inputs[start:stop], self.outputs[start:stop], self.area_weight[start:stop])

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        return Batch(*(tensor.to(device, non_blocking=True) for tensor in self))


def load_split(split: Split | Sequences, start: int = 0, stop: int | None = None) -> Batch:
    """Read samples start:stop of a split as float32 tensors."""
    read = slice(start, len(split) if stop is None else min(stop, len(split)))
    arrays = (split.inputs[read], split.outputs[read], split.area_weight[read])
    return Batch(*(torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)) for array in arrays))


def split_bytes(split: Split | Sequences) -> int:
    """Return the size of a split in memory as float32, in bytes."""
    return 4 * sum(math.prod(array.shape) for array in (split.inputs, split.outputs, split.area_weight))


@dataclass
class EpochBatches:
    """Base class of loaders: ``epoch`` < 0 gives all samples in stored order (validation), else the training batches of that epoch.

    ``batch_size`` is the total over all processes. The position of a loader is saved and restored as ``{"epoch", "batches"}``: the
    next iteration starts after that number of batches.
    """

    batch_size: int
    seed: int = 0
    epoch: int = -1
    share: Share = field(default_factory=Share)
    first: int = field(default=0, init=False)
    given: int = field(default=0, init=False)

    def state_dict(self) -> dict[str, int]:
        """Return the epoch and the number of batches yielded."""
        return {"epoch": self.epoch, "batches": self.given}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Start after the batches already yielded, if they are of this epoch."""
        if self.epoch >= 0 and state["epoch"] == self.epoch:
            self.first = int(state["batches"])

    def __iter__(self) -> Iterator[Batch]:
        first, self.first = self.first, 0
        self.given = first
        for batch in self.from_batch(first):
            self.given += 1
            yield batch

    def from_batch(self, first: int) -> Iterator[Batch]:
        """Yield the batches of the epoch, starting at number ``first``."""
        raise NotImplementedError


@dataclass
class MemoryBatches(EpochBatches):
    """One epoch of batches as views of samples in memory; a remainder shorter than a batch is left out of this epoch."""

    data: Batch = field(kw_only=True)

    def __len__(self) -> int:
        samples = len(self.data.inputs)
        return -(-samples // self.batch_size) if self.epoch < 0 else max(1, samples // self.batch_size)

    def from_batch(self, first: int) -> Iterator[Batch]:
        samples = len(self.data.inputs)
        size = self.batch_size
        if self.epoch >= 0:
            size = self.share.batch(size) * self.share.ranks
            size = min(size, samples - samples % self.share.ranks)  # equal parts, as gradients are averaged over processes
        for start in _starts(samples, size, len(self), self.seed, self.epoch)[first:].tolist():
            yield self.data.part(*self.share.of(start, min(start + size, samples)))


@dataclass
class StreamedBatches(EpochBatches):
    """One epoch of batches of splits too large for memory: blocks in random order, and batches in random order within each block.

    A block has ``block`` contiguous samples of the store, of which each process reads its part. ``ahead`` blocks are read in advance
    by the same number of threads and copied to ``device``.
    """

    splits: Sequence[Split | Sequences] = field(kw_only=True)
    block: int = STREAM_BLOCK
    ahead: int = 2
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def _blocks(self) -> list[tuple[Split | Sequences, int, int]]:
        return [(s, start, min(start + self.block, len(s))) for s in self.splits for start in range(0, len(s), self.block)]

    def _batches_in(self, start: int, stop: int) -> int:
        """Return the number of batches of a block, the same in all processes."""
        ranks, size = self.share.ranks, max(1, self.batch_size // self.share.ranks)
        if self.epoch < 0:
            return math.ceil(math.ceil((stop - start) / ranks) / size)
        return max(1, (stop - start) // ranks // size)

    def __len__(self) -> int:
        return sum(self._batches_in(start, stop) for _, start, stop in self._blocks())

    def from_batch(self, first: int) -> Iterator[Batch]:
        size = self.share.batch(self.batch_size) if self.epoch >= 0 else max(1, self.batch_size // self.share.ranks)
        blocks = self._blocks()
        order = np.random.default_rng([self.seed, self.epoch]).permutation(len(blocks)) if self.epoch >= 0 else np.arange(len(blocks))
        counts = np.cumsum([0, *(self._batches_in(*blocks[index][1:]) for index in order)])
        begin = int(np.searchsorted(counts, first, side="right")) - 1  # earlier blocks are not read again
        reads = [(blocks[index][0], *self.share.of(*blocks[index][1:])) for index in order[begin:]]
        for place, data in enumerate(loaded_ahead(lambda read: load_split(*read), reads, self.ahead, self.device), begin):
            start, stop = blocks[order[place]][1:]
            equal = (stop - start) // self.share.ranks if self.epoch >= 0 else len(data.inputs)
            starts = _starts(equal, size, self._batches_in(start, stop), self.seed + 1 + int(order[place]), self.epoch)
            for sample in starts[max(0, first - int(counts[place])) :].tolist():
                yield data.part(sample, min(sample + size, equal))


def _starts(samples: int, size: int, number: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """Return the first samples of the batches, in the order of the batches."""
    starts = np.arange(number) * size
    if epoch < 0:
        return starts
    generator = np.random.default_rng([seed, epoch])
    return generator.permutation(starts) + generator.integers(0, max(1, samples - number * size + 1))


def batches(
    split: Split | Sequence[Split], held: Batch | None, batch_size: int, seed: int = 0, epoch: int = -1, share: Share | None = None
) -> MemoryBatches | StreamedBatches:
    """Return the loader of one epoch: over ``held`` (the splits in memory) if given, else streamed from the store."""
    if held is not None:
        return MemoryBatches(batch_size, seed, epoch, share or Share(), data=held)
    splits = [split] if isinstance(split, Split) else list(split)
    return StreamedBatches(batch_size, seed, epoch, share or Share(), splits=splits)
