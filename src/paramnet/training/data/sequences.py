"""A split as sequences of consecutive steps, for networks with memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from paramnet.store import Split, StoredArray


@dataclass(frozen=True)
class StepRows:
    """An array (sample, ...) of a store as (sequence, step, ...), read by slices of sequences."""

    array: StoredArray
    length: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Size of each dimension."""
        return (self.array.shape[0] // self.length, self.length, *self.array.shape[1:])

    def __getitem__(self, sequences: slice) -> NDArray[Any]:
        first, last, _ = sequences.indices(self.shape[0])
        found: NDArray[Any] = self.array[first * self.length : last * self.length]
        return found.reshape(-1, *self.shape[1:])


@dataclass(frozen=True)
class Sequences:
    """The sequences of ``length`` steps of a split, with the arrays of a ``Batch``."""

    inputs: StepRows
    outputs: StepRows
    area_weight: StepRows

    @classmethod
    def of(cls, split: Split, length: int) -> Sequences:
        """Those of a split of a store of such sequences."""
        return cls(*(StepRows(array, length) for array in (split.inputs, split.outputs, split.area_weight)))

    def __len__(self) -> int:
        return self.inputs.shape[0]
