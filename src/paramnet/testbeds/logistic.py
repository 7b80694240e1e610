"""The logistic map, May, R. M. (1976), Simple mathematical models with very complicated dynamics, Nature 261, 459-467.

x' = r x (1 - x),   0 <= x <= 1,   0 <= r <= 4
"""

from __future__ import annotations

from torch import Tensor


def logistic(x: Tensor, rate: Tensor | float) -> Tensor:
    """The next x; x : any shape, rate : r, of a shape that broadcasts with it."""
    return rate * x * (1.0 - x)


def logistic_exponent(x: Tensor, rate: float, steps: int) -> float:
    """The Lyapunov exponent per step, the mean of log |r (1 - 2 x)| along the orbits of ``steps`` steps from x : (member)."""
    total = x.new_zeros(())
    for _ in range(steps):
        total = total + (rate * (1.0 - 2.0 * x)).abs().log().mean()
        x = logistic(x, rate)
    return float(total / steps)
