"""Figures of the linear response: its eigenvalues in the complex plane, and the fastest mode of each base state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from paramnet.evaluation.judge import Judge
from paramnet.reporting.style import pressure_axis, save

COLOURS = {"mean": "#000000", "tropics": "#0072b2", "rainy tropics": "#d55e00", "mean response": "#009e73"}
MARKERS = {"mean": "o", "tropics": "s", "rainy tropics": "^", "mean response": "x"}
LINEAR = 0.1  # day-1: axes are linear up to here, logarithmic beyond


def linear_responses(judge: Judge, skill: dict[str, Any], folder: Path) -> Path | None:
    """Left: spectra. Right: the mode of each base state that grows fastest or decays slowest."""
    table = skill.get("linear_response") or {}
    bases = table.get("base_states")
    if not bases:
        return None
    figure, axes = plt.subplots(
        1, 1 + len(bases), figsize=(3.6 + 1.5 * len(bases), 4.0), layout="constrained", width_ratios=[2.6, *[1] * len(bases)]
    )
    _spectrum(axes[0], bases, table["columns"].get("fastest"))
    for axis, (name, base) in zip(axes[1:], bases.items(), strict=True):
        _mode(axis, name, base)
    axes[1].set_ylabel("pressure, hPa")
    for axis in axes[2:]:
        axis.set_yticklabels([])
    named = dict(pair[::-1] for axis in axes for pair in zip(*axis.get_legend_handles_labels(), strict=True))
    figure.legend(named.values(), named.keys(), fontsize=7, loc="outside lower center", ncols=5)
    return save(figure, folder, "linear_response")


def _spectrum(axis: Axes, bases: dict[str, Any], fastest: dict[str, Any] | None) -> None:
    if fastest:
        axis.plot(fastest["real"], fastest["imaginary"], ".", color="#b0b0b0", ms=4, label="fastest mode of each column")
    for name, base in bases.items():
        values = base["eigenvalues"]
        axis.plot(
            values["real"], values["imaginary"], MARKERS[name], color=COLOURS[name], ms=3.5, mfc="none", mew=0.8, ls="none", label=name
        )
    axis.axvspan(0, 1e9, color="#f6e3d8", lw=0, zorder=0)
    parts = [
        np.abs(base["eigenvalues"][part] + (fastest[part] if fastest else [])) for base in bases.values() for part in ("real", "imaginary")
    ]
    reach = 2.0 * max(1.0, *(float(part.max()) for part in parts))
    axis.set_xscale("symlog", linthresh=LINEAR)
    axis.set_yscale("symlog", linthresh=LINEAR)
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="growth, day⁻¹", ylabel="frequency, rad day⁻¹", title="Eigenvalues")
    sizes = [size for size in (LINEAR, 1.0, 10.0, 100.0, 1000.0, 1e4) if size < reach]
    ticks = [*(-size for size in reversed(sizes)), 0.0, *sizes]
    labels = [f"{tick:g}".replace("-", "−") for tick in ticks]
    axis.set_xticks(ticks, labels)
    axis.set_yticks(ticks, labels)
    axis.minorticks_off()
    axis.grid()


def _mode(axis: Axes, name: str, base: dict[str, Any]) -> None:
    mode = base["fastest_mode"]
    pressure = np.array(mode["pressure_hpa"])
    for profile, label, colour in (("temperature", "T", "#d55e00"), ("humidity", "Lv q / cp", "#0072b2")):
        axis.plot(mode[profile]["real"], pressure, color=colour, label=label)
        if np.any(mode[profile]["imaginary"]):
            axis.plot(mode[profile]["imaginary"], pressure, color=colour, ls=":", lw=1, label=f"{label}, a quarter period earlier")
    pressure_axis(axis, pressure)
    axis.axvline(0, color="black", lw=0.6)
    axis.set(xlim=(-1.1, 1.1), xlabel="K (maximum 1)")
    axis.set_title(f"{name}\n{base['growth_rate']:.2g} day⁻¹", fontsize=8)
