"""CF files of any model are read as daily means in the units and on the grid of the comparison."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from histories import INTERFACES, LATITUDES, LONGITUDES, SINE, base_field, write_cf
from paramnet.climate.cf.history import CfHistory
from paramnet.climate.cf.opening import open_cf
from paramnet.climate.climate import global_mean
from paramnet.contract import ParamnetError

DAYS = 12
RAIN, TEMPERATURE = "precipitation_flux", "air_temperature"
RANDOM = np.random.default_rng(8)


def varied(name: str, days: int = DAYS) -> np.ndarray:
    field = base_field(name, days)
    return field * (1.0 + 0.1 * RANDOM.random(field.shape))


def opened(files: list[Path], names: dict[str, str] | None = None, units: dict[str, str] | None = None) -> CfHistory:
    return open_cf("run", files, names or {}, units or {}, {})


def daily(history: CfHistory, name: str) -> np.ndarray:
    return np.concatenate(list(history.days(name)))


def test_fields_are_found_by_standard_name_and_converted(tmp_path: Path) -> None:
    temperature, rain, humidity = varied(TEMPERATURE), varied(RAIN), varied("specific_humidity")
    fields = {"T": temperature - 273.15, "PRECT": rain * 86400.0, "Q": humidity * 1e3, "PRECL": rain / 1000.0}
    units = {"T": "degC", "PRECT": "mm/day", "Q": "g/kg", "PRECL": "m/s"}
    names = {"T": TEMPERATURE, "PRECT": "lwe_precipitation_rate", "Q": "specific_humidity", "PRECL": "lwe_convective_precipitation_rate"}
    history = opened([write_cf(tmp_path / "a.nc", fields, units=units, standard_names=names)])
    assert history.variables() == {TEMPERATURE, RAIN, "specific_humidity", "convective_precipitation_flux"}
    assert history.recorded_days == DAYS and history.left_out["eastward_wind"] == "no variable with this standard name"
    np.testing.assert_allclose(daily(history, TEMPERATURE), temperature, rtol=1e-6)
    np.testing.assert_allclose(daily(history, RAIN), rain, rtol=1e-6)
    np.testing.assert_allclose(daily(history, "convective_precipitation_flux"), rain, rtol=1e-6)
    np.testing.assert_allclose(daily(history, "specific_humidity"), humidity, rtol=1e-6)


def test_sigma_levels_and_gaussian_latitudes_have_the_hosts_weights(tmp_path: Path) -> None:
    grid = opened([write_cf(tmp_path / "a.nc", {TEMPERATURE: varied(TEMPERATURE)})]).grid
    np.testing.assert_allclose(grid.sigma_interface, INTERFACES)
    assert grid.area is None and grid.latitude[0] > 0 > grid.latitude[-1]
    assert global_mean(grid, (SINE**4)[None])[0] == pytest.approx(0.2)


def test_a_grid_from_the_south_the_bottom_and_the_date_line_is_turned(tmp_path: Path) -> None:
    temperature = varied(TEMPERATURE)
    path = write_cf(tmp_path / "a.nc", {TEMPERATURE: np.roll(temperature, 2, axis=-1)[:, ::-1, ::-1]})
    with netCDF4.Dataset(path, "a") as file:
        file["lat"][:] = file["lat"][::-1]
        file["lon"][:] = [-180.0, -90.0, 0.0, 90.0]
        for name in ("standard_name", "formula_terms"):
            file["lev"].delncattr(name)
        file["lev"].units = "hPa"
        file["lev"][:] = [800.0, 400.0, 100.0]
        file.delncattr("sigma_interface")
    history = opened([path])
    np.testing.assert_allclose(daily(history, TEMPERATURE), temperature, rtol=1e-6)
    np.testing.assert_allclose(history.grid.sigma, [0.1, 0.4, 0.8])
    np.testing.assert_allclose(history.grid.sigma_interface, [0.0, 0.25, 0.6, 1.0])
    np.testing.assert_allclose(history.grid.longitude, [0.0, 90.0, 180.0, 270.0])
    assert list(history.grid.latitude) == sorted(history.grid.latitude, reverse=True)


def test_regular_latitudes_weigh_by_the_area_between_their_edges(tmp_path: Path) -> None:
    path = write_cf(tmp_path / "a.nc", {RAIN: varied(RAIN)})
    with netCDF4.Dataset(path, "a") as file:
        file["lat"][:] = 90.0 - (np.arange(LATITUDES) + 0.5) * 180.0 / LATITUDES
    edges = np.sin(np.deg2rad(np.linspace(90.0, -90.0, LATITUDES + 1)))
    np.testing.assert_allclose(opened([path]).grid.latitude_weight, -np.diff(edges) / 2.0)


def test_means_over_hours_become_daily_means_across_files(tmp_path: Path) -> None:
    rain = varied(RAIN, DAYS * 4)
    parts = [write_cf(tmp_path / "0.nc", {RAIN: rain[:18]}, per_day=4, time_units="hours since 2001-01-01")]
    parts.append(write_cf(tmp_path / "1.nc", {RAIN: rain[18:]}, per_day=4, begin=18 / 4 - 2, time_units="days since 2001-01-03"))
    history = opened(parts[::-1])
    np.testing.assert_allclose(daily(history, RAIN), rain.reshape(DAYS, 4, LATITUDES, LONGITUDES).mean(axis=1), rtol=1e-6)
    frequent = history.frequent((2, 10))
    assert frequent is not None and frequent.per_day == 4 and history.recorded_days == DAYS
    np.testing.assert_allclose(frequent.fields[RAIN], rain[8:40], rtol=1e-6)


def test_daily_fields_and_hourly_rain_may_be_in_other_files(tmp_path: Path) -> None:
    rain = varied(RAIN, DAYS * 8)
    files = [write_cf(tmp_path / "h0.nc", {TEMPERATURE: varied(TEMPERATURE), RAIN: varied(RAIN)})]
    files.append(write_cf(tmp_path / "h1.nc", {RAIN: rain}, per_day=8))
    history = opened(files)
    assert len(daily(history, RAIN)) == DAYS
    frequent = history.frequent((0, 11))
    assert frequent is not None and frequent.per_day == 8


def test_a_first_record_without_length_is_passed_over(tmp_path: Path) -> None:
    rain = varied(RAIN, DAYS + 1)
    path = write_cf(tmp_path / "a.nc", {RAIN: rain}, begin=-1.0)
    with netCDF4.Dataset(path, "a") as file:
        file["time_bounds"][0] = [0.0, 0.0]
    np.testing.assert_allclose(daily(opened([path]), RAIN), rain[1:], rtol=1e-6)


def test_a_field_may_be_a_sum_of_variables(tmp_path: Path) -> None:
    down, up = 340.0 + varied("surface_temperature"), varied("surface_temperature")
    path = write_cf(tmp_path / "a.nc", {"rsdt": down, "rsut": up}, units={"rsdt": "W m-2", "rsut": "W/m2"})
    history = opened([path], {"toa_net_downward_shortwave_flux": "rsdt - rsut"})
    np.testing.assert_allclose(daily(history, "toa_net_downward_shortwave_flux"), down - up, rtol=1e-5)


def test_below_the_ground_the_other_longitudes_count_but_a_latitude_without_any_leaves_the_field_out(tmp_path: Path) -> None:
    temperature, wind = varied(TEMPERATURE), varied("eastward_wind")
    temperature[:, 2, 3, 1], wind[4:, 2, 3, :] = np.nan, np.nan
    wind[:, 2, 3, 0] = np.nan
    surface = varied("surface_temperature")
    surface[:, 0, 0] = np.nan
    fields = {TEMPERATURE: temperature, "eastward_wind": wind, RAIN: varied(RAIN), "surface_temperature": surface}
    path = write_cf(tmp_path / "a.nc", fields)
    history = opened([path])
    assert history.variables() == {TEMPERATURE, RAIN} and history.left_out["surface_temperature"] == "missing values"
    assert history.left_out["eastward_wind"].startswith("latitudes and levels without any data")
    mean = daily(history, TEMPERATURE).mean(axis=-1)
    np.testing.assert_allclose(mean, np.nanmean(temperature, axis=-1), rtol=1e-6)


def test_values_that_are_lost_later_are_kept_for_the_end_of_the_run(tmp_path: Path) -> None:
    rain = varied(RAIN)
    rain[7] = np.nan
    assert np.isnan(daily(opened([write_cf(tmp_path / "a.nc", {RAIN: rain})]), RAIN)[7]).all()


def spoilt(folder: Path, what: str) -> list[Path]:
    """Files that cannot be compared."""
    first = write_cf(folder / "a.nc", {RAIN: varied(RAIN)}, units={RAIN: "K"} if what == "units" else None)
    if what == "gap":
        return [first, write_cf(folder / "b.nc", {RAIN: varied(RAIN)}, begin=DAYS + 1.0)]
    if what == "overlap":
        return [first, write_cf(folder / "b.nc", {RAIN: varied(RAIN)}, begin=DAYS - 1.0)]
    if what == "months":
        with netCDF4.Dataset(first, "a") as file:
            edges = np.arange(DAYS + 1) * 30.0
            file["time_bounds"][:] = np.stack([edges[:-1], edges[1:]], axis=1)
    if what == "twice":
        return [write_cf(folder / "a.nc", {"P": varied(RAIN), "Q": varied(RAIN)}, units=dict.fromkeys("PQ", "mm/day"),
                         standard_names=dict.fromkeys("PQ", RAIN))]  # fmt: skip
    if what == "beginning":
        return [first, write_cf(folder / "b.nc", {"surface_temperature": varied("surface_temperature")}, begin=3.0)]
    if what == "unstructured":
        with netCDF4.Dataset(first, "a") as file:
            del file["lat"].standard_name
            file["lat"].units = "1"
    if what == "calendar":
        second = write_cf(folder / "b.nc", {RAIN: varied(RAIN)}, begin=float(DAYS))
        with netCDF4.Dataset(second, "a") as file:
            file["time"].calendar = "360_day"
        return [first, second]
    return [first]


@pytest.mark.parametrize(("what", "named"), [
    ("units", RAIN),
    ("gap", RAIN),
    ("overlap", RAIN),
    ("months", "run run"),
    ("twice", RAIN),
    ("beginning", "run run"),
    ("unstructured", "run run"),
    ("calendar", "calendar"),
])  # fmt: skip
def test_files_that_cannot_be_compared_are_refused(tmp_path: Path, what: str, named: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        opened(spoilt(tmp_path, what))
    assert refused.value.what == named and refused.value.expected and refused.value.got


@pytest.mark.parametrize("given", ["PRECT", "precipitation_flux * 2", "precipitation_flux precipitation_flux", "air_temperature"])
def test_a_name_that_is_not_a_sum_of_fitting_variables_is_refused(tmp_path: Path, given: str) -> None:
    path = write_cf(tmp_path / "a.nc", {RAIN: varied(RAIN), TEMPERATURE: varied(TEMPERATURE)})
    with pytest.raises(ParamnetError) as refused:
        opened([path], {RAIN: given})
    assert refused.value.what == f"names.{RAIN}"
