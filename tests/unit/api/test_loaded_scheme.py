"""A scheme applied to Datasets: the same numbers as in a host, and refusals that name the variable."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr

import paramnet
from paramnet.api.loaded_scheme import LoadedScheme
from paramnet.contract import ParamnetError
from paramnet.exporting import load_scheme
from paramnet.store import open_store

HEATING, RAIN = "tendency_of_air_temperature_due_to_convection", "convective_precipitation_rate"


@pytest.fixture(scope="module")
def scheme(made: Path) -> LoadedScheme:
    """By TorchScript, which needs no bridge."""
    return paramnet.load(made / "scheme.pt", backend="torchscript")


@pytest.fixture
def fields(archive: Path) -> xr.Dataset:
    """The file from which the store was made: levels from the bottom, degrees Celsius, g kg-1; the units of sp are put right."""
    with xr.open_dataset(archive / "cf_example.nc", decode_timedelta=False) as file:
        fields = file.rename(sp="surface_air_pressure").drop_vars(["tntc", "prc"]).load()
    fields["surface_air_pressure"].attrs["units"] = "hPa"
    return fields


def test_fields_of_a_model_give_what_the_store_made_of_them_gives(scheme: LoadedScheme, fields: xr.Dataset, made: Path) -> None:
    split = open_store(made / "store").split("test")
    with torch.inference_mode():
        expected = load_scheme(made / "scheme.pt")[0](torch.from_numpy(split.inputs[:])).numpy()
    result = scheme.predict(fields)
    assert result[HEATING].dims == ("time", "level", "latitude", "longitude") and result[RAIN].dims == ("time", "latitude", "longitude")
    step, column = split.time_index[:], split.column_index[:]
    heating = result[HEATING].values.reshape(len(fields.time), 8, -1)[step, ::-1, column]
    rain = result[RAIN].values.reshape(len(fields.time), -1)[step, column]
    scale = np.abs(expected).max(axis=0)
    np.testing.assert_allclose(heating / scale[:8].max(), expected[:, :8] / scale[:8].max(), atol=1e-5)
    np.testing.assert_allclose(rain / scale[8], expected[:, 8] / scale[8], atol=1e-5)
    assert (result[HEATING].units, result[RAIN].standard_name) == ("K s-1", "lwe_convective_precipitation_rate")
    assert result.contract == "cf_example" and len(result.scheme_sha256) == 64 and result.backend.startswith("torchscript")
    xr.testing.assert_identical(result.time, fields.time)


def test_a_split_of_a_store_can_be_predicted_lazily(scheme: LoadedScheme, made: Path) -> None:
    split = open_store(made / "store").to_xarray("validation")
    lazy = scheme.predict(split)
    assert lazy[HEATING].chunks is not None
    at_once = scheme.predict(split.load())
    np.testing.assert_allclose(lazy[HEATING], at_once[HEATING], rtol=1e-5, atol=1e-12)
    assert lazy.latitude.variable.equals(split.latitude.variable) and lazy.level.attrs["positive"] == "down"
    assert "ps: surface_air_pressure" in lazy.level.attrs["formula_terms"]
    assert lazy.coords["surface_air_pressure"].variable.equals(split.surface_air_pressure.variable)


def test_the_result_has_the_bounds_that_its_coordinates_name(scheme: LoadedScheme, fields: xr.Dataset) -> None:
    steps = np.arange(len(fields.time), dtype=np.float64)
    bounds = xr.DataArray(np.stack([steps, steps + 1], axis=1), dims=("time", "bounds"))
    fields = fields.assign(time_bounds=bounds, unnamed=("time", steps))
    fields.time.attrs["bounds"] = "time_bounds"
    result = scheme.predict(fields)
    assert result.coords["time_bounds"].dims == ("time", "bounds") and "unnamed" not in result.variables


CHANGES: dict[str, Callable[[xr.Dataset], xr.Dataset]] = {
    "levels from the top": lambda fields: fields.isel(level=slice(None, None, -1)),
    "another order": lambda fields: fields.transpose("longitude", "level", "latitude", "time", ...),
    "unstructured": lambda fields: fields.stack(cell=["latitude", "longitude"]).reset_index("cell"),
    "another name": lambda fields: fields.swap_dims(level="lev"),
    "members": lambda fields: fields.expand_dims(member=2),
}


@pytest.mark.parametrize("case", CHANGES)
def test_shape_and_order_do_not_matter(case: str, scheme: LoadedScheme, fields: xr.Dataset) -> None:
    fields = fields.isel(time=slice(0, 5)).assign_coords(lev=("level", np.arange(8.0)))
    changed, expected = scheme.predict(CHANGES[case](fields)), CHANGES[case](scheme.predict(fields))
    assert changed[HEATING].dims == CHANGES[case](fields)["t"].dims
    for name in (HEATING, RAIN, "flags"):
        np.testing.assert_array_equal(changed[name], expected[name].transpose(*changed[name].dims))


def test_pressures_may_stand_for_coefficients(scheme: LoadedScheme, fields: xr.Dataset) -> None:
    fields = fields.isel(time=slice(0, 5))
    changed = scheme.predict(fields.drop_vars("level").assign(air_pressure=pressures(fields)))
    np.testing.assert_array_equal(changed[HEATING], scheme.predict(fields)[HEATING])


def pressures(fields: xr.Dataset) -> xr.DataArray:
    return (fields.ap + fields.b * fields.surface_air_pressure * 100).drop_vars("level").assign_attrs(units="Pa")


def test_a_column_that_is_not_finite_is_missing_and_flagged(scheme: LoadedScheme, fields: xr.Dataset) -> None:
    fields = fields.isel(time=slice(0, 2))
    fields["t"][1, 3, 2, 4] = np.nan
    result = scheme.predict(fields)
    missing = result[RAIN].isnull()
    assert int(missing.sum()) == 1 and bool(missing[1, 2, 4]) and bool(result[HEATING][1, :, 2, 4].isnull().all())
    assert int(result.flags[1, 2, 4]) == 1 and int(result.flags.sum()) == 1
    assert result.flags.attrs["flag_meanings"].split()[0] == "nonfinite_input"


def test_the_library_gives_the_numbers_of_torchscript(built_bridge: Path, scheme: LoadedScheme, made: Path, fields: xr.Dataset) -> None:
    compiled = paramnet.load(made / "scheme.pt")
    assert compiled.backend.startswith("libparamnet: native")
    ours, theirs = compiled.predict(fields), scheme.predict(fields)
    largest = float(abs(theirs[HEATING]).max())
    np.testing.assert_allclose(ours[HEATING] / largest, theirs[HEATING] / largest, atol=1e-5)
    assert ours.flags.attrs["flag_masks"].tolist() == [1, 2, 4, 8]


def without(name: str, attribute: str) -> Callable[[xr.Dataset], xr.Dataset]:
    def change(fields: xr.Dataset) -> xr.Dataset:
        del fields[name].attrs[attribute]
        return fields

    return change


def with_units(name: str, units: str) -> Callable[[xr.Dataset], xr.Dataset]:
    return lambda fields: fields.assign({name: fields[name].assign_attrs(units=units)})


# change of the Dataset, `what` of the error, part of `expected`, part of `got`
REFUSED = {
    "a variable is missing": (lambda fields: fields.drop_vars("q"), "specific_humidity", "standard_name specific_humidity", "only "),
    "two have the standard name": (
        lambda fields: fields.assign(t2=fields.t),
        "air_temperature",
        "one variable with standard_name air_temperature",
        "t, t2",
    ),
    "no units": (without("q", "units"), "q", "an attribute `units`", "none"),
    "units of another quantity": (with_units("q", "mol mol-1"), "q", "convertible to 'kg kg-1'", "'mol mol-1'"),
    "units that lie": (with_units("surface_air_pressure", "Pa"), "surface_air_pressure", "30000 to 115000 Pa", "outside in 6912 of 6912"),
    "times instead of numbers": (lambda fields: fields.assign(q=fields.q.astype("datetime64[ns]")), "q", "numbers", "datetime64"),
    "another number of levels": (lambda fields: fields.isel(level=slice(0, 7)), "t", "8 levels along level", "'level': 7"),
    "another grid": (lambda fields: fields.assign(b=fields.b * 0.9), "vertical grid", "mid-level", " Pa"),
    "no grid": (lambda fields: fields.drop_vars("level"), "level", "formula_terms", "none"),
    "other pressures": (
        lambda fields: fields.drop_vars("level").assign(air_pressure=pressures(fields) * 1.01),
        "air_pressure",
        "Pa at level 0 from the top",
        " Pa",
    ),
    "no levels": (
        lambda fields: fields.assign(surface_air_pressure=pressures(fields)),
        "level",
        "one dimension",
        "none",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_dataset_is_refused_if(case: str, scheme: LoadedScheme, fields: xr.Dataset) -> None:
    change, what, expected, got = REFUSED[case]
    with pytest.raises(ParamnetError) as refused:
        scheme.predict(change(fields))
    assert refused.value.what == what
    assert expected in refused.value.expected and got in refused.value.got
    assert refused.value.where == "the dataset"


def test_an_unknown_grid_is_taken_for_the_contracts_if_the_user_says_so(scheme: LoadedScheme, fields: xr.Dataset) -> None:
    fields = fields.isel(time=slice(0, 3))
    from_the_top = fields.isel(level=slice(None, None, -1)).drop_vars("level")
    np.testing.assert_array_equal(
        scheme.predict(from_the_top, strict=False)[HEATING], scheme.predict(fields)[HEATING].isel(level=slice(None, None, -1))
    )


def test_some_columns_outside_the_range_are_a_warning(scheme: LoadedScheme, fields: xr.Dataset) -> None:
    fields["t"][0, 0, 0, 0] = 400.0
    with pytest.warns(UserWarning, match="air_temperature: expected 120 to 360 K"):
        scheme.predict(fields)


@pytest.mark.parametrize(("name", "backend", "what"), [("scheme.pt", "fast", "backend"), ("none.pt", "auto", "scheme")])
def test_a_scheme_is_not_loaded_if(made: Path, name: str, backend: str, what: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        paramnet.load(made / name, backend=backend)
    assert refused.value.what.startswith(what)


def test_torchscript_is_used_where_the_bridge_is_not_built(made: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PARAMNET_BRIDGE_DIR", str(tmp_path))
    assert paramnet.load(made / "scheme.pt").backend.endswith("(libparamnet is not built here)")
    with pytest.raises(ParamnetError) as refused:
        paramnet.load(made / "scheme.pt", backend="libparamnet")
    assert refused.value.where == str(tmp_path / "python")
