"""Scores of forecasts from many starts at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from paramnet.testbeds.forecasting.model import Model
from paramnet.testbeds.scores import BINS, autocorrelation, density, energy_distance, hellinger, valid_times

Forecast = Callable[[Tensor, int], Tensor]  # states : (1 + steps, start, variable) of a history and steps


def persistence(history: Tensor, steps: int) -> Tensor:
    """The last state, again and again."""
    return history[-1:].expand(1 + steps, -1, -1)


class Judge:
    """Starts with their past and their future. series : (record, start, variable), with ``before`` records of past."""

    def __init__(self, series: Tensor, before: int, threshold: float, lyapunov_times: float) -> None:
        self.series, self.before = series, before
        self.threshold, self.lyapunov_times = threshold, lyapunov_times  # the latter of a record
        self.future = series[before:].numpy()

    def history(self, needed: int) -> Tensor:
        """The last ``needed`` + 1 records up to the start."""
        return self.series[self.before - needed : self.before + 1]

    def run(self, forecast: Forecast, needed: int | None = None) -> np.ndarray:
        """The forecast from all starts : (record, start, variable)."""
        return forecast(self.history(self.before if needed is None else needed), len(self.future) - 1).numpy()

    def valid(self, model: Model) -> np.ndarray:
        """Valid time of a model's forecasts : (start), in Lyapunov times."""
        return self.valid_of(self.run(model.forecast, model.before))

    def valid_of(self, forecast: np.ndarray) -> np.ndarray:
        """Valid time : (start), in Lyapunov times."""
        return valid_times(forecast, self.future, self.threshold) * self.lyapunov_times

    def scores(self, forecast: Forecast) -> dict[str, Any]:
        """Mean valid time over the starts, and the climate of the second half of the runs unless one overflowed."""
        run = self.run(forecast)
        found: dict[str, Any] = {"valid": float(self.valid_of(run).mean()), "valid_std_of_starts": float(self.valid_of(run).std())}
        half = len(run) // 2
        return found | (climate(run[half:], self.future[half:]) if np.isfinite(run).all() else {})

    def increment_r2(self, model: Model) -> float:
        """Offline: of the first increment, from all starts."""
        first = model.forecast(self.history(model.before), 1)[-1].numpy()
        wanted, got = self.future[1] - self.future[0], first - self.future[0]
        return float(1.0 - ((wanted - got) ** 2).sum() / ((wanted - wanted.mean(0)) ** 2).sum())

    def residual_noise(self, model: Model, steps: int = 100) -> tuple[float, float]:
        """Standard deviation, in scales of increments, and correlation from step to step of what a model misses."""
        errors = []
        for step in range(steps):
            start = self.before - steps + step
            predicted = model.forecast(self.series[max(0, start - model.before) : start + 1], 1)[-1]
            errors.append((self.series[start + 1] - predicted) / model.scale)
        residual = torch.stack(errors)
        residual = residual - residual.mean()
        return float(residual.std()), float((residual[1:] * residual[:-1]).mean() / residual.pow(2).mean())


def climate(run: np.ndarray, truth: np.ndarray, lags: int = 100) -> dict[str, float]:
    """Distances of densities, each variable in bins over the truth's range and in its standard deviations, means over variables;
    of autocorrelations; and of the number of times that the first variable crosses its mean."""
    distances, energies, correlations = [], [], []
    for variable in range(run.shape[-1]):
        ours, theirs = run[..., variable], truth[..., variable]
        edges = np.linspace(theirs.min(), theirs.max(), BINS + 1)
        one, other = density(ours, edges), density(theirs, edges)
        distances.append(hellinger(one, other))
        energies.append(energy_distance(one, other, (edges[1] - edges[0]) / theirs.std()))
        lagged = [autocorrelation(values[..., None], min(lags, len(values) // 2)) for values in (ours, theirs)]
        correlations.append(float(np.mean((lagged[0] - lagged[1]) ** 2)))
    above = [series[..., 0] > truth[..., 0].mean() for series in (run, truth)]
    changes = [float((one[1:] != one[:-1]).mean()) for one in above]
    return {
        "hellinger": float(np.mean(distances)),
        "energy_distance": float(np.mean(energies)),
        "autocorrelation_rmse": float(np.sqrt(np.mean(correlations))),
        "crossings_error": changes[0] / changes[1] - 1.0,
    }
