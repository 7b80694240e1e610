"""The time axis of a file: origin and calendar as decoded by cftime, with the source's settings as fallback, and rounding."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import cftime
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError
from paramnet.physics import SECONDS_PER_DAY
from paramnet.sources.layout import SourceTime

__all__ = ["TimeHeader", "days_between", "decode_header"]

_SYNONYMS = {"": "standard", "gregorian": "standard", "365_day": "noleap", "366_day": "all_leap"}  # CF 4.4.1
_COARSE = 0.005  # of a time step: smaller rounding errors are ignored
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class TimeHeader:
    """Decoded ``units`` and ``calendar``: ``origin`` (UTC) and the length of one unit."""

    origin: cftime.datetime
    unit: timedelta
    calendar: str

    @property
    def units(self) -> str:
        """Units of days since the origin."""
        return f"days since {self.origin.isoformat(' ')}"

    def days(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Convert values to days since the origin."""
        wide = np.asarray(values, dtype=np.float64)
        return wide / (_DAY / self.unit) if self.unit < _DAY else wide * (self.unit / _DAY)


@dataclass(frozen=True)
class TimeAxis:
    """Steps of a file in ``days`` : (step) since the header's origin.

    ``rounding`` : largest rounding error of the stored type, s; 0 if negligible. ``dated_by`` : ``file`` or ``source``, whose headers
    differ; empty if they agree. ``note`` : remark on the header for the report; empty if there is nothing to report.
    """

    header: TimeHeader
    days: NDArray[np.float64]
    rounding: float = 0.0
    dated_by: str = ""
    note: str = ""


def canonical_calendar(name: str) -> str:
    """Return the canonical name of a calendar for any synonym and case."""
    lower = name.strip().lower()
    return _SYNONYMS.get(lower, lower)


@lru_cache(maxsize=1024)
def decode_header(units: str, calendar: str) -> TimeHeader:
    """Decode units and calendar with cftime; raise ValueError with its reason if it cannot."""
    calendar = canonical_calendar(calendar)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about year zero, which is decoded as cftime does
            origin, after_one = cftime.num2date([0, 1], units, calendar, only_use_cftime_datetimes=True)
    except Exception as error:  # the parser of cftime raises ValueError, TypeError, KeyError, OverflowError
        raise ValueError(str(error) or type(error).__name__) from error
    return TimeHeader(origin, after_one - origin, calendar)


def days_between(origin: tuple[str, str], other: tuple[str, str]) -> float:
    """Return the days from ``origin`` to ``other``, each given as (units of days, calendar). Dates after 1582 are preserved."""
    if origin == other:
        return 0.0
    if origin[1] == other[1]:
        return float(cftime.date2num(decode_header(*other).origin, origin[0], origin[1]))
    to_origin, to_other = (
        cftime.date2num(cftime.datetime(2000, 1, 1, calendar=calendar), units, calendar)  # a date on which the calendars agree
        for units, calendar in (origin, other)
    )
    return float(to_origin - to_other)


def choose_header(units: str, calendar: str, source: SourceTime, name: str, where: str) -> tuple[TimeHeader, str, str]:
    """Return the header to use and, if those of file and source differ, whose it is (``file`` or ``source``) and a note; else "" and "".

    units, calendar : the file's attributes, empty if missing. They are used if they can be decoded, else those of the source; with
    ``override``, always the source's. Raises ParamnetError with cftime's reason if neither can be decoded.
    """
    of_file, stated = (units, calendar or source.calendar), (source.units or units, source.calendar or calendar)
    second = [((units, source.calendar), False)] if source.calendar else []
    tried = [(stated, True)] if source.override else [(of_file, False), *second, (stated, True)]
    reason = ""
    for (text, its_calendar), by_source in tried:
        try:
            header = decode_header(text, its_calendar)
        except ValueError as error:
            reason = reason or str(error)
            continue
        note = _note(header, by_source, (units, calendar), source, name)
        return header, ("source" if source.units else "") if by_source else "file" if note else "", note
    raise ParamnetError(
        "time",
        expected="units and a calendar that can be decoded, such as 'hours since 2001-01-01' and 'noleap'",
        got=f"{units!r}, calendar {calendar!r} ({reason})",
        where=where,
        remedy=f"fix the file, or set units and calendar under `time` of source {name}",
    )


