"""Lorenz 96 with one, two and three tiers, as torch code: float64, batched, differentiable.

Sources: Lorenz, E. N. (1996), Predictability: a problem partly solved, ECMWF Seminar on Predictability; in the notation of Wilks, D. S.
(2005), Q. J. R. Meteorol. Soc. 131, 389-407. Three tiers: Thornes, T., Düben, P. & Palmer, T. (2017), Q. J. R. Meteorol. Soc. 143, 897-908.

    dX_k/dt = -X_{k-1} (X_{k-2} - X_{k+1}) - X_k + F + U_k,                 U_k = -(h c / b) sum_j Y_{j,k}
    dY_j/dt = -c b Y_{j+1} (Y_{j+2} - Y_{j-1}) - c Y_j + (h c / b) X_k      [ - (h e / d) sum_i Z_{i,j,k} with three tiers ]
    dZ_i/dt = e d Z_{i-1} (Z_{i+1} - Z_{i-2}) - g e Z_i + (h e / d) Y_{j,k}

All variables are dimensionless and cyclic. The Y of all sectors are one ring, and so are the Z. One time unit stands for five days.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from paramnet.contract import ParamnetError
from paramnet.testbeds.integration import runge_kutta

UNIT_DAYS = 5.0  # of a time unit (Lorenz 1996)
TIME_STEP = 0.005  # time units, of the resolved system (Wilks 2005)


@dataclass
class Lorenz96:
    """Parameters F, h, c, b and sizes K (``sectors``), J (``small_per_sector``) of the two-tier system; methods are its equations.

    x : (..., sector), y : (..., sector, small), subgrid : (..., sector), dimensionless.
    """

    forcing: float = 20.0
    coupling: float = 1.0
    time_ratio: float = 10.0
    amplitude_ratio: float = 10.0
    sectors: int = 8
    small_per_sector: int = 32

    def __post_init__(self) -> None:
        if self.sectors < 4 or self.small_per_sector < 1 or self.time_ratio <= 0 or self.amplitude_ratio <= 0:
            raise ParamnetError("system", expected="4 or more sectors, 1 or more small_per_sector, positive ratios", got=str(self))

    @property
    def exchange(self) -> float:
        """The factor h c / b of the coupling."""
        return self.coupling * self.time_ratio / self.amplitude_ratio

    def resolved(self, x: Tensor, subgrid: Tensor | float = 0.0) -> Tensor:
        """Tendency of X by its own dynamics, damping, forcing and ``subgrid``: (..., sector)."""
        return _advection(x) - x + self.forcing + subgrid

    def subgrid(self, y: Tensor) -> Tensor:
        """U : (..., sector), the tendency of X by Y."""
        return -self.exchange * y.sum(-1)

    def tendency(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Tendencies of X and Y."""
        ring = y.flatten(-2)
        own = -self.time_ratio * (self.amplitude_ratio * ring.roll(-1, -1) * (ring.roll(-2, -1) - ring.roll(1, -1)) + ring)
        return self.resolved(x, self.subgrid(y)), own.reshape(y.shape) + self.exchange * x[..., None]

    def resolved_step(self, x: Tensor, subgrid: Tensor | float, time_step: float = TIME_STEP) -> Tensor:
        """X after a Runge-Kutta step of order 4 with ``subgrid`` held constant, as the Fortran host takes it."""
        return runge_kutta(lambda one: (self.resolved(one, subgrid),), (x,), time_step)[0]

    def truth_step(self, x: Tensor, y: Tensor, time_step: float = TIME_STEP, substeps: int = 5) -> tuple[Tensor, Tensor, Tensor]:
        """X and Y after a time step in equal substeps of order 4, and the mean of U over it by the trapezoidal rule."""
        mean = 0.5 * self.subgrid(y)
        for step in range(substeps):
            x, y = runge_kutta(self.tendency, (x, y), time_step / substeps)
            mean = mean + self.subgrid(y) * (1.0 if step < substeps - 1 else 0.5)
        return x, y, mean / substeps


@dataclass
class ThreeTiers(Lorenz96):
    """The system with Z : (..., sector, small, smallest) below Y; the defaults are those of Thornes et al. (2017)."""

    small_per_sector: int = 8
    smallest_per_small: int = 8
    smallest_time_ratio: float = 10.0  # e
    smallest_amplitude_ratio: float = 10.0  # d
    smallest_damping: float = 10.0  # g

    def tendencies(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Tendencies of X, Y and Z."""
        e, d = self.smallest_time_ratio, self.smallest_amplitude_ratio
        exchange = self.coupling * e / d
        dx, dy = self.tendency(x, y)
        own = e * (d * _advection(z.flatten(-3)) - self.smallest_damping * z.flatten(-3))
        return dx, dy - exchange * z.sum(-1), own.reshape(z.shape) + exchange * y[..., None]


def _advection(x: Tensor) -> Tensor:
    """-X_{k-1} (X_{k-2} - X_{k+1}), which conserves the sum of squares."""
    return -torch.roll(x, 1, -1) * (torch.roll(x, 2, -1) - torch.roll(x, -1, -1))
