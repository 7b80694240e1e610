"""Figure of the harvest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from paramnet.reporting.style import save

COLOURS = {"truth": "#000000", "ricker": "#d55e00", "process": "#009e73"}


def models_and_runs(shown: dict[str, Any], labels: dict[str, str], folder: Path) -> Path:
    """The models of one set of data, and runs of the population under the policies made of them."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.4), layout="constrained")
    grid, growth = shown["grid"][1:], {name: (mean[1:], std[1:]) for name, (mean, std) in shown["growth"].items()}
    mean, std = growth["process"]
    left.fill_between(grid, mean - 2 * std, mean + 2 * std, color=COLOURS["process"], alpha=0.2, lw=0)
    for name, colour in COLOURS.items():
        left.plot(grid, growth[name][0], color=colour, label=labels[name])
    left.plot(shown["stock"], np.log(shown["after"] / shown["stock"]), ".", color="#6a737b", label="data")
    left.axhline(0, color="#c4cad0", lw=0.8, zorder=0)
    left.set(xlabel="stock after the harvest, s", ylabel="log(x' / s)", ylim=(-1.2, 1.6))
    left.legend(fontsize=7.5)
    for name, colour in COLOURS.items():
        lines = right.plot(shown["states"][name][:, :10], color=colour, lw=0.7, alpha=0.8)
        lines[0].set_label(labels[name])
    right.set(xlabel="year", ylabel="x", ylim=(0, None))
    right.legend(fontsize=7.5)
    return save(figure, folder, "harvest")
