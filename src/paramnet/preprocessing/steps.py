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
from paramnet.preprocessing.times import SECONDS_PER_DAY, days_between

_SAME = 0.01  # of a time step: times nearer to each other are one


@stored
@dataclass(frozen=True)
class FileRecord:
    """A scanned file: ``days`` (step) since the origin in ``time_units``, ``dates`` (step, 3) as year, month, day.

    ``parts`` describes the file, and for a step pair its partner, as ``paramnet.preprocessing.provenance.describe_file``.
    ``rounding`` : s, by which its type may have moved the times. ``by_source`` : its own time header could not be decoded.
    ``note`` : what was decided about its times, and should be known.
    """

    path: Path
    parts: list[dict[str, Any]]
    days: NDArray[np.float64]
    dates: NDArray[np.int32]
    time_units: str
    calendar: str
    rounding: float = 0.0
    by_source: bool = False
    note: str = ""

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


@dataclass(frozen=True)
class Timeline:
    """Every step of an archive as its files give it, in order of climate and time, repeated steps included.

    Arrays are (step); ``rounding`` in s. ``again`` : position of the earlier of two steps of one time, -1 for the first of them.
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
        """From the files' records, all brought to the first one's origin; ``climates`` numbers the archive of each file.

        ParamnetError where calendars differ, or a file runs backwards to a time that is not one of its own.
        """
        days = _to_one_origin(files)
        for record, its in zip(files, days, strict=True):
            _require_forward(record, its, time_step)
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
        order = order[np.lexsort((time_index[order], file_index[order], group))]  # of one time, in order of the files
        again = np.full(len(every), -1, dtype=np.int64)
        again[1:][same] = np.flatnonzero(same)
        dates = np.concatenate([record.dates for record in files])
        return cls(file_index[order], time_index[order], every[order], dates[order], climate[order], rounding[order], again)

    def steps(self, kept: NDArray[np.bool_], time_step: float) -> Steps:
        """The steps ``kept`` : (step), each with the one a time step earlier."""
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
    """The error of a time that two steps have; ``variable`` : one whose values differ, where they were compared."""
    narrow = max(first.rounding, second.rounding)
    rounded = f"; float32 times are good to {narrow:.0f} s there" if narrow else ""
    return ParamnetError(
        "time",
        expected="each step once" + (", or the same values again" if variable else ""),
        got=f"day {day} in {first.name} and again in {second.name}" + (f" with another {variable}" if variable else "") + rounded,
        remedy="remove one, or choose with repeated_steps=first|last which file counts",
    )


def _to_one_origin(files: list[FileRecord]) -> list[NDArray[np.float64]]:
    """Days of each file since the first one's origin."""
    first = files[0]
    offsets = {(first.time_units, first.calendar): 0.0}
    for record in files:
        if record.calendar != first.calendar and not _agree(first, record):
            raise ParamnetError(
                "time",
                expected=f"calendar '{first.calendar}' as in {first.name}",
                got=f"'{record.calendar}'",
                where=record.name,
                remedy="do not mix archives; where a file's calendar is wrong, state it with override: true under `time` of the source",
            )
        own = (record.time_units, record.calendar)
        if own not in offsets:
            offsets[own] = days_between((first.time_units, first.calendar), own)
    shifts = [offsets[record.time_units, record.calendar] for record in files]
    return [record.days + shift if shift else record.days for record, shift in zip(files, shifts, strict=True)]


def _agree(one: FileRecord, other: FileRecord) -> bool:
    """Whether two calendars are the same on every date of these files: the standard one is Gregorian since 15 October 1582."""
    since = min(tuple(date) for record in (one, other) for date in record.dates.tolist())
    return {one.calendar, other.calendar} == {"standard", "proleptic_gregorian"} and since >= (1582, 10, 15)


def _require_forward(record: FileRecord, days: NDArray[np.float64], time_step: float) -> None:
    """Times may only go back to one the file has had before: a run that was restarted and wrote on."""
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
    """Position in ``days``, increasing, of the value nearest to each one wanted."""
    right = np.clip(np.searchsorted(days, wanted), 0, len(days) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(np.abs(days[left] - wanted) <= np.abs(days[right] - wanted), left, right)


def block_of(steps: Steps, chosen: NDArray[np.int64], index: int) -> Block:
    """The block of the steps at ``chosen``."""
    places = np.stack([steps.file_index, steps.time_index], axis=1)
    before = steps.previous[chosen]
    earlier = np.stack([before, np.where(before >= 0, steps.previous[before], -1)])
    previous = np.where((earlier >= 0)[..., None], places[earlier], -1).astype(np.int32)
    return Block(index, chosen, places[chosen], previous, steps.days[chosen])
