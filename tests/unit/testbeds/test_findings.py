"""Results of experiments as files, and the commands that make them."""

import json
from pathlib import Path

import pytest

from paramnet.cli.config import composed
from paramnet.cli.testbed import run_testbed
from paramnet.cli.testbed_actions import _of
from paramnet.contract import ParamnetError
from paramnet.testbeds import ExtrapolationConfig, ForecastConfig, HarvestConfig, ModelErrorsConfig, TurbulenceConfig, table_of

SHORT = ["seeds=1", "replicates=4", "years=10", "grid=41"]


def test_the_command_writes_scores_and_a_report_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overrides = ["testbed=harvest", f"output={tmp_path}", *SHORT]
    folder = run_testbed(composed("testbed", overrides))
    scores, report = json.loads((folder / "scores.json").read_text()), folder / "report.html"
    assert scores["testbed"] == "harvest" and set(scores["rows"]) == {"none", "ricker", "process", "truth"}
    assert "Gaussian process" in report.read_text() and (folder / "figures" / "harvest.svg").is_file()
    assert "Ricker map" in capsys.readouterr().out
    made = report.stat().st_mtime_ns
    run_testbed(composed("testbed", overrides))
    assert report.stat().st_mtime_ns == made
    with pytest.raises(ParamnetError) as error:
        run_testbed(composed("testbed", [*overrides, "discount=0.9"]))
    assert error.value.what == "scores" and "settings.discount" in str(error.value.got)
    run_testbed(composed("testbed", [*overrides, "discount=0.9", "overwrite=true"]))
    assert json.loads((folder / "scores.json").read_text())["settings"]["discount"] == 0.9


@pytest.mark.parametrize(
    ("name", "config_class"),
    [
        ("lorenz63", ForecastConfig),
        ("lorenz96_three", ForecastConfig),
        ("logistic", ExtrapolationConfig),
        ("harvest", HarvestConfig),
        ("qg_errors", ModelErrorsConfig),
        ("qg", TurbulenceConfig),
    ],
)
def test_the_shipped_settings_are_the_defaults_of_the_code(name: str, config_class: type) -> None:
    config = _of(composed("testbed", [f"testbed={name}", "output=x"]), config_class)
    if name == "lorenz63":
        config.published = 0.0
    assert config == config_class("x") or name == "lorenz96_three"


def test_an_unknown_action_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as error:
        run_testbed(composed("testbed", ["testbed=harvest", "action=dance", f"output={tmp_path}"]))
    assert error.value.what == "action"


def test_a_table_has_values_with_their_spread() -> None:
    rows = {"a": {"label": "A", "one": 2.0, "one_std": 0.5, "two": None}}
    headings, lines = table_of({"columns": {"one": "One", "two": "Two"}, "rows": rows})
    assert headings == ("", "One", "Two") and lines == [["A", "2.00 ± 0.50", "—"]]
