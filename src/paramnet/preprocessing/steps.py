"""The time steps of an archive: which file, when, in which split, and the blocks they are worked through in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.preprocessing.records import stored

SECONDS_PER_DAY = 86400.0


@stored
@dataclass(frozen=True)
class FileRecord:
    """A scanned file: ``days`` (step) since the source's origin, ``dates`` (step, 3) as year, month, day.

    ``parts`` describes the file, and for a step pair its partner, as ``paramnet.preprocessing.provenance.describe_file``.
    """

    path: Path
    parts: list[dict[str, Any]]
    days: NDArray[np.float64]
    dates: NDArray[np.int32]
    time_units: str
    calendar: str

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name


@stored
@dataclass(frozen=True)
class Steps:
    """Steps in order of climate and time; every array is (step), ``date`` (step, 3). ``climate`` numbers the archives.

    ``previous`` is the position, in the same arrays, of the step exactly one time step earlier, or -1 where the archive
    has none: a gap, or its first step.
    """

    file_index: NDArray[np.int32]
    time_index: NDArray[np.int32]
    days: NDArray[np.float64]
    date: NDArray[np.int32]
    previous: NDArray[np.int64]
    climate: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.days)

    def part(self, here: NDArray[np.int64]) -> Steps:
        """The steps at positions ``here``, without what was before each."""
        previous = np.full(len(here), -1, dtype=np.int64)
        return Steps(self.file_index[here], self.time_index[here], self.days[here], self.date[here], previous, self.climate[here])


@dataclass(frozen=True)
class Block:
    """Steps in order of time, read and shuffled together.

    ``steps`` : (step), positions in the archive's ``Steps``. ``positions`` : (step, 2), file index and time index;
    ``previous`` : (2, step, 2), the same of one step and of two steps before each, -1 where none; ``days`` : (step).
    """

    index: int
    steps: NDArray[np.int64]
    positions: NDArray[np.int32]
    previous: NDArray[np.int32]
    days: NDArray[np.float64]


def order_steps(files: list[FileRecord], time_step: float, climates: Sequence[int] = ()) -> Steps:
    """All steps in order of climate (of each file, by number; one when not given) and time.

    ParamnetError names the files of a time that is repeated or runs backwards within a climate.
    """
    for record in files:
        if np.any(np.diff(record.days) <= 0):
            at = int(np.argmax(np.diff(record.days) <= 0)) + 1
            raise ParamnetError(
                f"time: expected increasing values, got {record.days[at]} after {record.days[at - 1]} at step {at} in {record.name}"
            )
        if (record.time_units, record.calendar) != (files[0].time_units, files[0].calendar):
            raise ParamnetError(
                f"time: expected units '{files[0].time_units}' and calendar '{files[0].calendar}' as in {files[0].name}, "
                f"got '{record.time_units}' and '{record.calendar}' in {record.name}; state them under `time` of the source"
            )
    days = np.concatenate([record.days for record in files])
    lengths = [len(record.days) for record in files]
    climate = np.repeat(np.asarray(climates or np.zeros(len(files)), dtype=np.int8), lengths)
    order = np.lexsort((days, climate))
    file_index = np.repeat(np.arange(len(files), dtype=np.int32), lengths)[order]
    time_index = np.concatenate([np.arange(len(record.days), dtype=np.int32) for record in files])[order]
    days, climate = days[order], climate[order]
    apart = np.where(np.diff(climate) == 0, np.diff(days) * SECONDS_PER_DAY, np.inf)
    if np.any(apart < 0.01 * time_step):
        at = int(np.argmax(apart < 0.01 * time_step))
        first, second = files[file_index[at]].name, files[file_index[at + 1]].name
        raise ParamnetError(f"time: expected each step once, got day {days[at]} in {first} and again in {second}; remove one")
    previous = np.full(len(days), -1, dtype=np.int64)
    previous[1:] = np.where(np.abs(apart - time_step) < 0.01 * time_step, np.arange(len(days) - 1), -1)
    return Steps(file_index, time_index, days, np.concatenate([record.dates for record in files])[order], previous, climate)


def block_of(steps: Steps, chosen: NDArray[np.int64], index: int) -> Block:
    """The block of the steps at ``chosen``."""
    places = np.stack([steps.file_index, steps.time_index], axis=1)
    before = steps.previous[chosen]
    earlier = np.stack([before, np.where(before >= 0, steps.previous[before], -1)])
    previous = np.where((earlier >= 0)[..., None], places[earlier], -1).astype(np.int32)
    return Block(index, chosen, places[chosen], previous, steps.days[chosen])
