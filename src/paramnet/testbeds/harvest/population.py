"""A population that collapses below a threshold, and the Ricker map that fits what is seen of it.

Truth: x' = s exp(r (1 - s / K) (s - C) / K) z, with the stock s = x - h after the harvest h and lognormal z; below C it dies out (Allen,
L. J. S. et al. 2005). Ricker, W. E. (1954), J. Fish. Res. Board Can. 11, 559-623: x' = s exp(r (1 - s / K)) z.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass
class Population:
    """Parameters r (``growth``), K (``capacity``), C (``threshold``; 0 for none: the Ricker map) and the standard deviation of log z."""

    growth: float = 3.0
    capacity: float = 8.0
    threshold: float = 4.0
    noise: float = 0.05

    def log_growth(self, stock: Array) -> Array:
        """Mean of log(x' / s), for a stock of any shape."""
        room = self.growth * (1.0 - stock / self.capacity)
        return room * (stock - self.threshold) / self.capacity if self.threshold else room

    def next_state(self, stock: Array, random: np.random.Generator) -> Array:
        """x' with noise."""
        return np.asarray(stock * np.exp(self.log_growth(stock) + self.noise * random.standard_normal(np.shape(stock))))


def fit_ricker(stock: Array, after: Array) -> Population:
    """The most likely Ricker map with lognormal noise, by least squares of log(x' / s) on s."""
    slope, start = np.polyfit(stock, np.log(after / stock), 1)
    noise = float(np.std(np.log(after / stock) - (start + slope * stock)))
    return Population(growth=float(start), capacity=float(-start / slope), threshold=0.0, noise=noise)


def observe(truth: Population, years: int, random: np.random.Generator, highest_harvest: float = 0.15) -> tuple[Array, Array]:
    """Stock and next x : (year), of ``years`` under light harvest, a random share of x up to ``highest_harvest``."""
    x, stocks, after = np.array(truth.capacity), [], []
    for _ in range(years):
        stock = x * (1.0 - highest_harvest * random.random())
        x = truth.next_state(stock, random)
        stocks.append(float(stock))
        after.append(float(x))
    return np.array(stocks), np.array(after)
