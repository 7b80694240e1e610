"""Histories of any model are compared as those of PlaSim are: the same numbers, members by role, and what is missing is said."""

import json
import sys
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from histories import CONSTANTS, base_field, write_cf, write_run
from paramnet.cli.main import main
from paramnet.climate.climate import summarise
from paramnet.climate.compare import comparison_table
from paramnet.climate.compare_config import CompareConfig
from paramnet.climate.compare_files import compare_files, open_members
from paramnet.climate.groups import Groups
from paramnet.climate.histories_config import HistoriesConfig
from paramnet.climate.history import read_run
from paramnet.contract import ParamnetError

DAYS = 24
TEMPERATURE, RAIN = "air_temperature", "precipitation_flux"


def noisy(seed: int) -> Any:
    random = np.random.default_rng(seed)
    return lambda name, values: values * (1.0 + 0.05 * random.random(values.shape))


def as_cf(run: Path, folder: Path) -> Path:
    """The fields of a run of ``paramnet online``, in CF files of another length."""
    parts = []
    for path in sorted(run.glob("history_*.nc")):
        with netCDF4.Dataset(path) as file:
            parts.append({name: file[name][:].filled() for name in file.variables if file[name].ndim >= 3})
    fields = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    for start in range(0, DAYS, 7):
        write_cf(folder / f"h_{start:02d}.nc", {name: one[start : start + 7] for name, one in fields.items()}, begin=float(start))
    return folder


def table(config: HistoriesConfig) -> dict[str, Any]:
    """The comparison without figures."""
    histories, groups = open_members(config)
    climates = {name: summarise(run, config.first_day, config.last_day or DAYS) for name, run in histories.items()}
    runs = {name: history.folder for name, history in histories.items()}
    settings = CompareConfig(runs, Path(config.output), config.first_day, config.last_day or DAYS)
    return comparison_table(settings, histories, climates, groups)


def member(folder: Path, warmer: float, fields: tuple[str, ...] = (TEMPERATURE, RAIN)) -> Path:
    """A CF history of the base fields, warmer by some K, with rain that varies."""
    values = {name: base_field(name, DAYS) + (warmer if name == TEMPERATURE else 0.0) for name in fields}
    if RAIN in values:
        values[RAIN] *= 1.0 + np.random.default_rng(int(10 * abs(warmer))).random(values[RAIN].shape)
    return write_cf(folder / "h.nc", values).parent


def test_runs_of_plasim_give_the_same_numbers_through_cf_files(tmp_path: Path) -> None:
    made = {name: write_run(tmp_path / name, DAYS, noisy(seed)) for seed, name in enumerate(("control", "floor", "learned"))}
    histories = {name: read_run(name, folder) for name, folder in made.items()}
    climates = {name: summarise(run, 6, DAYS) for name, run in histories.items()}
    wanted = comparison_table(CompareConfig(made, tmp_path, 6, DAYS), histories, climates, Groups.of_runs(made))
    copies = {name: [str(as_cf(folder, tmp_path / "cf" / name))] for name, folder in made.items()}
    found = table(HistoriesConfig(copies, str(tmp_path), 6))
    fields = wanted["online"]["fields"]
    assert len(fields) == 11 and found["online"]["fields"].keys() == fields.keys()
    for name, row in fields.items():
        for run in ("floor", "learned"):
            assert found["online"]["fields"][name][run] == pytest.approx(row[run], rel=1e-10), name
    for part in ("budgets", "rain"):
        for run in made:
            one, other = found[part][run], wanted[part][run]
            one, other = (each.get("percentiles_of_daily_rain", each) for each in (one, other))
            assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


def test_a_folder_of_paramnet_online_keeps_its_counters(tmp_path: Path) -> None:
    control = write_run(tmp_path / "control", DAYS)
    learned = write_run(tmp_path / "learned", DAYS, summary={"fallback_fraction": 0.25})
    for run in (control, learned):
        (run / "run.json").write_text("{}")
    found = table(HistoriesConfig({"control": str(control), "learned": str(learned)}, str(tmp_path)))
    assert found["online"]["fallback_fraction"] == 0.25


def test_several_members_are_compared_in_pairs(tmp_path: Path) -> None:
    for number, warmer in enumerate((0.0, 0.3, -0.3)):
        member(tmp_path / f"ctl_{number}", warmer)
    member(tmp_path / "ml_a", 1.0)
    member(tmp_path / "ml_b", 2.0)
    learned = [str(tmp_path / "ml_a" / "*.nc"), str(tmp_path / "ml_b")]
    found = table(HistoriesConfig({"control": str(tmp_path / "ctl_*"), "learned": learned}, "x"))
    row = found["online"]["fields"][TEMPERATURE]
    assert found["members"] == {"control": ["control"], "floor": ["floor", "floor 2"], "learned": ["learned", "learned 2"]}
    assert row["floor"] == pytest.approx(np.sqrt((0.3**2 + 0.3**2 + 0.6**2) / 3), rel=1e-4)
    assert row["range"]["floor"] == pytest.approx([0.3, 0.6], rel=1e-3)
    differences = [1.0, 0.7, 1.3, 2.0, 1.7, 2.3]
    assert row["learned"] == pytest.approx(np.sqrt(np.mean(np.square(differences))), rel=1e-4)
    assert row["range"]["learned"] == pytest.approx([0.7, 2.3], rel=1e-3)


