"""Comparison of synthetic runs: known differences, early ends, refusals."""

import json
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from rich.console import Console

from histories import write_run
from paramnet.cli.summary import write_summary
from paramnet.climate.compare import CompareConfig, compare
from paramnet.climate.history import read_run
from paramnet.climate.table import climate_table
from paramnet.contract import ParamnetError

COUNTERS = {"nonfinite": 0.0, "fallback_fraction": 0.001, "limited_fraction": 0.02, "learned_calls": 9, "learned_ms_median": 4.5}


def warmer(amount: float) -> Any:
    return lambda name, values: values + amount if name == "air_temperature" else values


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A control; floor is 0.2 K and learned 0.5 K warmer; off blows up on day 31; linear ends before the window;
    learned_no_fallback has no history."""
    folder = tmp_path_factory.mktemp("runs")

    def explode(name: str, values: np.ndarray) -> np.ndarray:
        values = warmer(-3.0)(name, values)
        values[30] = np.nan
        return values

    made = {
        "control": write_run(folder / "control", 40, summary={"teacher_calls": 9, "teacher_ms_median": 1.5}),
        "floor": write_run(folder / "floor", 40, warmer(0.2)),
        "learned": write_run(folder / "learned", 40, warmer(0.5), summary=COUNTERS),
        "off": write_run(folder / "off", 35, explode),
        "linear": write_run(folder / "linear", 8),
    }
    made["learned_no_fallback"] = folder / "learned_no_fallback"
    made["learned_no_fallback"].mkdir()
    (made["learned_no_fallback"] / "failed.json").write_text(json.dumps({"days": 0, "message": "blew up at once"}))
    (made["off"] / "failed.json").write_text(json.dumps({"days": 30, "message": "temperature is not finite"}))
    return made


@pytest.fixture(scope="module")
def output(runs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compare(CompareConfig(runs=runs, output=tmp_path_factory.mktemp("comparison"), first_day=10, last_day=40))


@pytest.fixture(scope="module")
def comparison(output: Path) -> dict[str, Any]:
    return json.loads((output / "comparison.json").read_text())


def test_a_uniform_bias_is_the_rmse(comparison: dict[str, Any]) -> None:
    row = comparison["online"]["fields"]["air_temperature"]
    assert (row["floor"], row["learned"], row["units"]) == (pytest.approx(0.2, abs=1e-4), pytest.approx(0.5, abs=1e-4), "K")
    assert comparison["online"]["fields"]["precipitation_flux"]["learned"] == pytest.approx(0.0, abs=1e-9)


def test_an_early_end_is_reported_and_not_scored_as_if_complete(comparison: dict[str, Any]) -> None:
    assert comparison["online"]["fields"]["air_temperature"]["off"] is None
    off = comparison["runs"]["off"]
    assert (off["days"], off["complete"], off["message"]) == (30, False, "temperature is not finite")
    assert off["rmse_until_end"]["air_temperature"] == pytest.approx(3.0, abs=1e-4)
    assert comparison["runs"]["linear"]["rmse_until_end"] == {} and comparison["budgets"]["linear"] is None


def test_a_run_without_a_complete_day_is_listed_with_its_message(comparison: dict[str, Any], output: Path) -> None:
    run = comparison["runs"]["learned_no_fallback"]
    assert (run["days"], run["complete"], run["message"]) == (0, False, "blew up at once")
    assert comparison["online"]["fields"]["eastward_wind"]["learned_no_fallback"] is None
    assert "blew up at once" in (output / "report.html").read_text()


def test_counters_and_costs_come_from_the_summaries(comparison: dict[str, Any]) -> None:
    online = comparison["online"]
    assert {k: online[k] for k in ("days", "nonfinite", "fallback_fraction", "limited_fraction")} == {
        "days": 40,
        "nonfinite": 0.0,
        "fallback_fraction": 0.001,
        "limited_fraction": 0.02,
    }
    assert comparison["cost"] == {"teacher_ms": 1.5, "learned_ms": 4.5}


def test_the_terminal_table_shows_every_field_and_the_ratio_to_the_floor(comparison: dict[str, Any]) -> None:
    console = Console(width=160, record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(climate_table(comparison))
    text = console.export_text()
    assert "Temperature" in text and "2.50" in text and "ended on day 30" in text and "kg/m²" in text


def test_a_comparison_without_control_is_refused(runs: dict[str, Path]) -> None:
    with pytest.raises(ParamnetError) as refused:
        CompareConfig(runs={"learned": runs["learned"]}, output=Path("x"))
    assert (refused.value.what, refused.value.got) == ("runs", "learned") and "control" in refused.value.expected


def test_a_shortened_control_is_refused(runs: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        compare(CompareConfig(runs=runs, output=tmp_path, first_day=10, last_day=60))
    assert (refused.value.what, refused.value.expected, refused.value.got) == ("run control", "60 days", "40")
    assert refused.value.where == str(runs["control"])


def test_a_control_that_its_scheme_ended_is_refused_with_the_reason_and_the_folder_to_remove(tmp_path: Path) -> None:
    control = write_run(tmp_path / "control", 12)
    (control / "failed.json").write_text(json.dumps({"days": 12, "message": "it blew up", "kind": "scheme"}))
    with pytest.raises(ParamnetError) as refused:
        compare(CompareConfig(runs={"control": control}, output=tmp_path / "out", first_day=1, last_day=30))
    assert "it blew up" in refused.value.got and str(control) in refused.value.remedy


def test_a_comparison_whose_only_other_run_ended_before_the_window_still_has_a_report(tmp_path: Path) -> None:
    days = 4
    learned = write_run(tmp_path / "learned", days)
    (learned / "summary.json").unlink(missing_ok=True)
    (learned / "failed.json").write_text(json.dumps({"days": days, "message": f"lost on day {days}", "kind": "scheme"}))
    made = {"control": write_run(tmp_path / "control", 40), "learned": learned}
    output = compare(CompareConfig(runs=made, output=tmp_path / "out", first_day=11, last_day=40))
    comparison = json.loads((output / "comparison.json").read_text())
    assert (comparison["runs"]["learned"]["days"], comparison["runs"]["learned"]["complete"]) == (days, False)
    assert comparison["online"]["fields"]["air_temperature"]["learned"] is None
    report = (output / "report.html").read_text()
    assert f"lost on day {days}" in report and "these 40 days" in report
    write_summary(tmp_path, {"comparison": str(output / "comparison.json")}, {}, Console(quiet=True))


@pytest.mark.parametrize(("bounds", "is_refused"), [((1.0, 1.0), False), ((2.0, 2.0), True), ((1.0, 2.0), True)])
def test_records_are_counted_as_days_only_where_they_are_days_in_order(
    tmp_path: Path, bounds: tuple[float, float], is_refused: bool
) -> None:
    """bounds : length of a record, and the step to the next one."""
    run = write_run(tmp_path / "run", 6, chunk=3)
    for number, path in enumerate(sorted(run.glob("history_*.nc"))):
        with netCDF4.Dataset(path, "a") as file:
            file.createDimension("bounds", 2)
            begins = (3 * number + np.arange(3.0)) * bounds[1]
            file.createVariable("time_bounds", "f8", ("time", "bounds"))[:] = np.stack([begins, begins + bounds[0]], 1)
    if is_refused:
        with pytest.raises(ParamnetError) as refused:
            read_run("learned", run)
        assert refused.value.what == "run learned" and "history_every" in refused.value.remedy
    else:
        assert len(read_run("learned", run).files) == 2


def test_a_stretch_that_an_interruption_left_unfinished_is_not_compared(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", 6)
    partial = run / "chunks/0002.partial"
    partial.mkdir(parents=True)
    next(write_run(tmp_path / "more", 3).glob("history_*.nc")).rename(partial / "history.nc")
    assert len(read_run("learned", run).files) == 1
    (run / "failed.json").write_text('{"days": 8, "message": "ended", "kind": "scheme"}')
    assert len(read_run("learned", run).files) == 2


@pytest.mark.parametrize("name", ["summary.json", "failed.json"])
def test_a_damaged_table_of_a_run_is_named(tmp_path: Path, name: str) -> None:
    run = write_run(tmp_path / "run", 6)
    (run / name).write_text("{")
    with pytest.raises(ParamnetError) as refused:
        read_run("learned", run)
    assert refused.value.what == str(run / name)


@pytest.mark.parametrize(("first", "last"), [(90, 45), (38, 40), (-1, 40)])
def test_a_window_too_short_or_before_day_0_is_refused_before_anything_is_read(first: int, last: int) -> None:
    with pytest.raises(ParamnetError) as refused:
        CompareConfig(runs={"control": Path("nowhere")}, output=Path("x"), first_day=first, last_day=last)
    assert (refused.value.what, refused.value.got) == ("compare.first_day, days", f"{first} to {last}")


def test_unreadable_scores_are_refused_before_anything_is_run(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        CompareConfig(runs={"control": Path("nowhere")}, output=tmp_path, skill=tmp_path / "skill.json")
    assert (refused.value.what, refused.value.where) == ("skill", str(tmp_path / "skill.json"))
