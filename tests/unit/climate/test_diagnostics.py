"""Diagnostics of synthetic data with known results."""

from __future__ import annotations

import json
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from histories import CONSTANTS, LATITUDES, LONGITUDES, SINE, base_field, write_history, write_run
from paramnet.climate.climate import PERCENTILES, summarise, weighted_percentiles
from paramnet.climate.compare import CompareConfig, compare
from paramnet.climate.diagnostics import column_energy, heating_standard_deviation, totals
from paramnet.climate.frequent import read_frequent
from paramnet.climate.history import read_run
from paramnet.contract import ParamnetError

PER_DAY = 8
RANDOM = np.random.default_rng(5)


def write_frequent(folder: Path, days: int, scale: float = 1.0) -> None:
    """Gamma-distributed rain; columns whose heating and moistening cancel except for 10 W m-2."""
    shape = (days * PER_DAY, LATITUDES, LONGITUDES)
    heating = 200.0 * RANDOM.standard_normal(shape)
    fields = {
        "precipitation_flux": scale * RANDOM.gamma(0.3, 1e-4, shape),
        "toa_outgoing_longwave_flux": 230.0 + RANDOM.standard_normal(shape),
        "column_heating_by_physics": heating - 100.0,
        "column_moistening_by_physics": 10.0 - heating,
        "radiative_flux_convergence": np.full(shape, -100.0),
    }
    write_history(folder / "frequent_0001.nc", fields)
    with netCDF4.Dataset(folder / "frequent_0001.nc", "a") as file:
        file.createDimension("bounds", 2)
        edges = np.arange(days * PER_DAY + 1) / PER_DAY
        file.createVariable("time_bounds", "f8", ("time", "bounds"))[:] = np.stack([edges[:-1], edges[1:]], axis=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = write_run(tmp_path / "control", 30)
    write_frequent(path, 30)
    return path


def test_percentiles_of_equal_weights_are_numpys() -> None:
    values = RANDOM.gamma(0.5, 4.0, 200_000)
    np.testing.assert_allclose(weighted_percentiles(values, np.full(values.size, 0.1)), np.percentile(values, PERCENTILES), rtol=1e-3)


def test_three_hourly_means_cover_the_window_of_days(folder: Path) -> None:
    frequent = read_frequent(read_run("control", folder), (10, 25))
    assert frequent is not None and frequent.per_day == PER_DAY
    with netCDF4.Dataset(folder / "frequent_0001.nc") as file:
        wanted = np.asarray(file["precipitation_flux"][80:200], dtype=float)
    np.testing.assert_allclose(frequent.fields["precipitation_flux"], wanted)
    assert frequent.weight().sum() == pytest.approx(1.0)


def test_too_few_three_hourly_means_are_refused(folder: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        read_frequent(read_run("control", folder), (10, 35))
    assert (refused.value.what, refused.value.got, refused.value.where) == ("run control", "20 days", str(folder))
    assert "10 to 35" in refused.value.expected


def test_columns_that_cancel_have_slope_minus_one() -> None:
    heating = RANDOM.standard_normal(10_000) * 300.0
    weight = np.full(10_000, 1e-4)
    closed = column_energy(np.stack([heating, 10.0 - heating], axis=1), weight)
    assert closed["slope"] == pytest.approx(-1.0)
    assert closed["residual_mean"] == pytest.approx(10.0) and closed["residual_rms"] == pytest.approx(10.0)
    leaking = column_energy(np.stack([heating, -0.5 * heating], axis=1), weight)
    assert leaking["slope"] == pytest.approx(-0.5) and leaking["residual_rms"] == pytest.approx(150.0, rel=0.05)


def test_the_heatings_standard_deviation_is_that_of_its_steps(tmp_path: Path) -> None:
    """Steps are drawn with a known standard deviation by level; the history has only their daily mean and mean square."""
    steps = np.array([1e-5, 2e-5, 3e-5])[None, None, :, None, None] * RANDOM.standard_normal((30, 48, 3, LATITUDES, LONGITUDES))
    folder = write_run(tmp_path / "run", 30, chunk=30)
    with netCDF4.Dataset(folder / "history_0001.nc", "a") as file:
        for name, values in (("heating_by_physics", steps.mean(1)), ("square_of_heating_by_physics", (steps**2).mean(1))):
            file.createVariable(name, "f8", ("time", "lev", "lat", "lon"))[:] = values
    std = heating_standard_deviation(summarise(read_run("run", folder), 0, 30))
    assert std is not None
    np.testing.assert_allclose(std, steps.std(axis=(0, 1, 4)) * 86400, rtol=1e-3)


def test_a_warming_of_one_watt_is_seen_as_one_watt(tmp_path: Path) -> None:
    def warm(name: str, values: np.ndarray) -> np.ndarray:
        day = np.arange(len(values))[:, None, None]
        return 2.5e9 + 86400.0 * day + 0.0 * values if name == "atmosphere_enthalpy_content" else values

    folder = write_run(tmp_path / "run", 30, warm, chunk=30)
    with netCDF4.Dataset(folder / "history_0001.nc", "a") as file:
        file.createVariable("atmosphere_kinetic_energy_content", "f8", ("time", "lat", "lon"))[:] = 1e6
    numbers = totals(summarise(read_run("run", folder), 5, 30), CONSTANTS)
    assert numbers is not None
    assert numbers["energy_drift_w_m2"] == pytest.approx(1.0, rel=0.01)
    assert numbers["water_drift_mm_day"] == pytest.approx(0.0, abs=1e-6)


def test_the_comparison_shows_each_run_and_its_distance(tmp_path: Path, folder: Path) -> None:
    floor = write_run(tmp_path / "floor", 30, lambda name, values: values + (5.0 if name == "toa_outgoing_longwave_flux" else 0.0))
    write_frequent(floor, 30, scale=2.0)
    bare = write_run(tmp_path / "bare", 30)  # of an older adapter
    out = compare(CompareConfig({"control": folder, "floor": floor, "bare": bare}, tmp_path / "out", 5, 30))
    table = json.loads((out / "comparison.json").read_text())["diagnostics"]
    assert set(table["runs"]) == {"control", "floor", "bare"} and table["runs"]["bare"]["waves"] is None
    assert table["distance_to_control"]["toa_outgoing_longwave_flux"]["floor"] == pytest.approx(5.0)
    ratio = [table["runs"][name]["rain"]["percentiles_mm_day"]["99.9"] for name in ("floor", "control")]
    assert ratio[0] / ratio[1] == pytest.approx(2.0, rel=0.2)
    band = table["runs"]["control"]["itcz"]
    assert band["peak"] == pytest.approx(
        base_field("precipitation_flux", 1)[0, np.abs(np.rad2deg(np.arcsin(SINE))) <= 20].max() * 86400, rel=1e-4
    )
    for name in ("three_hourly_rain", "wave_spectra", "column_energy", "fluxes"):
        assert (out / "figures" / f"{name}.svg").is_file(), name
