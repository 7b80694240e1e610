"""The part of every batch that this process works on."""

from __future__ import annotations

from dataclasses import dataclass

from paramnet.contract import ParamnetError


@dataclass(frozen=True)
class Share:
    """Process ``rank`` of ``ranks``. A batch is divided among all processes, so results do not depend on the number of processes."""

    rank: int = 0
    ranks: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.ranks:
            raise ParamnetError("share", expected="0 <= rank < ranks", got=f"rank {self.rank} of {self.ranks}")

    def of(self, start: int, stop: int) -> tuple[int, int]:
        """Return this process's part of samples start:stop; parts differ by at most one sample."""
        length = stop - start
        return start + self.rank * length // self.ranks, start + (self.rank + 1) * length // self.ranks

    def batch(self, batch_size: int) -> int:
        """Return this process's number of samples of a training batch; raise ParamnetError if it is not an integer."""
        if batch_size % self.ranks:
            raise ParamnetError(
                "trainer.batch_size",
                expected=f"a multiple of the {self.ranks} processes",
                got=str(batch_size),
                remedy="set the total batch size of all processes",
            )
        return batch_size // self.ranks
