"""Figures of the network itself: spectra, and the scheme along physical directions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from paramnet.reporting.html import plain_name
from paramnet.reporting.style import save

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


def spectra(skill: dict[str, Any], folder: Path) -> Path | None:
    """Left: Hessian by decade. Middle: singular values of the Jacobian. Right: importance of the directions of each layer."""
    table = skill.get("network") or {}
    if "hessian" not in table:
        return None
    layers = table["interaction"].get("layers") or []
    figure, axes = plt.subplots(1, 3 if layers else 2, figsize=(10.5 if layers else 7.2, 3.3), layout="constrained")
    _hessian(axes[0], table["hessian"])
    jacobian = table["jacobian"]
    rank = np.arange(1, 1 + len(jacobian["median"]))
    for key, style in (("median", "-"), ("p95", "--")):
        axes[1].plot(rank, np.maximum(jacobian[key], 1e-12), style, color="black", lw=1.2, label={"p95": "95th percentile"}.get(key, key))
    if jacobian["lipschitz_bound"] is not None:
        axes[1].axhline(jacobian["lipschitz_bound"], color="#d55e00", lw=1, ls=":", label="bound")
    axes[1].set(yscale="log", ylim=(1e-4, None), xlabel="number", ylabel="singular value", title="Jacobian")
    axes[1].legend(fontsize=7)
    for number, layer in enumerate(layers):
        importance = np.maximum(layer["importance"], 1e-12) / layer["importance"][0]
        axes[2].plot(np.arange(1, 1 + len(importance)), importance, lw=1, label="inputs" if not number else f"layer {number}")
    if layers:
        axes[2].set(yscale="log", xscale="log", ylim=(1e-6, 1.5), xlabel="number", ylabel="relative importance", title="Interaction basis")
        axes[2].legend(fontsize=6, ncols=2)
    return save(figure, folder, "network_spectra")


def _hessian(axis: Axes, table: dict[str, Any]) -> None:
    """Share of the eigenvalues in each decade, with error bars."""
    shares = table["shares"]
    mean, error = (np.array([value or 0.0 for value in shares[key]]) for key in ("mean", "error"))
    place = np.arange(len(mean))
    axis.bar(place, mean, yerr=error, color="#8fb3d0", ecolor="black", capsize=2)
    edges = [f"{edge:.0e}".replace("-", "−") for edge in shares["edges"]]
    axis.set_xticks(np.arange(len(edges)) - 0.5, edges, rotation=90, fontsize=6)
    axis.set(yscale="log", ylim=(0.3 / table["weights"], 1.5), ylabel="share of eigenvalues", title="Hessian of the squared error")


def directions(skill: dict[str, Any], folder: Path) -> Path | None:
    """Column integrals along warming, moistening and stability, one row for each base state; ticks at the knots."""
    states = {name: its for name, its in ((skill.get("network") or {}).get("kinks") or {}).items() if its}
    if not states:
        return None
    wide = max(len(its) for its in states.values())
    figure, axes = plt.subplots(len(states), wide, figsize=(3.3 * wide + 0.4, 2.4 * len(states) + 0.6), layout="constrained", squeeze=False)
    for row, (state, its) in zip(axes, states.items(), strict=True):
        for axis in row[len(its) :]:
            axis.set_visible(False)
        for axis, (direction, table) in zip(row, its.items(), strict=False):
            for colour, (name, quantity) in zip(COLOURS, table["quantities"].items(), strict=False):
                axis.plot(table["step"], quantity["response"], color=colour, lw=1.2, label=plain_name(name))
            for knot in table["knots"]:
                axis.axvline(knot, ymax=0.05, color="black", lw=0.4, alpha=0.5)
            axis.set_title(f"{direction}, {state}: {len(table['knots'])} knots", fontsize=8)
            axis.set_xlabel(table["units"] if table["units"] != "1" else "share")
        row[0].set_ylabel("W m⁻²")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=8)
    return save(figure, folder, "network_directions")