def _note(header: TimeHeader, by_source: bool, of_file: tuple[str, str], source: SourceTime, name: str) -> str:
    """Return a note that names both headers if those of file and source differ."""
    in_file = f"{of_file[0]!r}, calendar {of_file[1]!r}"
    stated = f"{source.units!r}, calendar {source.calendar!r}"
    if by_source:
        return f"the file's {in_file} is not used: source {name} states {stated}"
    if not source.units and not source.calendar:
        return ""
    try:
        other = decode_header(source.units or of_file[0], source.calendar or of_file[1])
    except ValueError:
        return ""
    if (header.origin.timetuple(), header.unit, header.calendar) == (other.origin.timetuple(), other.unit, other.calendar):
        return ""
    return f"the file's {in_file} is used, not the {stated} of source {name}; time.override=true would use the latter"


def read_axis(values: NDArray[Any], kind: np.dtype[Any], choice: tuple[TimeHeader, str, str], time_step: float, where: str) -> TimeAxis:
    """Return the axis of decoded ``values`` stored as ``kind``; ``time_step`` of the contract, s.

    Times rounded by a narrow type are restored to multiples of the time step, or to multiples plus one half (centres of means), if
    all of them are within the rounding error of one.
    """
    header, dated_by, note = choice
    if not len(values) or not np.all(np.isfinite(values)):
        what = f"{len(values)} of which {int(np.sum(~np.isfinite(values)))} are missing" if len(values) else "none: its time has length 0"
        raise ParamnetError("time", expected="steps with finite times", got=what, where=where, remedy="remove the file, or write it again")
    days = header.days(values)
    narrow = kind == np.float32
    if not narrow and (kind.kind != "f" or not np.array_equal(values, np.asarray(values, dtype=np.float32))):
        return TimeAxis(header, days, 0.0, dated_by, note)
    rounding = 0.5 * float(np.spacing(np.float32(np.max(np.abs(values))))) * header.unit.total_seconds()
    coarse = rounding > _COARSE * time_step
    settled = _settled(days * SECONDS_PER_DAY, rounding, time_step) if narrow or coarse else None
    if settled is not None:
        days = settled
    if not narrow or not coarse:  # a wide type may hold values rounded earlier
        return TimeAxis(header, days, 0.0, dated_by, note)
    precision = f"float32 times have a resolution of {rounding:.0f} s there" + (
        "" if settled is None else f"; set to multiples of half a step of {time_step:g} s"
    )
    return TimeAxis(header, days, rounding if settled is None else 0.0, dated_by, "; ".join(filter(None, (note, precision))))


def _settled(seconds: NDArray[np.float64], rounding: float, time_step: float) -> NDArray[np.float64] | None:
    """Return days at multiples of the time step, or half a step off, if all times are within rounding of these; else None."""
    if rounding >= 0.25 * time_step:
        return None
    for phase in (0.0, 0.5):
        near = (np.round(seconds / time_step - phase) + phase) * time_step
        if np.all(np.abs(seconds - near) <= rounding * (1 + 1e-6)):
            return np.asarray(near / SECONDS_PER_DAY)
    return None


def dates_of(axis: TimeAxis, where: str) -> NDArray[np.int32]:
    """Return year, month, day of each step : (step, 3). Raise ParamnetError if a time is outside the calendar."""
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
            remedy="fix the file",
        ) from error
    return np.array([(moment.year, moment.month, moment.day) for moment in moments], dtype=np.int32)


def require_resolution(axis: TimeAxis, contract: Contract, file: str) -> None:
    """Raise ParamnetError if the times of a file are too coarse to identify the previous step."""
    if axis.rounding >= 0.25 * contract.time_step:
        raise ParamnetError(
            "time",
            expected=f"times that resolve steps of {contract.time_step:g} s, as contract {contract.name} needs",
            got=f"float32 values with a resolution of {axis.rounding:.0f} s",
            where=file,
            remedy="write time as float64, or count it from a later origin",
        )
