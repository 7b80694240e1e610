"""A relevance vector machine, and the few terms that explain a signal.

Tipping, M. E. (2001), Sparse Bayesian learning and the relevance vector machine, J. Mach. Learn. Res. 1, 211-244, sections 2.2 and 2.3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

IRRELEVANT = 1e9  # precision of a weight, in units of the scaled columns, above which it is taken as zero


def relevance(columns: Array, target: Array, sweeps: int = 300) -> Array:
    """Posterior mean of the weights : (column), 0 for those found irrelevant. columns : (sample, column), target : (sample)."""
    scale, size = np.sqrt((columns**2).mean(0)), np.sqrt((target**2).mean())
    scaled, signal, count = columns / scale, target / size, len(target)
    gram, projected = scaled.T @ scaled, scaled.T @ signal
    kept, precision, noise = np.arange(columns.shape[1]), np.ones(columns.shape[1]), 10.0
    mean = np.zeros(0)
    for _ in range(sweeps):
        covariance = np.linalg.inv(noise * gram[np.ix_(kept, kept)] + np.diag(precision))
        mean = noise * covariance @ projected[kept]
        determined = np.clip(1.0 - precision * np.diag(covariance), 1e-12, None)
        residual = count - 2 * mean @ projected[kept] + mean @ gram[np.ix_(kept, kept)] @ mean
        noise = min((count - determined.sum()) / max(residual, 1e-300), 1e12)
        newer = determined / np.maximum(mean**2, 1e-300)
        relevant = newer < IRRELEVANT
        moved = np.abs(np.log(newer[relevant] / precision[relevant])).max(initial=0.0)
        kept, precision, mean = kept[relevant], newer[relevant], mean[relevant]
        if not len(kept) or (relevant.all() and moved < 1e-4):
            break
    weights = np.zeros(columns.shape[1])
    weights[kept] = mean
    return weights * size / scale


def explained(columns: Array, target: Array) -> float:
    """Mean square of the target that least squares explains."""
    return float((target**2).mean()) - _residual(columns, target)


def few_terms(columns: Array, target: Array, least: float) -> Array:
    """Weights of the fewest columns found : (column), 0 for the others.

    From the relevant ones, the column that is missed least is left out again and again, while this adds less than ``least`` to the mean
    square of the residual; the others are fitted again each time.
    """
    kept = np.flatnonzero(relevance(columns, target))
    while len(kept):
        rests = [_residual(columns[:, np.delete(kept, place)], target) for place in range(len(kept))]
        place = int(np.argmin(rests))
        if rests[place] - _residual(columns[:, kept], target) > least:
            break
        kept = np.delete(kept, place)
    weights = np.zeros(columns.shape[1])
    if len(kept):
        weights[kept] = relevance(columns[:, kept], target)
    return weights


def _residual(columns: Array, target: Array) -> float:
    """Mean square of what least squares leaves."""
    if not columns.shape[1]:
        return float((target**2).mean())
    scaled = columns / np.sqrt((columns**2).mean(0))
    gram, projected = scaled.T @ scaled, scaled.T @ target
    return float(((target**2).sum() - projected @ np.linalg.lstsq(gram, projected, rcond=1e-12)[0]) / len(target))
