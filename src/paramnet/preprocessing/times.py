"""The time axis of a file: its own origin and calendar as cftime reads them, its type's precision, its source's word where it has none."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import cftime
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.preprocessing.layout import SourceTime

SECONDS_PER_DAY = 86400.0
_SYNONYMS = {"": "standard", "gregorian": "standard", "365_day": "noleap", "366_day": "all_leap"}  # CF 4.4.1
_COARSE = 0.005  # of a time step: rounding below it is of no account
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class TimeHeader:
    """What ``units`` and ``calendar`` mean: ``origin``, UTC, and the length of one unit."""

    origin: cftime.datetime
    unit: timedelta
    calendar: str

    @property
    def units(self) -> str:
        """The origin as units of days."""
        return f"days since {self.origin.isoformat(' ')}"

    def days(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Values in days since the origin."""
        wide = np.asarray(values, dtype=np.float64)
        return wide / (_DAY / self.unit) if self.unit < _DAY else wide * (self.unit / _DAY)


@dataclass(frozen=True)
class TimeAxis:
    """Steps of a file in ``days`` : (step) since the header's origin.

    ``rounding`` : s, by which the type they are stored in may have moved them, 0 where that is of no account. ``by_source`` : the
    file's own header did not decode. ``note`` : what was decided about the header, for the report; empty where it was plain.
    """

    header: TimeHeader
    days: NDArray[np.float64]
    rounding: float = 0.0
    by_source: bool = False
    note: str = ""


def canonical_calendar(name: str) -> str:
    """One name for each calendar, whatever the synonym and the letters."""
    lower = name.strip().lower()
    return _SYNONYMS.get(lower, lower)


@lru_cache(maxsize=1024)
def decode_header(units: str, calendar: str) -> TimeHeader:
    """What units and a calendar mean, as cftime reads them; ValueError with its reason where it does not."""
    calendar = canonical_calendar(calendar)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of year zero: what it means is cftime's to say
            origin, after_one = cftime.num2date([0, 1], units, calendar, only_use_cftime_datetimes=True)
    except Exception as error:  # cftime raises what its parser stumbles over: ValueError, TypeError, KeyError, OverflowError
        raise ValueError(str(error) or type(error).__name__) from error
    return TimeHeader(origin, after_one - origin, calendar)


def days_between(origin: tuple[str, str], other: tuple[str, str]) -> float:
    """Days from ``origin`` to ``other``, each units of days and its calendar, so that dates since 1582 are the same ones."""
    if origin == other:
        return 0.0
    if origin[1] == other[1]:
        return float(cftime.date2num(decode_header(*other).origin, origin[0], origin[1]))
    to_origin, to_other = (
        cftime.date2num(cftime.datetime(2000, 1, 1, calendar=calendar), units, calendar)  # a date on which the calendars agree
        for units, calendar in (origin, other)
    )
    return float(to_origin - to_other)


def choose_header(units: str, calendar: str, source: SourceTime, name: str, where: str) -> tuple[TimeHeader, bool, str]:
    """The header that counts, whether it is the source's, and a note where file and source differ.

    units, calendar : the file's attributes, empty where missing. The file's are used where they decode, the source's where they do
    not; with ``override`` the source's. Raises ParamnetError with cftime's reason where neither decodes.
    """
    own, stated = (units, calendar or source.calendar), (source.units or units, source.calendar or calendar)
    second = [((units, source.calendar), False)] if source.calendar else []
    tried = [(stated, True)] if source.override else [(own, False), *second, (stated, True)]
    reason = ""
    for (text, its_calendar), by_source in tried:
        try:
            header = decode_header(text, its_calendar)
        except ValueError as error:
            reason = reason or str(error)
            continue
        return header, by_source and bool(source.units), _note(header, by_source, (units, calendar), source, name)
    raise ParamnetError(
        "time",
        expected="units and a calendar that can be decoded, such as 'hours since 2001-01-01' and 'noleap'",
        got=f"{units!r}, calendar {calendar!r} ({reason})",
        where=where,
        remedy=f"correct the file, or state units and calendar under `time` of source {name}",
    )


