"""The time steps of an archive: file, time and predecessor of each, and the blocks in which they are processed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.files import stored
from paramnet.physics import SECONDS_PER_DAY
from paramnet.sources.time_axis.times import days_between

__all__ = ["Block", "FileRecord", "Steps", "Timeline", "block_of"]

_SAME = 0.01  # of a time step: times closer than this are the same


@stored
@dataclass(frozen=True)
class FileRecord:
    """A scanned file: ``days`` (step) since the origin in ``time_units``, ``dates`` (step, 3) as year, month, day.

    ``parts`` : description of the file, and of its partner in a step pair (``paramnet.sources.file_state.describe_file``).
    ``rounding`` : largest rounding error of the times, s. ``dated_by`` : ``file`` or ``source``, whose time headers differ; empty if they
    agree. ``note`` : remark on its times for the log and the report.
    """

    path: Path
    parts: list[dict[str, Any]]
    days: NDArray[np.float64]
    dates: NDArray[np.int32]
    time_units: str
    calendar: str
    rounding: float = 0.0
    dated_by: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """The file name without its folder."""
        return self.path.name


@stored
@dataclass(frozen=True)
class Steps:
    """Steps in order of climate and time; every array is (step), ``date`` (step, 3). ``climate`` is the number of the archive.

    ``previous`` is the position, in the same arrays, of the step exactly one time step earlier, or -1 if there is none (a gap, or
    the first step).
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
        """Return the steps at positions ``here``, with ``previous`` = -1."""
        previous = np.full(len(here), -1, dtype=np.int64)
        return Steps(self.file_index[here], self.time_index[here], self.days[here], self.date[here], previous, self.climate[here])


@dataclass(frozen=True)
class Block:
    """Steps in order of time, read and shuffled together.

    ``steps`` : (step), positions in the archive's ``Steps``. ``positions`` : (step, 2), file index and time index;
    ``previous`` : (2, step, 2), the same one and two steps earlier, -1 if there is none; ``days`` : (step).
    """

    index: int
    steps: NDArray[np.int64]
    positions: NDArray[np.int32]
    previous: NDArray[np.int32]
    days: NDArray[np.float64]


@dataclass(frozen=True)
class Timeline:
    """All steps in the files of an archive, including repeated ones, in order of climate and time.

    Arrays are (step); ``rounding`` in s. ``again`` : for a repeated step, the position of the one before it with the same time; else -1.
    """

    file_index: NDArray[np.int32]
    time_index: NDArray[np.int32]
    days: NDArray[np.float64]
    date: NDArray[np.int32]
    climate: NDArray[np.int8]
    rounding: NDArray[np.float64]
    again: NDArray[np.int64]

    @classmethod
    def of(cls, files: list[FileRecord], time_step: float, climates: Sequence[int] = ()) -> Timeline:
        """Build from the files' records, with times relative to the first one's origin; ``climates`` : archive number of each file.

        Raises ParamnetError if calendars differ, or a file goes back to a time that it does not have already.
        """
        days = _to_one_origin(files)
        for record, file_days in zip(files, days, strict=True):
            _require_forward(record, file_days, time_step)
        lengths = [len(record.days) for record in files]
        climate = np.repeat(np.asarray(climates or np.zeros(len(files)), dtype=np.int8), lengths)
        every, rounding = np.concatenate(days), np.repeat([record.rounding for record in files], lengths)
        file_index = np.repeat(np.arange(len(files), dtype=np.int32), lengths)
        time_index = np.concatenate([np.arange(length, dtype=np.int32) for length in lengths])
        order = np.lexsort((every, climate))
        apart = np.where(np.diff(climate[order]) == 0, np.diff(every[order]) * SECONDS_PER_DAY, np.inf)
        slack = np.minimum(rounding[order][1:] + rounding[order][:-1], 0.5 * time_step)
        same = apart < np.maximum(_SAME * time_step, slack)
        group = np.cumsum(np.append(True, ~same))
        order = order[np.lexsort((time_index[order], file_index[order], group))]  # steps of the same time in order of files
        again = np.full(len(every), -1, dtype=np.int64)
        again[1:][same] = np.flatnonzero(same)
        dates = np.concatenate([record.dates for record in files])
        return cls(file_index[order], time_index[order], every[order], dates[order], climate[order], rounding[order], again)

    def steps(self, kept: NDArray[np.bool_], time_step: float) -> Steps:
        """Return the steps ``kept`` : (step), each with the position of the previous one."""
        days, climate, rounding = self.days[kept], self.climate[kept], self.rounding[kept]
        previous = np.full(len(days), -1, dtype=np.int64)
        for number in np.unique(climate):
            here = np.flatnonzero(climate == number)
            found = _nearest(days[here], days[here] - time_step / SECONDS_PER_DAY)
            off = np.abs(days[here] - days[here[found]] - time_step / SECONDS_PER_DAY) * SECONDS_PER_DAY
            slack = np.minimum(_SAME * time_step + rounding[here] + rounding[here[found]], 0.49 * time_step)
            previous[here] = np.where(off < slack, here[found], -1)
        return Steps(self.file_index[kept], self.time_index[kept], days, self.date[kept], previous, climate)


