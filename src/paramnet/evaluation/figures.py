"""Figures of offline skill: profiles of scores, joint histograms, rain, and budget residuals."""

from __future__ import annotations

from pathlib import Path
from textwrap import wrap
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from paramnet.evaluation.judge import LEARNED, REACH, RESIDUAL_EDGES, Judge
from paramnet.evaluation.quantities import score_units
from paramnet.evaluation.scores import scores
from paramnet.evaluation.zonal import short_title
from paramnet.reporting.html import typeset
from paramnet.reporting.style import level_axis, line_style, save

Floats = NDArray[np.float64]


def profiles(judge: Judge, skill: dict[str, Any], folder: Path) -> Path:
    """R², mean absolute error and bias by level, one row for each profile variable, with the baselines."""
    names, coordinate = [v.name for v in judge.contract.outputs if v.is_profile], judge.contract.vertical_grid.coordinate
    figure, axes = plt.subplots(len(names), 3, figsize=(8.6, 2.75 * len(names) + 0.4), sharey=True, layout="constrained", squeeze=False)
    for row, name in zip(axes, names, strict=True):
        _profile_row(row, judge, skill[name]["by_level"], coordinate.middle, name)
        row[0].set(title=short_title(judge.contract, name), xlim=(-0.25, 1.02), xlabel="R²")
        row[0].set_ylabel(f"{coordinate.name}, {coordinate.units}")
        units = typeset(score_units(judge.contract, name))
        row[1].set(xlabel=f"mean absolute error, {units} per level", xlim=(0, None))
        row[2].set(xlabel=f"bias, {units} per level")
        for axis in row:
            level_axis(axis, coordinate)
            axis.xaxis.set_major_locator(MaxNLocator(5))
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels))
    return save(figure, folder, "skill_profiles")


def _profile_row(row: Any, judge: Judge, levels: dict[str, Any], height: Floats, name: str) -> None:
    """Three panels; R² only at levels with at least 1e-4 of the largest variance."""
    variance = scores(judge.energy, LEARNED).variance[judge.columns[name]]
    trace = variance < 1e-4 * variance.max()
    for who in judge.predictors:
        prefix = "" if who == LEARNED else f"{who}_"
        for axis, score in zip(row, ("r2", "mae", "bias"), strict=True):
            values = np.array([np.nan if v is None else v for v in levels[prefix + score]], dtype=float)
            values = np.where(trace, np.nan, values) if score == "r2" else values
            axis.plot(values, height, marker="o" if len(height) < 20 else None, ms=3, **line_style(who))
    for axis in (row[0], row[2]):
        axis.axvline(0, color="black", lw=0.7)


def joint_histograms(judge: Judge, skill: dict[str, Any], folder: Path) -> Path:
    """Joint histograms of prediction and truth on a logarithmic colour scale; the axes show both zero and extremes."""
    names = list(judge.joint)
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(2.85 * columns + 0.7, 2.85 * rows), layout="constrained", squeeze=False)
    smallest = min(1.0 / histogram.counts.sum() for histogram in judge.joint.values())
    for axis, name in zip(axes.flat, names, strict=False):
        mesh = _joint_panel(axis, judge, name, skill[name]["r2"], LogNorm(smallest, 1.0))
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    figure.colorbar(mesh, ax=axes, label="share of samples", fraction=0.03, pad=0.01, aspect=30, shrink=min(1.0, 2.0 / rows))
    return save(figure, folder, "joint_histograms")


