"""Three-hourly means and the tendencies of the physics agree with the daily means and the host's budgets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from paramnet.hosts.plasim.build import HostBuild
from paramnet.hosts.plasim.run import HostRun, run_host
from paramnet.hosts.plasim.setup import HostSetup

pytestmark = pytest.mark.host


@pytest.fixture(scope="module")
def files(
    tmp_path_factory: pytest.TempPathFactory, build_variant: Callable[..., HostBuild], earth: HostSetup
) -> tuple[xr.Dataset, xr.Dataset]:
    folder = run_host(HostRun(tmp_path_factory.mktemp("control"), earth, days=2), build_variant(), lambda done, total: None)
    return tuple(xr.open_dataset(folder / f"{kind}_0001.nc", decode_times=False) for kind in ("history", "frequent"))  # type: ignore[return-value]


def test_the_mean_of_eight_three_hourly_means_is_the_daily_mean(files: tuple[xr.Dataset, xr.Dataset]) -> None:
    history, frequent = files
    assert frequent.sizes["time"] == 8 * history.sizes["time"]
    for name in ("precipitation_flux", "toa_outgoing_longwave_flux"):
        daily = frequent[name].values.reshape(2, 8, *frequent[name].shape[1:]).mean(axis=1)
        np.testing.assert_allclose(daily, history[name], rtol=1e-4, atol=1e-9)
    np.testing.assert_allclose(np.diff(frequent.time_bounds)[:, 0], 0.125, rtol=1e-6)


def test_radiation_and_rain_account_for_the_energy_gain_of_the_column(files: tuple[xr.Dataset, xr.Dataset]) -> None:
    """cp dT + Lv dq of all physics except surface fluxes and diffusion is the radiative convergence plus the heat of fusion."""
    history, frequent = files
    gained = frequent.column_heating_by_physics + frequent.column_moistening_by_physics
    difference = (gained - frequent.radiative_flux_convergence).isel(time=slice(1, None))
    typical = float(abs(frequent.column_heating_by_physics).mean())
    assert float(abs(difference).mean()) < 0.1 * typical  # heat of fusion, and cp of moist air
    moistening = frequent.column_moistening_by_physics.mean() / 2.5008e6
    assert float(moistening) == pytest.approx(-float(frequent.precipitation_flux.mean()), rel=1e-3)
    heating = np.einsum("tkyx,k->tyx", history.heating_by_physics.values, np.diff(history.attrs["sigma_interface"]))
    column = heating * history.atmosphere_mass_per_unit_area * history.attrs["specific_heat_of_dry_air"]
    daily = frequent.column_heating_by_physics.values.reshape(2, 8, 32, 64).mean(axis=1)
    assert np.abs(column.values - daily).mean() < 0.01 * typical  # product of daily means versus mean of products


def test_the_mean_square_is_no_less_than_the_square_of_the_mean(files: tuple[xr.Dataset, xr.Dataset]) -> None:
    history = files[0]
    variance = history.square_of_heating_by_physics - history.heating_by_physics**2
    assert float(variance.min()) > -1e-6 * float(history.square_of_heating_by_physics.max())
    assert float(variance.mean()) > 0
