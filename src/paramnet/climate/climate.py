"""Climate of one run: daily zonal means, global time series and the distribution of daily rain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.climate.history import History, HistoryGrid
from paramnet.contract import ParamnetError
from paramnet.physics import SECONDS_PER_DAY

__all__ = ["require_window"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Field:
    """A compared field; ``factor`` converts the history's units to ``units``."""

    name: str
    long_name: str
    units: str
    factor: float = 1.0


FIELDS = (
    Field("air_temperature", "Temperature", "K"),
    Field("specific_humidity", "Specific humidity", "g/kg", 1e3),
    Field("eastward_wind", "Eastward wind", "m/s"),
    Field("precipitation_flux", "Precipitation", "mm/day", SECONDS_PER_DAY),
    Field("northward_wind", "Northward wind", "m/s"),
    Field("convective_precipitation_flux", "Convective precipitation", "mm/day", SECONDS_PER_DAY),
    Field("atmosphere_mass_content_of_water_vapor", "Column water vapour", "kg/m²"),
    Field("toa_outgoing_longwave_flux", "Outgoing longwave", "W/m²"),
    Field("toa_net_downward_shortwave_flux", "Absorbed solar", "W/m²"),
    Field("cloud_area_fraction", "Cloud cover", "%", 1e2),
    Field("surface_temperature", "Surface temperature", "K"),
)
BUDGET_FIELDS = (
    Field("water_evaporation_flux", "Evaporation", "mm/day", SECONDS_PER_DAY),
    Field("surface_net_downward_shortwave_flux", "Solar flux into the surface", "W/m²"),
    Field("surface_net_downward_longwave_flux", "Longwave flux into the surface", "W/m²"),
    Field("surface_upward_sensible_heat_flux", "Sensible heat flux", "W/m²"),
    Field("surface_upward_latent_heat_flux", "Latent heat flux", "W/m²"),
    Field("atmosphere_enthalpy_content", "Enthalpy of the air", "J/m²"),
)
# Effect of all physics except surface fluxes and diffusion; missing in histories of older adapters.
PHYSICS_FIELDS = (
    Field("heating_by_physics", "Heating", "K/day", SECONDS_PER_DAY),
    Field("moistening_by_physics", "Moistening", "g/kg/day", 1e3 * SECONDS_PER_DAY),
    Field("square_of_heating_by_physics", "Square of heating", "K²/day²", SECONDS_PER_DAY**2),
    Field("atmosphere_kinetic_energy_content", "Kinetic energy of the air", "J/m²"),
)
COMPARED = (*FIELDS, *PHYSICS_FIELDS[:2])
# Roles of runs, in the order of all figures and tables; others come after them.
RUNS = ("floor", "learned", "learned_no_fallback", "linear", "kuo", "off")
# Target ratios of a run's RMSE to the second control's, for the fields that are judged.
AIMS = {"air_temperature": 3.0, "specific_humidity": 2.0, "eastward_wind": 2.0, "precipitation_flux": 2.0}
FEWEST_DAYS = 10  # in a comparison window
RAIN_EDGES = np.concatenate([[0.0], np.geomspace(0.1, 1000.0, 81)])  # mm/day; the first class is dry
PERCENTILES = (50.0, 90.0, 99.0, 99.9, 99.99)


@dataclass(frozen=True)
class Climate:
    """Climate of a run.

    days : number of complete and finite days. zonal : name -> (day, [lev,] lat) in the fields' units. rain_map : (lat, lon), mm/day.
    rain_share : (class of RAIN_EDGES), fraction of area and time. Both cover ``window`` (first day, last day), which is
    None if the run did not reach it. rain_percentiles : mm/day at PERCENTILES. The three of rain are None also without rain.
    """

    name: str
    grid: HistoryGrid
    days: int
    window: tuple[int, int] | None
    zonal: dict[str, Floats]
    rain_map: Floats | None
    rain_share: Floats | None
    rain_percentiles: Floats | None

    def zonal_mean(self, name: str, window: tuple[int, int]) -> Floats:
        """Mean over the days ``window[0] < day <= window[1]``: ([lev,] lat)."""
        return self.zonal[name][window[0] : window[1]].mean(axis=0)

    def series(self, name: str) -> Floats:
        """Daily global means (day), weighted by area and, for profiles, Δσ."""
        return global_mean(self.grid, self.zonal[name])


