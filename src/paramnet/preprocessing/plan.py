"""What every worker must know, written once beside the store: no task carries more than a number."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.files import replacing
from paramnet.preprocessing.journal import Journal
from paramnet.preprocessing.reader import Reader
from paramnet.preprocessing.shuffle import RankRange
from paramnet.preprocessing.splits import Assignment
from paramnet.preprocessing.steps import Block, Steps, block_of


@dataclass(frozen=True)
class Plan:
    """The work of both passes. ``aside`` is the store being made; ``kept`` the steps of all blocks, in order of time."""

    aside: Path
    reader: Reader
    steps: Steps
    splits: Assignment
    steps_per_block: int
    rows_per_range: int
    seed: int
    kept: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kept", self.splits.kept)

    @property
    def blocks(self) -> int:
        """Number of blocks of the first pass."""
        return -(-len(self.kept) // self.steps_per_block)

    @property
    def journal(self) -> Journal:
        """Where finished work is noted."""
        return Journal(self.aside / "work")

    def block(self, number: int) -> Block:
        """One block of the first pass."""
        return block_of(self.steps, self.kept[number * self.steps_per_block : (number + 1) * self.steps_per_block], number)

    def write(self) -> None:
        """Put the plan where workers find it."""
        with replacing(self.aside / "work" / "plan") as aside:
            aside.write_bytes(pickle.dumps(self, protocol=5))


@dataclass(frozen=True)
class Shards:
    """The second pass: for each split, the ranges that become its shards."""

    ranges: dict[str, list[RankRange]]

    @property
    def tasks(self) -> Sequence[tuple[str, int]]:
        """Split and shard of every range."""
        return [(split, number) for split, ranges in self.ranges.items() for number in range(len(ranges))]

    def write(self, aside: Path) -> None:
        """Put them where workers find them."""
        with replacing(aside / "work" / "shards") as path:
            path.write_bytes(pickle.dumps(self, protocol=5))


def load_plan(aside: Path) -> Plan:
    """The plan of a store being made; each process reads it once."""
    return _load(aside / "work" / "plan", (aside / "work" / "plan").stat().st_mtime_ns)


def load_shards(aside: Path) -> Shards:
    """The ranges of a store being made; each process reads them once."""
    return _load(aside / "work" / "shards", (aside / "work" / "shards").stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _load(path: Path, modified: int) -> Any:
    """Unpickle once; ``modified`` tells a later run's file at the same place from this one's."""
    return pickle.loads(path.read_bytes())
