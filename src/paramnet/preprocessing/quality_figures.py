"""Figures of the quality report: every variable's histogram, every profile's mean and range."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import wrap

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from paramnet.contract import Contract, Variable
from paramnet.preprocessing.quality import Quality, bin_edges
from paramnet.reporting.style import figure_style, pressure_axis, save

_ACROSS, _STANDARD_PRESSURE = 4, 1.0e5  # Pa, to place levels
_INSIDE, _OUTSIDE = "#009e73", "#d55e00"


def draw(contract: Contract, quality: Quality, folder: Path) -> dict[str, Path]:
    """``histograms`` and, where there are profiles, ``profiles``, as PNG files in ``folder``."""
    variables = (*contract.inputs, *contract.outputs)
    profiles = [variable for variable in variables if variable.is_profile]
    pressure = contract.vertical_grid.pressure(_STANDARD_PRESSURE) / 100
    with figure_style():
        paths = {"histograms": _panels(variables, 1.7, lambda axis, v: _histogram(axis, v, quality), folder, "histograms")}
        if profiles:
            paths["profiles"] = _panels(profiles, 2.5, lambda axis, v: _profile(axis, v, quality, pressure), folder, "profiles")
    return paths


def _panels(variables: Sequence[Variable], height: float, panel: Callable[[Axes, Variable], None], folder: Path, name: str) -> Path:
    rows = -(-len(variables) // _ACROSS)
    figure, axes = plt.subplots(rows, _ACROSS, figsize=(10.5, height * rows), squeeze=False)
    figure.subplots_adjust(wspace=0.3, hspace=1.25 / height)  # laid out by hand: a solver takes seconds for a hundred panels
    for axis, variable in zip(axes.flat, variables, strict=False):
        panel(axis, variable)
        units = "" if variable.units == "1" else f", {variable.units}"
        axis.set_title("\n".join(wrap(variable.name.replace("_", " ") + units, 34)), fontsize=7.5)
        axis.tick_params(labelsize=6.5)
        axis.minorticks_off()
    for axis in axes.flat[len(variables) :]:
        axis.set_visible(False)
    return save(figure, folder, name)


def _histogram(axis: Axes, variable: Variable, quality: Quality) -> None:
    """Share of values in each bin, on a logarithmic scale; bars at the ends stand for what lies outside the valid range."""
    counts = quality.variables[variable.name].histogram
    low, high = variable.valid_range
    edges, total = bin_edges(low, high), max(1, int(counts.sum()))
    place = np.arange(len(edges))  # bins are drawn equally wide: their edges are even, or even in asinh
    axis.stairs(counts[1:-1] / total, place, fill=True, color=_INSIDE)
    for count, where in ((counts[0], -6.0), (counts[-1], len(edges) + 1.0)):
        if count:
            axis.bar(where, count / total, width=4, color=_OUTSIDE, align="edge")
    axis.set_yscale("log")
    smallest = np.floor(np.log10(min(0.3 / total, 1e-3)))
    axis.set_ylim(10.0**smallest, 1)
    axis.set_yticks(10.0 ** np.arange(smallest, 1, 2))
    axis.set_xlim(-8, len(edges) + 6)
    ticks = _ticks(low, high)
    axis.set_xticks(np.interp(ticks, edges, place).tolist(), [f"{tick:.3g}".replace("-", "−") for tick in ticks])


def _ticks(low: float, high: float) -> list[float]:
    """The ends of the valid range, and zero or a value between them."""
    if low > 0 or high < 0:
        return [low, 0.5 * (low + high), high]
    if low == 0:
        return [low, high / 100, high]
    return [low, 0.0, high] if -low > 1e-3 * high else [0.0, high / 100, high]


def _profile(axis: Axes, variable: Variable, quality: Quality, pressure: np.ndarray) -> None:
    """Mean of each level, and the range between its smallest and largest value."""
    found = quality.variables[variable.name]
    seen = np.isfinite(found.minimum) & np.isfinite(found.maximum)
    axis.fill_betweenx(pressure[seen], found.minimum[seen], found.maximum[seen], color=_INSIDE, alpha=0.25, lw=0)
    axis.plot(found.mean[seen], pressure[seen], color=_INSIDE)
    bad = (found.missing + found.below + found.above) > 0
    if bad.any():
        axis.plot(np.nan_to_num(found.mean[bad]), pressure[bad], ".", color=_OUTSIDE, ms=5)
    pressure_axis(axis, pressure)
    axis.xaxis.set_major_locator(plt.MaxNLocator(3))
