"""The report of coupled runs is self-contained and complete."""

from pathlib import Path

import pytest

from histories import write_run
from paramnet.climate.compare import CompareConfig, compare


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    runs = {"control": write_run(folder / "control", 30), "off": write_run(folder / "off", 22)}
    skill = folder / "skill.json"
    skill.write_text('{"samples": 10, "provenance": {"split": "test"}, "column_rain": {"long_name": "Rain from the column", "r2": 0.91, '
                     '"mae": 1.0, "rmse": 2.0, "bias": -0.5, "climatology_r2": 0.1, "climatology_mae": 3.0}}')  # fmt: skip
    out = compare(CompareConfig(runs, folder / "out", 5, 30, skill=skill, provenance={"host": "an Earth"}))
    return (out / "report.html").read_text()


def test_the_report_needs_no_other_file(report: str) -> None:
    assert report.count("data:image/png;base64,") >= 5
    assert "http" not in report and 'src="figures' not in report


def test_the_report_names_runs_that_ended_early(report: str) -> None:
    assert "No convection ended on day 22" in report and "ended early" in report


def test_the_report_contains_the_offline_scores_and_its_provenance(report: str) -> None:
    assert "Rain from the column" in report and "0.910" in report and "an Earth" in report


def test_two_runs_are_enough(tmp_path: Path) -> None:
    runs = {"control": write_run(tmp_path / "control", 30), "learned": write_run(tmp_path / "learned", 30)}
    out = compare(CompareConfig(runs, tmp_path / "out", 5, 30))
    assert not (out / "figures" / "scoreboard.png").exists(), "without a second control the natural variability is unknown"
    assert (out / "report.html").is_file() and not list(out.rglob("*.part"))
