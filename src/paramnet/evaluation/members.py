"""Ensemble scores: CRPS, spread against error, and the part of a member's error that averaging removes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def crps(members: Floats, truth: Floats, drawn: bool = True) -> Floats:
    """Continuous ranked probability score of an ensemble; units of the truth, 0 is best.

    mean_i |x_i − y| − sum_ij |x_i − x_j| / (2 M (M−1)), fair for the size of the ensemble (Ferro 2014, Q. J. R. Meteorol. Soc.
    140, 1917). For levels of a distribution instead of members ``drawn`` from it, M² replaces M (M−1). One member: |x − y|.
    members : (member, sample, score); truth : (sample, score). Returns (sample, score).
    """
    count = len(members)
    error = np.abs(members - truth).mean(axis=0)
    if count == 1:
        return error
    # For sorted members, each pair's distance is a sum of gaps: x_(i) has the weight 2i − M + 1.
    weights = 2.0 * np.arange(count) - count + 1
    return error - np.tensordot(weights, np.sort(members, axis=0), axes=1) / (count * (count - 1 if drawn else count))


@dataclass
class MemberSums:
    """Area-weighted sums over samples for every score, W m-2 or its square: (score)."""

    n_scores: int
    count: int
    drawn: bool = True
    weight: float = 0.0
    crps: Floats = field(init=False)
    member_square: Floats = field(init=False)
    mean_square: Floats = field(init=False)
    variance: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.crps, self.member_square, self.mean_square, self.variance = (np.zeros(self.n_scores) for _ in range(4))

    def add(self, area: Floats, truth: Floats, members: Floats) -> None:
        """Merge a chunk. area : (sample); truth : (sample, score); members : (member, sample, score)."""
        mean = members.mean(axis=0)
        self.weight += float(area.sum())
        self.crps += area @ crps(members, truth, self.drawn)
        self.member_square += area @ np.square(members - truth).mean(axis=0)
        self.mean_square += area @ np.square(mean - truth)
        self.variance += area @ np.square(members - mean).mean(axis=0)

    def summary(self, columns: dict[str, slice]) -> dict[str, dict[str, float]]:
        """Variable -> CRPS, decomposition of a member's error, and ratio of spread to the error of the mean (1 is best)."""
        result = {}
        for name, chosen in columns.items():
            member, mean, variance = (float(s[chosen].sum() / self.weight) for s in (self.member_square, self.mean_square, self.variance))
            unbiased = variance * ((self.count + 1) / (self.count - 1) if self.drawn else 1.0)
            result[name] = {
                "crps": float(self.crps[chosen].mean() / self.weight),
                "member_mean_square": member,
                "ensemble_mean_square": mean,
                "member_variance": variance,
                "variance_share": variance / member if member > 0 else float("nan"),
                "spread_over_error": float(np.sqrt(unbiased / mean)) if mean > 0 else float("nan"),
            }
        return result
