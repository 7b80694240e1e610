"""Circular block bootstrap of a series of days (Politis & Romano 1992), with the block length from its autocorrelation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FEWEST_DAYS = 10
LEVEL, REPLICATES, SEED = 0.95, 1000, 0
METHOD = "circular block bootstrap over days (Politis & Romano 1992); block length from the lag-1 autocorrelation (Wilks 1997)"


@dataclass(frozen=True)
class Resampled:
    """Replicates of a series. counts : (replicate, part), how often each part of the series is in each replicate.

    Sums over the parts of a replicate are ``counts @ sums``. block : length of the blocks in parts.
    """

    counts: Floats
    block: int


def parts_of(days: int, most: int) -> NDArray[np.int64]:
    """The part of each day : (day), for at most ``most`` parts of consecutive days of about the same length."""
    return np.arange(days) * min(days, most) // days


def resample(n: int, autocorrelation: float) -> Resampled | None:
    """Replicates of ``n`` parts, for a series with this autocorrelation from one part to the next.

    None for fewer than ``FEWEST_DAYS`` parts. Seeded, so the same for every series of one length and block.
    """
    if n < FEWEST_DAYS:
        return None
    block = block_length(n, autocorrelation)
    starts = np.random.default_rng(SEED).integers(n, size=(REPLICATES, -(-n // block)))
    chosen = ((starts[:, :, None] + np.arange(block)) % n).reshape(REPLICATES, -1)[:, :n]
    cells = chosen + n * np.arange(REPLICATES)[:, None]
    return Resampled(np.bincount(cells.ravel(), minlength=REPLICATES * n).reshape(REPLICATES, n).astype(np.float64), block)


def account(days: int, block_days: float | None = None) -> dict[str, Any]:
    """How intervals from ``days`` days were made, for results, or why there are none."""
    if days < FEWEST_DAYS:
        return {"not_applicable": f"{days} days of data; intervals need {FEWEST_DAYS}"}
    made = {"method": METHOD, "level": LEVEL, "replicates": REPLICATES, "seed": SEED, "days": days}
    return made | ({"block_days": block_days} if block_days is not None else {})


def block_length(n: int, autocorrelation: float) -> int:
    """Length L = (n - L + 1)^(2/3 (1 - n'/n)), with n'/n = (1 - r)/(1 + r) (Wilks 1997, J. Climate 10, 65); 1 for r <= 0."""
    r = min(max(autocorrelation, 0.0), 1.0)
    exponent = 2.0 / 3.0 * (1.0 - (1.0 - r) / (1.0 + r))
    lengths = np.arange(1, n + 1)
    return int(lengths[np.argmin(np.abs(lengths - (n - lengths + 1.0) ** exponent))])


def lag_1_autocorrelation(series: Floats) -> float:
    """Autocorrelation of successive parts, mean over the quantities of ``series`` : (part, quantity); 0 if all are constant."""
    anomaly = series - series.mean(axis=0)
    variance = np.sum(anomaly**2, axis=0)
    varying = variance > 1e-18 * np.sum(series**2, axis=0)
    return float(np.mean(np.sum(anomaly[1:] * anomaly[:-1], axis=0)[varying] / variance[varying])) if varying.any() else 0.0


def interval(replicates: Floats) -> tuple[Floats, Floats]:
    """Lower and upper limit, at ``LEVEL``, of values : (replicate, …)."""
    tail = 0.5 * (1.0 - LEVEL)
    low, high = np.quantile(replicates, [tail, 1.0 - tail], axis=0)
    return low, high
