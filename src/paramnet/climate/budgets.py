"""Global budgets of energy and water over the compared days."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan, nan

from paramnet.climate.climate import BUDGET_FIELDS, FIELDS, Climate
from paramnet.contract import ParamnetError
from paramnet.physics import SECONDS_PER_DAY


def budgets(climate: Climate, constants: dict[str, float], lenient: bool = False) -> dict[str, float | None] | None:
    """Global means over the window, W/m² and mm/day; None without a window.

    ``toa_net`` and ``surface_net`` are positive downward; ``air_gain`` = toa_net - surface_net is the energy supplied to the air;
    ``storage`` is the actual gain of enthalpy and latent heat. ``evaporation_minus_precipitation`` and ``vapour_storage`` are
    the same for water. Each ``…_residual`` is supply minus storage. ``lenient`` : a term is None if a field for it is missing;
    otherwise a missing field raises ParamnetError.
    """
    if climate.window is None:
        return None
    first, last = climate.window

    def mean(name: str) -> float:
        return float(climate.series(name)[first:last].mean()) if name in climate.zonal else nan

    def gain(name: str) -> float:
        """Rate per second between the daily means of the window's first and last day."""
        if name not in climate.zonal:
            return nan
        series = climate.series(name)
        return float((series[last - 1] - series[first]) / ((last - 1 - first) * SECONDS_PER_DAY))

    missing = {field.name for field in (*FIELDS, *BUDGET_FIELDS)} - set(climate.zonal)
    if missing and not lenient:
        raise ParamnetError(
            f"run {climate.name}",
            expected=f"{', '.join(sorted(missing))} for the budgets",
            got="a history without them",
            remedy=f"repeat the run with the current adapter, or compare its files, 'runs.{climate.name}=FOLDER/history_*.nc'",
        )
    latent_heat = constants.get("latent_heat_of_vaporization", nan) if lenient else constants["latent_heat_of_vaporization"]
    return {name: None if isnan(value) else value for name, value in _close(mean, gain, latent_heat).items()}


def _close(mean: Callable[[str], float], gain: Callable[[str], float], latent_heat: float) -> dict[str, float]:
    toa = mean("toa_net_downward_shortwave_flux") - mean("toa_outgoing_longwave_flux")
    surface = mean("surface_net_downward_shortwave_flux") + mean("surface_net_downward_longwave_flux")
    surface -= mean("surface_upward_sensible_heat_flux") + mean("surface_upward_latent_heat_flux")
    vapour = gain("atmosphere_mass_content_of_water_vapor")
    storage = gain("atmosphere_enthalpy_content") + latent_heat * vapour
    supply = mean("water_evaporation_flux") - mean("precipitation_flux")
    return {
        "toa_net": toa,
        "surface_net": surface,
        "air_gain": toa - surface,
        "storage": storage,
        "energy_residual": toa - surface - storage,
        "evaporation": mean("water_evaporation_flux"),
        "precipitation": mean("precipitation_flux"),
        "evaporation_minus_precipitation": supply,
        "vapour_storage": vapour * SECONDS_PER_DAY,
        "water_residual": supply - vapour * SECONDS_PER_DAY,
    }
