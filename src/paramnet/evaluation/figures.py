"""Pictures of offline skill: profiles of scores, where on the globe they come from, how predictions are distributed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paramnet.evaluation.judge import LEARNED, RESIDUAL_EDGES, Judge
from paramnet.evaluation.style import line_style, save
from paramnet.evaluation.zonal import short_title

Floats = NDArray[np.float64]


def pressure_axis(axis: Axes, pressure: Floats) -> None:
    """Pressure downward, hPa: linear for a few tropospheric levels, logarithmic where the grid reaches the stratosphere."""
    if pressure.min() < 10:
        axis.set_yscale("log")
        axis.set_ylim(1000, max(1.0, pressure.min()))
        axis.set_yticks([1, 3, 10, 30, 100, 300, 1000], ["1", "3", "10", "30", "100", "300", "1000"])
        axis.minorticks_off()
    else:
        axis.set_ylim(1000, 0)
        axis.set_yticks([0, 200, 400, 600, 800, 1000])
    axis.grid(axis="y")


def profiles(judge: Judge, skill: dict[str, Any], folder: Path) -> Path:
    """R², mean absolute error and bias by level, a row per profile variable, with the baselines beside."""
    names = [v.name for v in judge.contract.outputs if v.is_profile]
    figure, axes = plt.subplots(
        len(names), 3, figsize=(8.6, 2.9 * len(names) + 0.4), sharey=True, layout="constrained", squeeze=False
    )
    for row, name in zip(axes, names, strict=True):
        levels = skill[name]["by_level"]
        pressure = np.array(levels["pressure_hpa"])
        for who in judge.predictors:
            prefix = "" if who == LEARNED else f"{who}_"
            for axis, score in zip(row, ("r2", "mae", "bias"), strict=True):
                values = np.array([np.nan if v is None else v for v in levels[prefix + score]], dtype=float)
                axis.plot(values, pressure, marker="o" if len(pressure) < 20 else None, ms=3, **line_style(who))
        row[0].set(title=short_title(judge.contract, name), xlim=(-0.25, 1.02), xlabel="R²", ylabel="pressure, hPa")
        row[0].axvline(0, color="black", lw=0.7)
        row[1].set(xlabel="mean absolute error, W m⁻² per level", xlim=(0, None))
        row[2].set(xlabel="bias, W m⁻² per level")
        row[2].axvline(0, color="black", lw=0.7)
        for axis in row:
            pressure_axis(axis, pressure)
    axes[0, 2].legend(loc="best")
    return save(figure, folder, "skill_profiles")


def joint_histograms(judge: Judge, skill: dict[str, Any], folder: Path) -> Path:
    """Predicted against true, as the logarithm of how often; the axes are stretched so that zero and extremes both show."""
    names = list(judge.joint)
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3.15 * columns, 2.95 * rows), layout="constrained", squeeze=False)
    for axis, name in zip(axes.flat, names, strict=False):
        _joint_panel(figure, axis, judge, name, skill[name]["r2"])
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    return save(figure, folder, "joint_histograms")


def _joint_panel(figure: Figure, axis: Axes, judge: Judge, name: str, r2: float | None) -> None:
    histogram = judge.joint[name]
    density = histogram.counts.T / histogram.counts.sum()
    limit, linear = histogram.edges[-1], histogram.edges[-1] / 200.0
    smallest = density[density > 0].min()
    mesh = axis.pcolormesh(
        histogram.edges, histogram.edges, np.where(density > 0, density, np.nan), norm=LogNorm(smallest, density.max()),
        cmap="viridis", rasterized=True,
    )  # fmt: skip
    axis.plot([-limit, limit], [-limit, limit], color="#d55e00", lw=0.8)
    positive = 10.0 ** np.arange(np.ceil(np.log10(linear * 2)), np.floor(np.log10(limit)) + 1)
    ticks = np.concatenate([-positive[::-1], [0], positive])
    labels = [f"{t:g}".replace("-", "−") for t in ticks]
    for which in ("x", "y"):
        getattr(axis, f"set_{which}scale")("asinh", linear_width=linear)
        getattr(axis, f"set_{which}ticks")(ticks, labels, fontsize=6.5, rotation=45 if which == "x" else 0)
        getattr(axis, f"set_{which}lim")(-limit, limit)
        axis.minorticks_off()
    if judge.energy.truth_square.size and histogram.counts[: len(histogram.counts) // 2 - 2].sum() < 1e-4 * histogram.counts.sum():
        axis.set(xlim=(-2 * linear, limit), ylim=(-2 * linear, limit))
    axis.set(title=short_title(judge.contract, name), xlabel="teacher, W m⁻²", ylabel="learned, W m⁻²")
    if r2 is not None:
        axis.text(0.04, 0.96, f"R² {r2:.2f}".replace("-", "−"), transform=axis.transAxes, va="top", fontsize=8.5)
    axis.set_box_aspect(1)
    bar = figure.colorbar(mesh, ax=axis, fraction=0.045, pad=0.02)
    bar.ax.tick_params(labelsize=6.5)
    bar.set_label("share", fontsize=7)


def rain(judge: Judge, folder: Path) -> Path | None:
    """How often it rains how much, and how much of all rain that is."""
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
        axis.set(xscale="log", xlim=(0.01, 300), xlabel="rain of one step, mm day⁻¹")
    often.set(ylabel="share of area and time per decade", yscale="log", ylim=(1e-5, None), title="How often")
    much.set(ylabel="contribution to mean rain,\nmm day⁻¹ per decade", ylim=(0, None), title="How much")
    handles, labels = often.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return save(figure, folder, "rain_distribution")


def residuals(judge: Judge, folder: Path) -> Path | None:
    """How well each column's budgets close: share of columns whose residual exceeds x."""
    if not judge.residuals:
        return None
    figure, axes = plt.subplots(1, len(judge.residuals), figsize=(4.3 * len(judge.residuals), 3.3), layout="constrained", squeeze=False)
    formulas = {budget.name: budget.formula for budget in judge.budgets}
    for axis, (name, by_who) in zip(axes.flat, judge.residuals.items(), strict=True):
        for who, histogram in by_who.items():
            beyond = 1.0 - np.cumsum(histogram.counts) / histogram.weight
            axis.plot(RESIDUAL_EDGES[1:], np.where(beyond > 1e-9, beyond, np.nan), **line_style(who))
        axis.set(xscale="log", xlim=(1e-4, 1e3), ylim=(0, 1.02), title=f"{name.capitalize()} budget")
        axis.set(xlabel=f"|{formulas[name]}|, W m⁻²", ylabel="share of columns beyond")
        axis.grid()
    axes.flat[0].legend()
    return save(figure, folder, "budget_residuals")
