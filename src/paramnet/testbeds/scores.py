"""Scores of a run of a small system against another: densities, variability in time and space, and forecasts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 100

Series = NDArray[np.float64]  # (record, member, sector)


def density(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the values in each bin; what lies outside counts in the outermost bins."""
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    return counts / counts.sum()


def hellinger(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Hellinger distance of two densities as shares of bins: 0 if they are equal, 1 if they do not overlap."""
    return float(np.sqrt(max(0.0, 1.0 - np.sqrt(one * other).sum())))


def energy_distance(one: NDArray[np.float64], other: NDArray[np.float64], width: float) -> float:
    """Energy distance of two densities as shares of bins of one width, in the units of the width: 2 times the integral of (F - G)**2,
    and the square root of it (Székely & Rizzo 2013)."""
    return float(np.sqrt(2.0 * width * (np.cumsum(one - other) ** 2).sum()))


def autocorrelation(series: Series, lags: int) -> NDArray[np.float64]:
    """Correlation of each point with itself ``0 .. lags - 1`` records later, mean over points."""
    anomaly = series - series.mean()
    variance = (anomaly**2).mean()
    return np.array([(anomaly[: len(anomaly) - lag] * anomaly[lag:]).mean() / variance for lag in range(lags)])


def power_spectrum(series: Series) -> NDArray[np.float64]:
    """Mean power of each wavenumber of the ring from 0 : (wavenumber)."""
    return (np.abs(np.fft.rfft(series, axis=-1)) ** 2).mean(axis=tuple(range(series.ndim - 1))) / series.shape[-1]


def climate_scores(run: Series, truth: Series, lags: int) -> dict[str, Any]:
    """Distances of a run's climate from the truth's.

    hellinger, energy_distance : of the densities of X, in bins over the truth's range. autocorrelation_rmse : over ``lags`` records.
    spectrum_rmse_db : of the power of the wavenumbers. mean_error, std_error : of X.
    """
    edges = np.linspace(truth.min(), truth.max(), BINS + 1)
    ours, theirs = density(run, edges), density(truth, edges)
    power = 10.0 * np.log10(power_spectrum(run) / power_spectrum(truth))
    return {
        "hellinger": hellinger(ours, theirs),
        "energy_distance": energy_distance(ours, theirs, edges[1] - edges[0]),
        "autocorrelation_rmse": float(np.sqrt(np.mean((autocorrelation(run, lags) - autocorrelation(truth, lags)) ** 2))),
        "spectrum_rmse_db": float(np.sqrt(np.mean(power**2))),
        "mean_error": float(run.mean() - truth.mean()),
        "std_error": float(run.std() - truth.std()),
    }


def valid_times(forecast: Series, truth: Series, threshold: float = 0.3) -> NDArray[np.float64]:
    """Records until the error of a forecast exceeds ``threshold`` : (member), between records by interpolation.

    forecast, truth : (record, member, sector) from the same starts. The error is the norm over the points, divided by the root mean
    square of the truth's norm (Pathak et al. 2018). A forecast that never exceeds it counts with all its records.
    """
    error = np.linalg.norm(forecast - truth, axis=-1) / np.sqrt((truth**2).sum(-1).mean())
    above = error > threshold
    first = np.where(above.any(0), above.argmax(0), len(error))
    times = np.minimum(first, len(error) - 1).astype(np.float64)
    for member, record in enumerate(first):
        if 0 < record < len(error):
            before, after = error[record - 1, member], error[record, member]
            times[member] = record - 1 + (threshold - before) / (after - before)
    return times
