"""Figure of the logistic map."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import torch

from paramnet.reporting.style import save
from paramnet.testbeds.extrapolation.bifurcations import Family, orbits

TITLES = {"truth": "logistic map", "conditioned": "parameterization network", "input": "network with r as an input"}


def diagrams(families: dict[str, Family], highest: float, folder: Path) -> Path:
    """Bifurcation diagrams of the truth and of learned families, with the end of the training."""
    figure, axes = plt.subplots(1, len(families), figsize=(9.0, 3.2), sharex=True, sharey=True, layout="constrained")
    rates, start = torch.linspace(2.6, 4.0, 420, dtype=torch.float64), torch.tensor([0.3, 0.6], dtype=torch.float64)
    for axis, (name, family) in zip(axes, families.items(), strict=True):
        with torch.no_grad():
            states = orbits(family, rates, start, 300, 60)
        axis.plot(rates[None, :, None].expand(states.shape).flatten(), states.flatten(), ",", color="#000000", alpha=0.35, rasterized=True)
        axis.axvline(highest, color="#d55e00", lw=1.2)
        axis.set(title=TITLES[name], xlabel="r", ylim=(0, 1))
    axes[0].set_ylabel("x")
    return save(figure, folder, "bifurcations")
