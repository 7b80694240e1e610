"""A comparison as a Dataset, ``comparison.nc``: errors with their intervals, and every field, series and distribution of the figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paramnet.climate.climate import AIMS, BUDGET_FIELDS, FIELDS, PERCENTILES, PHYSICS_FIELDS, RAIN_EDGES, Climate, Field
from paramnet.climate.diagnostics import Diagnosed, energy_histograms
from paramnet.climate.groups import CONTROL, Groups
from paramnet.climate.history import HistoryGrid
from paramnet.reporting.netcdf import Variables, results

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
ALL_FIELDS = (*FIELDS, *BUDGET_FIELDS, *PHYSICS_FIELDS)
# Standard names of the compared units, where they are not those of the field; "" where CF has none.
_STANDARD_NAMES = {
    "precipitation_flux": "lwe_precipitation_rate",
    "convective_precipitation_flux": "lwe_convective_precipitation_rate",
    "water_evaporation_flux": "lwe_water_evaporation_rate",
    **dict.fromkeys(("heating_by_physics", "moistening_by_physics", "square_of_heating_by_physics"), ""),
}
_UNITS = {"%": "%", "g/kg": "g kg-1", "g/kg/day": "g kg-1 day-1", "K²/day²": "K2 day-2", "m/s": "m s-1", "mm/day": "mm day-1"}
_WATER_TERMS = ("evaporation", "precipitation", "evaporation_minus_precipitation", "vapour_storage", "water_residual")
SUMMARY = (
    "Runs of a climate model, those with a learned scheme and those with its own, over the days of one window: root mean square "
    "differences of zonal time means from the control with 95 % intervals, zonal means, daily global means, rain, budgets, heating and "
    "spectra. All that the figures of the comparison show."
)


def comparison_dataset(
    comparison: Mapping[str, Any],
    climates: Mapping[str, Climate],
    diagnosed: Mapping[str, Diagnosed],
    groups: Groups,
    constants: Mapping[str, float],
) -> xr.Dataset:
    """Return a comparison as a Dataset. climates : of all runs. diagnosed : of the runs in figures. constants : of the control, SI.

    Dimensions: ``run``, ``role`` (compared with the control), ``level`` (from the top), ``latitude``, ``longitude``, ``day``,
    ``percentile``, ``frequency``, ``wavenumber``, and the classes of distributions. What a run does not have is NaN.
    """
    table = _Table(list(climates))
    grid = climates[CONTROL].grid
    for add in (_add_means, _add_rain):
        add(table, climates)
    _add_grid(table, grid, climates)
    _add_budgets(table, comparison["budgets"])
    _add_diagnosed(table, diagnosed)
    _add_errors(table, comparison, groups)
    for name, value in constants.items():
        units = {"gravity": "m s-2", "specific_heat_of_dry_air": "J kg-1 K-1", "latent_heat_of_vaporization": "J kg-1"}.get(name, "1")
        table.variables[name] = ((), value, {"long_name": f"{name.replace('_', ' ')} of the control", "units": units})
    first, last = comparison["window_days"]
    known = {**comparison.get("provenance", {}), "first_day": first, "last_day": last, "measure": comparison["measure"]}
    return results(
        table.variables,
        table.coordinates,
        title="Comparison of coupled runs with their control",
        summary=SUMMARY,
        keywords="climate model, convection, machine learning, evaluation",
        known={
            **known,
            "interval": comparison["uncertainty"]["definition"],
            "interval_method": comparison["uncertainty"].get("method", ""),
        },
    )


class _Table:
    """Variables and coordinates as they are collected."""

    def __init__(self, runs: list[str]) -> None:
        self.runs = runs
        self.variables: Variables = {}
        self.coordinates: Variables = {}

    def by_run(self, name: str, dims: tuple[str, ...], of: Mapping[str, Any], long_name: str, units: str, **attributes: str) -> None:
        """Add a variable (run, …) from the arrays of those runs that have it; nothing without any."""
        known = {run: np.asarray(value, dtype=np.float64) for run, value in of.items() if value is not None}
        if known:
            shape = np.max([value.shape for value in known.values()], axis=0).astype(int) if dims else ()
            filled = np.full((len(self.runs), *shape), np.nan)
            for run, value in known.items():
                place: tuple[int | slice, ...] = (self.runs.index(run), *(slice(size) for size in value.shape))
                filled[place] = value
            self.variables[name] = (("run", *dims), filled, {"long_name": long_name, "units": units, **attributes})

    def axis(self, name: str, values: Any, long_name: str, units: str, **attributes: str) -> None:
        """Add a coordinate along the dimension of its name."""
        self.coordinates[name] = ((name,), np.asarray(values), {"long_name": long_name, "units": units, **attributes})


def units_of(of: str) -> str:
    """Units of a compared field as UDUNITS reads them."""
    return _UNITS.get(of, of.replace("/m²", " m-2").replace("/day", " day-1"))


def _named(field: Field) -> dict[str, str]:
    standard = _STANDARD_NAMES.get(field.name, field.name)
    return {"standard_name": standard} if standard else {}


def _add_grid(table: _Table, grid: HistoryGrid, climates: Mapping[str, Climate]) -> None:
    table.coordinates["run"] = (("run",), table.runs, {"long_name": "run"})
    table.axis("latitude", grid.latitude, "latitude", "degrees_north", standard_name="latitude", axis="Y")
    table.axis("longitude", grid.longitude, "longitude", "degrees_east", standard_name="longitude", axis="X")
    table.axis("level", grid.sigma, grid.vertical, "1", positive="down", axis="Z")
    table.axis("interface", grid.sigma_interface, "level interfaces", "1", positive="down")
    table.axis("day", np.arange(max(climate.days for climate in climates.values())) + 0.5, "days since the start of a run", "day")
    area = {"long_name": "area fraction of the latitude band, sums to 1", "units": "1"}
    table.variables["latitude_weight"] = (("latitude",), grid.latitude_weight, area)
    if grid.land is not None:
        land = {"standard_name": "land_area_fraction", "long_name": "land fraction", "units": "1"}
        table.variables["land_area_fraction"] = (("latitude", "longitude"), grid.land, land)
    table.by_run("days", (), {name: one.days for name, one in climates.items()}, "complete days of the run", "day")
    ends = {name: one.window[1] if one.window else None for name, one in climates.items()}
    table.by_run("window_end", (), ends, "last day of the means of the run", "day")


def _add_means(table: _Table, climates: Mapping[str, Climate]) -> None:
    """Zonal means over the window, and daily global means over all days of each run."""
    for field in ALL_FIELDS:
        having = {name: one for name, one in climates.items() if field.name in one.zonal}
        means = {name: one.zonal_mean(field.name, one.window) if one.window else None for name, one in having.items()}
        dims = ("level", "latitude") if any(one is not None and one.ndim == 2 for one in means.values()) else ("latitude",)
        mean = {**_named(field), "cell_methods": "time: mean longitude: mean"}
        table.by_run(f"zonal_mean_{field.name}", dims, means, f"{field.long_name}, zonal time mean", units_of(field.units), **mean)
        if control := having.get(CONTROL):
            minus = {
                name: mean - control.zonal_mean(field.name, window)
                for name, mean in means.items()
                if mean is not None and (window := having[name].window)
            }
            label = f"{field.long_name}, zonal time mean minus the control's over the same days"
            table.by_run(f"zonal_difference_{field.name}", dims, minus, label, units_of(field.units))
        series = {name: one.series(field.name) for name, one in having.items()}
        label = f"{field.long_name}, daily global mean"
        table.by_run(f"global_mean_{field.name}", ("day",), series, label, units_of(field.units), **_named(field))


def _add_rain(table: _Table, climates: Mapping[str, Climate]) -> None:
    edges = {"long_name": "edges of the classes of rain rates", "units": "mm day-1"}
    table.variables["rain_edge"] = (("rain_edges",), RAIN_EDGES, edges)
    table.axis("percentile", PERCENTILES, "percentile", "%")
    rain = {"standard_name": "lwe_precipitation_rate", "cell_methods": "time: mean"}
    maps = {name: one.rain_map for name, one in climates.items()}
    table.by_run("rain_map", ("latitude", "longitude"), maps, "precipitation, time mean", "mm day-1", **rain)
    shares = {name: one.rain_share for name, one in climates.items()}
    table.by_run("daily_rain_share", ("rain_class",), shares, "fraction of area and days in each class of daily rain", "1")
    percentiles = {name: one.rain_percentiles for name, one in climates.items()}
    table.by_run("daily_rain_percentile", ("percentile",), percentiles, "percentiles of daily rain", "mm day-1")


def _add_budgets(table: _Table, budgets: Mapping[str, Any]) -> None:
    known = {name: budget for name, budget in budgets.items() if budget is not None and name in table.runs}
    for term in dict.fromkeys(term for budget in known.values() for term in budget):
        units = "mm day-1" if term in _WATER_TERMS else "W m-2"
        table.by_run(
            f"budget_{term}", (), {name: one[term] for name, one in known.items()}, f"{term.replace('_', ' ')}, global mean", units
        )


def _add_diagnosed(table: _Table, diagnosed: Mapping[str, Diagnosed]) -> None:
    """Variability of heating, rain of short means, wave spectra and column energy."""

    def of(value: Callable[[Diagnosed], Any]) -> dict[str, Any]:
        return {name: value(one) for name, one in diagnosed.items()}

    std = of(lambda one: one.heating_std)
    table.by_run("heating_std", ("level", "latitude"), std, "standard deviation of heating in time and longitude", "K day-1")
    shares, numbers = of(lambda one: one.rain_share), of(lambda one: one.numbers["rain"])
    table.by_run("short_rain_share", ("rain_class",), shares, "fraction of area and time in each class of rain of short means", "1")
    table.by_run("short_rain_interval", (), {name: one and one["hours"] for name, one in numbers.items()}, "length of the means", "hour")
    percentiles = {name: one and list(one["percentiles_mm_day"].values()) for name, one in numbers.items()}
    table.by_run("short_rain_percentile", ("percentile",), percentiles, "percentiles of rain of short means", "mm day-1")
    waves = {name: one.waves for name, one in diagnosed.items() if one.waves is not None}
    if waves:
        longest = max(waves.values(), key=lambda one: one.symmetric.size)
        alike = {name: one for name, one in waves.items() if np.array_equal(one.frequency, longest.frequency[: len(one.frequency)])}
        table.axis("frequency", longest.frequency, "frequency", "day-1")
        table.axis("wavenumber", longest.wavenumber, "zonal wavenumber, positive eastward", "1")
        for part in ("symmetric", "antisymmetric", "background"):
            power = {name: getattr(one, part) for name, one in alike.items()}
            label = f"power of tropical rain, {part}" + (" part about the equator" if part != "background" else "")
            table.by_run(f"wave_power_{part}", ("frequency", "wavenumber"), power, label, "mm2 day-2")
    _add_energy(table, {name: one for name, one in diagnosed.items() if one.energy is not None})


def _add_energy(table: _Table, diagnosed: Mapping[str, Diagnosed]) -> None:
    if diagnosed:
        edges, counts = energy_histograms({name: one.energy for name, one in diagnosed.items() if one.energy is not None})
        table.variables["column_heating_edge"] = (
            ("energy_edges",),
            edges,
            {"long_name": "edges of the classes of heating", "units": "W m-2"},
        )
        moistening = {"long_name": "edges of the classes of moistening", "units": "W m-2"}
        table.variables["column_moistening_edge"] = (("energy_edges",), -edges[::-1], moistening)
        label = "number of columns and short means by heating and moistening"
        residuals = {name: one.numbers["column_energy"]["residual_rms"] for name, one in diagnosed.items()}
        table.by_run("column_energy_residual_rms", (), residuals, "root mean square of heating plus moistening", "W m-2")
        table.by_run("column_energy_count", ("heating_class", "moistening_class"), counts, label, "1")


def _add_errors(table: _Table, comparison: Mapping[str, Any], groups: Groups) -> None:
    """Errors of each role with their intervals, one variable for each field, and ratios to the floor's for all fields."""
    roles = [role for role in groups.roles if role != CONTROL]
    table.coordinates["role"] = (("role",), roles, {"long_name": "role of runs that are compared with the control"})
    fields: Mapping[str, Any] = comparison["online"]["fields"]

    def values(of: Mapping[str, Any]) -> Floats:
        return np.array([np.nan if of.get(role) is None else of[role] for role in roles], dtype=np.float64)

    ratios = {key: [values({role: its[key] for role, its in row.get("ratio", {}).items()}) for row in fields.values()] for key in _RATIO}
    for name, row in fields.items():
        label = f"{row['long_name']}, root mean square difference of zonal time means from the control"
        attributes = {"units": units_of(row["units"]), "comment": comparison["measure"]}
        limits = f"rmse_{name}_low rmse_{name}_high"
        table.variables[f"rmse_{name}"] = (("role",), values(row), {"long_name": label, **attributes, "ancillary_variables": limits})
        for limit, words in (("low", "lower"), ("high", "upper")):
            its = {"long_name": f"{words} limit of the 95 % interval of rmse_{name}", "units": units_of(row["units"])}
            table.variables[f"rmse_{name}_{limit}"] = (("role",), values(row.get(limit, {})), its)
    if fields:
        table.coordinates["field"] = (("field",), list(fields), {"long_name": "compared field"})
        for key, label in _RATIO.items():
            name = "ratio" if key == "value" else f"ratio_{key}"
            table.variables[name] = (
                ("field", "role"),
                np.array(ratios[key]).reshape(len(fields), len(roles)),
                {"long_name": label, "units": "1"},
            )
        aims = np.array([AIMS.get(name, np.nan) for name in fields])
        table.variables["ratio_aim"] = (("field",), aims, {"long_name": "largest ratio aimed at", "units": "1"})


_RATIO = {
    "value": "root mean square difference from the control, divided by that of the second control",
    "low": "lower limit of the 95 % interval of ratio",
    "high": "upper limit of the 95 % interval of ratio",
}
