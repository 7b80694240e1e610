"""Climates of synthetic runs with known results."""

from pathlib import Path

import numpy as np
import pytest

from histories import CONSTANTS, LATITUDES, SINE, WEIGHTS, base_field, write_history, write_run
from paramnet.climate.budgets import budgets
from paramnet.climate.climate import global_mean, root_mean_square, summarise, weighted_percentiles
from paramnet.climate.history import read_run
from paramnet.contract import ParamnetError
from paramnet.physics.constants import SECONDS_PER_DAY

TEMPERATURE = "air_temperature"


def test_a_uniform_difference_is_its_own_rmse(tmp_path: Path) -> None:
    grid = read_run("control", write_run(tmp_path / "run", 12)).grid
    assert root_mean_square(grid, np.full((3, LATITUDES), -0.7)) == pytest.approx(0.7)


def test_a_difference_in_one_place_counts_by_its_share_of_the_mass(tmp_path: Path) -> None:
    grid = read_run("control", write_run(tmp_path / "run", 12)).grid
    difference = np.zeros((3, LATITUDES))
    difference[1, 2] = 4.0  # a level of Δσ = 0.4
    assert root_mean_square(grid, difference) == pytest.approx(4.0 * np.sqrt(0.4 * WEIGHTS[2]))


def test_gaussian_weights_integrate_polynomials_of_sine_latitude_exactly(tmp_path: Path) -> None:
    grid = read_run("control", write_run(tmp_path / "run", 12)).grid
    assert grid.latitude_weight.sum() == pytest.approx(1.0)
    assert global_mean(grid, (SINE**4)[None])[0] == pytest.approx(0.2)


def test_chunks_are_joined_and_the_window_counts_days_from_one(tmp_path: Path) -> None:
    def rising(name: str, values: np.ndarray) -> np.ndarray:
        return values + np.arange(1, len(values) + 1).reshape(-1, *[1] * (values.ndim - 1)) if name == TEMPERATURE else values

    climate = summarise(read_run("run", write_run(tmp_path / "run", 50, rising, chunk=20)), 10, 40)
    assert (climate.days, climate.window) == (50, (10, 40))
    base = base_field(TEMPERATURE, 1).mean(axis=(0, 3))
    np.testing.assert_allclose(climate.zonal_mean(TEMPERATURE, (10, 40)), base + np.mean(np.arange(11, 41)), rtol=1e-6)


def test_a_run_that_blew_up_ends_the_day_before(tmp_path: Path) -> None:
    def explode(name: str, values: np.ndarray) -> np.ndarray:
        if name == TEMPERATURE:
            values[27, 0, 0, 0] = np.nan
        return values

    climate = summarise(read_run("run", write_run(tmp_path / "run", 30, explode)), 10, 40)
    assert (climate.days, climate.window) == (27, (10, 27))
    assert np.isfinite(climate.series(TEMPERATURE)).all()


def test_a_run_that_never_reached_the_window_has_none(tmp_path: Path) -> None:
    climate = summarise(read_run("run", write_run(tmp_path / "run", 12)), 10, 40)
    assert climate.window is None and climate.rain_percentiles is None
    assert budgets(climate, CONSTANTS) is None


def test_the_stretch_in_which_the_scheme_failed_is_read_but_not_a_damaged_file(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", 20)
    partial = run / "chunks" / "0002.partial"
    partial.mkdir(parents=True)
    fields = {name: base_field(name, 5) for name in read_run("run", run).variables()}
    write_history(partial / "history.nc", fields)
    (run / "failed.json").write_text('{"days": 25, "message": "ended", "kind": "scheme"}')
    (run / "history_0009.nc").write_bytes(b"cut short")
    assert summarise(read_run("run", run), 5, 40).days == 25


def test_the_residuals_of_budgets_are_the_prescribed_ones(tmp_path: Path) -> None:
    def closed(name: str, values: np.ndarray) -> np.ndarray:
        days = np.arange(len(values)).reshape(-1, 1, 1)
        constant = {
            "toa_net_downward_shortwave_flux": 240.0,
            "toa_outgoing_longwave_flux": 235.0,
            "surface_net_downward_shortwave_flux": 160.0,
            "surface_net_downward_longwave_flux": -50.0,
            "surface_upward_sensible_heat_flux": 20.0,
            "surface_upward_latent_heat_flux": 87.0,
            "water_evaporation_flux": 3.1 / SECONDS_PER_DAY,
            "precipitation_flux": 3.0 / SECONDS_PER_DAY,
        }
        if name in constant:
            return np.full_like(values, constant[name])
        if name == "atmosphere_mass_content_of_water_vapor":
            return 20.0 + 0.1 * days + 0 * values
        return 1e6 + 1e4 * days + 0 * values if name == "atmosphere_enthalpy_content" else values

    found = budgets(summarise(read_run("run", write_run(tmp_path / "run", 40, closed)), 10, 40), CONSTANTS)
    assert found is not None
    storage = 1e4 / SECONDS_PER_DAY + 2.5e6 * 0.1 / SECONDS_PER_DAY
    expected = {"toa_net": 5.0, "surface_net": 3.0, "air_gain": 2.0, "storage": storage, "energy_residual": 2.0 - storage}
    expected |= {"evaporation_minus_precipitation": 0.1, "vapour_storage": 0.1, "water_residual": 0.0}
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-4)


def test_percentiles_weigh_by_area() -> None:
    values, weight = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 1.0, 1.0, 97.0])
    assert weighted_percentiles(values, weight)[0] == pytest.approx(np.interp(0.5, [0.025, 0.515], [3.0, 4.0]))


def test_a_folder_without_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        read_run("floor", tmp_path)
    assert (refused.value.what, refused.value.where) == ("run floor", str(tmp_path)) and "history_*.nc" in refused.value.expected


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    write_history(run / "history_0001.nc", {TEMPERATURE: base_field(TEMPERATURE, 12)})
    with pytest.raises(ParamnetError) as refused:
        summarise(read_run("run", run), 1, 12)
    assert (refused.value.what, refused.value.got) == ("precipitation_flux", TEMPERATURE)
    assert refused.value.where == str(run / "history_0001.nc")


def test_a_regridded_history_is_refused(tmp_path: Path) -> None:
    import netCDF4

    run = write_run(tmp_path / "run", 12)
    with netCDF4.Dataset(run / "history_0001.nc", "a") as file:
        file["lat"][:] = np.linspace(87.5, -87.5, LATITUDES)
    with pytest.raises(ParamnetError) as refused:
        summarise(read_run("run", run), 1, 12).series(TEMPERATURE)
    assert refused.value.what == "lat" and f"{LATITUDES} Gaussian" in refused.value.expected and "87.50" in refused.value.got
