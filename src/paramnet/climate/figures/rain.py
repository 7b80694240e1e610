"""Figures of precipitation: zonal means, maps and the distribution of daily rates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from numpy.typing import NDArray

from paramnet.climate.climate import RAIN_EDGES, Climate
from paramnet.climate.figures.zonal import PANELS, complete, shown, until
from paramnet.reporting.style import (
    COLOURS,
    class_ticks,
    diverging_classes,
    doubling_levels,
    edges_from_middles,
    latitude_axis,
    latitude_axis_upward,
    line_style,
    save,
)

Floats = NDArray[np.float64]


def rain_profiles(climates: dict[str, Climate], folder: Path) -> Path | None:
    """Zonal-mean precipitation above, its difference from the control below; the floor's RMSE is a band. None without rain."""
    control, name = climates["control"], "precipitation_flux"
    if not _have_rain(climates):
        return None
    latitude = control.grid.latitude
    figure, (above, below) = plt.subplots(2, 1, figsize=(6.6, 5.4), sharex=True, height_ratios=(1.5, 1), layout="constrained")
    assert control.window is not None
    mean = control.zonal_mean(name, control.window)
    above.plot(latitude, mean, lw=2.2, **line_style("control"))
    for run in shown(climates):
        window = climates[run].window
        assert window is not None
        profile = climates[run].zonal_mean(name, window)
        difference = profile - control.zonal_mean(name, window)
        if run == "floor":
            band = float(np.sqrt(difference**2 @ control.grid.latitude_weight))
            grey = {"color": COLOURS["floor"], "alpha": 0.3, "lw": 0}
            above.fill_between(latitude, mean - band, mean + band, label="± RMSE of second control", **grey)
            below.fill_between([-90, 90], -band, band, **grey)
            continue
        above.plot(latitude, profile, **line_style(run))
        below.plot(latitude, difference, **line_style(run))
    below.axhline(0, color="black", lw=0.8)
    above.set(ylabel="precipitation, mm day⁻¹", ylim=(0, None))
    below.set_ylabel("minus control, mm day⁻¹")
    latitude_axis(above, label=False)
    latitude_axis(below)
    above.legend(loc="upper left")
    return save(figure, folder, "rain_profiles")


def rain_maps(climates: dict[str, Climate], folder: Path) -> Path | None:
    """Mean precipitation of the control, and each run's difference, on an equal-area grid. None without rain."""
    control = climates["control"]
    if not _have_rain(climates):
        return None
    assert control.rain_map is not None
    runs = complete(climates, PANELS)
    rows = (len(runs) + 2) // 2
    figure, axes = plt.subplots(rows, 2, figsize=(9.6, 2.45 * rows), sharex=True, sharey=True, layout="constrained", squeeze=False)
    levels = np.array([0, 0.5, 1, 2, 3, 4, 6, 8, 10, 12, 16])
    mean = _map_panel(axes.flat[0], control, control.rain_map, plt.get_cmap("YlGnBu"), levels)
    axes.flat[0].set_title("control (teacher)")
    colours, norm = diverging_classes(doubling_levels(1.0, 3), "BrBG")
    difference = None
    for axis, run in zip(axes.flat[1:], runs, strict=False):
        rain = climates[run].rain_map
        assert rain is not None
        difference = _map_panel(axis, control, rain - control.rain_map, colours, norm.boundaries)
        axis.set_title(until(climates, run).replace("\n", " "))
    for axis in axes.flat[len(runs) + 1 :]:
        axis.set_visible(False)
    below: dict[str, Any] = {"location": "bottom", "shrink": 0.8, "aspect": 30, "pad": 0.02}
    figure.colorbar(mean, ax=axes[:, 0], label="control: precipitation, mm day⁻¹", extend="max", **below)
    if difference is not None:
        bar = figure.colorbar(difference, ax=axes[:, 1], label="difference, mm day⁻¹", extend="both", **below)
        class_ticks(bar, norm.boundaries)
    return save(figure, folder, "rain_maps")


def _map_panel(axis: Axes, control: Climate, values: Floats, colours: Any, levels: Floats) -> Any:
    """Draw grid cells from 180° W; coastlines are the contour of land fraction 0.5."""
    grid = control.grid
    shift = len(grid.longitude) // 2
    longitude = np.roll(np.where(grid.longitude >= 180, grid.longitude - 360, grid.longitude), shift)
    step = longitude[1] - longitude[0]
    edges = np.append(longitude, longitude[-1] + step) - step / 2
    norm = BoundaryNorm(levels, colours.N, extend="neither" if colours.N < 50 else "max")
    latitude_edges, rolled = edges_from_middles(grid.latitude, 90, -90), np.roll(values, shift, axis=1)
    mesh = axis.pcolormesh(edges, latitude_edges, rolled, cmap=colours, norm=norm, rasterized=True)
    if grid.land is not None and np.ptp(grid.land) > 0:
        axis.contour(longitude, grid.latitude, np.roll(grid.land, shift, axis=1), levels=[0.5], colors="#404040", linewidths=0.7)
    latitude_axis_upward(axis)
    axis.set_xlim(edges[0], edges[-1])
    axis.set_xticks([-120, -60, 0, 60, 120], ["120°W", "60°W", "0°", "60°E", "120°E"])
    return mesh


def _have_rain(climates: dict[str, Climate]) -> bool:
    """Return True if all runs have rain."""
    return all("precipitation_flux" in climate.zonal for climate in climates.values())


def rain_distribution(climates: dict[str, Climate], folder: Path) -> Path | None:
    """Frequency of each daily rate over area and time, and its ratio to the control. None without rain."""
    if not _have_rain(climates):
        return None
    figure, (often, ratio) = plt.subplots(2, 1, figsize=(6.6, 5.4), sharex=True, height_ratios=(1.7, 1), layout="constrained")
    edges, control = RAIN_EDGES[1:], climates["control"]
    assert control.rain_share is not None and control.rain_percentiles is not None
    width = np.diff(np.log10(edges))
    for run in ("control", *complete(climates)):
        share = climates[run].rain_share
        assert share is not None
        style = line_style(run)
        label = f"{style['label']} ({share[0]:.0%} drier than 0.1)"
        often.stairs(share[1:] / width, edges, baseline=None, **{**style, "label": label, "lw": 2.2 if run == "control" else 1.5})
        if run != "control":
            common = np.where(control.rain_share[1:] > 1e-7, control.rain_share[1:], np.nan)
            ratio.stairs(share[1:] / common, edges, baseline=None, **style)
    often.set(yscale="log", ylabel="fraction of area and days per decade", ylim=(1e-6, 2))
    often.axvline(control.rain_percentiles[-1], color="#b0b0b0", lw=0.8)
    often.text(control.rain_percentiles[-1], 1.2, " 99.99 %\n of control", fontsize=7, color=COLOURS["floor"], va="top")
    ratio.axhline(1, color="black", lw=0.8)
    ratio.set(yscale="log", ylim=(0.1, 10), yticks=[0.1, 0.3, 1, 3, 10], ylabel="ratio to control", xlabel="daily precipitation, mm day⁻¹")
    ratio.set_yticklabels(["0.1", "0.3", "1", "3", "10"])
    ratio.minorticks_off()
    ratio.set(xscale="log", xlim=(0.1, 200))
    ratio.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
    often.legend(loc="lower left")
    return save(figure, folder, "rain_distribution")
