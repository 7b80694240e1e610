"""The plan of a run, written once to disk for all workers, so that a task is just a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.files import load_record, save_record, stored
from paramnet.preprocessing.quality.report import StepCounts
from paramnet.preprocessing.resume.journal import Journal
from paramnet.preprocessing.shuffle.order import RankRange
from paramnet.preprocessing.splits.assignment import Assignment
from paramnet.sources.file_state import FileState, require_unchanged
from paramnet.sources.readers.base import Reader
from paramnet.sources.time_axis.steps import Block, Steps, block_of


@stored
@dataclass(frozen=True)
class Plan:
    """The work of both passes. ``unfinished`` : folder of the unfinished store. ``kept`` : the steps of all blocks, in order of time.

    ``sizes``, ``modified`` : (file, part), size in bytes and time of last change (s) of the reader's files when they were scanned.
    ``sequence`` : steps of a sequence; blocks have whole sequences.
    ``left_out`` : number of steps in no split by reason, repeated ones first. ``notes`` : notes on the times of the files.
    """

    unfinished: Path
    reader: Reader
    steps: Steps
    splits: Assignment
    steps_per_block: int
    rows_per_range: int
    sequence: int
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
        """Numbers of steps kept and left out."""
        return StepCounts(len(self.steps) + self.left_out.get("repeated", 0), len(self.kept), self.left_out, self.notes)

    @property
    def journal(self) -> Journal:
        """The journal of finished work."""
        return Journal(self.unfinished / "work")

    def block(self, number: int) -> Block:
        """Return one block of the first pass."""
        return block_of(self.steps, self.kept[number * self.steps_per_block : (number + 1) * self.steps_per_block], number)

    def require_unchanged(self, block: Block) -> None:
        """Raise ParamnetError naming a file of the block that has changed since it was scanned."""
        used = np.unique(np.append(block.positions[:, 0], block.previous[..., 0]))
        for index in used[used >= 0].tolist():
            paths = self.reader.parts(self.reader.files[index])
            then = zip(paths, self.sizes[index].tolist(), self.modified[index].tolist(), strict=True)
            require_unchanged(paths, [FileState(path.name, size, modified) for path, size, modified in then])

    def write(self) -> None:
        """Write the plan to where workers read it."""
        save_record(self.unfinished / "work" / "plan", self)


@stored
@dataclass(frozen=True)
class Shards:
    """The plan of the second pass: for each split, the ranges that become its shards."""

    ranges: dict[str, list[RankRange]]

    @property
    def tasks(self) -> Sequence[tuple[str, int]]:
        """Split and shard number of every range."""
        return [(split, number) for split, ranges in self.ranges.items() for number in range(len(ranges))]

    def write(self, unfinished: Path) -> None:
        """Write the ranges to where workers read them."""
        save_record(unfinished / "work" / "shards", self)


def load_plan(unfinished: Path) -> Plan:
    """Return the plan of an unfinished store; each process reads it once."""
    plan = _load(unfinished / "work" / "plan", (unfinished / "work" / "plan").stat().st_mtime_ns, Plan)
    return (
        plan if plan.unfinished == unfinished else replace(plan, unfinished=unfinished)
    )  # never write to a folder named only in the record


def load_shards(unfinished: Path) -> Shards:
    """Return the ranges of an unfinished store; each process reads them once."""
    return _load(unfinished / "work" / "shards", (unfinished / "work" / "shards").stat().st_mtime_ns, Shards)


@lru_cache(maxsize=4)
def _load(path: Path, modified: int, kind: type) -> Any:
    """Read a record once; ``modified`` distinguishes the file of a later run at the same path."""
    return load_record(path, kind)
