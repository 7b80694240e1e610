"""Time headers compared with cftime, and times rounded by their type."""

import os
import warnings
from datetime import timedelta

import cftime
import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.sources.layout import SourceTime
from paramnet.sources.time_axis.times import TimeAxis, choose_header, dates_of, days_between, decode_header, read_axis

HEADERS = int(os.environ.get("PARAMNET_TIME_HEADERS", "80"))
NO_WORD = SourceTime(variable="time")
WORDS = ("days", "day", "d", "Days", "hours", "hour", "h", "hr", "hrs", "minutes", "min", "seconds", "second", "sec", "s", "milliseconds")
WORDS += ("microseconds", "months", "common_years", "weeks", "fortnights")
CALENDARS = ("standard", "gregorian", "Gregorian", "proleptic_gregorian", "noleap", "365_day", "NOLEAP", "all_leap", "366_day", "360_day")
CALENDARS += ("julian", "Julian", "", "lunar")
TYPES = ("f8", "f4", "i4", "i8", "i2", "u1")


def random_header(random: np.random.Generator) -> tuple[str, str, np.dtype]:
    """Return units, calendar and type as found in files; some are invalid."""
    year = int(random.choice([0, 1, 4, 850, 1582, 1583, 1850, 1900, 2000, 2001, 9999]))
    month, day = int(random.integers(1, 13)), int(random.choice([1, 2, 15, 28, 29, 30, 31]))
    date = str(random.choice([f"{year:04d}-{month:02d}-{day:02d}", f"{year}-{month}-{day}", f"{year:04d}-{month:02d}-{day:02d}"]))
    time = str(
        random.choice(
            [
                "",
                " 00:00:00",
                " 0:0:0",
                " 06:30:00",
                " 12:00:00.5",
                "T18:00:00Z",
                " 23:59:59",
                " 00:00:00 +02:00",
                " 12:00 -06:00",
                " 24:00:00",
            ]
        )
    )
    joint = str(random.choice([" since ", " Since ", "  since  ", " after "], p=[0.85, 0.05, 0.05, 0.05]))
    return str(random.choice(WORDS)) + joint + date + time, str(random.choice(CALENDARS)), np.dtype(str(random.choice(TYPES)))


