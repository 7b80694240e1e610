"""Intervals of the errors of zonal time means, and of their ratios to the floor's, from resampled days of the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.climate.climate import Climate
from paramnet.climate.groups import CONTROL, Groups
from paramnet.resampling import Resampled, interval, parts_of, resample

Floats = NDArray[np.float64]
MOST_PARTS = 200
FLOOR = "floor"
DEFINITION = (
    "low and high of an RMSE, and of its ratio to the floor's: 95 % interval if the weather of the window were another, the 0.025 and "
    "0.975 quantiles over replicates of the days, which are the same for all runs. Noise of the means enters a replicate twice, so its "
    "mean square is multiplied by that of the window over the mean of all replicates. Differences among members are not in it, but in range"
)


@dataclass(frozen=True)
class Differences:
    """Products of the daily differences of a role's pairs from the control, mean over pairs and space : (part, part).

    days : (part), number of days of each part; products of sums over the days of a part.
    """

    days: Floats
    products: Floats

    @property
    def mean_square(self) -> float:
        """Mean square of the difference of the time means."""
        return float(self.products.sum() / self.days.sum() ** 2)

    @property
    def autocorrelation(self) -> float:
        """Of the difference from one part to the next."""
        means = self.products / np.outer(self.days, self.days)
        centred = means - means.mean(axis=0) - means.mean(axis=1)[:, None] + means.mean()
        variance = float(np.trace(centred))
        return float(np.trace(centred, offset=1)) / variance if variance > 1e-18 * float(np.trace(means)) else 0.0

    def replicates(self, resampled: Resampled) -> Floats:
        """Mean squares of the replicates : (replicate), whose mean is that of the window."""
        counts = resampled.counts
        square = np.einsum("rp,rp->r", counts @ self.products, counts) / (counts @ self.days) ** 2
        mean = float(square.mean())
        return square * (self.mean_square / mean) if mean > 0 else square


def error_intervals(climates: dict[str, Climate], groups: Groups, field: str, last_day: int) -> dict[str, Any]:
    """``low``, ``high`` and ``block_days`` : role -> limits of its RMSE, and length of the blocks of its replicates.

    ``ratio`` : role -> value, low and high of its RMSE divided by the floor's, where that is not zero. A role that did not reach the end of
    the window, ``last_day``, is in none of them.
    """
    of_roles = {role: differences(climates, groups.pairs(role), field, last_day) for role in groups.roles if role != CONTROL}
    known = {role: its for role, its in of_roles.items() if its is not None}
    floor = known.get(FLOOR)
    found: dict[str, dict[str, Any]] = {"low": {}, "high": {}, "block_days": {}, "ratio": {}}
    for role, its in known.items():
        longest = max(its.autocorrelation, floor.autocorrelation if floor is not None else 0.0)
        resampled = resample(len(its.days), longest)
        if resampled is None:
            continue
        square = its.replicates(resampled)
        found["low"][role], found["high"][role] = map(float, interval(np.sqrt(square)))
        found["block_days"][role] = resampled.block * float(its.days.mean())
        if floor is not None and role != FLOOR and floor.mean_square > 0:
            found["ratio"][role] = _ratio(its.mean_square / floor.mean_square, square, floor.replicates(resampled))
    return {key: its for key, its in found.items() if its}


def _ratio(value: float, square: Floats, of_floor: Floats) -> dict[str, float | None]:
    """A limit is None where the floor's replicates are zero."""
    ratio = np.sqrt(np.divide(square, of_floor, out=np.full_like(square, np.inf), where=of_floor > 0))
    low, high = (float(limit) if np.isfinite(limit) else None for limit in interval(ratio))
    return {"value": float(np.sqrt(value)), "low": low, "high": high}


def differences(climates: dict[str, Climate], pairs: list[tuple[str, str]], field: str, last_day: int) -> Differences | None:
    """Products of the differences in a field over the window; None if no run of the pairs reached its end, ``last_day``."""
    complete = [(climates[run], climates[other]) for run, other in pairs if run in climates and climates[run].days >= last_day]
    products: list[Floats] = []
    days: Floats = np.empty(0)
    for run, other in complete:
        if run.window is None:
            continue
        difference = run.zonal[field][slice(*run.window)] - other.zonal[field][slice(*run.window)]
        part = parts_of(len(difference), MOST_PARTS)
        sums = np.add.reduceat(_weighted(run, difference), np.unique(part, return_index=True)[1], axis=0)
        days = np.bincount(part).astype(np.float64)
        products.append(sums @ sums.T)
    return Differences(days, np.mean(products, axis=0)) if products else None


def _weighted(climate: Climate, difference: Floats) -> Floats:
    """(day, [lev,] lat) times the root of its weights : (day, point), so that a sum of products over points is a mean over the globe."""
    weight = climate.grid.latitude_weight
    if difference.ndim == 3:
        weight = (climate.grid.thickness / climate.grid.thickness.sum())[:, None] * weight
    return np.reshape(difference * np.sqrt(weight), (len(difference), -1))
