"""Autocorrelation in time of outputs, of the teacher and of a scheme, where samples are sequences of consecutive steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass
class LagSums:
    """Area-weighted sums of the products of anomalies that are some steps apart in one sequence of ``steps`` samples.

    ``lags`` : steps, powers of two. ``sums`` : who -> (product, lag, score), of earlier and later anomaly, and the square of each.
    """

    steps: int
    lags: list[int] = field(init=False)
    sums: dict[str, Floats] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.lags = [2**power for power in range((self.steps - 1).bit_length())]

    def add(self, area: Floats, anomalies: dict[str, Floats]) -> None:
        """Merge whole sequences. area : (sample); anomalies of each : (sample, score), from the mean of their column."""
        weight = area.reshape(-1, self.steps, 1)
        for who, values in anomalies.items():
            x = values.reshape(-1, self.steps, values.shape[1])
            total = self.sums.setdefault(who, np.zeros((3, len(self.lags), values.shape[1])))
            for row, lag in enumerate(self.lags):
                earlier, later, its = x[:, :-lag], x[:, lag:], weight[:, lag:]
                total[:, row] += [(its * product).sum(axis=(0, 1)) for product in (earlier * later, earlier**2, later**2)]

    def correlations(self) -> dict[str, Floats]:
        """Who -> autocorrelation : (lag, score); NaN for what does not vary."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return {who: product / np.sqrt(first * second) for who, (product, first, second) in self.sums.items()}

    def summary(self, columns: dict[str, slice], hours: float) -> dict[str, Any]:
        """``hours`` of each lag, for steps of ``hours``, and variable -> who -> autocorrelation : (lag, level)."""
        found = self.correlations()
        rows = {name: {who: values[:, chosen].tolist() for who, values in found.items()} for name, chosen in columns.items()}
        return {"hours": [lag * hours for lag in self.lags], "variables": rows}
