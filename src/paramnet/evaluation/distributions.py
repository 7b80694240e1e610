"""Streamed histograms and the regime table: joint distributions, daily rain rates, budget residuals, convecting columns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RAIN_EDGES = np.concatenate([[-np.inf], np.geomspace(0.01, 1000.0, 76), [np.inf]])  # mm/day; first class: dry, last: above
REGIMES = ("none", "dry", "raining")


def stretched_edges(limit: float, linear: float, classes: int = 121) -> Floats:
    """Symmetric edges from -limit to limit, equidistant in asinh(x / linear): linear near zero, logarithmic beyond."""
    reach = np.arcsinh(limit / linear)
    return linear * np.sinh(np.linspace(-reach, reach, classes + 1))


@dataclass
class JointHistogram:
    """Counts of (truth, prediction) on the same ``edges`` : (class + 1), W m-2; values beyond are counted in the outer classes."""

    edges: Floats
    counts: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros((len(self.edges) - 1, len(self.edges) - 1))

    def add(self, truth: Floats, predicted: Floats) -> None:
        """Merge values of truth and prediction, of the same shape."""
        low, high = self.edges[0], np.nextafter(self.edges[-1], -np.inf)
        x, y = (np.clip(values.ravel(), low, high) for values in (truth, predicted))
        self.counts += np.histogram2d(x, y, bins=[self.edges, self.edges])[0]


@dataclass
class Histogram:
    """Weighted counts of values, or of their absolute values (``sizes``), over ``edges``, and weighted moments of the values."""

    edges: Floats
    sizes: bool = False
    counts: Floats = field(init=False)
    weight: float = 0.0
    first: float = 0.0
    second: float = 0.0
    absolute: float = 0.0

    def __post_init__(self) -> None:
        self.counts = np.zeros(len(self.edges) - 1)

    def add(self, values: Floats, weight: Floats) -> None:
        """Merge values and weights : (sample)."""
        counted = np.clip(np.abs(values) if self.sizes else values, self.edges[0], self.edges[-1])
        self.counts += np.histogram(counted, bins=self.edges, weights=weight)[0]
        self.weight += float(weight.sum())
        self.first += float(values @ weight)
        self.second += float(values**2 @ weight)
        self.absolute += float(np.abs(values) @ weight)

    def summary(self) -> dict[str, float]:
        """Mean, root mean square and mean absolute value."""
        return {"mean": self.first / self.weight, "rms": float(np.sqrt(self.second / self.weight)), "mae": self.absolute / self.weight}


@dataclass
class RegimeTable:
    """Area-weighted counts of (true regime, predicted regime), in the order of REGIMES.

    ``none``: less than ``active_watts`` of absolute heating and moistening; ``raining``: active with more than ``raining``
    mm/day; ``dry``: active with less.
    """

    active_watts: float
    raining: float
    counts: Floats = field(default_factory=lambda: np.zeros((3, 3)))
    exact_zero: float = 0.0

    def regime(self, activity: Floats, rain: Floats) -> NDArray[np.int64]:
        """activity : (sample), W m-2; rain : (sample), mm/day. Returns positions in REGIMES."""
        return np.where(activity < self.active_watts, 0, np.where(rain > self.raining, 2, 1))

    def add(self, truth: tuple[Floats, Floats], predicted: tuple[Floats, Floats], weight: Floats) -> None:
        """Merge (activity, rain) of truth and prediction; weight : (sample)."""
        cell = 3 * self.regime(*truth) + self.regime(*predicted)
        self.counts += np.bincount(cell, weights=weight, minlength=9).reshape(3, 3)
        self.exact_zero += float(weight[truth[0] == 0].sum())

    def summary(self) -> dict[str, object]:
        """Shares of all samples, hit rate of each regime, accuracy, and share of samples whose truth is exactly zero."""
        total = self.counts.sum()
        true = self.counts.sum(axis=1)
        hits = {name: float(self.counts[i, i] / true[i]) if true[i] else None for i, name in enumerate(REGIMES)}
        return {
            "regimes": list(REGIMES),
            "share": (self.counts / total).tolist(),
            "hit_rate": hits,
            "accuracy": float(np.trace(self.counts) / total),
            "exactly_zero_truth": self.exact_zero / total,
        }
