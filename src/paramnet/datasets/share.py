"""Which part of every batch is this process's own."""

from __future__ import annotations

from dataclasses import dataclass

from paramnet.contract import ParamnetError


@dataclass(frozen=True)
class Share:
    """Process ``rank`` of ``ranks``: together they make every batch whole, so that a result does not hang on how many they are."""

    rank: int = 0
    ranks: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.ranks:
            raise ParamnetError(f"share: expected 0 <= rank < ranks, got rank {self.rank} of {self.ranks}")

    def of(self, start: int, stop: int) -> tuple[int, int]:
        """This process's part of samples start:stop; parts differ by one sample at most."""
        length = stop - start
        return start + self.rank * length // self.ranks, start + (self.rank + 1) * length // self.ranks

    def batch(self, batch_size: int) -> int:
        """This process's samples of a whole training batch; ParamnetError when it does not divide."""
        if batch_size % self.ranks:
            raise ParamnetError(
                f"trainer.batch_size: expected a multiple of the {self.ranks} processes, got {batch_size}; it counts the samples of all "
                "processes together"
            )
        return batch_size // self.ranks
