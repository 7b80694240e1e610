"""Figures of a scheme's sensitivity to its inputs: mean Jacobians by level, and skill against noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from paramnet.evaluation.judge import Judge
from paramnet.evaluation.zonal import short_title
from paramnet.reporting.style import diverging_classes, doubling_levels, level_axis, nice_step, save

WORDS = {"air_temperature": "temperature", "specific_humidity": "humidity", "relative_humidity": "relative humidity"}
MOST_LINES = 8  # of the noise figure


def jacobians(judge: Judge, skill: dict[str, Any], folder: Path) -> Path | None:
    """d output(level) / d input(level), averaged over columns: one row for each output profile, one column for each input profile."""
    blocks = (skill.get("jacobian") or {}).get("blocks")
    if not blocks:
        return None
    rows, columns = (list(dict.fromkeys(block[side] for block in blocks)) for side in ("output", "input"))
    figure, axes = plt.subplots(
        len(rows),
        len(columns),
        figsize=(3.7 * len(columns), 3.1 * len(rows)),
        sharex=True,
        sharey=True,
        layout="constrained",
        squeeze=False,
    )
    standard = {v.name: v.standard_name for v in judge.contract.inputs}
    coordinate = judge.contract.vertical_grid.coordinate
    interfaces = np.maximum(coordinate.interface, 1e-3)
    for axis, block in zip(axes.flat, blocks, strict=True):
        values = np.array(block["mean"])
        levels = doubling_levels(nice_step(float(np.abs(values).max()) / 40.0), 5)
        colours, norm = diverging_classes(levels)
        mesh = axis.pcolormesh(interfaces, interfaces, values, cmap=colours, norm=norm, rasterized=True)
        level_axis(axis, coordinate)
        axis.set_xscale(axis.get_yscale()) if axis.get_yscale() == "linear" else None
        axis.set_xlim(*sorted(axis.get_ylim()))
        axis.grid(False)
        axis.set_title(f"{short_title(judge.contract, block['output'])} by {WORDS[standard[block['input']]]}")
        bar = figure.colorbar(mesh, ax=axis, extend="both", shrink=0.9)
        bar.set_label(block["units"], fontsize=6)
        bar.ax.tick_params(labelsize=6)
    for axis in axes[-1]:
        axis.set_xlabel(f"{coordinate.name} of input, {coordinate.units}")
    for axis in axes[:, 0]:
        axis.set_ylabel(f"{coordinate.name} of output, {coordinate.units}")
    return save(figure, folder, "jacobian")


def noise(judge: Judge, skill: dict[str, Any], folder: Path) -> Path | None:
    """R² and change of the prediction against the size of the noise on the inputs."""
    table = skill.get("noise")
    if not table:
        return None
    names = sorted(table["variables"], key=lambda name: not _is_profile(judge, name))[:MOST_LINES]
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.2), layout="constrained")
    sizes = np.array(table["noise"])
    for name in names:
        row = table["variables"][name]
        if None in row["r2"]:
            continue
        left.plot(np.maximum(sizes, sizes[1] / 3), row["r2"], marker="o", ms=3, label=short_title(judge.contract, name))
        right.plot(sizes[1:], row["change"][1:], marker="o", ms=3)
    right.plot(sizes[1:], sizes[1:], color="black", lw=0.7, ls=":")
    left.set(xscale="log", ylim=(-0.25, 1.02), ylabel="R²", title="Skill")
    left.set_xticks([sizes[1] / 3, *sizes[1:]], ["none", *(f"{size:g}" for size in sizes[1:])])
    right.set(xscale="log", yscale="log", ylabel="change / standard deviation of truth", title="Change of the prediction")
    right.set_xticks(sizes[1:], [f"{size:g}" for size in sizes[1:]])
    for axis in (left, right):
        axis.set_xlabel("noise, standard deviations of each input")
        axis.minorticks_off()
        axis.grid()
    figure.legend(*left.get_legend_handles_labels(), loc="outside right upper", fontsize=7.5)
    return save(figure, folder, "input_noise")


def _is_profile(judge: Judge, name: str) -> bool:
    columns = judge.columns[name]
    return columns.stop - columns.start > 1
