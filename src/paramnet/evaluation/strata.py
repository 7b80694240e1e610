"""Skill by latitude, rain, surface, and distance from the training data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract
from paramnet.evaluation.moments import Powers
from paramnet.exporting.envelope import distance, fit_distance, guarded_spread
from paramnet.scheme.normalization import InputConfig
from paramnet.store import Store

Floats = NDArray[np.float64]
LATITUDES = (("tropics, to 15°", 15.0), ("subtropics, 15–30°", 30.0), ("midlatitudes, 30–60°", 60.0), ("polar, from 60°", np.inf))
RAIN_RATES = (("below 0.1 mm/day", 0.1), ("0.1–1 mm/day", 1.0), ("1–10 mm/day", 10.0), ("10–50 mm/day", 50.0), ("above 50 mm/day", np.inf))
DISTANCE_LEVELS = (0.5, 0.9, 0.99, 0.999, 1.0)
DISTANCE_NAMES = ("nearest half", "50–90 %", "90–99 %", "99–99.9 %", "last of training", "beyond all training")
LAND = "land_area_fraction"


@dataclass(frozen=True)
class Grouping:
    """A division of samples into strata. ``names`` : of the strata, in order. ``limits`` : upper limits (included) of all but the last."""

    name: str
    long_name: str
    names: tuple[str, ...]
    limits: Floats

    def member(self, values: Floats) -> NDArray[np.int64]:
        """Stratum of each sample : (sample); values : (sample), in the limits' units."""
        return np.searchsorted(self.limits, values, side="left")


@dataclass(frozen=True)
class TrainingDistance:
    """The guard's distance (docs/reference/artefact.md) from the training inputs, and its DISTANCE_LEVELS quantiles over them."""

    table: dict[str, Any]
    quantiles: Floats

    def __call__(self, inputs: Floats) -> Floats:
        """inputs : (sample, n_in), contract units. Returns (sample), dimensionless."""
        return distance(self.table, inputs)


def training_distance(
    store: Store, samples: int, fitted_on: Sequence[str] = ("train",), selection: InputConfig | None = None
) -> TrainingDistance:
    """Fit the distance to ``samples`` of the splits used in training, in proportion to their sizes; each is stored shuffled.

    ``selection`` : that of the network's training; its floor under deviations applies to the distance too.
    """
    splits = [store.split(name) for name in fitted_on]
    share = min(1.0, samples / sum(len(split) for split in splits))
    inputs = np.concatenate([np.asarray(split.inputs[: max(1, round(share * len(split)))]) for split in splits])
    statistics = store.statistics("inputs")
    table = fit_distance(inputs, statistics.mean, guarded_spread(store.contract, statistics, selection or InputConfig()))
    return TrainingDistance(table, np.quantile(distance(table, inputs), DISTANCE_LEVELS))


def groupings(contract: Contract, far: TrainingDistance | None, with_rain: bool) -> list[Grouping]:
    """The groupings available for a contract."""
    found = [_banded("latitude", "Latitude", LATITUDES)]
    if with_rain:
        found.append(_banded("rain", "Rain of the teacher", RAIN_RATES))
    if land_column(contract) is not None:
        found.append(Grouping("surface", "Surface", ("sea", "coast", "land"), np.array([0.1, 0.9])))
    if far is not None:
        found.append(Grouping("distance", "Distance from training", DISTANCE_NAMES, far.quantiles))
    return found


def land_column(contract: Contract) -> int | None:
    """Column of the input tensor with the land fraction, or None."""
    return next((contract.input_columns[v.name].start for v in contract.inputs if v.standard_name == LAND), None)


def _banded(name: str, long_name: str, bands: tuple[tuple[str, float], ...]) -> Grouping:
    return Grouping(name, long_name, tuple(label for label, _ in bands), np.array([limit for _, limit in bands[:-1]]))


@dataclass
class StratumSums:
    """Area-weighted sums over the samples of each stratum of one grouping : (stratum, score), W m-2.

    ``shift`` : (score), near the mean of the truth, to preserve the precision of squares.
    """

    grouping: Grouping
    shift: Floats
    weight: Floats = field(init=False)
    samples: Floats = field(init=False)
    truth: Floats = field(init=False)
    truth_square: Floats = field(init=False)
    errors: dict[str, tuple[Floats, Floats, Floats]] = field(init=False, default_factory=dict)
    """predictor -> sums of p - y, |p - y| and (p - y)²."""

    def __post_init__(self) -> None:
        shape = (len(self.grouping.names), len(self.shift))
        self.weight, self.samples = np.zeros(shape[0]), np.zeros(shape[0])
        self.truth, self.truth_square = np.zeros(shape), np.zeros(shape)

    def add(self, values: Floats, area: Floats, truth: Floats, errors: dict[str, Powers]) -> None:
        """Merge a chunk. values : (sample), the quantity of the grouping; truth and errors, of each predictor : (sample, score)."""
        member = self.grouping.member(values)
        chosen = np.equal.outer(np.arange(len(self.weight)), member)
        weights = chosen * area
        self.weight += weights.sum(axis=1)
        self.samples += chosen.sum(axis=1)
        self.truth += weights @ (truth - self.shift)
        self.truth_square += weights @ (truth - self.shift) ** 2
        for name, powers in errors.items():
            sums = self.errors.setdefault(name, tuple(np.zeros_like(self.truth) for _ in range(3)))  # type: ignore[arg-type]
            for total, power in zip(sums, powers, strict=True):
                total += weights @ power

    def summary(self, columns: dict[str, slice], learned: str) -> dict[str, dict[str, Any]]:
        """Stratum -> share of area and time, samples, and variable -> scores; R² about the stratum's own means."""
        return {name: self._stratum(row, columns, learned) for row, name in enumerate(self.grouping.names) if self.weight[row] > 0}

    def _stratum(self, row: int, columns: dict[str, slice], learned: str) -> dict[str, Any]:
        weight = self.weight[row]
        second = self.truth_square[row] / weight
        variance = second - (self.truth[row] / weight) ** 2
        variance = np.where(variance > 1e-12 * second, variance, 0.0)
        result: dict[str, Any] = {"share": float(weight / self.weight.sum()), "samples": int(self.samples[row])}
        for name, chosen in columns.items():
            total, scores = float(variance[chosen].sum()), {}
            for who, (error, absolute, square) in self.errors.items():
                prefix = "" if who == learned else f"{who}_"
                scores[f"{prefix}r2"] = 1.0 - float(square[row, chosen].sum()) / weight / total if total > 0 else float("nan")
                scores[f"{prefix}mae"] = float(absolute[row, chosen].mean() / weight)
                scores[f"{prefix}rmse"] = float(np.sqrt(square[row, chosen] / weight).mean())
                scores[f"{prefix}bias"] = float(error[row, chosen].mean() / weight)
            result[name] = scores
        return result
