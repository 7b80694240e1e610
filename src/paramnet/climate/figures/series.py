"""Figures of daily global means, budgets and errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from paramnet.climate.climate import Climate
from paramnet.reporting.style import COLOURS, LABELS, line_style, save

Floats = NDArray[np.float64]
SERIES = (
    ("air_temperature", "air temperature,\nK"),
    ("atmosphere_mass_content_of_water_vapor", "column vapour,\nkg m⁻²"),
    ("precipitation_flux", "precipitation,\nmm day⁻¹"),
    ("toa_outgoing_longwave_flux", "outgoing longwave,\nW m⁻²"),
)
BUDGET_ROWS = (
    ("toa_net", "top of atmosphere, net down"),
    ("surface_net", "surface, net down"),
    ("storage", "stored in the air"),
    ("energy_residual", "unaccounted energy"),
    ("evaporation", "evaporation"),
    ("precipitation", "precipitation"),
    ("vapour_storage", "stored as vapour"),
    ("water_residual", "unaccounted water"),
)
ENERGY_ROWS = 4  # the first rows are in W m-2, the others in mm/day


def time_series(climates: dict[str, Climate], window: tuple[int, int], folder: Path) -> Path | None:
    """Daily global means from day 1; the comparison window is shaded, a cross marks a run that ended early. None without a field."""
    rows = [(name, label) for name, label in SERIES if all(name in climate.zonal for climate in climates.values())]
    if not rows:
        return None
    figure, axes = plt.subplots(len(rows), 1, figsize=(8.2, 1.65 * len(rows) + 0.5), sharex=True, layout="constrained", squeeze=False)
    for axis, (name, label) in zip(axes[:, 0], rows, strict=True):
        for run in sorted(climates, key=lambda r: r == "learned"):
            _series_line(axis, climates[run], run, name, window[1])
        _settle(axis, [climate.series(name) for climate in climates.values()])
        axis.axvspan(*window, color="#f2f2f2", zorder=0, lw=0)
        axis.set_ylabel(label)
        axis.grid(axis="y")
    axes[-1, 0].set(xlabel="days since the start", xlim=(0, max(window[1], max(c.days for c in climates.values()))))
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 6))
    return save(figure, folder, "time_series")


def _series_line(axis: Axes, climate: Climate, run: str, name: str, last_day: int) -> None:
    values = climate.series(name)
    days = np.arange(len(values)) + 0.5
    axis.plot(days, values, **{**line_style(run), "lw": 1.8 if run in ("control", "learned") else 1.1})
    if climate.days < last_day and len(values):
        axis.plot(days[-1], values[-1], marker="X", ms=7, color=COLOURS.get(run, "#cc79a7"), mec="white")


def _settle(axis: Axes, series: list[Floats]) -> None:
    """Set limits from the days after spin-up from rest, whose large changes would flatten the rest: ten, of short runs a quarter."""
    spin_up = min(10, max(map(len, series)) // 4)
    settled = np.concatenate([values[spin_up:] for values in series])
    if settled.size:
        margin = 0.08 * float(np.ptp(settled)) or 1.0
        axis.set_ylim(float(settled.min()) - margin, float(settled.max()) + margin)


def budget_bars(budgets: dict[str, dict[str, float | None] | None], folder: Path) -> Path | None:
    """Global energy and water budgets over the window, one group of dots per term; None without a term."""
    known = {name: budget for name, budget in budgets.items() if budget is not None}
    runs = [name for name, budget in known.items() if any(value is not None for value in budget.values())]
    both = ((BUDGET_ROWS[:ENERGY_ROWS], "global mean, W m⁻²"), (BUDGET_ROWS[ENERGY_ROWS:], "global mean, mm day⁻¹"))
    shown = [(rows, units) for rows, units in both if any(known[run][key] is not None for run in runs for key, _ in rows)]
    if not shown:
        return None
    figure, panels = plt.subplots(1, len(shown), figsize=(4.3 * len(shown), 3.2), layout="constrained", squeeze=False)
    for axis, (rows, units) in zip(panels.flat, shown, strict=True):
        for offset, run in zip(np.linspace(-0.3, 0.3, len(runs)) if len(runs) > 1 else [0.0], runs, strict=True):
            values = np.array([known[run][key] for key, _ in rows], dtype=np.float64)  # None as NaN, which is not drawn
            colour = COLOURS.get(run, "#cc79a7")
            places = np.arange(len(rows)) + offset
            axis.hlines(places, 0, values, color=colour, lw=1.2)
            axis.plot(values, places, "o", ms=4.5, color=colour, label=LABELS.get(run, run))
        axis.axvline(0, color="black", lw=0.8)
        axis.set_yticks(range(len(rows)), [label for _, label in rows])
        axis.invert_yaxis()
        axis.grid(axis="x")
        axis.set_xlabel(units)
        axis.spines["left"].set_visible(False)
        axis.tick_params(axis="y", length=0)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 6))
    return save(figure, folder, "budgets")


def scoreboard(fields: dict[str, dict[str, Any]], runs: list[str], aims: dict[str, float], folder: Path) -> Path | None:
    """RMSE of every field as a multiple of the second control's: 1 is the difference between two runs of the teacher.

    ``aims`` : field -> target ratio, marked if given. Returns None without a second control.
    """
    rows = [name for name, row in fields.items() if row.get("floor")]
    if not rows:
        return None
    present = [run for run in runs if run != "floor" and any(fields[name].get(run) is not None for name in rows)]
    figure, axis = plt.subplots(figsize=(7.2, 0.3 * len(rows) + 1.2), layout="constrained")
    for place, name in enumerate(rows):
        row = fields[name]
        axis.axhline(place, color="#ededed", lw=0.8, zorder=0)
        if name in aims:
            axis.plot([aims[name]] * 2, [place - 0.35, place + 0.35], color="#404040", lw=1.4)
        for run in present[::-1]:
            if row.get(run) is not None:
                axis.plot(row[run] / row["floor"], place, **_marker(run))
    axis.axvline(1, color="black", lw=1)
    _ratio_axis(axis)
    labels = [f"{fields[name]['long_name']}  ({fields[name]['floor']:.2g} {fields[name]['units']})" for name in rows]
    axis.set(ylim=(len(rows) - 0.4, -0.6))
    axis.set_yticks(range(len(rows)), labels)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    handles = [plt.Line2D([], [], label=LABELS.get(run, run), **_marker(run)) for run in present]
    handles.append(plt.Line2D([], [], ls="", marker="|", ms=10, mew=1.4, color="#404040", label="aim"))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return save(figure, folder, "scoreboard")


def _marker(run: str) -> dict[str, Any]:
    learned = run == "learned"
    style = {"marker": "D" if learned else "o", "ms": 7.5 if learned else 6.5, "zorder": 4 if learned else 3}
    return {"ls": "", "color": COLOURS.get(run, "#cc79a7"), "mec": "white", **style}


def _ratio_axis(axis: Axes) -> None:
    axis.set(xscale="log", xlabel="RMSE against control ÷ RMSE of the second control")
    low, high = axis.get_xlim()
    low, high = min(low, 0.8), max(high, 4.0)
    ticks = [tick for tick in (0.5, 1, 2, 3, 5, 10, 20, 50, 100) if low <= tick <= high]
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_xlim(low, high)
    axis.minorticks_off()
