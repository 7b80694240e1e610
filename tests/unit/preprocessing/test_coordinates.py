"""Coordinates in their own units, time-independent fields, separate grid files, and single columns."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from paramnet.contract import Contract, ParamnetError
from paramnet.preprocessing import preprocess
from paramnet.sources import SourceConfig
from paramnet.sources.archive import find_files
from paramnet.sources.grid.coordinates import in_degrees
from paramnet.sources.grid.levels import check_vertical_grid
from paramnet.sources.layout import files_next_to
from paramnet.sources.readers.cf import CFReader
from paramnet.sources.readers.history import HistoryReader
from paramnet.sources.time_axis.steps import Timeline, block_of
from paramnet.store import open_store

DAY = 1.0 + np.arange(48) / 48
HYBRID = ("hyam", "hybm", "hyai", "hybi")


def levels_of(path: Path, source: SourceConfig | None = None) -> bool:
    with netCDF4.Dataset(path) as dataset:
        return check_vertical_grid(dataset, source or SourceConfig.from_yaml("spcam"), Contract.from_yaml("rasp2018"), path.name)


def in_hectopascal(units: str) -> Callable[[netCDF4.Dataset], None]:
    def edit(dataset: netCDF4.Dataset) -> None:
        dataset["P0"][...] = 1000.0
        if units:
            dataset["P0"].units = units

    return edit


def as_pressures(units: str, factor: float) -> Callable[[netCDF4.Dataset], None]:
    def edit(dataset: netCDF4.Dataset) -> None:
        for name in ("hyam", "hyai"):
            dataset[name][:] = dataset[name][:] * 1e5 * factor
            dataset[name].units = units

    return edit


def percent(dataset: netCDF4.Dataset) -> None:
    for name in HYBRID:
        dataset[name][:] = dataset[name][:] * 100
        dataset[name].units = "%"


def with_time(dataset: netCDF4.Dataset) -> None:
    for name in (*HYBRID, "P0", "lat", "gw"):
        values, dims = dataset[name][...], dataset[name].dimensions
        dataset.renameVariable(name, f"old_{name}")
        dataset.createVariable(name, "f8", ("time", *dims))[:] = np.broadcast_to(values, (48, *values.shape))


RIGHT = {
    "P0 in hPa": in_hectopascal("hPa"),
    "P0 in mb": in_hectopascal("mb"),
    "P0 in millibars": in_hectopascal("millibars"),
    "coefficients in Pa": as_pressures("Pa", 1.0),
    "coefficients in hPa": as_pressures("hPa", 0.01),
    "coefficients in percent": percent,
    "a grid that has got a time dimension": with_time,
}


@pytest.mark.parametrize("case", RIGHT)
def test_hybrid_levels_are_read_by_their_own_units(case: str, spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY, edit=RIGHT[case])
    path = tmp_path / "archive" / "a.cam2.h1.1.nc"
    assert levels_of(path) is False
    reader = HistoryReader(SourceConfig.from_yaml("spcam"), Contract.from_yaml("rasp2018"), [path])
    assert len(reader.scan(path).days) == 48


def test_hectopascals_without_units_are_recognised_and_can_be_stated(spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY, edit=in_hectopascal(""))
    path = tmp_path / "archive" / "a.cam2.h1.1.nc"
    with pytest.raises(ParamnetError) as error:
        levels_of(path)
    assert (error.value.what, error.value.where) == ("vertical grid", path.name) and "hPa" in error.value.remedy
    source = SourceConfig.from_yaml("spcam")
    source.unit_overrides["P0"] = "hPa"
    assert levels_of(path, source) is False


def test_coefficients_of_a_contract_in_hectopascal_are_recognised(spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY)
    contract = Contract.from_yaml("rasp2018")
    grid = contract.vertical_grid
    small = replace(grid, a_mid=tuple(a / 100 for a in grid.a_mid), a_interface=tuple(a / 100 for a in grid.a_interface))
    with netCDF4.Dataset(tmp_path / "archive" / "a.cam2.h1.1.nc") as dataset, pytest.raises(ParamnetError) as error:
        check_vertical_grid(dataset, SourceConfig.from_yaml("spcam"), replace(contract, vertical_grid=small), "a.nc")
    assert "contract rasp2018 in Pa; they are in hPa" in error.value.remedy


def test_a_grid_that_moves_is_refused(spcam_file: Callable, tmp_path: Path) -> None:
    def move(dataset: netCDF4.Dataset) -> None:
        with_time(dataset)
        dataset["hyam"][7] = 0.5

    spcam_file("a.cam2.h1.1.nc", DAY, edit=move)
    with pytest.raises(ParamnetError) as error:
        levels_of(tmp_path / "archive" / "a.cam2.h1.1.nc")
    assert (error.value.what, error.value.got) == ("hyam", "values that change")


def test_radians_without_units_are_not_read_as_degrees() -> None:
    latitude = np.radians(np.linspace(-85, 85, 20))
    with pytest.raises(ParamnetError) as error:
        in_degrees(latitude, "", "clat", "grid.nc", 90.0)
    assert "1.4835" in error.value.got and "radians" in error.value.got
    for units in ("radian", "radians", "rad"):
        np.testing.assert_allclose(in_degrees(latitude, units, "clat", "grid.nc", 90.0), np.degrees(latitude))
    for units in ("degrees_north", "degreeN", "degree_N", "degrees", ""):
        np.testing.assert_array_equal(in_degrees(np.array([-85.0, 85.0]), units, "lat", "grid.nc", 90.0), [-85.0, 85.0])


@pytest.mark.parametrize(("units", "values"), [("m", [0.0, 1e6]), ("degrees_north", [0.0, 120.0])])
def test_values_that_are_no_latitude_are_refused(units: str, values: list[float]) -> None:
    with pytest.raises(ParamnetError) as error:
        in_degrees(np.array(values), units, "y", "grid.nc", 90.0)
    assert error.value.what == "y"


def grid_apart(spcam_file: Callable, folder: Path, edit: Callable | None = None) -> None:
    """Write data files without coordinates, and a grid file with the land fraction whose columns have another name."""

    def strip(dataset: netCDF4.Dataset) -> None:
        for name in (*HYBRID, "P0", "lat", "lon", "gw"):
            dataset.renameVariable(name, f"unused_{name}")

    spcam_file("a.cam2.h1.1.nc", DAY, edit=strip)
    with netCDF4.Dataset(folder / "a.cam2.h1.1.nc") as data, netCDF4.Dataset(folder / "a.cam2.h1.grid.nc", "w") as grid:
        for name, size in (("lev", 30), ("ilev", 31), ("y", 2), ("x", 2)):
            grid.createDimension(name, size)
        for name in (*HYBRID, "P0", "lat", "lon", "gw"):
            dims = {"lat": ("y",), "lon": ("x",), "gw": ("y",)}.get(name, data[f"unused_{name}"].dimensions)
            grid.createVariable(name, "f8", dims)[...] = data[f"unused_{name}"][...]
        grid.createVariable("sftlf", "f4", ("y", "x"))[:] = [[0.0, 100.0], [0.0, 30.0]]
        grid["sftlf"].units = "%"
        if edit:
            edit(grid)


def apart(**changes: Any) -> SourceConfig:
    source: Any = SourceConfig.from_yaml("spcam")
    source.grid.file, source.grid.column = "*.grid.nc", ["y", "x"]
    source.variables["land_area_fraction"].name = "sftlf"
    source.units["sftlf"] = source.units.pop("LANDFRAC").replace("fraction", "%")
    return replace(source, **changes)


def test_files_without_coordinates_are_described_by_a_grid_file(spcam_file: Callable, configure: Callable, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    grid_apart(spcam_file, tmp_path / "archive")
    source: Any = apart()
    source.select.max_land_fraction = 0.5
    config = configure(source)
    config.splits.block_days, config.splits.gap_days = 0.25, 0.05
    train = open_store(preprocess(config)).split("train")
    assert set(train.latitude[:].tolist()) == {-35.0, 35.0}
    assert set(train.column_index[:].tolist()) == {0, 2, 3}, "the column of land is left out, by a fraction that has no time"


def test_brackets_and_stars_in_the_name_of_a_folder_are_literal(spcam_file: Callable, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    grid_apart(spcam_file, tmp_path / "archive")
    folder = (tmp_path / "archive").rename(tmp_path / "run [1] *")
    assert [path.name for path in files_next_to(folder, "*.grid.nc")] == ["a.cam2.h1.grid.nc"]
    assert [path.name for path in find_files(str(folder), "*.nc", "*.grid.nc")] == ["a.cam2.h1.1.nc"]
    assert files_next_to(tmp_path, str(tmp_path / "run*" / "*.grid.nc")) == [folder / "a.cam2.h1.grid.nc"]


def test_coordinates_that_contradict_the_grid_file_are_refused(spcam_file: Callable, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    grid_apart(spcam_file, tmp_path / "archive", lambda grid: grid["lat"].__setitem__(0, -20.0))
    path = tmp_path / "archive" / "a.cam2.h1.1.nc"
    with netCDF4.Dataset(path, "a") as dataset:
        for name in ("lat", "lon", "gw"):
            dataset.renameVariable(f"unused_{name}", name)
    reader = HistoryReader(apart(), Contract.from_yaml("rasp2018"), [path])
    with pytest.raises(ParamnetError) as refused:
        reader.scan(path)
    assert (refused.value.what, refused.value.where) == ("grid", "a.cam2.h1.1.nc") and "a.cam2.h1.grid.nc" in refused.value.expected


def with_orography(contract: Contract) -> Contract:
    row = next(v for v in contract.inputs if v.name == "surface_air_pressure")
    height = replace(row, name="height", standard_name="surface_altitude", units="m", valid_range=(-500.0, 9000.0))
    return replace(contract, inputs=(*contract.inputs, height))


def test_orography_without_time_is_an_input(spcam_file: Callable, tmp_path: Path) -> None:
    def add(dataset: netCDF4.Dataset) -> None:
        dataset.createVariable("orog", "f4", ("lat", "lon"))[:] = [[1.0, 2.0], [3.0, 4.0]]
        dataset["orog"].units = "km"

    spcam_file("a.cam2.h1.1.nc", DAY, edit=add)
    path, table = tmp_path / "archive" / "a.cam2.h1.1.nc", SourceConfig.from_yaml("spcam")
    height = replace(table.variables["surface_air_pressure"], name="orog")
    source = replace(table, variables=table.variables | {"height": height}, units=table.units | {"orog": "km"})
    reader = HistoryReader(source, with_orography(Contract.from_yaml("rasp2018")), [path])
    steps = Timeline.of([reader.scan(path)], 1800.0)
    fields = reader.read(block_of(steps.steps(steps.again < 0, 1800.0), np.array([3, 9, 10]), 0))
    np.testing.assert_allclose(fields["height"], np.tile([1000.0, 2000.0, 3000.0, 4000.0], (3, 1)))


def test_a_single_column_needs_no_coordinates(spcam_file: Callable, tmp_path: Path) -> None:
    spcam_file("a.cam2.h1.1.nc", DAY)
    old, new = tmp_path / "archive" / "a.cam2.h1.1.nc", tmp_path / "column.nc"
    with netCDF4.Dataset(old) as wide, netCDF4.Dataset(new, "w") as column:
        for name, size in (("time", None), ("lev", 30)):
            column.createDimension(name, size)
        for name, variable in wide.variables.items():
            if "time" in variable.dimensions:
                dims = tuple(dim for dim in variable.dimensions if dim in ("time", "lev"))
                column.createVariable(name, variable.dtype, dims).setncatts({k: variable.getncattr(k) for k in variable.ncattrs()})
                column[name][:] = variable[..., 1, 0] if dims != variable.dimensions else variable[:]
    table: Any = SourceConfig.from_yaml("spcam")
    grid = replace(
        table.grid, latitude="36.6", longitude="-97.5", area="uniform", vertical_of_contract=True,
        reference_pressure="", a_mid="", b_mid="", a_interface="", b_interface="",
    )  # fmt: skip
    reader = HistoryReader(replace(table, grid=grid, dims=replace(table.dims, column=[])), Contract.from_yaml("rasp2018"), [new])
    timeline = Timeline.of([reader.scan(new)], 1800.0)
    fields = reader.read(block_of(timeline.steps(timeline.again < 0, 1800.0), np.array([5, 6]), 0))
    with netCDF4.Dataset(old) as wide:
        np.testing.assert_array_equal(fields["northward_wind"][:, :, 0], wide["VAP"][5:7, :, 1, 0])
    assert (reader.columns.latitude[0], len(reader.columns)) == (36.6, 1)


def test_an_unused_name_in_unit_overrides_is_refused() -> None:
    table = SourceConfig.from_yaml("spcam")
    with pytest.raises(ParamnetError) as error:
        replace(table, unit_overrides=table.unit_overrides | {"VAPP": "m s-1"})
    assert (error.value.what, error.value.got) == ("source spcam.unit_overrides", "VAPP")


@pytest.mark.parametrize("name", ["sp", "standard_name:surface_air_pressure", "surface_air_pressure"])
def test_an_override_reaches_a_variable_found_by_its_standard_name(name: str, tmp_path: Path, repository: Path) -> None:
    path = write_cf(tmp_path, repository)
    reader = CFReader(cf_source({name: "hPa"}), Contract.from_yaml("cf_example"), [path])
    steps = Timeline.of([reader.scan(path)], 3600.0)
    pressure = reader.read(block_of(steps.steps(steps.again < 0, 3600.0), np.arange(2), 0))["surface_air_pressure"]
    with netCDF4.Dataset(path) as dataset:
        np.testing.assert_allclose(pressure, dataset["sp"][:2].reshape(2, -1) * 100.0)


def test_a_name_in_unit_overrides_that_is_in_no_file_is_refused(tmp_path: Path, repository: Path) -> None:
    with pytest.raises(ParamnetError) as error:
        CFReader(cf_source({"ps": "hPa"}), Contract.from_yaml("cf_example"), [write_cf(tmp_path, repository)])
    assert (error.value.what, error.value.got) == ("source cf_example.unit_overrides", "ps")


def cf_source(overrides: dict[str, str]) -> SourceConfig:
    source = SourceConfig.from_yaml("cf_example")
    pressure = replace(source.variables["surface_air_pressure"], name="", standard_name="surface_air_pressure")
    return replace(source, variables=source.variables | {"surface_air_pressure": pressure}, unit_overrides=overrides)


def write_cf(folder: Path, repository: Path) -> Path:
    command = [sys.executable, str(repository / "data" / "make_cf_example.py"), f"output={folder}"]
    subprocess.run(command, check=True, capture_output=True)
    with netCDF4.Dataset(folder / "cf_example.nc", "a") as dataset:
        dataset["sp"].standard_name = "surface_air_pressure"
    return folder / "cf_example.nc"
