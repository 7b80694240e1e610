"""Figures of three-hourly means: Wheeler–Kiladis diagrams, column energy, and the distribution of rain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LogNorm
from numpy.typing import NDArray

from paramnet.climate.climate import RAIN_EDGES
from paramnet.climate.diagnostics import Diagnosed, energy_histograms, rain_interval
from paramnet.climate.dispersion import gravity_frequency, kelvin_frequency, mixed_frequency, rossby_frequency
from paramnet.climate.waves import WaveSpectrum
from paramnet.reporting.style import LABELS, line_style, nice_step, save

Floats = NDArray[np.float64]
DEPTHS = (12.0, 25.0, 50.0)  # m
WAVENUMBERS, CYCLES = 15, 0.8
RATIOS = (1.1, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0)  # white below: no more than the background
EXCESS = matplotlib.colormaps["OrRd"].with_extremes(under="white")


def wave_spectra(diagnosed: dict[str, Diagnosed], folder: Path) -> Path | None:
    """One row per part of the spectrum, raw and then over its background; one column per run. None without three-hourly means."""
    runs = {name: one.waves for name, one in diagnosed.items() if one.waves is not None}
    if not runs:
        return None
    figure, axes = plt.subplots(
        4, len(runs), figsize=(2.3 * len(runs) + 1.2, 9.2), sharex=True, sharey=True, layout="constrained", squeeze=False
    )
    for column, (name, waves) in enumerate(runs.items()):
        axes[0, column].set_title(LABELS.get(name, name), fontsize=9.5, fontweight="bold")
        for row, (part, power) in enumerate((("symmetric", waves.symmetric), ("antisymmetric", waves.antisymmetric))):
            raw = _panel(axes[row, column], waves, np.log10(power), _levels(runs), "YlGnBu")
            relative = _panel(
                axes[row + 2, column],
                waves,
                power / waves.background,
                np.array(RATIOS),
                matplotlib.colormaps["OrRd"].with_extremes(under="white"),
            )
            for axis in (axes[row, column], axes[row + 2, column]):
                _dispersion(axis, part)
    for row, label in enumerate(("symmetric", "antisymmetric", "symmetric / background", "antisymmetric / background")):
        axes[row, 0].set_ylabel(f"{label}\ncycles per day", fontsize=8.5)
    for axis in axes[-1]:
        axis.set_xlabel("zonal wavenumber (east +)", fontsize=8.5)
    figure.colorbar(raw, ax=list(axes[:2].flat), label="log₁₀ power, (mm day⁻¹)²", shrink=0.6)
    figure.colorbar(relative, ax=list(axes[2:].flat), label="power over background", shrink=0.6)
    return save(figure, folder, "wave_spectra")


def _levels(runs: dict[str, WaveSpectrum]) -> np.ndarray:
    """Levels for the control's symmetric power at the plotted frequencies, at least 0.2 decades apart."""
    waves = next(iter(runs.values()))
    shown = np.log10(waves.symmetric[waves.frequency <= CYCLES][:, np.abs(waves.wavenumber) <= WAVENUMBERS])
    low, high = np.percentile(shown, [5, 99.5])
    step = max(0.2, nice_step((high - low) / 10))
    return np.arange(np.floor(low / step), np.ceil(high / step) + 1) * step


def _panel(axis: Axes, waves: WaveSpectrum, values: np.ndarray, levels: np.ndarray, colours: str | Colormap) -> Any:
    rows, columns = waves.frequency <= CYCLES * 1.05, np.abs(waves.wavenumber) <= WAVENUMBERS + 1
    filled = axis.contourf(
        waves.wavenumber[columns], waves.frequency[rows], values[np.ix_(rows, columns)], levels=levels, cmap=colours, extend="both"
    )
    axis.set(xlim=(-WAVENUMBERS, WAVENUMBERS), ylim=(0, CYCLES))
    axis.axvline(0, color="black", lw=0.5)
    return filled


def _dispersion(axis: Axes, part: str) -> None:
    """Draw dispersion curves. Symmetric: Kelvin and n = 1. Antisymmetric: mixed Rossby–gravity and n = 2."""
    east, west = np.linspace(0.1, WAVENUMBERS, 60), np.linspace(-WAVENUMBERS, -0.1, 60)
    every = np.concatenate([west, east])
    style: dict[str, Any] = {"color": "black", "lw": 0.6, "alpha": 0.7}
    for depth in DEPTHS:
        if part == "symmetric":
            axis.plot(east, kelvin_frequency(east, depth), **style)
            axis.plot(west, rossby_frequency(west, depth), **style)
            axis.plot(every, gravity_frequency(every, depth), **style)
        else:
            axis.plot(every, mixed_frequency(every, depth), **style)
            axis.plot(every, gravity_frequency(every, depth, mode=2), **style)


def energy_scatter(diagnosed: dict[str, Diagnosed], folder: Path) -> Path | None:
    """Three-hourly heating of each column (without radiation) against its moistening; on the line they cancel."""
    runs = {name: one for name, one in diagnosed.items() if one.energy is not None}
    if not runs:
        return None
    figure, axes = plt.subplots(
        1, len(runs), figsize=(2.3 * len(runs) + 1.0, 2.8), sharex=True, sharey=True, layout="constrained", squeeze=False
    )
    edges, histograms = energy_histograms({name: one.energy for name, one in runs.items() if one.energy is not None})
    low, limit = edges[0], edges[-1]
    for axis, (name, one) in zip(axes[0], runs.items(), strict=True):
        counts = histograms[name]
        mesh = axis.pcolormesh(
            edges, -edges[::-1], np.ma.masked_equal(counts, 0).T / counts.sum(), norm=LogNorm(1e-6, 1e-1), cmap="viridis_r", rasterized=True
        )
        axis.plot([low, limit], [-low, -limit], color="black", lw=0.7)
        axis.set_title(f"{LABELS.get(name, name)}\nrms of sum {one.numbers['column_energy']['residual_rms']:.0f} W m⁻²", fontsize=9)
        axis.set_xlabel("heating, W m⁻²")
        axis.set_aspect("equal")
    axes[0, 0].set_ylabel("moistening, W m⁻²")
    figure.colorbar(mesh, ax=list(axes[0]), label="fraction of samples", shrink=0.8)
    return save(figure, folder, "column_energy")


def three_hourly_rain(diagnosed: dict[str, Diagnosed], folder: Path) -> Path | None:
    """Density of rain rates on logarithmic axes, with each run's 99.99th percentile ticked."""
    runs = {name: one for name, one in diagnosed.items() if one.rain_share is not None}
    if not runs:
        return None
    figure, axis = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    middles, widths = np.sqrt(RAIN_EDGES[1:-1] * RAIN_EDGES[2:]), np.diff(np.log10(RAIN_EDGES[1:]))
    for name, one in runs.items():
        assert one.rain_share is not None
        density = one.rain_share[1:] / widths
        style = line_style(name)
        axis.plot(middles[density > 0], density[density > 0], **style)
        axis.axvline(one.numbers["rain"]["percentiles_mm_day"]["99.99"], ymax=0.06, color=style["color"], lw=2)
    label = f"{rain_interval(one.numbers for one in runs.values())} rain, mm day⁻¹ (ticks: 99.99th percentiles)"
    axis.set(xscale="log", yscale="log", xlabel=label, ylabel="fraction per decade")
    axis.grid(True)
    axis.legend()
    return save(figure, folder, "three_hourly_rain")
