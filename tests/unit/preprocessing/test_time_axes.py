"""Time axes of real archives: origins, synonyms, reruns, restarts, gaps. Every step is kept or counted."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cftime
import netCDF4
import numpy as np
import pytest

from paramnet.contract import Contract, ParamnetError
from paramnet.preprocessing import SplitConfig, SplitRule, preprocess
from paramnet.sources import SourceConfig
from paramnet.sources.readers.history import HistoryReader
from paramnet.sources.repeats import keep_once
from paramnet.sources.step_account import time_notes, usable_steps
from paramnet.sources.time_axis.steps import FileRecord, Steps, Timeline
from paramnet.store import open_store

DAY = 1.0 + np.arange(48) / 48


def dated(units: str, calendar: str | None = "noleap") -> Callable[[netCDF4.Dataset], None]:
    def edit(dataset: netCDF4.Dataset) -> None:
        dataset["time"].setncatts({"units": units} | ({"calendar": calendar} if calendar else {}))

    return edit


def scan(tmp_path: Path, source: SourceConfig | None = None) -> tuple[HistoryReader, list[FileRecord]]:
    files = sorted((tmp_path / "archive").glob("*.nc"))
    reader = HistoryReader(source or SourceConfig.from_yaml("spcam"), Contract.from_yaml("rasp2018"), files)
    return reader, [reader.scan(path) for path in files]


def steps_of(tmp_path: Path, rule: str = "identical") -> tuple[Steps, dict[str, int]]:
    reader, records = scan(tmp_path)
    timeline = Timeline.of(records, 1800.0)
    kept = keep_once(timeline, reader, records, rule)
    steps = timeline.steps(kept, 1800.0)
    usable_steps(steps, reader)
    return steps, {"repeated": int((~kept).sum()), "without_earlier_step": int((~reader.has_earlier(steps)).sum())}


def test_files_with_their_own_origins_are_converted_to_one_origin(spcam_file: Callable, tmp_path: Path) -> None:
    for number in range(3):
        spcam_file(f"a.cam2.h1.{number}.nc", 24 * (DAY - 1.0), edit=dated(f"hours since 2001-01-{1 + number:02d}"))
    steps, account = steps_of(tmp_path)
    np.testing.assert_allclose(steps.days, np.arange(144) / 48, rtol=0, atol=1e-12)
    assert account == {"repeated": 0, "without_earlier_step": 1}
    assert steps.date[[0, 48, 96]].tolist() == [[2001, 1, 1], [2001, 1, 2], [2001, 1, 3]]


@pytest.mark.parametrize(("first", "second"), [("noleap", "365_day"), ("standard", "gregorian"), ("NOLEAP", "noleap"), ("Standard", None)])
def test_two_names_of_a_calendar_are_the_same_calendar(first: str, second: str | None, spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY, edit=dated("days since 2001-01-01", first))
    spcam_file("a.cam2.h1.2.nc", DAY + 1, edit=dated("days since 2001-01-01 00:00:00", second))
    source = SourceConfig.from_yaml("spcam")
    source.time.units, source.time.calendar = "", ""
    records = scan(tmp_path, source)[1]
    assert len(Timeline.of(records, 1800.0).days) == 96 and len({record.calendar for record in records}) == 1


def test_calendars_that_differ_are_refused(spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY, edit=dated("days since 2001-01-01", "noleap"))
    spcam_file("a.cam2.h1.2.nc", DAY + 1, edit=dated("days since 2001-01-01", "360_day"))
    with pytest.raises(ParamnetError) as error:
        Timeline.of(scan(tmp_path)[1], 1800.0)
    assert (error.value.expected, error.value.got) == ("calendar 'noleap' as in a.cam2.h1.1.nc", "'360_day'")


@pytest.mark.parametrize("first", ["standard", "proleptic_gregorian"])
@pytest.mark.parametrize("origin", ["days since 2001-01-01", "days since 0001-01-01"])
def test_the_standard_calendar_is_the_proleptic_gregorian_one_since_1582(
    first: str, origin: str, spcam_file: Callable, tmp_path: Path
) -> None:
    second = {"standard": "proleptic_gregorian", "proleptic_gregorian": "standard"}[first]
    begin = [cftime.date2num(cftime.datetime(2001, 1, 1, calendar=calendar), origin, calendar) for calendar in (first, second)]
    spcam_file("a.cam2.h1.1.nc", begin[0] + DAY, edit=dated(origin, first))
    spcam_file("a.cam2.h1.2.nc", begin[1] + DAY + 1, edit=dated(origin, second))
    source = SourceConfig.from_yaml("spcam")
    source.time.units, source.time.calendar = "", ""
    timeline = Timeline.of(scan(tmp_path, source)[1], 1800.0)
    np.testing.assert_allclose(np.diff(timeline.days), 1 / 48, rtol=0, atol=1e-9)
    assert timeline.date[[0, 48]].tolist() == [[2001, 1, 2], [2001, 1, 3]]


def test_before_1582_the_two_calendars_differ(spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY, edit=dated("days since 1500-01-01", "standard"))
    spcam_file("a.cam2.h1.2.nc", DAY + 1, edit=dated("days since 2001-01-01", "proleptic_gregorian"))
    source = SourceConfig.from_yaml("spcam")
    source.time.units, source.time.calendar = "", ""
    with pytest.raises(ParamnetError) as error:
        Timeline.of(scan(tmp_path, source)[1], 1800.0)
    assert error.value.got == "'proleptic_gregorian'"


@pytest.mark.parametrize("start", [4200, 9000])
def test_float32_days_give_the_steps_of_float64(start: int, spcam_file: Callable, tmp_path: Path) -> None:
    def narrow(dataset: netCDF4.Dataset) -> None:
        dataset.renameVariable("time", "wide")
        dataset.createVariable("time", "f4", ("time",))[:] = dataset["wide"][:]

    for number in range(2):
        spcam_file(f"a.cam2.h1.{number}.nc", start - 1 + number + DAY, edit=narrow)
    steps, account = steps_of(tmp_path)
    np.testing.assert_allclose(steps.days, start + np.arange(96) / 48, rtol=0, atol=1e-9)
    assert account["without_earlier_step"] == 1


def copy_steps(tmp_path: Path, one: str, other: str, shift: float = 0.0) -> None:
    """Copy the values of ``one`` plus ``shift`` to ``other`` at equal times."""
    with netCDF4.Dataset(tmp_path / "archive" / one) as first, netCDF4.Dataset(tmp_path / "archive" / other, "a") as second:
        for at, time in enumerate(second["time"][:]):
            same = np.flatnonzero(np.abs(first["time"][:] - time) < 1e-6)
            for name in [name for name in first.variables if "time" in first[name].dimensions and name != "time"] if len(same) else []:
                second[name][at] = first[name][int(same[0])] + shift


def test_a_rerun_with_the_same_values_counts_once(spcam_file: Callable, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY)
    spcam_file("a.cam2.h1.2.nc", DAY + 0.5)
    copy_steps(tmp_path, "a.cam2.h1.1.nc", "a.cam2.h1.2.nc")
    with caplog.at_level(logging.WARNING):
        steps, account = steps_of(tmp_path)
    assert len(steps) == 72 and account == {"repeated": 24, "without_earlier_step": 1}
    assert "24 steps of a.cam2.h1.1.nc are repeated in a.cam2.h1.2.nc" in caplog.text


def test_a_rerun_with_other_values_is_refused_by_name_or_chosen_from(spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY)
    spcam_file("a.cam2.h1.2.nc", DAY + 0.5)
    copy_steps(tmp_path, "a.cam2.h1.1.nc", "a.cam2.h1.2.nc", shift=1e-3)
    with pytest.raises(ParamnetError) as error:
        steps_of(tmp_path)
    assert error.value.got == "day 1.5 in a.cam2.h1.1.nc and again in a.cam2.h1.2.nc with another FLNS"
    for rule, file in (("first", 0), ("last", 1)):
        steps, account = steps_of(tmp_path, rule)
        assert account["repeated"] == 24 and set(steps.file_index[24:48].tolist()) == {file}


def test_a_restart_that_appends_to_the_same_file_counts_once(spcam_file: Callable, tmp_path: Path) -> None:
    def repeat(dataset: netCDF4.Dataset) -> None:
        for name in [name for name in dataset.variables if "time" in dataset[name].dimensions and name != "time"]:
            dataset[name][24:30] = dataset[name][18:24]

    spcam_file("a.cam2.h1.1.nc", np.concatenate([DAY[:24], DAY[18:42]]), edit=repeat)
    steps, account = steps_of(tmp_path)
    np.testing.assert_allclose(steps.days, DAY[:42])
    assert account == {"repeated": 6, "without_earlier_step": 1}


def test_a_file_in_reverse_is_refused(spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY[::-1])
    with pytest.raises(ParamnetError) as error:
        Timeline.of(scan(tmp_path)[1], 1800.0)
    assert (error.value.what, error.value.expected, error.value.where) == ("time", "increasing values", "a.cam2.h1.1.nc")


def test_files_out_of_order_and_a_gap_are_put_in_order_and_counted(spcam_file: Callable, tmp_path: Path) -> None:
    for name, days in (("1", DAY + 5), ("2", DAY), ("3", DAY + 1)):
        spcam_file(f"a.cam2.h1.{name}.nc", days)
    steps, account = steps_of(tmp_path)
    assert np.all(np.diff(steps.days) > 0) and account["without_earlier_step"] == 2


def test_two_runs_with_interleaved_steps_keep_their_own_previous_steps(spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY)
    spcam_file("a.cam2.h1.2.nc", DAY + 0.5 / 48)  # stamped in the middle of its means
    steps, account = steps_of(tmp_path)
    assert account["without_earlier_step"] == 2
    later = steps.previous >= 0
    np.testing.assert_array_equal(steps.file_index[later], steps.file_index[steps.previous[later]])


def test_a_file_without_steps_is_named(spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY)
    folder = tmp_path / "archive"
    with (
        netCDF4.Dataset(folder / "a.cam2.h1.1.nc") as whole,
        netCDF4.Dataset(folder / "a.cam2.h1.2.nc", "w", format="NETCDF3_CLASSIC") as empty,
    ):
        for name, dimension in whole.dimensions.items():
            empty.createDimension(name, None if name == "time" else len(dimension))
        for name, variable in whole.variables.items():
            copy = empty.createVariable(name, variable.dtype, variable.dimensions)
            copy.setncatts({key: variable.getncattr(key) for key in variable.ncattrs()})
            if "time" not in variable.dimensions:
                copy[...] = variable[...]
    with pytest.raises(ParamnetError) as error:
        scan(tmp_path)
    assert (error.value.where, error.value.got) == ("a.cam2.h1.2.nc", "none: its time has length 0")


def test_a_time_step_other_than_the_contracts_is_reported(spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", 1.0 + np.arange(24) / 24)
    with pytest.raises(ParamnetError) as error:
        steps_of(tmp_path)
    assert error.value.got == "none of 24, most of them 3600 s apart"


def test_means_over_other_intervals_than_a_step_are_noted(spcam_file: Callable, tmp_path: Path) -> None:
    def mean(dataset: netCDF4.Dataset) -> None:
        dated("days since 0000-01-01")(dataset)
        dataset.createDimension("both", 2)
        edges = np.stack([dataset["time"][:] - 0.25, dataset["time"][:]], axis=1)
        dataset.createVariable("time_bnds", "f8", ("time", "both"))[:] = edges
        dataset["time"].bounds = "time_bnds"
        dataset["FSNS"].cell_methods = "time: mean"
        dataset["PS"].cell_methods = "time: point"

    spcam_file("a.cam2.h1.1.nc", DAY, edit=mean)
    note = scan(tmp_path)[1][0].note
    assert note.startswith("FSNS are means over 21600 s") and "1800 s" in note


def test_an_archive_dated_partly_by_its_files_and_partly_by_its_source_is_refused(spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY, edit=dated("days since 1998-10-01"))
    spcam_file("a.cam2.h1.2.nc", DAY + 1, edit=dated("days since 0000-00-00"))
    records = scan(tmp_path)[1]
    with pytest.raises(ParamnetError) as error:
        time_notes(records, "spcam")
    assert "1998-10-01" in error.value.got and "0000-00-00" in error.value.got


def test_every_step_is_kept_or_counted_in_the_log_and_in_the_report(
    spcam_file: Callable, configure: Callable, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for day in range(6):
        spcam_file(f"a.cam2.h1.{day}.nc", day + DAY[:12], edit=dated("days since 1998-10-01"))
    spcam_file("a.cam2.h1.9.nc", 2 + DAY[6:12], edit=dated("days since 1998-10-01"))
    copy_steps(tmp_path, "a.cam2.h1.2.nc", "a.cam2.h1.9.nc")
    source: Any = SourceConfig.from_yaml("spcam")
    source.select.every_step = 2
    with caplog.at_level(logging.INFO):
        config = configure(source, quality_page=True)
        config.splits.skip_days, config.splits.gap_days = 1.0, 0.85
        store = preprocess(config)
    quality = json.loads((store / "quality" / "quality.json").read_text())
    account, left_out = quality["steps"], quality["steps"]["left_out"]
    assert (account["archive"], left_out["repeated"], left_out["without the steps before them"]) == (78, 6, 6)
    assert account["archive"] == account["kept"] + sum(left_out.values()) and min(left_out.values()) > 0
    assert sum(len(open_store(store).split(name)) for name in ("train", "validation", "test")) == 4 * account["kept"]
    assert "steps: 78 in 7 files" in caplog.text and "6 repeated" in caplog.text
    assert len(quality["notes"]) == 1 and "1998-10-01" in quality["notes"][0] and "0000-01-01" in quality["notes"][0]
    assert "1998-10-01" in (store / "quality" / "quality.html").read_text()
    assert open_store(store).attributes["dropped"]["steps"] == left_out


def test_the_months_of_a_split_are_those_of_the_files(spcam_file: Callable, configure: Callable, tmp_path: Path) -> None:
    for month, start in enumerate((0, 92, 123, 151, 182, 212, 243, 273)):  # from 1 October
        spcam_file(f"a.cam2.h1.{month}.nc", start + DAY[:8], edit=dated("days since 1998-10-01"))
    rules = {"train": SplitRule(months=[1, 2, 3, 4]), "validation": SplitRule(months=[5]), "test": SplitRule(months=[6, 7])}
    store = open_store(preprocess(configure("spcam", splits=SplitConfig(**rules))))
    assert store.attributes["time_units"] == "days since 1998-10-01 00:00:00"
    for name, starts in (("train", {92, 123, 151, 182}), ("validation", {212}), ("test", {243, 273})):
        assert set((np.floor(store.split(name).time[:]) - 1).astype(int).tolist()) == starts
