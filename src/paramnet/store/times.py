"""Times of samples as runs of consecutive steps, which are short enough for store attributes and checkpoints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def runs_of(days: NDArray[np.float64]) -> list[list[float]]:
    """Return first and last of each run of ``days`` (sorted, unique) without a gap above 1.5 times the median distance."""
    if not len(days):
        return []
    apart = np.diff(days)
    ends = np.flatnonzero(apart > 1.5 * np.median(apart)) if len(apart) else np.array([], dtype=np.int64)
    first, last = np.concatenate([[0], ends + 1]), np.concatenate([ends, [len(days) - 1]])
    return [[float(days[a]), float(days[b])] for a, b in zip(first.astype(int), last.astype(int), strict=True)]


def share_within(days: NDArray[np.float64], runs: list[list[float]]) -> float:
    """Return the fraction of ``days`` within any of the runs."""
    inside = np.zeros(len(days), dtype=bool)
    for first, last in runs:
        inside |= (days >= first) & (days <= last)
    return float(inside.mean()) if len(days) else 0.0
