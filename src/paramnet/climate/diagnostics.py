"""The diagnostics of Rasp, Pritchard & Gentine (2018) as numbers, for each run and as distances to the control."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.climate.climate import PERCENTILES, RAIN_EDGES, Climate, root_mean_square, weighted_percentiles
from paramnet.climate.frequent import Frequent
from paramnet.climate.history import History
from paramnet.climate.tropics import rain_band
from paramnet.climate.waves import WaveSpectrum, wave_spectrum
from paramnet.physics import SECONDS_PER_DAY

Floats = NDArray[np.float64]
# Fluxes by latitude, W m-2, in the order of the figure: top of the atmosphere, then surface.
FLUXES = {
    "toa_net_downward_shortwave_flux": "absorbed solar, top",
    "toa_outgoing_longwave_flux": "outgoing longwave, top",
    "surface_net_downward_shortwave_flux": "solar into the surface",
    "surface_net_downward_longwave_flux": "longwave into the surface",
    "surface_upward_sensible_heat_flux": "sensible heat",
    "surface_upward_latent_heat_flux": "latent heat",
}


_EVERY = {1: "hourly", 3: "three-hourly", 6: "six-hourly", 12: "twelve-hourly", 24: "daily"}


def every(hours: int) -> str:
    """The length of a mean as an adjective."""
    return _EVERY.get(hours, f"{hours}-hourly")


def rain_interval(numbers: Iterable[dict[str, Any]]) -> str:
    """Length of the rain means in the numbers of the runs, as an adjective."""
    return next((every(one["rain"]["hours"]) for one in numbers if one["rain"]), every(3))


@dataclass(frozen=True)
class Diagnosed:
    """Diagnostics of one run for the figures. ``heating_std`` : (lev, lat), K/day, None if the history lacks it. The others need
    three-hourly means: ``rain_share`` (class of RAIN_EDGES), ``waves`` of rain, ``energy`` (sample, 2): heating and moistening.
    """

    climate: Climate
    heating_std: Floats | None
    rain_share: Floats | None
    waves: WaveSpectrum | None
    energy: Floats | None
    numbers: dict[str, Any]


def diagnose(run: History, climate: Climate, frequent: Frequent | None, segment_days: int) -> Diagnosed:
    """All diagnostics of one run that has a window."""
    assert climate.window is not None
    numbers: dict[str, Any] = {"itcz": None}
    if "precipitation_flux" in climate.zonal:
        rain_by_latitude = climate.zonal_mean("precipitation_flux", climate.window)
        numbers["itcz"] = rain_band(climate.grid.latitude, rain_by_latitude, climate.grid.area)
    numbers |= dict.fromkeys(("heating_std_k_day", "rain", "waves", "column_energy"))
    numbers["totals"] = totals(climate, run.constants)
    std = heating_standard_deviation(climate)
    if std is not None:
        numbers["heating_std_k_day"] = root_mean_square(climate.grid, std)
    if frequent is None:
        return Diagnosed(climate, std, None, None, None, numbers)
    rain, weight = frequent.fields["precipitation_flux"] * SECONDS_PER_DAY, frequent.weight()
    share = np.histogram(rain.ravel(), bins=RAIN_EDGES, weights=weight.ravel())[0]
    values = weighted_percentiles(rain.ravel(), weight.ravel())
    hours = 24 // frequent.per_day
    numbers["rain"] = {"hours": hours, "percentiles_mm_day": {f"{p:g}": float(v) for p, v in zip(PERCENTILES, values, strict=True)}}
    waves = wave_spectrum(rain, frequent.grid.latitude, frequent.per_day, segment_days)
    numbers["waves"] = {
        "segments": waves.segments,
        "kelvin_signal": _or_none(waves.kelvin_signal()),
        "rain_variance_tropics": _variance(waves),
    }
    if not {"column_heating_by_physics", "column_moistening_by_physics", "radiative_flux_convergence"} <= set(frequent.fields):
        return Diagnosed(climate, std, share, waves, None, numbers)
    energy = np.stack([_heating(frequent).ravel(), frequent.fields["column_moistening_by_physics"].ravel()], axis=1)
    numbers["column_energy"] = column_energy(energy, weight.ravel())
    return Diagnosed(climate, std, share, waves, energy, numbers)


def heating_standard_deviation(climate: Climate) -> Floats | None:
    """Standard deviation over time and longitude of the heating in single steps: (lev, lat), K/day."""
    if climate.window is None or not {"heating_by_physics", "square_of_heating_by_physics"} <= set(climate.zonal):
        return None
    mean, square = (climate.zonal_mean(name, climate.window) for name in ("heating_by_physics", "square_of_heating_by_physics"))
    return np.sqrt(np.maximum(square - mean**2, 0.0))


def column_energy(energy: Floats, weight: Floats) -> dict[str, float]:
    """How well a column's heating (without radiation) and moistening cancel over three hours, W m-2: condensation heats as it dries.

    energy : (sample, 2), weight : (sample), sums to 1. residual_* : of the sum of both, which contains the heat of fusion and
    condensate in transit. slope : regression of moistening on heating, -1 if they cancel.
    """
    heating, moistening = energy[:, 0], energy[:, 1]
    total = heating + moistening
    centred = heating - weight @ heating
    return {
        "residual_mean": float(weight @ total),
        "residual_rms": float(np.sqrt(weight @ total**2)),
        "heating_rms": float(np.sqrt(weight @ heating**2)),
        "slope": float((weight * centred) @ moistening / ((weight * centred) @ centred)),
    }


def energy_histograms(energies: Mapping[str, Floats]) -> tuple[Floats, dict[str, Floats]]:
    """Edges (class + 1) of heating, W m-2, and counts (heating, moistening) of each run; the classes of moistening are those of -heating.

    energies : run -> (sample, 2), heating and moistening. The range leaves out the outermost 0.1 % of samples of each run.
    """
    both = [np.stack([energy[:, 0], -energy[:, 1]]) for energy in energies.values()]
    high = max(float(np.percentile(values, 99.9)) for values in both)
    low = min(-0.2 * high, *(float(np.percentile(values, 0.1)) for values in both))
    edges = np.linspace(low, high, 81)
    classes = (edges, -edges[::-1])
    return edges, {name: np.histogram2d(energy[:, 0], energy[:, 1], bins=classes)[0] for name, energy in energies.items()}


def totals(climate: Climate, constants: dict[str, float]) -> dict[str, float] | None:
    """Global energy (enthalpy, latent heat, kinetic) and water of the air: window means and least-squares drifts."""
    series = total_series(climate, constants)
    if series is None or climate.window is None:
        return None
    energy, water = (values[slice(*climate.window)] for values in series)
    days = np.arange(len(energy))
    drift, wetting = (float(np.polyfit(days, values, 1)[0]) for values in (energy, water))
    return {
        "energy_j_m2": float(energy.mean()),
        "energy_drift_w_m2": drift / SECONDS_PER_DAY,
        "water_kg_m2": float(water.mean()),
        "water_drift_mm_day": wetting,
    }


def total_series(climate: Climate, constants: dict[str, float]) -> tuple[Floats, Floats] | None:
    """Daily global means of the air's total energy, J m-2, and vapour, kg m-2; None if the history lacks a part."""
    parts = ("atmosphere_enthalpy_content", "atmosphere_kinetic_energy_content", "atmosphere_mass_content_of_water_vapor")
    if not set(parts) <= set(climate.zonal) or "latent_heat_of_vaporization" not in constants:
        return None
    enthalpy, kinetic, vapour = (climate.series(name) for name in parts)
    return enthalpy + kinetic + constants["latent_heat_of_vaporization"] * vapour, vapour


