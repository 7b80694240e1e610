"""What each figure of the comparison shows, in words and numbers: the alternative texts of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from paramnet.climate.climate import Climate
from paramnet.climate.figures.series import BUDGET_ROWS, SERIES
from paramnet.reporting.html import number
from paramnet.reporting.style import LABELS

Comparison = dict[str, Any]


def by_run(runs: Iterable[str], value: Callable[[str], str]) -> str:
    """``control (teacher): …; learned: …``, without the runs that have no value."""
    told = ((run, value(run)) for run in runs)
    return "; ".join(f"{LABELS.get(run, run)}: {text}" for run, text in told if text) + "."


def errors(comparison: Comparison, names: Iterable[str], runs: Iterable[str]) -> str:
    """RMSE of each run in each field."""
    fields = comparison["online"]["fields"]
    shown = [fields[name] for name in names if name in fields]

    def told(run: str) -> str:
        return ", ".join(f"{row['long_name']} {number(row[run], 2)} {row['units']}" for row in shown if row.get(run) is not None)

    return "RMSE against the control. " + by_run(runs, told)


def scoreboard(comparison: Comparison, runs: Iterable[str]) -> str:
    """Ratio of each run's RMSE to the floor's."""
    fields = [row for row in comparison["online"]["fields"].values() if row.get("floor")]

    def told(run: str) -> str:
        return ", ".join(f"{row['long_name']} {number(row[run] / row['floor'], 2)}" for row in fields if row.get(run) is not None)

    return "RMSE of each run divided by the second control's. " + by_run((run for run in runs if run != "floor"), told)


def rain_band(comparison: Comparison) -> str:
    """Position and peak of the rain band of each run."""
    found = comparison["diagnostics"]["runs"]

    def told(run: str) -> str:
        band = found[run]["itcz"]
        return f"{number(band['peak'], 2)} mm per day, band at {number(band['position'], 2)}° N" if band else ""

    return "Highest zonal mean of precipitation. " + by_run(found, told)


def rain_means(comparison: Comparison) -> str:
    """Global mean and RMSE of precipitation."""
    row = comparison["online"]["fields"].get("precipitation_flux", {})

    def told(run: str) -> str:
        budget = comparison["budgets"].get(run) or {}
        mean = f"global mean {number(budget.get('precipitation'), 3)}" if budget.get("precipitation") is not None else ""
        return ", ".join(part for part in (mean, f"RMSE {number(row[run], 2)}" if row.get(run) is not None else "") if part)

    return "Maps of mean precipitation, mm per day: the control, and differences from it. " + by_run(comparison["runs"], told)


def daily_rain(comparison: Comparison) -> str:
    """99.9th percentile and dry share of daily rain."""

    def told(run: str) -> str:
        rain = comparison["rain"][run]
        if rain is None:
            return ""
        return f"{rain['share_below_0.1']:.0%} below 0.1, 99.9th percentile {number(rain['percentiles_of_daily_rain']['99.9'], 2)}"

    return "Frequency of daily precipitation, mm per day. " + by_run(comparison["rain"], told)


def interval_rain(comparison: Comparison) -> str:
    """99.99th percentile of rain over shorter means."""
    found = comparison["diagnostics"]["runs"]

    def told(run: str) -> str:
        rain = found[run]["rain"]
        return number(rain["percentiles_mm_day"]["99.99"], 3) if rain else ""

    return "99.99th percentile, mm per day. " + by_run(found, told)


def series(climates: dict[str, Climate]) -> str:
    """Mean of each run over its compared days."""
    names = {"air_temperature": "temperature, K", "precipitation_flux": "precipitation, mm per day"}
    known = [name for name, _ in SERIES if name in names and all(name in climate.zonal for climate in climates.values())]

    def told(run: str) -> str:
        climate = climates[run]
        if climate.window is None:
            return f"ended on day {climate.days}"
        parts = (f"{names[name]}: {number(float(climate.series(name)[slice(*climate.window)].mean()), 3)}" for name in known)
        return ", ".join(parts) + (f", ended on day {climate.days}" if climate.days < max(c.days for c in climates.values()) else "")

    return "Means over the compared days. " + by_run(climates, told)


def budgets(found: dict[str, dict[str, float | None] | None]) -> str:
    """Energy and water that are not accounted for, and rain."""
    names = dict(BUDGET_ROWS)

    def told(run: str) -> str:
        budget = found[run] or {}
        shown = (("toa_net", "W m⁻²"), ("energy_residual", "W m⁻²"), ("water_residual", "mm per day"), ("precipitation", "mm per day"))
        return ", ".join(f"{names[key]} {number(budget[key], 2)} {units}" for key, units in shown if budget.get(key) is not None)

    return by_run(found, told)


def diagnosed(comparison: Comparison, what: str, of: str, key: str = "") -> str:
    """A number of the diagnostics for each run: ``what`` says which it is."""
    found = comparison["diagnostics"]["runs"]

    def told(run: str) -> str:
        value = found[run][of]
        value = value[key] if value and key else value
        return number(value, 3) if value is not None else ""

    return f"{what}. " + by_run(found, told)


def distances(comparison: Comparison, names: dict[str, str]) -> str:
    """RMSE of each flux by latitude."""
    found = comparison["diagnostics"]["distance_to_control"]
    rows = []
    for name in (name for name in names if name in found):
        values = {run: number(value, 2) for run, value in found[name].items()}
        rows.append(f"{names[name]}: {by_run(values, values.__getitem__)}")
    return "RMSE of zonal means against the control, W m⁻². " + " ".join(rows)