def _joint_panel(axis: Axes, judge: Judge, name: str, r2: float | None, norm: LogNorm) -> QuadMesh:
    histogram = judge.joint[name]
    share = histogram.counts.T / histogram.counts.sum()
    limit, linear = histogram.edges[-1], histogram.edges[-1] / REACH
    shown = np.where(share > 0, share, np.nan)
    mesh = axis.pcolormesh(histogram.edges, histogram.edges, shown, norm=norm, cmap="viridis", rasterized=True)
    axis.plot([-limit, limit], [-limit, limit], color="#d55e00", lw=0.8)
    ticks = _stretched_ticks(limit, linear)
    low, high = _sides(histogram.counts)
    for which in ("x", "y"):
        getattr(axis, f"set_{which}scale")("asinh", linear_width=linear)
        getattr(axis, f"set_{which}ticks")(ticks, [f"{t:g}".replace("-", "−") for t in ticks], fontsize=6.5)
        getattr(axis, f"set_{which}lim")(-limit if low else -4 * linear, limit if high else 4 * linear)
        axis.minorticks_off()
    axis.set_title("\n".join(wrap(short_title(judge.contract, name), 26)), fontsize=9)
    units = typeset(score_units(judge.contract, name))
    axis.set(xlabel=f"teacher, {units}", ylabel=f"learned, {units}")
    if r2 is not None:
        axis.text(0.97, 0.04, f"R² {r2:.2f}".replace("-", "−"), transform=axis.transAxes, ha="right", fontsize=8.5)
    axis.set_box_aspect(1)
    return mesh


def _stretched_ticks(limit: float, linear: float) -> Floats:
    """Zero and the powers of ten beyond the linear part, every second one if there are many."""
    powers = np.arange(np.ceil(np.log10(linear)), np.floor(np.log10(limit)) + 1)
    positive = 10.0 ** powers[:: -1 if len(powers) < 4 else -2][::-1]
    return np.concatenate([-positive[::-1], [0.0], positive])


def _sides(counts: Floats) -> tuple[bool, bool]:
    """Return True for each side of zero, below and above, with more than 1e-4 of the samples of the truth."""
    truth, middle = counts.sum(axis=1), len(counts) // 2
    return bool(truth[: middle - 4].sum() > 1e-4 * truth.sum()), bool(truth[middle + 5 :].sum() > 1e-4 * truth.sum())


def rain(judge: Judge, folder: Path) -> Path | None:
    """Frequency of rain rates, and their contribution to the mean rain."""
    if not judge.rain:
        return None
    figure, (often, much) = plt.subplots(1, 2, figsize=(8.6, 3.4), layout="constrained")
    for who, histogram in judge.rain.items():
        edges = histogram.edges[1:-1]
        middle, width = np.sqrt(edges[1:] * edges[:-1]), np.diff(np.log10(edges))
        share = histogram.counts[1:-1] / histogram.weight
        style = line_style(who)
        dry = histogram.counts[0] / histogram.weight
        often.stairs(share / width, edges, baseline=None, **{**style, "label": f"{style['label']} ({dry:.0%} below 0.01)"})
        much.stairs(share * middle / width, edges, baseline=None, **style)
    for axis in (often, much):
        axis.set(xscale="log", xlim=(0.01, 300), xlabel="rain rate of one step, mm day⁻¹")
    often.set(ylabel="share of area and time per decade", yscale="log", ylim=(1e-5, None), title="Frequency")
    much.set(ylabel="contribution to mean rain,\nmm day⁻¹ per decade", ylim=(0, None), title="Amount")
    handles, labels = often.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return save(figure, folder, "rain_distribution")


def residuals(judge: Judge, folder: Path) -> Path | None:
    """Closure of column budgets: share of columns whose residual exceeds x."""
    if not judge.residuals:
        return None
    rows = -(-len(judge.residuals) // 2)
    figure, axes = plt.subplots(rows, 2, figsize=(8.6, 3.2 * rows), layout="constrained", squeeze=False)
    formulas = {budget.name: budget.formula for budget in judge.budgets}
    for axis, (name, by_who) in zip(axes.flat, judge.residuals.items(), strict=False):
        for who, histogram in by_who.items():
            beyond = 1.0 - np.cumsum(histogram.counts) / histogram.weight
            axis.plot(RESIDUAL_EDGES[1:], np.where(beyond > 1e-9, beyond, np.nan), **line_style(who))
        largest = max(RESIDUAL_EDGES[1:][histogram.counts > 0].max() for histogram in by_who.values())
        axis.set(xscale="log", xlim=(1e-6, 2 * largest), ylim=(0, 1.02), title=f"Budget of {name}")
        axis.set(xlabel=f"|{formulas[name]}|, W m⁻²", ylabel="share of columns above")
        axis.grid()
    for axis in axes.flat[len(judge.residuals) :]:
        axis.set_visible(False)
    axes.flat[0].legend()
    return save(figure, folder, "budget_residuals")