def test_what_a_run_does_not_have_is_left_out_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    some = (TEMPERATURE, "eastward_wind", "water_evaporation_flux", "atmosphere_mass_content_of_water_vapor")
    runs = {"control": [str(member(tmp_path / "c0", 0.0, some)), str(member(tmp_path / "c1", 0.1, some))]}
    runs["learned"] = [str(member(tmp_path / "ml", 0.5, some[:1] + some[2:]))]
    with caplog.at_level("INFO"):
        output = compare_files(HistoriesConfig(runs, str(tmp_path / "out")))
    assert "compare: 7 of 7 steps" in caplog.text
    comparison = json.loads((output / "comparison.json").read_text())
    assert comparison["online"]["fields"].keys() == {TEMPERATURE, "atmosphere_mass_content_of_water_vapor"}
    assert comparison["window_days"] == [0, DAYS]
    assert comparison["left_out"]["eastward_wind"] == "learned: no variable with this standard name"
    assert comparison["left_out"]["precipitation_flux"] == "no variable with this standard name"
    budget = comparison["budgets"]["control"]
    assert budget["vapour_storage"] == pytest.approx(0.0, abs=1e-9) and budget["water_residual"] is None and budget["toa_net"] is None
    report = (output / "report.html").read_text()
    assert "Not compared" in report and "Eastward wind (learned: no variable" in report
    assert {path.name for path in (output / "figures").iterdir()} >= {"cross_sections.svg", "scoreboard.svg"}


def test_the_energy_budget_takes_the_latent_heat_of_the_files_or_of_the_command(tmp_path: Path) -> None:
    control = as_cf(write_run(tmp_path / "run", DAYS), tmp_path / "cf")
    runs = {"control": [str(control)], "learned": [str(control)]}
    assert open_members(HistoriesConfig(runs, "x"))[0]["control"].constants == CONSTANTS
    config = HistoriesConfig(runs, "x", latent_heat_of_vaporization=2.4e6)
    assert open_members(config)[0]["learned"].constants["latent_heat_of_vaporization"] == 2.4e6


def test_a_control_shorter_than_the_window_is_refused(tmp_path: Path) -> None:
    runs = {"control": [str(member(tmp_path / "c", 0.0))], "learned": [str(member(tmp_path / "ml", 1.0))]}
    with pytest.raises(ParamnetError) as refused:
        compare_files(HistoriesConfig(runs, str(tmp_path / "out"), 0, 60))
    assert (refused.value.what, refused.value.expected, refused.value.got) == ("run control", "60 days", str(DAYS))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("runs", "what"), [
    ({"learned": ["."]}, "runs.control"),
    ({"control": ["c"]}, "runs"),
    ({"control": ["c"], "learned": ["nothing_*.nc"]}, "runs.learned"),
    ({"control": ["c"], "learned": ["empty"]}, "runs.learned"),
])  # fmt: skip
def test_roles_without_histories_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: dict[str, Any], what: str) -> None:
    monkeypatch.chdir(tmp_path)
    member(tmp_path / "c", 0.0)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ParamnetError) as refused:
        open_members(HistoriesConfig(runs, "x"))
    assert refused.value.what == what


def test_an_unknown_field_or_a_short_window_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ParamnetError) as refused:
        HistoriesConfig({"control": ["nowhere"]}, "x", names={"rain": "PRECT"})
    assert refused.value.what == "names.rain"
    with pytest.raises(ParamnetError) as refused:
        HistoriesConfig({"control": ["nowhere"]}, "x", 30, 35)
    assert refused.value.what == "first_day, last_day"


def test_the_command_takes_patterns_and_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(2):
        member(tmp_path / f"ctl {number}", 0.1 * number)
    for name in ("a", "b"):
        member(tmp_path / name, 1.0)
    output = tmp_path / "out"
    arguments = [f"runs.control={tmp_path}/ctl*", f"runs.learned=[{tmp_path}/a/*.nc,{tmp_path}/b]", f"output={output}", "first_day=2"]
    monkeypatch.setattr(sys, "argv", ["paramnet", "compare", *arguments])
    assert main() == 0
    printed = capsys.readouterr().out
    assert str(output / "report.html") in printed and "Temperature" in printed
    members = json.loads((output / "comparison.json").read_text())["members"]
    assert members == {"control": ["control"], "floor": ["floor"], "learned": ["learned", "learned 2"]}
