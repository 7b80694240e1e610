"""Figure of an ensemble or of draws: ranks of the truth among them, and reliability of rain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from paramnet.evaluation.judge import Judge
from paramnet.evaluation.zonal import short_title
from paramnet.reporting.style import line_style, save


def ranks_and_reliability(judge: Judge, skill: dict[str, Any], folder: Path) -> Path | None:
    """Rank histogram of each column integral (or output), and the reliability of rain where there is rain."""
    found = skill.get("ensemble")
    if found is None:
        return None
    names = [quantity.name for quantity in judge.derived] or list(judge.columns)[:3]
    rain = found.get("reliability")
    count = len(names) + (rain is not None)
    figure, axes = plt.subplots(1, count, figsize=(3.2 * count + 0.4, 2.9), layout="constrained", squeeze=False)
    for axis, name in zip(axes.flat, names, strict=False):
        shares = np.array(found["variables"][name]["rank_histogram"]) * (found["members"] + 1)
        axis.bar(np.arange(len(shares)), shares, width=0.9, color=line_style("learned")["color"])
        axis.axhline(1.0, color="black", lw=0.8)
        axis.set(title=short_title(judge.contract, name), xlabel="members below the teacher")
    axes.flat[0].set_ylabel("share × (members + 1)")
    if rain is not None:
        axis = axes.flat[-1]
        axis.plot([0, 1], [0, 1], color="black", lw=0.8)
        frequency = [np.nan if value is None else value for value in rain["frequency"]]
        axis.plot(rain["probability"], frequency, marker="o", ms=3.5, **line_style("learned") | {"label": None})
        axis.set(title=f"Rain above {rain['threshold_mm_day']:g} mm/day", xlabel="predicted probability", ylabel="frequency")
    return save(figure, folder, "ranks_and_reliability")
