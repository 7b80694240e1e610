"""A run's climate in one file stands for the run: the same numbers in a later comparison, and refused where it cannot."""

import json
from pathlib import Path
from typing import Any

import netCDF4
import pytest

from histories import write_run
from paramnet.climate.climate_file import is_climate_file
from paramnet.climate.compare_files import compare_files
from paramnet.climate.histories_config import HistoriesConfig
from paramnet.contract import ParamnetError

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "data" / "coupled_run"
RUNS = ("control", "floor", "learned")


def compared(output: Path, of: dict[str, Any], **settings: Any) -> tuple[dict[str, Any], Path]:
    settings = {"first_day": 0, "last_day": 10, "wave_segment_days": 10} | settings
    folder = compare_files(HistoriesConfig(of, str(output), **settings))
    return json.loads((folder / "comparison.json").read_text()), folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    return compared(tmp_path_factory.mktemp("whole"), {name: f"{SAMPLE / name}/*.nc" for name in RUNS}, climates=True)


def numbers(table: Any, found: dict[tuple[str, ...], float], place: tuple[str, ...] = ()) -> dict[tuple[str, ...], float]:
    """Every number of a comparison by its keys."""
    for key, value in table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ():
        numbers(value, found, (*place, str(key)))
    if isinstance(table, int | float) and not isinstance(table, bool):
        found[place] = float(table)
    return found


def test_files_in_place_of_two_runs_give_every_number_again(tmp_path: Path, whole: tuple[dict[str, Any], Path]) -> None:
    table, folder = whole
    assert sorted(path.name for path in (folder / "climates").iterdir()) == [f"{name}.nc" for name in RUNS]
    assert all(is_climate_file(path) for path in (folder / "climates").iterdir())
    files = {name: str(folder / "climates" / f"{name}.nc") for name in RUNS[:2]}
    again, _ = compared(tmp_path, files | {"learned": f"{SAMPLE}/learned/*.nc"})
    for part in ("online", "budgets", "rain", "diagnostics", "window_days"):
        wanted, found = numbers(table[part], {}), numbers(again[part], {})
        assert len(wanted) > 1 and found.keys() == wanted.keys()
        assert [place for place, value in wanted.items() if found[place] != pytest.approx(value, rel=2e-4, abs=1e-5)] == []
    assert table["online"]["fields"]["air_temperature"]["floor"] > 0.0


def test_files_of_files_are_the_same_files(tmp_path: Path, whole: tuple[dict[str, Any], Path]) -> None:
    climates = whole[1] / "climates"
    _, folder = compared(tmp_path, {"control": str(climates / "control.nc"), "floor": str(climates / "floor.nc")}, climates=True)
    with netCDF4.Dataset(climates / "floor.nc") as first, netCDF4.Dataset(folder / "climates" / "floor.nc") as second:
        assert first.variables.keys() == second.variables.keys() and first.identity == second.identity
        assert all((first[name][:] == second[name][:]).all() for name in first.variables)


def test_a_pattern_of_files_gives_members(tmp_path: Path, whole: tuple[dict[str, Any], Path]) -> None:
    climates = whole[1] / "climates"
    table, _ = compared(tmp_path, {"control": str(climates / "[cf]*.nc"), "learned": str(climates / "learned.nc")})
    assert set(table["runs"]) == set(RUNS)
    assert table["online"]["fields"].keys() == whole[0]["online"]["fields"].keys()


def test_other_segments_are_refused(tmp_path: Path, whole: tuple[dict[str, Any], Path]) -> None:
    climates = whole[1] / "climates"
    with pytest.raises(ParamnetError) as refused:
        compared(tmp_path / "out", {name: str(climates / f"{name}.nc") for name in RUNS}, wave_segment_days=8)
    assert refused.value.where == str(climates / "control.nc") and "first_day=0 last_day=10 wave_segment_days=10" in refused.value.remedy
    assert not (tmp_path / "out").exists()


def test_another_format_and_a_damaged_file_are_refused(tmp_path: Path, whole: tuple[dict[str, Any], Path]) -> None:
    for name, attributes in {"other": {"paramnet_climate_format": 9}, "damaged": {"numbers": "{"}}.items():
        file = tmp_path / f"{name}.nc"
        file.write_bytes((whole[1] / "climates" / "learned.nc").read_bytes())
        with netCDF4.Dataset(file, "a") as edited:
            edited.setncatts(attributes)
        with pytest.raises(ParamnetError) as refused:
            compared(tmp_path / "out", {"control": f"{SAMPLE}/control/*.nc", "learned": str(file)})
        assert refused.value.what == "run learned" and refused.value.where == str(file)


def test_of_a_run_without_short_means_too(tmp_path: Path) -> None:
    runs = {name: str(write_run(tmp_path / name, 24)) for name in ("control", "floor")}
    for folder in runs.values():
        (Path(folder) / "run.json").write_text('{"seed": 7, "scheme": {"mode": "teacher"}}')
    settings = {"first_day": 6, "last_day": 24, "wave_segment_days": 30}
    table, output = compared(tmp_path / "one", runs, climates=True, **settings)
    again, _ = compared(tmp_path / "two", {name: str(output / "climates" / f"{name}.nc") for name in runs}, **settings)
    assert table["runs"]["floor"]["identity"] == again["runs"]["floor"]["identity"] and again["runs"]["floor"]["identity"]["seed"] == 7
    assert again["diagnostics"]["runs"]["floor"]["rain"] is None
    with pytest.raises(ParamnetError) as refused:
        compared(tmp_path / "three", runs | {"floor": str(output / "climates" / "floor.nc")}, **settings | {"first_day": 7})
    assert refused.value.what == "run floor" and "days 7 to 24" in refused.value.expected
