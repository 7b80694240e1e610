"""Ensemble scores: CRPS, spread against error, the part of a member's error that averaging removes, ranks, and reliability of rain."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
    ranks: Floats = field(init=False)  # (score, rank), of the truth among the members

    def __post_init__(self) -> None:
        self.crps, self.member_square, self.mean_square, self.variance = (np.zeros(self.n_scores) for _ in range(4))
        self.ranks = np.zeros((self.n_scores, self.count + 1))

    def add(self, area: Floats, truth: Floats, members: Floats) -> None:
        """Merge a chunk. area : (sample); truth : (sample, score); members : (member, sample, score)."""
        mean = members.mean(axis=0)
        self.weight += float(area.sum())
        self.crps += area @ crps(members, truth, self.drawn)
        self.member_square += area @ np.square(members - truth).mean(axis=0)
        self.mean_square += area @ np.square(mean - truth)
        self.variance += area @ np.square(members - mean).mean(axis=0)
        self._add_ranks(area, truth, members)

    def _add_ranks(self, area: Floats, truth: Floats, members: Floats) -> None:
        """Rank = number of members below the truth; where members equal it, all ranks between have equal shares (rain that is zero)."""
        below, above = (members < truth).sum(axis=0), (members > truth).sum(axis=0)
        last = self.count - above
        share = area[:, None] / (last - below + 1)
        for rank in range(self.count + 1):
            self.ranks[:, rank] += np.where((below <= rank) & (rank <= last), share, 0.0).sum(axis=0)

    def summary(self, columns: dict[str, slice]) -> dict[str, dict[str, Any]]:
        """Variable -> CRPS, decomposition of a member's error, ratio of spread to the error of the mean (1 is best), and ranks."""
        result: dict[str, dict[str, Any]] = {}
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
                "rank_histogram": (self.ranks[chosen].mean(axis=0) / self.weight).tolist(),
            }
        return result


@dataclass
class Reliability:
    """Area-weighted counts of predicted probabilities of rain, as shares of ``count`` members, and of rain where they were predicted."""

    count: int
    predicted: Floats = field(init=False)  # (share of members)
    occurred: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.predicted, self.occurred = np.zeros(self.count + 1), np.zeros(self.count + 1)

    def add(self, area: Floats, truth: NDArray[np.bool_], members: NDArray[np.bool_]) -> None:
        """Merge a chunk. area : (sample); truth : (sample), whether it rained; members : (member, sample)."""
        number = members.sum(axis=0)
        self.predicted += np.bincount(number, weights=area, minlength=self.count + 1)
        self.occurred += np.bincount(number, weights=area * truth, minlength=self.count + 1)

    def summary(self, threshold: float) -> dict[str, Any]:
        """``probability`` of more than ``threshold``, mm/day; the ``share`` of samples with it, and the ``frequency`` of rain in them."""
        frequency = np.divide(self.occurred, self.predicted, out=np.full(self.count + 1, np.nan), where=self.predicted > 0)
        return {
            "threshold_mm_day": threshold,
            "probability": (np.arange(self.count + 1) / self.count).tolist(),
            "frequency": frequency.tolist(),
            "share": (self.predicted / self.predicted.sum()).tolist(),
        }