def by_cftime(values: np.ndarray, units: str, calendar: str) -> list[cftime.datetime] | None:
    """Return the dates; None if cftime cannot decode the header."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return list(cftime.num2date(values, units, calendar.lower() or "standard", only_use_cftime_datetimes=True))
        except Exception:
            return None


def test_headers_mean_what_cftime_reads() -> None:
    random, decoded = np.random.default_rng(4), 0
    for _ in range(HEADERS):
        units, calendar, kind = random_header(random)
        values = np.sort(random.integers(0, 100, 5)).astype(kind)
        if kind.kind == "f":
            values = values + random.choice([0, 0.25, 1 / 3], 5).astype(kind)
        expected = by_cftime(values, units, calendar)
        if expected is None:
            with pytest.raises(ParamnetError) as error:
                choose_header(units, calendar, NO_WORD, "mine", "a.nc")
            assert (error.value.what, error.value.where) == ("time", "a.nc") and repr(units) in error.value.got
            continue
        decoded += 1
        axis = TimeAxis(header := choose_header(units, calendar, NO_WORD, "mine", "a.nc")[0], header.days(values))
        got = by_cftime(axis.days, header.units, header.calendar)
        assert got is not None
        for one, other in zip(got, expected, strict=True):
            assert abs(one - other) <= timedelta(milliseconds=1), (units, calendar, kind)
        noon = [(m.year, m.month, m.day) for m in expected]
        sure = [abs(day * 86400 % 86400 - 43200) < 43199 for day in _since_midnight(header.origin, axis.days)]
        assert all(not far or tuple(date) == its for date, its, far in zip(dates_of(axis, "a.nc").tolist(), noon, sure, strict=True))
    assert decoded > HEADERS // 4


def _since_midnight(origin: cftime.datetime, days: np.ndarray) -> np.ndarray:
    return days + (origin - origin.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds() / 86400


def test_origins_are_converted_across_the_change_of_calendar() -> None:
    for calendar in ("standard", "proleptic_gregorian", "julian", "noleap", "360_day", "all_leap"):
        origins = ["days since 0001-01-01 00:00:00", "days since 2001-01-01 06:00:00"]
        moments = [decode_header(text, calendar).origin for text in origins]
        assert days_between((origins[0], calendar), (origins[1], calendar)) == (moments[1] - moments[0]) / timedelta(days=1)


@pytest.mark.parametrize(
    ("own", "stated", "used", "dated_by", "noted"),
    [
        (("days since 1998-10-01", "noleap"), ("days since 0000-01-01", "noleap"), "days since 1998-10-01 00:00:00", "file", True),
        (("days since 0-1-1", "NOLEAP"), ("days since 0000-01-01", "noleap"), "days since 0000-01-01 00:00:00", "", False),
        (("days since 0000-00-00", "noleap"), ("days since 0000-01-01", "noleap"), "days since 0000-01-01 00:00:00", "source", True),
        (("", ""), ("days since 0000-01-01", "noleap"), "days since 0000-01-01 00:00:00", "source", True),
        (("days since 1998-10-01", ""), ("days since 0000-01-01", "noleap"), "days since 1998-10-01 00:00:00", "file", True),
        (("days since 2000-02-01", "of the bank"), ("", "noleap"), "days since 2000-02-01 00:00:00", "", False),
    ],
)
def test_the_files_header_is_used_if_it_can_be_decoded(own: tuple, stated: tuple, used: str, dated_by: str, noted: bool) -> None:
    header, whose, note = choose_header(*own, SourceTime("time", *stated), "spcam", "a.nc")
    assert (header.units, header.calendar, whose, bool(note)) == (used, "noleap", dated_by, noted)
    assert not noted or (repr(own[0]) in note and repr(stated[0]) in note)


def test_an_override_always_replaces_the_files_header() -> None:
    time = SourceTime("time", "days since 0000-01-01", "noleap", override=True)
    header, _, note = choose_header("days since 1998-10-01", "standard", time, "spcam", "a.nc")
    assert (header.units, header.calendar) == ("days since 0000-01-01 00:00:00", "noleap") and "1998-10-01" in note


@pytest.mark.parametrize("units", ["days since 0000-01-01", "days since 2001-02-30", "day as %Y%m%d.%f", "", "days since 20010101"])
def test_a_header_that_cannot_be_decoded_is_refused(units: str) -> None:
    with pytest.raises(ParamnetError) as error:
        choose_header(units, "standard", NO_WORD, "mine", "a.nc")
    assert "under `time` of source mine" in error.value.remedy


@pytest.mark.parametrize("start", [0, 400, 4200, 9000, 20000])
@pytest.mark.parametrize("half", [0.0, 0.5])
def test_float32_days_are_restored_to_their_steps(start: int, half: float) -> None:
    true = start + (np.arange(480) + half) / 48
    choice = choose_header("days since 0001-01-01", "noleap", NO_WORD, "mine", "a.nc")
    for kind in ("f4", "f8"):  # in a wide type, too, if they were rounded before
        axis = read_axis(true.astype("f4").astype(kind), np.dtype(kind), choice, 1800.0, "a.nc")
        np.testing.assert_allclose(axis.days, true, rtol=0, atol=1e-9 if start > 400 or kind == "f4" else 1e-4)
        assert axis.rounding == 0.0
    assert ("float32" in read_axis(true.astype("f4"), np.dtype("f4"), choice, 1800.0, "a.nc").note) == (start > 400)


def test_float32_days_too_coarse_to_resolve_steps_report_their_resolution() -> None:
    choice = choose_header("days since 0001-01-01", "noleap", NO_WORD, "mine", "a.nc")
    axis = read_axis((730000 + np.arange(48) / 48).astype("f4"), np.dtype("f4"), choice, 1800.0, "a.nc")
    assert axis.rounding == pytest.approx(0.5 * 0.0625 * 86400)


def test_times_of_a_wide_type_are_unchanged() -> None:
    values = 4200 + np.arange(480) / 48
    choice = choose_header("days since 0001-01-01", "noleap", NO_WORD, "mine", "a.nc")
    np.testing.assert_array_equal(read_axis(values, values.dtype, choice, 1800.0, "a.nc").days, values)
    np.testing.assert_array_equal(read_axis(np.arange(5), np.dtype("i4"), choice, 1800.0, "a.nc").days, np.arange(5.0))
