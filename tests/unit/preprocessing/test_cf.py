"""Any CF file by YAML alone: the worked example of docs/guides/sources.md, and what its reader refuses."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import yaml

from paramnet.contract import ParamnetError
from paramnet.preprocessing import PreprocessConfig, SplitConfig, SplitRule, preprocess
from paramnet.sources.checks import HALF_LEVELS
from paramnet.store import open_store


@pytest.fixture
def example(tmp_path: Path, repository: Path) -> Path:
    """The file of the documented example, made as the documentation describes."""
    command = [sys.executable, str(repository / "data" / "make_cf_example.py"), f"output={tmp_path / 'archive'}"]
    subprocess.run(command, check=True, capture_output=True)
    return tmp_path / "archive" / "cf_example.nc"


@pytest.fixture
def config(configure: Callable) -> PreprocessConfig:
    rules = {name: SplitRule(fraction) for name, fraction in (("train", 0.5), ("validation", 0.25), ("test", 0.25))}
    return configure("cf_example", splits=SplitConfig(**rules, block_days=1.0, gap_days=0.25))


def test_units_are_converted_and_levels_reversed(example: Path, config: PreprocessConfig) -> None:
    store = open_store(preprocess(config))
    train, inputs, outputs = store.split("train"), store.contract.input_columns, store.contract.output_columns
    with netCDF4.Dataset(example) as file:
        for sample in range(0, len(train), 101):
            step, (south, east) = int(train.time_index[sample]), divmod(int(train.column_index[sample]), 6)
            x, y = train.inputs[sample], train.outputs[sample]
            np.testing.assert_allclose(x[inputs["air_temperature"]], file["t"][step, ::-1, south, east] + 273.15, rtol=1e-6)
            np.testing.assert_allclose(x[inputs["specific_humidity"]], file["q"][step, ::-1, south, east] / 1000, rtol=1e-6)
            np.testing.assert_allclose(x[inputs["surface_air_pressure"]], file["sp"][step, south, east] * 100, rtol=1e-6)
            np.testing.assert_allclose(y[outputs["convective_precipitation_rate"]], file["prc"][step, south, east] / 8.64e7, rtol=1e-6)
            heating = y[outputs["tendency_of_air_temperature_due_to_convection"]]
            np.testing.assert_allclose(heating, file["tntc"][step, ::-1, south, east] / 86400, rtol=1e-6, atol=1e-15)
            assert train.time[sample] == pytest.approx(file["time"][step] / 24)
    latitude = train.latitude[:]
    np.testing.assert_allclose(train.area_weight[:] / np.cos(np.radians(latitude)), 1 / np.cos(np.radians([67.5, 22.5])).mean(), rtol=1e-6)


@pytest.mark.parametrize("name", ["t", "tntc"])
def test_a_field_on_half_levels_is_refused_with_what_to_do(example: Path, config: PreprocessConfig, name: str) -> None:
    with netCDF4.Dataset(example, "a") as file:
        file.createDimension("half", len(file.dimensions["level"]) + 1)
        dims = tuple("half" if dim == "level" else dim for dim in file[name].dimensions)
        file.renameVariable(name, "full")
        half = file.createVariable(name, "f4", dims)
        half.setncatts({key: file["full"].getncattr(key) for key in ("standard_name", "units")})
        half[:] = 250.0
        file["full"].standard_name = "air_density"
    with pytest.raises(ParamnetError) as error:
        preprocess(config)
    found = config.source.variables["air_temperature" if name == "t" else "tendency_of_air_temperature_due_to_convection"]
    assert (error.value.what, error.value.remedy) == (found.native_name, HALF_LEVELS) and "half" in error.value.got


def test_an_unstructured_grid_in_radians_gives_the_same_samples(example: Path, config: PreprocessConfig, tmp_path: Path) -> None:
    expected = open_store(preprocess(config)).split("test")
    (tmp_path / "cells").mkdir()
    with netCDF4.Dataset(example) as old, netCDF4.Dataset(tmp_path / "cells" / "cells.nc", "w", format="NETCDF3_CLASSIC") as new:
        for name, dimension in old.dimensions.items():
            new.createDimension(name, len(dimension))
        new.createDimension("cells", 24)
        for name, variable in old.variables.items():
            dims = variable.dimensions
            flat = (*dims[:-2], "cells") if dims[-2:] == ("latitude", "longitude") else dims
            values = variable[:].reshape(*variable.shape[: len(flat) - 1], 24) if flat != dims else variable[:]
            copy = new.createVariable(name, variable.dtype, flat)
            copy.setncatts({key: variable.getncattr(key) for key in variable.ncattrs()})
            copy[...] = values
        south, east = np.meshgrid(old["latitude"][:], old["longitude"][:], indexing="ij")
        for name, degrees in (("clat", south), ("clon", east)):
            new.createVariable(name, "f8", ("cells",))[:] = np.radians(degrees.ravel())
            new[name].units = "radian"
        new.createVariable("cell_area", "f8", ("cells",))[:] = np.cos(np.radians(south.ravel())) * 1e9
    grid = replace(config.source.grid, latitude="clat", longitude="clon", area="cell_area")
    source = replace(config.source, grid=grid, dims=replace(config.source.dims, column=["cells"]))
    changed = replace(config, source=source, input=str(tmp_path / "cells"), store=str(tmp_path / "unstructured"))
    got = open_store(preprocess(changed)).split("test")
    for name in ("inputs", "outputs", "column_index"):
        np.testing.assert_array_equal(getattr(got, name)[:], getattr(expected, name)[:])
    for name in ("latitude", "longitude", "area_weight"):
        np.testing.assert_allclose(getattr(got, name)[:], getattr(expected, name)[:], rtol=1e-5)


def copied(example: Path, target: Path, form: str, q: Callable[[netCDF4.Variable, np.ndarray], None]) -> None:
    """The example with dimensions of fixed size, in another format; ``q`` writes the humidity, with dimensions reversed as in MATLAB."""
    target.parent.mkdir()
    with netCDF4.Dataset(example) as old, netCDF4.Dataset(target, "w", format=form) as new:
        new.setncatts({key: old.getncattr(key) for key in old.ncattrs()})
        for name, dimension in old.dimensions.items():
            new.createDimension(name, len(dimension))
        new.createDimension("member", 1)
        for name, variable in old.variables.items():
            dims = ("longitude", "latitude", "member", "level", "time") if name == "q" else variable.dimensions
            copy = new.createVariable(name, "i2" if name == "q" else variable.dtype, dims)
            copy.setncatts({key: variable.getncattr(key) for key in variable.ncattrs()})
            if name == "q":
                copy.set_auto_maskandscale(False)
                copy.scale_factor = 1e-3
                q(copy, np.round(variable[:].T[:, :, None] * 1000).astype("i2"))
            else:
                copy[...] = variable[:]


def test_packed_values_with_time_last_are_the_same_in_both_kinds_of_files(example: Path, config: PreprocessConfig, tmp_path: Path) -> None:
    stores = []
    for form in ("NETCDF4", "NETCDF3_64BIT_OFFSET"):
        copied(example, tmp_path / form / "a.nc", form, lambda variable, values: variable.__setitem__(..., values))
        stores.append(open_store(preprocess(replace(config, input=str(tmp_path / form), store=str(tmp_path / f"{form}.store")))))
    column, given = stores[0].contract.input_columns["specific_humidity"], open_store(preprocess(config)).split("train")
    for split in ("train", "test"):
        one, other = (store.split(split) for store in stores)
        for name in ("inputs", "outputs", "column_index", "time_index"):
            np.testing.assert_array_equal(getattr(one, name)[:], getattr(other, name)[:])
    np.testing.assert_allclose(stores[0].split("train").inputs[:][:, column], given.inputs[:][:, column], atol=0.51e-6)


@pytest.mark.parametrize("form", ["NETCDF4", "NETCDF3_64BIT_OFFSET"])
def test_packed_values_that_were_never_written_are_missing(form: str, example: Path, config: PreprocessConfig, tmp_path: Path) -> None:
    def part(variable: netCDF4.Variable, values: np.ndarray) -> None:
        variable[:3] = values[:3]

    copied(example, tmp_path / form / "a.nc", form, part)
    with pytest.raises(ParamnetError) as refused:
        preprocess(replace(config, input=str(tmp_path / form)))
    assert refused.value.what == "specific_humidity" and "first missing: nan or a fill value at column 3" in refused.value.got


def test_the_documented_source_is_the_shipped_one(repository: Path) -> None:
    text = (repository / "docs" / "guides" / "sources.md").read_text()
    block = text.split("   ```yaml\n   name: cf_example", 1)[1].split("   ```", 1)[0]
    documented = yaml.safe_load("name: cf_example" + block.replace("\n   ", "\n"))
    shipped = yaml.safe_load((repository / "conf" / "source" / "cf_example.yaml").read_text())
    assert documented == shipped


def test_a_model_can_be_added_from_a_user_folder(example: Path, repository: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "source").mkdir(parents=True)
    source = (repository / "conf" / "source" / "cf_example.yaml").read_text().replace("name: cf_example", "name: mymodel", 1)
    (mine / "source" / "mymodel.yaml").write_text(source)
    (mine / "mymodel.yaml").write_text("name: mymodel\nextends: cf_example\n")
    command = [
        sys.executable,
        "-m",
        "paramnet.cli.main",
        "preprocess",
        "--config-dir",
        str(mine),
        "source=mymodel",
        "quality_page=false",
        "cluster=inline",
    ]
    command += [f"contract={mine}/mymodel.yaml", f"input={example.parent}", f"store={tmp_path}/store", "splits.block_days=1"]
    subprocess.run([*command, "splits.gap_days=0.25", f"paths.runs={tmp_path}"], check=True, capture_output=True)
    assert open_store(tmp_path / "store").contract.name == "mymodel"


def double(d: netCDF4.Dataset) -> None:
    d.createVariable("t2", "f4", d["t"].dimensions).setncatts({"standard_name": "air_temperature", "units": "K"})


# change of the file, `what` of the error, part of `expected`, start of `got`
BAD_FILES = {
    "no variable of a standard name": (
        lambda d: d["q"].delncattr("standard_name"),
        "specific_humidity",
        "one variable with this standard_name",
        "none",
    ),
    "two of a standard name": (double, "air_temperature", "one variable with this standard_name", "t, t2"),
    "no units": (lambda d: d["t"].delncattr("units"), "standard_name:air_temperature", "`units`", "none"),
    "a direction that contradicts the pressures": (
        lambda d: d["level"].setncattr("positive", "down"),
        "level",
        "pressures falling along the levels",
        "positive='down'",
    ),
    "no formula terms": (lambda d: d["level"].delncattr("formula_terms"), "level", "a variable for 'a'", "none"),
    "no bounds": (lambda d: d["level"].delncattr("bounds"), "level", "interfaces", "no attribute `bounds`"),
    "a coordinate in metres": (
        lambda d: d["level"].setncattr("standard_name", "height"),
        "level",
        "standard_name atmosphere_hybrid_sigma_pressure_coordinate",
        "'height'",
    ),
    "another model's levels": (lambda d: d["b"].__setitem__(3, 0.5), "vertical grid", "mid-level 4 at 62000.000 Pa", "57000.000 Pa"),
    "times without an origin": (
        lambda d: d["time"].setncattr("units", "fortnights"),
        "time",
        "units and a calendar",
        "'fortnights', calendar 'standard'",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_is_refused_for(case: str, example: Path, config: PreprocessConfig) -> None:
    change, what, expected, got = BAD_FILES[case]
    with netCDF4.Dataset(example, "a") as dataset:
        change(dataset)
    with pytest.raises(ParamnetError) as refused:
        preprocess(config)
    assert refused.value.what == what and expected in refused.value.expected and refused.value.got.startswith(got)
    assert "cf_example.nc" in refused.value.where


def test_units_that_cannot_be_converted_are_refused(example: Path, config: PreprocessConfig) -> None:
    with netCDF4.Dataset(example, "a") as dataset:
        dataset["q"].units = "mol mol-1"
    with pytest.raises(ParamnetError) as refused:
        preprocess(config)
    assert all(text in str(refused.value) for text in ("standard_name:specific_humidity", "'kg kg-1'", "'mol mol-1'"))


def test_a_second_file_in_other_units_is_refused(example: Path, config: PreprocessConfig) -> None:
    other = example.with_name("later.nc")
    other.write_bytes(example.read_bytes())
    with netCDF4.Dataset(other, "a") as dataset:
        dataset["t"].units = "K"
        dataset["time"][:] += 10000
    with pytest.raises(ParamnetError) as refused:
        preprocess(config)
    assert (refused.value.expected, refused.value.got, refused.value.where) == ("units 'degC' as in cf_example.nc", "'K'", "later.nc")


def test_a_sigma_coordinate_gives_its_pressures(tmp_path: Path) -> None:
    from paramnet.sources.grid.formula_terms import cf_coefficients

    with netCDF4.Dataset(tmp_path / "sigma.nc", "w") as dataset:
        for name, size in (("lev", 2), ("ilev", 3)):
            dataset.createDimension(name, size)
        for name, values in (("lev", [0.25, 0.75]), ("ilev", [0.0, 0.5, 1.0])):
            dataset.createVariable(name, "f8", (name,))[:] = values
            dataset[name].setncatts({"standard_name": "atmosphere_sigma_coordinate", "formula_terms": f"sigma: {name} ps: ps ptop: ptop"})
        dataset.createVariable("ptop", "f8", ())[...] = 10.0
        dataset["ptop"].units = "hPa"
        middle, interface = cf_coefficients(dataset, "lev", "ilev", "sigma.nc")
    np.testing.assert_allclose(middle.pressure(1e5), 1000 + np.array([0.25, 0.75]) * 99000)
    np.testing.assert_allclose(interface.pressure(1e5), [1000, 50500, 100000])