def global_mean(grid: HistoryGrid, zonal: Floats) -> Floats:
    """Daily means (day) of zonal : (day, [lev,] lat), over latitude by area and over levels with Δσ."""
    by_level = zonal @ grid.latitude_weight
    return by_level if by_level.ndim == 1 else by_level @ (grid.thickness / grid.thickness.sum())


def root_mean_square(grid: HistoryGrid, difference: Floats) -> float:
    """Root mean square of ([lev,] lat) weighted by area and Δσ, that is, by mass."""
    return float(np.sqrt(global_mean(grid, difference[None] ** 2)[0]))


def require_window(first_day: int, last_day: int, settings: str = "first_day, last_day") -> None:
    """Require at least FEWEST_DAYS in first_day < day <= last_day. Raises ParamnetError naming ``settings``, the keys that set them."""
    if first_day < 0 or last_day - first_day < FEWEST_DAYS:
        raise ParamnetError(
            settings,
            expected=f"a window of {FEWEST_DAYS} days or more, from day 0 or later",
            got=f"{first_day} to {last_day}",
            remedy="run more days, or start the window earlier",
        )


def summarise(run: History, first_day: int, last_day: int) -> Climate:
    """Read a run once, file by file.

    The window is first_day < day <= last_day, cut at the end of the run; it is None with fewer than ``FEWEST_DAYS``.
    """
    grid, present = run.grid, run.variables()
    zonal = {field.name: _zonal(run, field) for field in (*FIELDS, *BUDGET_FIELDS, *PHYSICS_FIELDS) if field.name in present}
    days = _finite_days(zonal)
    zonal = {name: values[:days] for name, values in zonal.items()}
    window = (first_day, min(last_day, days))
    if window[1] - window[0] < FEWEST_DAYS:
        return Climate(run.name, grid, days, None, zonal, None, None, None)
    if run.lenient and "precipitation_flux" not in present:
        return Climate(run.name, grid, days, window, zonal, None, None, None)
    rain_map, share, percentiles = _rain(run, grid, window)
    return Climate(run.name, grid, days, window, zonal, rain_map, share, percentiles)


def _zonal(run: History, field: Field) -> Floats:
    return np.concatenate([values.mean(axis=-1) for values in run.days(field.name)]) * field.factor


def _finite_days(zonal: dict[str, Floats]) -> int:
    """Number of days before the first with a value that is not finite."""
    fewest = min(len(values) for values in zonal.values())
    finite = np.ones(fewest, dtype=bool)
    for values in zonal.values():
        finite &= np.isfinite(values[:fewest]).all(axis=tuple(range(1, values.ndim)))
    return fewest if finite.all() else int(np.argmin(finite))


def _rain(run: History, grid: HistoryGrid, window: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    daily = np.concatenate(list(run.days("precipitation_flux")))[window[0] : window[1]] * SECONDS_PER_DAY
    weight = np.broadcast_to(grid.latitude_weight[None, :, None], daily.shape).ravel()
    share = np.histogram(daily.ravel(), bins=RAIN_EDGES, weights=weight)[0] / weight.sum()
    return daily.mean(axis=0), share, weighted_percentiles(daily.ravel(), weight)


def weighted_percentiles(values: Floats, weight: Floats) -> Floats:
    """Weighted percentiles of the values at PERCENTILES; values, weight : (sample)."""
    order = np.argsort(values)
    share = (np.cumsum(weight[order]) - 0.5 * weight[order]) / weight.sum()
    return np.interp(np.asarray(PERCENTILES) / 100.0, share, values[order])