def repeated_step(first: FileRecord, second: FileRecord, day: float, variable: str) -> ParamnetError:
    """Return the error of two steps with the same time; ``variable`` : one whose values differ, if they were compared."""
    narrow = max(first.rounding, second.rounding)
    rounded = f"; float32 times have a resolution of {narrow:.0f} s there" if narrow else ""
    return ParamnetError(
        "time",
        expected="each step once" + (", or with identical values" if variable else ""),
        got=f"day {day} in {first.name} and again in {second.name}" + (f" with another {variable}" if variable else "") + rounded,
        remedy="remove one, or set repeated_steps=first or last to keep the step of that file",
    )


def _to_one_origin(files: list[FileRecord]) -> list[NDArray[np.float64]]:
    """Return the days of each file since the origin of the first one."""
    first = files[0]
    offsets = {(first.time_units, first.calendar): 0.0}
    for record in files:
        if record.calendar != first.calendar and not _agree(first, record):
            raise ParamnetError(
                "time",
                expected=f"calendar '{first.calendar}' as in {first.name}",
                got=f"'{record.calendar}'",
                where=record.name,
                remedy="do not mix archives; if the calendar in a file is wrong, set it with override: true under `time` of the source",
            )
        header = (record.time_units, record.calendar)
        if header not in offsets:
            offsets[header] = days_between((first.time_units, first.calendar), header)
    shifts = [offsets[record.time_units, record.calendar] for record in files]
    return [record.days + shift if shift else record.days for record, shift in zip(files, shifts, strict=True)]


def _agree(one: FileRecord, other: FileRecord) -> bool:
    """Return True if two calendars agree on all dates of these files. The standard one is Gregorian since 15 October 1582."""
    since = min(tuple(date) for record in (one, other) for date in record.dates.tolist())
    return {one.calendar, other.calendar} == {"standard", "proleptic_gregorian"} and since >= (1582, 10, 15)


def _require_forward(record: FileRecord, days: NDArray[np.float64], time_step: float) -> None:
    """Allow times to go back only to a time that the file already has, as after a restart of the model."""
    back = np.flatnonzero(np.diff(days) <= 0)
    for at in back:
        earlier = np.abs(days[: at + 1] - days[at + 1]).min() * SECONDS_PER_DAY
        if earlier > max(_SAME * time_step, record.rounding):
            raise ParamnetError(
                "time",
                expected="increasing values",
                got=f"{days[at + 1]} after {days[at]} at step {at + 1}",
                where=record.name,
                remedy="put the steps in order, or remove the file",
            )


def _nearest(days: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the position in the increasing ``days`` of the value nearest to each one of ``wanted``."""
    right = np.clip(np.searchsorted(days, wanted), 0, len(days) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(np.abs(days[left] - wanted) <= np.abs(days[right] - wanted), left, right)


def block_of(steps: Steps, chosen: NDArray[np.int64], index: int) -> Block:
    """Return the block of the steps at ``chosen``."""
    places = np.stack([steps.file_index, steps.time_index], axis=1)
    before = steps.previous[chosen]
    earlier = np.stack([before, np.where(before >= 0, steps.previous[before], -1)])
    previous = np.where((earlier >= 0)[..., None], places[earlier], -1).astype(np.int32)
    return Block(index, chosen, places[chosen], previous, steps.days[chosen])
