"""Figure of the autocorrelation in time of heating and moistening by level."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from paramnet.evaluation.judge import Judge
from paramnet.evaluation.quantities import is_heat, is_moistening
from paramnet.evaluation.zonal import short_title
from paramnet.reporting.style import level_axis, line_style, save


def autocorrelations(judge: Judge, skill: dict[str, Any], folder: Path) -> Path | None:
    """A row for each profile of heating and moistening, a panel for each lag; None without sequences."""
    found = skill.get("autocorrelation")
    names = [v.name for v in judge.contract.outputs if v.is_profile and (is_heat(v) or is_moistening(v))]
    if found is None or not names:
        return None
    hours, coordinate = found["hours"], judge.contract.vertical_grid.coordinate
    figure, axes = plt.subplots(
        len(names), len(hours), figsize=(2.3 * len(hours) + 0.6, 2.75 * len(names) + 0.4), sharex=True, sharey=True, layout="constrained",
        squeeze=False,
    )  # fmt: skip
    for row, name in zip(axes, names, strict=True):
        for axis, lag, of in zip(row, hours, range(len(hours)), strict=True):
            for who, values in found["variables"][name].items():
                levels = np.array([np.nan if value is None else value for value in values[of]], dtype=float)
                axis.plot(levels, coordinate.middle, marker="o" if len(levels) < 20 else None, ms=3, **line_style(who))
            axis.axvline(0, color="black", lw=0.7)
            axis.set(title=f"{short_title(judge.contract, name)}, {lag:g} h", xlim=(-0.3, 1.02))
            level_axis(axis, coordinate)
        row[0].set_ylabel(f"{coordinate.name}, {coordinate.units}")
    for axis in axes[-1]:
        axis.set_xlabel("autocorrelation")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels))
    return save(figure, folder, "autocorrelation")
