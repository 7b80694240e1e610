"""The harvest that is best in the long run under a model of the population, by stochastic dynamic programming.

Boettiger, C., Mangel, M. & Munch, S. B. (2015), Avoiding tipping points in fisheries management through Gaussian process dynamic
programming, Proc. R. Soc. B 282, 20141631.
"""

from __future__ import annotations

from math import erf

import numpy as np

from paramnet.testbeds.harvest.population import Array

_erf = np.vectorize(erf, otypes=[np.float64])


def transitions(grid: Array, growth: Array, std: Array) -> Array:
    """Probability : (stock, next x), both on the grid from 0, if log(x' / s) is normal with mean ``growth`` and ``std`` : (stock).

    What is beyond the grid counts at its end; from no stock comes none.
    """
    middles = np.log((grid[1:] + grid[:-1]) / 2)
    with np.errstate(divide="ignore"):
        ahead = np.log(grid)[:, None] + growth[:, None]
    below = 0.5 * (1.0 + _erf((middles[None] - ahead) / (np.sqrt(2.0) * std[:, None])))
    return np.diff(below, axis=1, prepend=0.0, append=1.0)


def best_stock(grid: Array, probability: Array, discount: float, sweeps: int = 2000) -> Array:
    """The stock to leave at each x of the grid : (x), by iteration of the value.

    V(x) = max over s <= x of [x - s + discount sum over x' of P(x' | s) V(x')]; what is harvested is worth its amount.
    """
    value = grid.copy()
    for _ in range(sweeps):
        worth = discount * probability @ value - grid
        newer = grid + np.maximum.accumulate(worth)
        if np.abs(newer - value).max() < 1e-6:
            break
        value = newer
    worth = discount * probability @ value - grid
    best, index = np.zeros(len(grid), int), 0
    for place in range(len(grid)):
        index = place if worth[place] > worth[index] else index
        best[place] = index
    return grid[best]
