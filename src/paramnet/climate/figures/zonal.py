"""Figures of zonal-mean climates and of each run's difference from the control."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paramnet.climate.climate import FIELDS, RUNS, Climate, root_mean_square
from paramnet.reporting.style import (
    LABELS,
    class_ticks,
    diverging_classes,
    doubling_levels,
    edges_from_middles,
    latitude_axis,
    nice_step,
    save,
    sigma_axis,
)

Floats = NDArray[np.float64]
PANELS = tuple(run for run in RUNS if run != "learned_no_fallback")
FIELD = {field.name: field for field in FIELDS}
CONTOURS = {"air_temperature": "YlOrRd", "specific_humidity": "YlGnBu", "eastward_wind": "RdBu_r", "northward_wind": "RdBu_r"}


def shown(climates: dict[str, Climate], wanted: tuple[str, ...] = RUNS) -> list[str]:
    """Runs with a window, the known ones first, in the order of all figures."""
    others = tuple(name for name in climates if name not in (*RUNS, "control")) if wanted is RUNS else ()
    return [name for name in (*wanted, *others) if name in climates and climates[name].window is not None]


def complete(climates: dict[str, Climate], wanted: tuple[str, ...] = RUNS) -> list[str]:
    """Those of ``shown`` that reached the window's end, for figures where fewer days would mislead."""
    return [name for name in shown(climates, wanted) if climates[name].window == climates["control"].window]


def cross_sections(climates: dict[str, Climate], names: tuple[str, ...], base: dict[str, float], folder: Path) -> Path | None:
    """Latitude–σ panels, one row per field: the control's mean, then each run's difference, with one colour scale per row.

    None without a field.
    """
    if not names:
        return None
    runs = shown(climates, PANELS)
    figure, axes = plt.subplots(
        len(names), len(runs) + 1, figsize=(1.95 * (len(runs) + 1) + 1.3, 2.0 * len(names) + 0.4),
        sharex=True, sharey=True, layout="constrained", squeeze=False,
    )  # fmt: skip
    for row, name in enumerate(names):
        _control_panel(figure, axes[row, 0], climates["control"], name)
        _difference_row(figure, axes[row, 1:], climates, runs, name, base[name])
    for axis in axes[:, 0]:
        sigma_axis(axis, climates["control"].grid.vertical)
    for axis in axes.flat:
        latitude_axis(axis, label=axis in axes[-1])
        axis.set_xticks([-60, 0, 60], ["60°S", "0°", "60°N"])
    for axis, run in zip(axes[0, 1:], runs, strict=True):
        axis.annotate(until(climates, run), (0, 1.2), xycoords="axes fraction", fontsize=9.5, fontweight="bold")
    axes[0, 0].annotate("control (teacher)", (0, 1.2), xycoords="axes fraction", fontsize=9.5, fontweight="bold")
    return save(figure, folder, "cross_sections")


def until(climates: dict[str, Climate], run: str) -> str:
    """Label ``run − control``, with the last day if the run ended before the window."""
    climate, control = climates[run], climates["control"]
    minus = f"{LABELS.get(run, run)} − control"
    return minus if climate.days >= (control.window or (0, 0))[1] else f"{minus}\n(until day {climate.days})"


def _control_panel(figure: Figure, axis: Axes, control: Climate, name: str) -> None:
    assert control.window is not None
    mean = control.zonal_mean(name, control.window)
    limit = float(np.abs(mean).max())
    levels = np.linspace(-limit, limit, 15) if CONTOURS[name] == "RdBu_r" else np.linspace(mean.min(), mean.max(), 12)
    step = nice_step(levels[1] - levels[0])
    levels = np.arange(np.floor(levels[0] / step), np.ceil(levels[-1] / step) + 1) * step
    filled = axis.contourf(control.grid.latitude, control.grid.sigma, mean, levels=levels, cmap=CONTOURS[name])
    axis.set_title(f"{FIELD[name].long_name}", fontsize=9)
    figure.colorbar(filled, ax=axis, label=FIELD[name].units, location="left", fraction=0.08, pad=0.06, aspect=18)


def _difference_row(figure: Figure, axes: NDArray[Any], climates: dict[str, Climate], runs: list[str], name: str, base: float) -> None:
    if not runs:
        return  # every other run ended before the window
    grid = climates["control"].grid
    latitude_edges = edges_from_middles(grid.latitude, 90, -90)
    colours, norm = diverging_classes(doubling_levels(base), "BrBG" if name == "specific_humidity" else "RdBu_r")
    for axis, run in zip(axes, runs, strict=True):
        window = climates[run].window
        assert window is not None
        difference = climates[run].zonal_mean(name, window) - climates["control"].zonal_mean(name, window)
        mesh = axis.pcolormesh(latitude_edges, grid.sigma_interface, difference, cmap=colours, norm=norm, rasterized=True)
        size = root_mean_square(grid, difference)
        axis.set_title(f"RMSE {size:.2g} {FIELD[name].units}", fontsize=9)
    bar = figure.colorbar(mesh, ax=list(axes), extend="both", fraction=0.03, pad=0.01, aspect=16, label=FIELD[name].units)
    class_ticks(bar, norm.boundaries, fontsize=7)
