"""A scheme that replaces the cloud-resolving model and radiation: its inputs, and how the host uses its outputs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from paramnet.hosts.plasim.run import HostFault
from paramnet.hosts.plasim.setup import HostSetup

pytestmark = pytest.mark.host
RAIN = 2.0e-8  # m s-1, of the toy
LEARNED = {"mode": "learned", "tendency_limits": False, "water_closure": False, "nonnegative_humidity": False}


@pytest.fixture(scope="module")
def sea(repository: Path) -> HostSetup:
    return HostSetup.from_yaml(repository / "conf" / "host" / "plasim_sp_aquaplanet.yaml")


def history(folder: Path, chunk: int = 1) -> xr.Dataset:
    return xr.open_dataset(folder / f"history_{chunk:04d}.nc", decode_times=False).drop_attrs()


def global_mean(field: xr.DataArray) -> float:
    weights = np.polynomial.legendre.leggauss(field.sizes["lat"])[1]
    return float(np.average(field.mean("lon").values, weights=weights, axis=-1).mean())


def test_fluxes_and_rain_come_from_the_scheme_and_its_inputs_from_the_host(
    run: Callable[..., Path], sea: HostSetup, toy_physics: Callable[..., Path]
) -> None:
    every_step = history(run("physics", host=sea, scheme=toy_physics(), history_every=1, **LEARNED))
    sun = every_step.toa_net_downward_shortwave_flux
    assert global_mean(sun) == pytest.approx(1365.0 / 4, rel=2e-3)  # a day of perpetual equinox
    np.testing.assert_allclose(every_step.surface_net_downward_shortwave_flux, 0.5 * sun, rtol=1e-5)
    np.testing.assert_allclose(every_step.precipitation_flux, RAIN * 1000.0, rtol=1e-5)
    # the surface heat fluxes that the scheme gets are those of the previous step
    for copied, flux in (("toa_outgoing_longwave_flux", "sensible"), ("surface_net_downward_longwave_flux", "latent")):
        sign = 1 if flux == "sensible" else -1
        before = every_step[f"surface_upward_{flux}_heat_flux"][:-1]
        np.testing.assert_allclose(sign * every_step[copied][1:], before, rtol=1e-4, atol=1e-3)


def test_the_hosts_radiation_does_not_act_in_addition_to_the_scheme(
    run: Callable[..., Path], sea: HostSetup, toy_physics: Callable[..., Path]
) -> None:
    """The toy scheme heats nothing. Aloft, where diffusion is small, only radiation would change the temperature within a day."""
    temperature = history(run("still", host=sea, scheme=toy_physics(), history_every=1, **LEARNED)).air_temperature
    drift = temperature.mean(("lat", "lon"))
    radiating = history(run("off", host=sea, mode="off", history_every=1)).air_temperature.mean(("lat", "lon"))
    aloft = slice(3, 7)
    still, moved = (float(abs(t[-1, aloft] - t[0, aloft]).mean()) for t in (drift, radiating))
    assert still < 0.3 * moved


@pytest.mark.long
def test_a_restarted_run_continues_bit_for_bit(run: Callable[..., Path], sea: HostSetup, toy_physics: Callable[..., Path]) -> None:
    scheme = toy_physics()
    through = run("through", days=2, host=sea, scheme=scheme, **LEARNED)
    chained = run("chained", days=2, chunk_days=1, host=sea, scheme=scheme, **LEARNED)
    status = [(folder / "plasim_status").read_bytes() for folder in (through / "chunks/0001", chained / "chunks/0002")]
    assert status[0] == status[1]


def test_columns_that_fall_back_have_the_hosts_own_radiation(
    run: Callable[..., Path], sea: HostSetup, toy_physics: Callable[..., Path]
) -> None:
    """On the first step of an aquaplanet run about half of the columns are above the mean surface pressure."""
    folder = run("fallback", host=sea, scheme=toy_physics(broken_above=101325.0), history_every=1, fallback_limit=1.0, **LEARNED)
    summary = json.loads((folder / "summary.json").read_text())
    assert 0.05 < summary["fallback_fraction"] < 0.95
    first = history(folder).isel(time=-1)
    own = np.isclose(first.precipitation_flux, RAIN * 1000.0, rtol=1e-4)
    assert 0.05 < own.mean() < 0.95
    longwave = first.toa_outgoing_longwave_flux.values
    assert longwave[~own].min() > 50.0  # the toy's would be the sensible heat flux


@pytest.mark.parametrize(
    ("options", "host", "facts"),
    [
        ({"mode": "shadow"}, "plasim_sp_aquaplanet", ("'shadow'", "convection")),
        ({"mode": "learned"}, "plasim_aquaplanet", ("nprl=0", "ndca=0", "nevapprec=0")),
    ],
)
def test_an_unsupported_mode_or_set_up_is_refused(
    run: Callable[..., Path], repository: Path, toy_physics: Callable[..., Path], options: dict, host: str, facts: tuple[str, ...]
) -> None:
    setup = HostSetup.from_yaml(repository / "conf" / "host" / f"{host}.yaml")
    with pytest.raises(HostFault) as fault:
        run("refused", host=setup, scheme=toy_physics(), **options)
    assert all(fact in fault.value.got for fact in facts)
