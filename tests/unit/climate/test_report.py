"""The report of coupled runs is self-contained and complete."""

import json
from pathlib import Path

import pytest

from histories import write_run
from paramnet.climate.climate import summarise
from paramnet.climate.compare import CompareConfig, compare
from paramnet.climate.equal import equal_runs
from paramnet.climate.groups import Groups
from paramnet.climate.history import read_run
from paramnet.contract import ParamnetError
from paramnet.reporting.html import link_between
from report_page import page

SAME = {"control": "control", "floor": "control", "mine": "learned", "linear": "learned", "learned": "learned"}  # name -> its folder


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    runs = {"control": write_run(folder / "control", 30), "off": write_run(folder / "off", 22)}
    runs |= {name: write_run(folder / name, 30, lambda _, values: 1.01 * values) for name in ("learned_no_fallback", "learned")}
    skill = folder / "skill.json"
    skill.write_text('{"samples": 10, "provenance": {"split": "test"}, "column_rain": {"long_name": "Rain from the column", "r2": 0.91, '
                     '"mae": 1.0, "rmse": 2.0, "bias": -0.5, "climatology_r2": 0.1, "climatology_mae": 3.0}}')  # fmt: skip
    (folder / "report.html").write_text("<ul><!--further reports--></ul>")
    left_out = {"cloud_area_fraction": "nothing reads it"}
    return compare(CompareConfig(runs, folder / "out", 5, 30, skill=skill, provenance={"host": "an Earth"}, left_out=left_out))


@pytest.fixture(scope="module")
def report(output: Path) -> str:
    return (output / "report.html").read_text()


def test_the_report_needs_no_other_file(report: str) -> None:
    assert report.count("data:image/svg+xml;base64,") >= 5
    assert "http" not in report and 'src="figures' not in report


def test_the_report_is_complete_for_readers_of_all_kinds(report: str) -> None:
    found = page(report)
    assert found.faults() == []
    assert "comparison.json" in found.links


def test_offline_and_coupled_reports_are_linked_both_ways(output: Path, report: str) -> None:
    assert {"../report.html", "../skill.json"} <= set(page(report).links)
    other = (output.parent / "report.html").read_text()
    assert page(other).links == ["out/report.html"]
    assert link_between(output / "report.html", output.parent / "report.html", "once") == "../report.html"


def test_a_field_that_means_nothing_is_named_with_the_reason_and_not_compared(output: Path, report: str) -> None:
    comparison = json.loads((output / "comparison.json").read_text())
    assert comparison["left_out"]["cloud_area_fraction"] == "nothing reads it"
    assert "cloud_area_fraction" not in comparison["online"]["fields"]
    assert "Cloud cover (nothing reads it)" in report


def test_an_unknown_field_cannot_be_left_out(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as caught:
        CompareConfig({"control": tmp_path}, tmp_path, 5, 30, left_out={"clouds": "no reason"})
    assert (caught.value.what, caught.value.got) == ("compare.left_out.clouds", "clouds")


def test_a_run_equal_to_another_is_named_and_not_shown(output: Path, report: str) -> None:
    comparison = json.loads((output / "comparison.json").read_text())
    assert comparison["equal"] == {"learned_no_fallback": "learned"}
    assert list(comparison["runs"]) == ["control", "off", "learned"]
    assert "Learned, no fallback is not shown: it is the same as learned" in report


def test_only_runs_that_are_not_controls_count_as_equal(output: Path) -> None:
    climates = {name: summarise(read_run(name, output.parent / run), 5, 30) for name, run in SAME.items()}
    assert equal_runs(climates, Groups.of_runs(climates)) == {"linear": "learned", "mine": "learned"}


def test_the_report_names_runs_that_ended_early(report: str) -> None:
    assert "No convection ended on day 22" in report and "ended early" in report


def test_the_report_contains_the_offline_scores_and_its_provenance(report: str) -> None:
    assert "Rain from the column" in report and "0.910" in report and "an Earth" in report


def test_two_runs_are_enough(tmp_path: Path) -> None:
    runs = {"control": write_run(tmp_path / "control", 30), "learned": write_run(tmp_path / "learned", 30)}
    out = compare(CompareConfig(runs, tmp_path / "out", 5, 30))
    assert not (out / "figures" / "scoreboard.svg").exists(), "without a second control the natural variability is unknown"
    assert (out / "report.html").is_file() and not list(out.rglob("*.part"))
