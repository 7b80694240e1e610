"""The system of Lorenz, E. N. (1963), Deterministic nonperiodic flow, J. Atmos. Sci. 20, 130-141: float64, batched, differentiable.

dx/dt = s (y - x),   dy/dt = x (r - z) - y,   dz/dt = x y - b z
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from paramnet.testbeds.integration import runge_kutta


@dataclass
class Lorenz63:
    """Parameters s (``prandtl``), r (``rayleigh``) and b (``aspect``). state : (..., 3), the x, y and z of the equations."""

    prandtl: float = 10.0
    rayleigh: float = 28.0
    aspect: float = 8.0 / 3.0

    def tendency(self, state: Tensor) -> Tensor:
        """The right-hand side : (..., 3)."""
        x, y, z = state.unbind(-1)
        return torch.stack([self.prandtl * (y - x), x * (self.rayleigh - z) - y, x * y - self.aspect * z], -1)

    def step(self, state: Tensor, time_step: float = 0.01) -> Tensor:
        """The state after a Runge-Kutta step of order 4."""
        return runge_kutta(lambda one: (self.tendency(one),), (state,), time_step)[0]

    def fixed_points(self) -> Tensor:
        """The origin and, above r = 1, the centres of the two rolls : (point, 3)."""
        away = max(self.rayleigh - 1.0, 0.0)
        radius = (self.aspect * away) ** 0.5
        return torch.tensor([[0.0, 0.0, 0.0], [radius, radius, away], [-radius, -radius, away]], dtype=torch.float64)
