"""The cascade of period doublings of a family of maps with one hump: superstable parameters and the point where they accumulate.

The cycle of period p is superstable at the r at which it contains the point c of the maximum: f^p(c) = c. For period 2^n these r converge
geometrically (Feigenbaum, M. J. (1978), J. Stat. Phys. 19, 25-52): for the logistic map to 3.569946, with the ratio 4.669.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Family = Callable[[Tensor, Tensor], Tensor]  # next x of (x, r), of one shape

FEIGENBAUM = 4.669201609
GRID = 81  # points over [0, 1], and again between the neighbours of the highest


def hump(family: Family, rate: Tensor) -> Tensor:
    """The x in [0, 1] of the maximum at each r : (rate), from two grids and the parabola through the three highest points."""
    low, high = torch.zeros_like(rate), torch.ones_like(rate)
    for _ in range(2):
        step = (high - low) / (GRID - 1)
        x = low[:, None] + step[:, None] * torch.arange(GRID)
        values = family(x, rate[:, None].expand(-1, GRID))
        best = values.argmax(1, keepdim=True).clamp(1, GRID - 2)
        low, high = x.gather(1, best - 1)[:, 0], x.gather(1, best + 1)[:, 0]
    left, middle, right = (values.gather(1, best + shift)[:, 0] for shift in (-1, 0, 1))
    return x.gather(1, best)[:, 0] + step * (left - right) / (2 * (left - 2 * middle + right))


def miss(family: Family, rate: Tensor, period: int) -> Tensor:
    """f^period(c) - c at each r : (rate); 0 where the cycle is superstable."""
    start = hump(family, rate)
    x = start
    for _ in range(period):
        x = family(x, rate)
    return x - start


def superstable(family: Family, period: int, low: float, high: float, points: int = 17) -> float:
    """The lowest r in [low, high] at which f^period(c) - c changes its sign, by repeated refinement of a grid; NaN if it nowhere does."""
    for _ in range(10):
        rates = torch.linspace(low, high, points, dtype=torch.float64)
        signs = torch.sign(miss(family, rates, period))
        changes = torch.nonzero(signs[1:] != signs[:-1])
        if len(changes) == 0:
            return float("nan")
        low, high = (float(rates[int(changes[0, 0]) + step]) for step in (0, 1))
    return (low + high) / 2


def cascade(family: Family, doublings: int = 5) -> list[float]:
    """Superstable r of the periods 1, 2, 4, ... 2**doublings, each sought where the ratio of the last two lets expect it."""
    found = [superstable(family, 1, 1.5, 2.5), superstable(family, 2, 2.9, 3.45)]
    for doubling in range(2, doublings + 1):
        step = (found[-1] - found[-2]) / FEIGENBAUM
        found.append(superstable(family, 2**doubling, found[-1] + 0.7 * step, found[-1] + 1.3 * step))
    return found


def accumulation(found: list[float]) -> float:
    """The limit of a cascade by its last two members and the universal ratio."""
    return found[-1] + (found[-1] - found[-2]) / (FEIGENBAUM - 1)


def orbits(family: Family, rates: Tensor, starts: Tensor, discard: int, steps: int) -> Tensor:
    """x after ``discard`` steps : (step, rate, start); what leaves [-1, 2] is not a number from then on."""
    x = starts.expand(len(rates), -1).clone()
    rate = rates[:, None].expand(x.shape)
    kept = []
    for step in range(discard + steps):
        x = family(x, rate)
        x = torch.where((x > -1) & (x < 2), x, torch.nan)
        if step >= discard:
            kept.append(x)
    return torch.stack(kept)
