"""What every worker must know, written once beside the store: no task carries more than a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.preprocessing import cf, history, step_pairs  # noqa: F401  their readers are parts of plans
from paramnet.preprocessing.journal import Journal
from paramnet.preprocessing.provenance import FileState, require_unchanged
from paramnet.preprocessing.quality_report import StepCounts
from paramnet.preprocessing.reader import Reader
from paramnet.preprocessing.records import load_record, save_record, stored
from paramnet.preprocessing.shuffle import RankRange
from paramnet.preprocessing.splits import Assignment
from paramnet.preprocessing.steps import Block, Steps, block_of


@stored
@dataclass(frozen=True)
class Plan:
    """The work of both passes. ``aside`` is the store being made; ``kept`` the steps of all blocks, in order of time.

    ``sizes``, ``modified`` : (file, part), of the reader's files when they were scanned, bytes and time of last change (s).
    ``left_out`` : steps that are in no split, by reason, repeated ones first. ``notes`` : what was decided about the times of files.
    """

    aside: Path
    reader: Reader
    steps: Steps
    splits: Assignment
    steps_per_block: int
    rows_per_range: int
    seed: int
    sizes: NDArray[np.int64]
    modified: NDArray[np.float64]
    left_out: dict[str, int]
    notes: list[str]
    kept: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kept", self.splits.kept)

    @property
    def blocks(self) -> int:
        """Number of blocks of the first pass."""
        return -(-len(self.kept) // self.steps_per_block)

    @property
    def counts(self) -> StepCounts:
        """What became of every step of the archive."""
        return StepCounts(len(self.steps) + self.left_out.get("repeated", 0), len(self.kept), self.left_out, self.notes)

    @property
    def journal(self) -> Journal:
        """Where finished work is noted."""
        return Journal(self.aside / "work")

    def block(self, number: int) -> Block:
        """One block of the first pass."""
        return block_of(self.steps, self.kept[number * self.steps_per_block : (number + 1) * self.steps_per_block], number)

    def require_unchanged(self, block: Block) -> None:
        """ParamnetError naming a file of the block that is no longer as it was scanned."""
        used = np.unique(np.append(block.positions[:, 0], block.previous[..., 0]))
        for index in used[used >= 0].tolist():
            paths = self.reader.parts(self.reader.files[index])
            then = zip(paths, self.sizes[index].tolist(), self.modified[index].tolist(), strict=True)
            require_unchanged(paths, [FileState(path.name, size, modified) for path, size, modified in then])

    def write(self) -> None:
        """Put the plan where workers find it."""
        save_record(self.aside / "work" / "plan", self)


@stored
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
        save_record(aside / "work" / "shards", self)


def load_plan(aside: Path) -> Plan:
    """The plan of a store being made; each process reads it once."""
    plan = _load(aside / "work" / "plan", (aside / "work" / "plan").stat().st_mtime_ns, Plan)
    return plan if plan.aside == aside else replace(plan, aside=aside)  # nothing is written where only the record says so


def load_shards(aside: Path) -> Shards:
    """The ranges of a store being made; each process reads them once."""
    return _load(aside / "work" / "shards", (aside / "work" / "shards").stat().st_mtime_ns, Shards)


@lru_cache(maxsize=4)
def _load(path: Path, modified: int, kind: type) -> Any:
    """Read once; ``modified`` tells a later run's file at the same place from this one's."""
    return load_record(path, kind)
