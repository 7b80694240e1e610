"""A recording becomes a source and a contract that read it, or is refused by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recorded_files import CONSTANTS, INTERFACES, VARIABLES, write_recording

from paramnet.contract import Contract, ParamnetError
from paramnet.sources.archive import find_files, make_reader
from paramnet.sources.config import SourceConfig
from paramnet.sources.recorded import RecordedConfig, write_source
from paramnet.sources.recorded.headers import RecordedVariable
from paramnet.sources.recorded.rows import contract_row


def described(folder: Path, **keys: Any) -> tuple[SourceConfig, Contract]:
    source, contract = write_source(RecordedConfig(folder / "recorded", folder / "mine", **keys))
    return SourceConfig.from_yaml(source), Contract.from_yaml(contract)


@pytest.mark.parametrize("ranks", [1, 3])
def test_the_source_reads_the_recording_with_the_columns_of_every_rank(tmp_path: Path, ranks: int) -> None:
    paths = write_recording(tmp_path / "recorded", ranks)
    source, contract = described(tmp_path, name="mymodel")
    assert (source.name, source.reader) == ("mymodel", "ranks" if ranks > 1 else "cf")
    assert contract.constants == CONSTANTS and list(contract.vertical_grid.b_interface) == INTERFACES["b_interface"]
    reader = make_reader(source, contract, find_files(str(tmp_path / "recorded"), source.pattern))
    assert reader.files == paths[:1] and reader.parts(paths[0]) == paths
    columns = np.arange(2 * ranks)
    assert np.array_equal(reader.columns.latitude, 10.0 * columns)
    assert np.allclose(reader.columns.area_weight, (1 + columns) / np.mean(1 + columns))
    record = reader.scan(paths[0])
    assert np.allclose(record.days, np.arange(4) / 24) and [part["name"] for part in record.parts] == [path.name for path in paths]
    with reader.open(paths[0]) as dataset:
        values = reader.values(dataset, "air_temperature", paths[0], np.array([1, 3], dtype=np.int32))
        pressure = reader.values(dataset, "surface_air_pressure", paths[0], slice(0, 4))
    assert values.shape == (2, 2, 2 * ranks) and np.allclose(values, 250 + 40 * columns / 100)
    assert pressure.shape == (4, 2 * ranks) and np.allclose(pressure, 9.9e4 + 2000 * columns / 100)


def test_a_missing_rank_and_ranks_with_other_steps_are_refused(tmp_path: Path) -> None:
    paths = write_recording(tmp_path / "recorded", 2)
    source, contract = described(tmp_path)
    reader = make_reader(source, contract, paths[:1])
    write_recording(tmp_path / "recorded", 2, times={1: np.arange(3) / 24})
    with pytest.raises(ParamnetError) as error:
        reader.scan(paths[0])
    assert (error.value.what, error.value.where) == ("time", paths[1].name)
    paths[1].unlink()
    with pytest.raises(ParamnetError) as error:
        reader.scan(paths[0])
    assert error.value.what == paths[1].name


REFUSED: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "profiles without levels": ("vertical grid", {"levels": {}}, {}),
    "a profile on half levels": ("air_temperature", {"profiles": "interface"}, {}),
    "no surface pressure": ("surface_air_pressure", {"variables": {k: v for k, v in VARIABLES.items() if "pressure" not in k}}, {}),
    "no constants": ("gravity, specific_heat_of_dry_air", {"constants": {"latent_heat_of_vaporization": 2.5e6}}, {}),
    "no area": ("area", {"area": False}, {}),
    "no recording": ("paramnet_layout", {"layout": ""}, {}),
    "degrees Celsius called kelvin": ("air_temperature", {"variables": VARIABLES | {"air_temperature": ("K", "input", -30.0, 25.0)}}, {}),
    "a unit that is none": ("air_temperature", {"variables": VARIABLES | {"air_temperature": ("warm", "input", 250.0, 260.0)}}, {}),
    "infinite values": ("cloud_top", {"variables": VARIABLES | {"cloud_top": ("1", "output", 0.0, np.inf)}}, {}),
    "no numbers": ("cloud_top", {"variables": VARIABLES | {"cloud_top": ("1", "output", np.nan, np.nan)}}, {}),
    "a name with a slash": ("name", {}, {"name": "a/b"}),
    "unknown areas": ("area", {}, {"area": "equal"}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_contract_cannot_be_made_of_is_named_and_nothing_is_written(case: str, tmp_path: Path) -> None:
    what, changes, keys = REFUSED[case]
    write_recording(tmp_path / "recorded", **changes)
    with pytest.raises(ParamnetError) as error:
        described(tmp_path, **keys)
    assert error.value.what == what and error.value.expected and not (tmp_path / "mine").exists()


def test_levels_by_height_become_a_contract_with_heights_whose_rates_are_no_energy(tmp_path: Path) -> None:
    variables = {k: v for k, v in VARIABLES.items() if "pressure" not in k} | {"rain_rate": ("m s-1", "output", 0.0, 1e-7)}
    latent = {"latent_heat_of_vaporization": 2.5e6}
    paths = write_recording(tmp_path / "recorded", levels={"height": [2000.0, 500.0]}, variables=variables, constants=latent)
    source, contract = described(tmp_path)
    assert (contract.vertical_grid.kind, contract.vertical_grid.height) == ("height", (2000.0, 500.0))
    assert [output.energy.factor for output in contract.outputs if output.energy] == ["none", "water_flux"]
    reader = make_reader(source, contract, paths)
    assert not reader.bottom_first and len(reader.scan(paths[0]).days) == 4
    write_recording(tmp_path / "recorded", levels={"height": [2000.0, 600.0]}, variables=variables, constants=latent)
    with pytest.raises(ParamnetError) as error:
        make_reader(source, contract, paths)
    assert error.value.what == "vertical grid"
    write_recording(tmp_path / "recorded", levels={"height": [2000.0, 500.0]}, variables=variables, constants={})
    with pytest.raises(ParamnetError) as error:
        described(tmp_path)
    assert error.value.what == "latent_heat_of_vaporization"


def test_a_recording_without_profiles_becomes_a_contract_without_levels(tmp_path: Path) -> None:
    variables = {"surface_air_pressure": VARIABLES["surface_air_pressure"], "gust_rate": ("1", "output", 0.0, 1.0)}
    paths = write_recording(tmp_path / "recorded", levels={}, variables=variables, constants={})
    source, contract = described(tmp_path)
    assert (contract.vertical_grid.kind, contract.n_in, contract.n_out) == ("none", 1, 1)
    assert len(make_reader(source, contract, paths).scan(paths[0]).days) == 4


def test_files_of_two_runs_with_one_layout_are_refused(tmp_path: Path) -> None:
    first = [write_recording(tmp_path / "recorded", 2, period=period) for period in (0, 1)]
    described(tmp_path)
    other = write_recording(tmp_path / "recorded", 2, period=7, run="another")
    with pytest.raises(ParamnetError) as error:
        described(tmp_path)
    assert (error.value.what, error.value.where) == ("paramnet_run", other[0].name)
    for path in other:
        path.unlink()
    first[0][1].rename(first[0][1].with_name("convection_00000000_r0002.nc"))
    with pytest.raises(ParamnetError) as error:
        described(tmp_path)
    assert (error.value.what, error.value.where) == ("paramnet_ranks", "convection_00000000_r0002.nc")


def test_files_of_two_recordings_are_refused(tmp_path: Path) -> None:
    path = write_recording(tmp_path / "recorded")[0]
    path.rename(path.with_name("convection_00000001_r0000.nc"))
    write_recording(tmp_path / "recorded", layout="two")
    with pytest.raises(ParamnetError) as error:
        described(tmp_path)
    assert (error.value.what, error.value.where) == ("paramnet_layout", "convection_00000001_r0000.nc")


ROWS = [
    ("air_temperature", "degC", False, (-40.0, 30.0), "K", [120.0, 360.0], None),
    ("specific_humidity", "g/kg", False, (0.0, 20.0), "kg kg-1", None, None),
    ("heating", "K day-1", True, (-8640.0, 0.0), "K s-1", [-0.2, 0.1], ("heat", True)),
    ("cloud_top", "1", True, (1.0, 9.0), "1", [-7.0, 17.0], ("none", False)),
    ("drag", "m s-2", True, (0.0, 0.0), "m s-2", [-1.0, 1.0], ("kinetic", True)),
    ("heating", "kJ kg-1 day-1", True, (-864.0, 0.0), "J kg-1 s-1", [-20.0, 10.0], ("heat", True)),
    ("gustiness", "m s-1", True, (0.0, 5.0), "m s-1", [-5.0, 10.0], ("none", False)),
    ("rain", "mm day-1", True, (0.0, 86.4), "m s-1", [-1e-6, 2e-6], ("water_flux", False)),
]


@pytest.mark.parametrize(("name", "units", "output", "recorded", "si", "valid_range", "energy"), ROWS)
def test_a_row_has_si_units_a_range_and_the_energy_of_its_units(
    name: str, units: str, output: bool, recorded: tuple[float, float], si: str, valid_range: list[float] | None, energy: Any
) -> None:
    row = contract_row(RecordedVariable(name, "", units, output, profile=True, low=recorded[0], high=recorded[1]))
    assert row["units"] == si
    assert valid_range is None or row["valid_range"] == pytest.approx(valid_range)
    assert (row["energy"]["factor"], row["energy"]["mass_weighted"]) == energy if energy else "energy" not in row


@pytest.mark.parametrize("units", ["K s-1", "J kg-1 s-1", "kg kg-1 s-1"])
def test_a_rate_per_mass_of_one_value_per_column_is_no_energy(units: str) -> None:
    row = contract_row(RecordedVariable("heating", "", units, True, False, -1.0, 1.0))
    assert row["energy"] == {"factor": "none", "mass_weighted": False}
