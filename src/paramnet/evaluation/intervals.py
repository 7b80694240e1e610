"""How far offline scores would differ with other weather: sums by part of the time, and scores of resampled parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.evaluation.moments import ColumnGroups, Powers
from paramnet.resampling import Resampled, interval, lag_1_autocorrelation, parts_of, resample
from paramnet.store import Split

Floats = NDArray[np.float64]
MOST_PARTS = 64
BOUNDED = ("r2", "mae", "rmse_pooled", "bias")


@dataclass(frozen=True)
class Days:
    """When the samples of a split are. part : (sample), of the time; per_column : (column), samples of each; days : number of days."""

    part: NDArray[np.int64]
    per_column: NDArray[np.int64]
    days: int

    @classmethod
    def of(cls, split: Split, scored: NDArray[np.bool_]) -> Days:
        """Those of the ``scored`` ones of the first samples of a split, whose times are in days."""
        time, column = (np.asarray(array[: len(scored)])[scored] for array in (split.time, split.column_index))
        day, which = np.unique(np.floor(time), return_inverse=True)
        return cls(parts_of(len(day), MOST_PARTS)[which], np.bincount(column), len(day))


@dataclass
class PartSums:
    """Sums of truth and errors over the samples of each part of the time : (part, score), weighted as the scores are.

    ``shift`` : (score), as in ColumnMoments. ``errors`` : predictor -> sums of the error, its absolute value and its square.
    """

    days: Days
    shift: Floats
    weight: Floats = field(init=False)
    truth: Floats = field(init=False)
    truth_square: Floats = field(init=False)
    errors: dict[str, Powers] = field(init=False, default_factory=dict)
    seen: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        parts = int(self.days.part.max()) + 1
        self.weight = np.zeros(parts)
        self.truth, self.truth_square = (np.zeros((parts, len(self.shift))) for _ in range(2))

    def add(self, column: NDArray[np.integer], area: Floats, truth: Floats, errors: dict[str, Powers]) -> None:
        """Merge the next samples of the split. column, area : (sample); truth, and errors of each predictor : (sample, score)."""
        by_part = ColumnGroups(self.days.part[self.seen : self.seen + len(truth)])
        self.seen += len(truth)
        part, order = by_part.columns, by_part.order
        weight = (area / self.days.per_column[column])[order, None]

        def total(values: Floats) -> Floats:
            return np.add.reduceat(values, by_part.starts, axis=0)

        self.weight[part] += total(weight)[:, 0]
        anomaly = truth[order] - self.shift
        self.truth[part] += total(weight * anomaly)
        self.truth_square[part] += total(weight * anomaly**2)
        for name, powers in errors.items():
            sums = self.errors.setdefault(name, (np.zeros_like(self.truth), np.zeros_like(self.truth), np.zeros_like(self.truth)))
            for its, power in zip(sums, powers, strict=True):
                its[part] += total(weight * power[order])


@dataclass(frozen=True)
class Replicates:
    """Scores of each replicate and predictor : predictor -> score -> (replicate, score), by output column."""

    resampled: Resampled
    days: int
    columns: dict[str, slice]
    variance: Floats
    mean_square: dict[str, Floats]
    mae: dict[str, Floats]
    bias: dict[str, Floats]

    @classmethod
    def of(cls, sums: PartSums | None, columns: dict[str, slice], learned: str) -> Replicates | None:
        """None without sums or with too few days. The squared errors of ``learned`` give the block length; each variable counts alike."""
        if sums is None:
            return None
        square = np.stack([sums.errors[learned][2][:, chosen].sum(axis=1) for chosen in columns.values()], axis=1) / sums.weight[:, None]
        resampled = resample(len(square), lag_1_autocorrelation(square))
        if resampled is None:
            return None
        weight = resampled.counts @ sums.weight[:, None]

        def mean(of: Floats) -> Floats:
            return np.asarray(resampled.counts @ of / weight)

        second = mean(sums.truth_square)
        variance = second - mean(sums.truth) ** 2
        return cls(
            resampled,
            sums.days.days,
            columns,
            np.where(variance > 1e-12 * second, variance, 0.0),
            {who: mean(its[2]) for who, its in sums.errors.items()},
            {who: mean(its[1]) for who, its in sums.errors.items()},
            {who: mean(its[0]) for who, its in sums.errors.items()},
        )

    @property
    def block_days(self) -> float:
        """Length of the blocks in days."""
        return self.resampled.block * self.days / self.resampled.counts.shape[1]

    def by_level(self, score: str, who: str) -> Floats:
        """A score of each output column : (replicate, score)."""
        if score == "r2":
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.where(self.variance > 0, 1.0 - self.mean_square[who] / self.variance, np.nan)
        return np.sqrt(self.mean_square[who]) if score == "rmse_pooled" else {"mae": self.mae, "bias": self.bias}[score][who]

    def of_variable(self, score: str, who: str, name: str) -> Floats:
        """A score of all levels of a variable : (replicate)."""
        chosen = self.columns[name]
        if score != "r2":
            return self.by_level(score, who)[:, chosen].mean(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = self.mean_square[who][:, chosen].sum(axis=1) / self.variance[:, chosen].sum(axis=1)
        return np.where(np.isfinite(ratio), 1.0 - ratio, np.nan)

    def limits(self, name: str, learned: str) -> dict[str, Any]:
        """``low`` and ``high`` of the scores of a variable, and of ``learned_minus`` the scores of each baseline."""
        low: dict[str, float] = {}
        high: dict[str, float] = {}
        for who in self.mae:
            for score in BOUNDED:
                key = score if who == learned else f"{who}_{score}"
                low[key], high[key] = map(float, interval(self.of_variable(score, who, name)))
        minus = {who: {score: self._difference(score, name, learned, who) for score in BOUNDED} for who in self.mae if who != learned}
        return {"low": low, "high": high, **({"learned_minus": minus} if minus else {})}

    def _difference(self, score: str, name: str, learned: str, who: str) -> dict[str, float]:
        low, high = interval(self.of_variable(score, learned, name) - self.of_variable(score, who, name))
        return {"low": float(low), "high": float(high)}
