"""Figure of the closures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from paramnet.reporting.style import save

COLOURS = {
    "truth": "#000000", "none": "#8c8c8c", "smagorinsky": "#b87f00", "leith": "#cc79a7", "backscatter": "#0072b2",
    "equation": "#56b4e9", "equation_backscatter": "#d55e00", "network": "#009e73",
}  # fmt: skip
MAPS = ("truth", "none", "network")


def snapshots_and_spectra(shown: dict[str, Any], labels: dict[str, str], folder: Path) -> Path:
    """One line for each case. shown : case, row -> (q of the upper layer (y, x), statistics)."""
    figure, axes = plt.subplots(len(shown), len(MAPS) + 1, figsize=(10.0, 5.0), layout="constrained", squeeze=False)
    for line, (case, rows) in zip(axes, shown.items(), strict=True):
        limit = 2.5 * float(rows["truth"][0].std())
        for axis, name in zip(line, MAPS, strict=False):
            if name in rows:
                axis.imshow(rows[name][0], origin="lower", cmap="RdBu_r", vmin=-limit, vmax=limit)
            axis.set(xticks=[], yticks=[], title=f"{case}: {labels.get(name, name)}")
        for name, (_, statistics) in rows.items():
            power = statistics["spectrum of kinetic energy 1"]
            line[-1].loglog(np.arange(1, len(power) + 1), power, color=COLOURS[name], label=labels.get(name, name), lw=1.2)
        line[-1].set(xlabel="waves a side", ylabel="kinetic energy, m² s⁻²")
    axes[0, -1].legend(fontsize=6)
    return save(figure, folder, "turbulence")
