"""Figure of the increments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

from paramnet.reporting.style import save


def increments(shown: dict[str, Any], labels: dict[str, str], cases: dict[str, str], folder: Path) -> Path:
    """Maps of the increments, one line for each missing term. shown : case, row -> (y, x)."""
    figure, axes = plt.subplots(len(cases), len(labels), figsize=(9.2, 6.6), layout="constrained", squeeze=False)
    for line, case in zip(axes, cases, strict=True):
        limit = 2.5 * float(shown[case]["full"].std())
        for axis, (row, label) in zip(line, labels.items(), strict=True):
            image = axis.imshow(shown[case][row], origin="lower", cmap="RdBu_r", vmin=-limit, vmax=limit)
            axis.set(xticks=[], yticks=[])
            if case == next(iter(cases)):
                axis.set_title(label.replace(", ", ",\n"), fontsize=8)
        line[0].set_ylabel(cases[case].replace(", ", "\n"), fontsize=8)
        figure.colorbar(image, ax=line, shrink=0.85)
    return save(figure, folder, "model_errors")