def distances(diagnosed: dict[str, Diagnosed], control: str) -> dict[str, dict[str, float]]:
    """name -> run -> distance to the control: RMSE of fluxes by latitude, of the heating's standard deviation, and of log10 wave power."""
    reference = diagnosed[control]
    result: dict[str, dict[str, float]] = {}

    def add(name: str, run: str, value: float) -> None:
        if np.isfinite(value):  # two spectra without power have no ratio
            result.setdefault(name, {})[run] = value

    for run, one in diagnosed.items():
        if run == control or one.climate.window is None or reference.climate.window is None:
            continue
        for name in FLUXES:
            if name in one.climate.zonal and name in reference.climate.zonal:
                mean, wanted = (c.zonal_mean(name, c.window) for c in (one.climate, reference.climate) if c.window is not None)
                add(name, run, root_mean_square(reference.climate.grid, mean - wanted))
        if one.heating_std is not None and reference.heating_std is not None:
            add("heating_std_k_day", run, root_mean_square(reference.climate.grid, one.heating_std - reference.heating_std))
        if one.waves is not None and reference.waves is not None and one.waves.symmetric.shape == reference.waves.symmetric.shape:
            ratio = np.log10(one.waves.symmetric / reference.waves.symmetric)
            add("wave_power_log10", run, float(np.sqrt(np.mean(ratio**2))))
    return result


def _heating(frequent: Frequent) -> Floats:
    """Column heating without radiation, surface fluxes and diffusion, W m-2."""
    return frequent.fields["column_heating_by_physics"] - frequent.fields["radiative_flux_convergence"]


def _variance(waves: WaveSpectrum) -> float:
    """Variance of both parts, (mm/day)²; the factor 2 accounts for negative frequencies."""
    return float(2.0 * (waves.symmetric.sum() + waves.antisymmetric.sum()))


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None
