"""Ensemble scores: CRPS, energy score, spread against error, what averaging removes of a member's error, ranks, reliability of rain."""

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


def energy_score(members: Floats, truth: Floats, drawn: bool = True) -> Floats:
    """Energy score of an ensemble of vectors (Gneiting & Raftery 2007), which judges how their elements vary together; units of the truth.

    mean_i ‖x_i − y‖ − sum_ij ‖x_i − x_j‖ / (2 M (M−1)), with M² in place of M (M−1) for levels of a distribution, as in ``crps``.
    members : (member, sample, element); truth : (sample, element). Returns (sample).
    """
    count = len(members)
    error = np.linalg.norm(members - truth, axis=2).mean(axis=0)
    if count == 1:
        return error
    pairs = sum(np.linalg.norm(members[i] - members[j], axis=1) for i in range(count) for j in range(i))
    return error - pairs / (count * (count - 1 if drawn else count))


@dataclass
class MemberSums:
    """Area-weighted sums over samples for every score, W m-2 or its square: (score).

    columns : of each variable; those with several have an energy score.
    """

    n_scores: int
    count: int
    drawn: bool = True
    columns: dict[str, slice] = field(default_factory=dict)
    weight: float = 0.0
    crps: Floats = field(init=False)
    climatological: Floats = field(init=False)
    energy: dict[str, Floats] = field(init=False)  # (of the members, of their mean alone)
    member_square: Floats = field(init=False)
    mean_square: Floats = field(init=False)
    variance: Floats = field(init=False)
    ranks: Floats = field(init=False)  # (score, rank), of the truth among the members

    def __post_init__(self) -> None:
        self.crps, self.climatological = np.zeros(self.n_scores), np.zeros(self.n_scores)
        self.member_square, self.mean_square, self.variance = (np.zeros(self.n_scores) for _ in range(3))
        profiles = (name for name, chosen in self.columns.items() if chosen.stop - chosen.start > 1)
        self.energy = {name: np.zeros(2) for name in profiles}
        self.ranks = np.zeros((self.n_scores, self.count + 1))

    def add(self, area: Floats, truth: Floats, members: Floats) -> None:
        """Merge a chunk. area : (sample); truth : (sample, score); members : (member, sample, score)."""
        mean = members.mean(axis=0)
        self.weight += float(area.sum())
        self.crps += area @ crps(members, truth, self.drawn)
        # Half the distance of two samples: the score of the distribution of all samples, of which the others of the chunk are draws.
        self.climatological += area @ (0.5 * np.abs(truth - np.roll(truth, len(truth) // 2, axis=0)))
        for name, sums in self.energy.items():
            chosen = self.columns[name]
            alone = np.linalg.norm(mean[:, chosen] - truth[:, chosen], axis=1)
            sums += area @ np.stack([energy_score(members[..., chosen], truth[:, chosen], self.drawn), alone], axis=1)
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
        """Variable -> CRPS, energy score of profiles, parts of a member's error, spread over error of the mean (1 is best), ranks."""
        result: dict[str, dict[str, Any]] = {}
        for name, chosen in columns.items():
            member, mean, variance = (float(s[chosen].sum() / self.weight) for s in (self.member_square, self.mean_square, self.variance))
            unbiased = variance * ((self.count + 1) / (self.count - 1) if self.drawn else 1.0)
            result[name] = {
                "crps": float(self.crps[chosen].mean() / self.weight),
                "crps_of_climatology": float(self.climatological[chosen].mean() / self.weight),
                "member_mean_square": member,
                "ensemble_mean_square": mean,
                "member_variance": variance,
                "variance_share": variance / member if member > 0 else float("nan"),
                "spread_over_error": float(np.sqrt(unbiased / mean)) if mean > 0 else float("nan"),
                **self._energy(name),
                "rank_histogram": (self.ranks[chosen].mean(axis=0) / self.weight).tolist(),
            }
        return result

    def _energy(self, name: str) -> dict[str, float]:
        if name not in self.energy:
            return {}
        score, alone = self.energy[name] / self.weight
        return {"energy_score": float(score), "energy_score_of_mean": float(alone)}


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
