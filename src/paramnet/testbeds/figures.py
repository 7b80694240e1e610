"""Figures of the report of a testbed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from paramnet.reporting.style import save
from paramnet.testbeds.candidates import LABELS
from paramnet.testbeds.lorenz96 import TIME_STEP
from paramnet.testbeds.scores import BINS, Series, autocorrelation, density, power_spectrum

# After Okabe & Ito (2008), with a dash of its own for each row.
STYLES: dict[str, dict[str, Any]] = {
    "truth": {"color": "#000000", "lw": 2.2, "label": "truth"},
    "none": {"color": "#8c8c8c", "linestyle": (0, (1, 1.5))},
    "linear": {"color": "#b87f00", "linestyle": (0, (5, 1.5))},
    "cubic": {"color": "#0072b2", "linestyle": (0, (2, 1))},
    "cubic_ar1": {"color": "#d55e00", "linestyle": (0, (3, 1.5, 1, 1.5))},
    "learned": {"color": "#009e73"},
}


def style(name: str) -> dict[str, Any]:
    """Colour, dash and label of a row."""
    return {"label": LABELS.get(name, name), **STYLES[name]}


def tendencies(training: NDArray[np.float64], polynomials: dict[str, NDArray[np.float64]], folder: Path) -> Path:
    """U against X in the training data, and the polynomials. polynomials : (point, X and U)."""
    figure, axis = plt.subplots(figsize=(5.4, 3.6), layout="constrained")
    x, u = training[:, 0].ravel(), training[:, -1].ravel()
    few = np.random.default_rng(0).choice(len(x), min(len(x), 4000), replace=False)
    axis.plot(x[few], u[few], ".", ms=1.5, color="#b5bcc2", rasterized=True, label="truth")
    for name, curve in polynomials.items():
        axis.plot(curve[:, 0], curve[:, 1], **style(name))
    axis.set(xlabel="X", ylabel="U")
    axis.legend()
    return save(figure, folder, "tendencies")


def densities(climates: dict[str, Series], folder: Path) -> Path:
    """Densities of X, and their ratio to the truth's."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(6.4, 5.0), sharex=True, layout="constrained", height_ratios=(2, 1))
    edges = np.linspace(climates["truth"].min(), climates["truth"].max(), BINS + 1)
    middles, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    truth = density(climates["truth"], edges)
    for name, series in climates.items():
        own = density(series, edges)
        above.plot(middles, own / width, **style(name))
        with np.errstate(divide="ignore", invalid="ignore"):
            below.plot(middles, np.where(truth > 1e-5, own / truth, np.nan), **style(name))
    above.set_ylabel("density")
    below.set(xlabel="X", ylabel="ratio to the truth", yscale="log", ylim=(0.2, 5.0))
    below.grid(axis="y")
    _legend(above)
    return save(figure, folder, "densities")


def variability(climates: dict[str, Series], lags: int, interval: int, folder: Path) -> Path:
    """Autocorrelation in time, and power of the wavenumbers of the ring."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.2, 3.3), layout="constrained")
    for name, series in climates.items():
        left.plot(np.arange(lags) * interval * TIME_STEP, autocorrelation(series, lags), **style(name))
        right.semilogy(power_spectrum(series), marker="o", ms=3, **style(name))
    left.set(xlabel="lag, time units", ylabel="autocorrelation of X")
    right.set(xlabel="wavenumber", ylabel="power")
    _legend(left)
    return save(figure, folder, "variability")


def valid(times: dict[str, NDArray[np.float64]], folder: Path) -> Path:
    """Share of the forecasts that are valid by lead time. times : in Lyapunov times, (start)."""
    figure, axis = plt.subplots(figsize=(5.4, 3.3), layout="constrained")
    for name, own in times.items():
        axis.step(np.append(0, np.sort(own)), 1 - np.arange(len(own) + 1) / len(own), where="post", **style(name))
    axis.set(xlabel="lead time, Lyapunov times", ylabel="share of valid forecasts", ylim=(0, 1.02), xlim=(0, None))
    _legend(axis)
    return save(figure, folder, "forecasts")


def _legend(axis: Axes) -> None:
    axis.legend(fontsize=7.5)