def _note(header: TimeHeader, by_source: bool, own: tuple[str, str], source: SourceTime, name: str) -> str:
    """A sentence that names both headers, where the file's and the source's differ."""
    said = f"{own[0]!r}, calendar {own[1]!r}"
    stated = f"{source.units!r}, calendar {source.calendar!r}"
    if by_source:
        return f"the file's {said} is not used: source {name} states {stated}"
    if not source.units and not source.calendar:
        return ""
    try:
        other = decode_header(source.units or own[0], source.calendar or own[1])
    except ValueError:
        return ""
    if (header.origin.timetuple(), header.unit, header.calendar) == (other.origin.timetuple(), other.unit, other.calendar):
        return ""
    return f"the file's {said} is used, not the {stated} of source {name}; time.override=true would use the latter"


def read_axis(values: NDArray[Any], kind: np.dtype[Any], choice: tuple[TimeHeader, bool, str], time_step: float, where: str) -> TimeAxis:
    """The axis of decoded ``values``, stored as ``kind``; ``time_step``, s, of the contract.

    Times rounded by a narrow type are set back to the multiples of the time step they were rounded from, or to those and a half
    (middles of means), where all of them are within the rounding of one.
    """
    header, by_source, note = choice
    if not len(values) or not np.all(np.isfinite(values)):
        what = f"{len(values)} of which {int(np.sum(~np.isfinite(values)))} are missing" if len(values) else "none: its time has length 0"
        raise ParamnetError("time", expected="steps with finite times", got=what, where=where, remedy="remove the file, or write it anew")
    days = header.days(values)
    narrow = kind == np.float32
    if not narrow and (kind.kind != "f" or not np.array_equal(values, np.asarray(values, dtype=np.float32))):
        return TimeAxis(header, days, 0.0, by_source, note)
    rounding = 0.5 * float(np.spacing(np.float32(np.max(np.abs(values))))) * header.unit.total_seconds()
    coarse = rounding > _COARSE * time_step
    settled = _settled(days * SECONDS_PER_DAY, rounding, time_step) if narrow or coarse else None
    if settled is not None:
        days = settled
    if not narrow or not coarse:  # a wide type may hold what was rounded before
        return TimeAxis(header, days, 0.0, by_source, note)
    told = f"float32 times are good to {rounding:.0f} s there" + (
        "" if settled is None else f"; set to multiples of half a step of {time_step:g} s"
    )
    return TimeAxis(header, days, rounding if settled is None else 0.0, by_source, "; ".join(filter(None, (note, told))))


def _settled(seconds: NDArray[np.float64], rounding: float, time_step: float) -> NDArray[np.float64] | None:
    """Days at the multiples of the time step, or half a step off, that the times were rounded from; None where they were not."""
    if rounding >= 0.25 * time_step:
        return None
    for phase in (0.0, 0.5):
        near = (np.round(seconds / time_step - phase) + phase) * time_step
        if np.all(np.abs(seconds - near) <= rounding * (1 + 1e-6)):
            return np.asarray(near / SECONDS_PER_DAY)
    return None


def dates_of(axis: TimeAxis, where: str) -> NDArray[np.int32]:
    """Year, month, day of each step : (step, 3). ParamnetError where a time lies beyond the calendar."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            moments = cftime.num2date(axis.days, axis.header.units, axis.header.calendar, only_use_cftime_datetimes=True)
    except (ValueError, OverflowError) as error:
        raise ParamnetError(
            "time",
            expected="times within the calendar",
            got=f"{axis.days.min():g} to {axis.days.max():g} {axis.header.units} ({error})",
            where=where,
            remedy="correct the file",
        ) from error
    return np.array([(moment.year, moment.month, moment.day) for moment in moments], dtype=np.int32)
