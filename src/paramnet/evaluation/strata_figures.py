"""Figures of skill by stratum, and of the tails of the column integrals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from paramnet.evaluation.judge import LEARNED, TAIL_LINEAR, TRUTH, Judge
from paramnet.evaluation.zonal import short_title
from paramnet.reporting.style import line_style, save


def strata(judge: Judge, skill: dict[str, Any], folder: Path) -> Path:
    """R² and mean absolute error of each profile (or output) by latitude, rain, surface and distance from the training data."""
    names = [v.name for v in judge.contract.outputs if v.is_profile] or [v.name for v in judge.contract.outputs][:3]
    shown = [sums.grouping for sums in judge.strata]
    figure, axes = plt.subplots(
        len(shown), len(names), figsize=(3.4 * len(names) + 1.4, 1.9 * len(shown)), layout="constrained", squeeze=False
    )
    for axis, name in zip(axes[0], names, strict=True):
        axis.set_title(short_title(judge.contract, name))
    for row, grouping in zip(axes, shown, strict=True):
        table = skill["by"][grouping.name]
        for axis, name in zip(row, names, strict=True):
            _bars(axis, table, name, [who for who in judge.predictors if who != "climatology"])
        row[0].set_ylabel(grouping.long_name)
        labels = [f"{stratum} ({each['share']:.1%})" for stratum, each in table.items()]
        row[0].set_yticks(range(len(table)), labels, fontsize=7.5)
        for axis in row[1:]:
            axis.set_yticks(range(len(table)), [""] * len(table))
    for axis in axes[-1]:
        axis.set_xlabel("R² about the stratum's own mean")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels))
    return save(figure, folder, "skill_by_stratum")


def _bars(axis: Axes, table: dict[str, Any], name: str, predictors: list[str]) -> None:
    height = 0.8 / len(predictors)
    for place, who in enumerate(predictors):
        key = "r2" if who == LEARNED else f"{who}_r2"
        values = [np.nan if each[name][key] is None else max(each[name][key], -0.3) for each in table.values()]
        style = line_style(who)
        axis.barh(np.arange(len(values)) - 0.4 + (place + 0.5) * height, values, height * 0.9, color=style["color"], label=style["label"])
    axis.axvline(0, color="black", lw=0.7)
    axis.set_xlim(-0.3, 1.0)
    axis.invert_yaxis()
    axis.grid(axis="x")


def tails(judge: Judge, folder: Path) -> Path | None:
    """Probability density of each column integral, including its tails."""
    if not judge.tails:
        return None
    figure, axes = plt.subplots(1, len(judge.tails), figsize=(3.4 * len(judge.tails) + 0.4, 3.1), layout="constrained", squeeze=False)
    for axis, (name, by_who) in zip(axes.flat, judge.tails.items(), strict=True):
        for who, histogram in by_who.items():
            share = histogram.counts / histogram.weight / np.diff(histogram.edges)
            axis.stairs(np.where(share > 0, share, np.nan), histogram.edges, baseline=None, **line_style(who))
        truth = by_who[TRUTH]
        reached = truth.edges[1:][truth.counts > 0]
        axis.set_xscale("asinh", linear_width=TAIL_LINEAR)
        axis.set(yscale="log", xlim=(2 * min(reached[0], -TAIL_LINEAR), 2 * max(reached[-1], TAIL_LINEAR)), xlabel="W m⁻²")
        ticks = [t for t in (-10_000, -1000, -100, 0, 100, 1000, 10_000) if axis.get_xlim()[0] <= t <= axis.get_xlim()[1]]
        axis.set_xticks(ticks, [f"{t:,}".replace("-", "−") for t in ticks])
        axis.minorticks_off()
        axis.set_title(short_title(judge.contract, name))
    axes.flat[0].set_ylabel("share of area and time per W m⁻²")
    axes.flat[0].legend(fontsize=7)
    return save(figure, folder, "column_tails")
