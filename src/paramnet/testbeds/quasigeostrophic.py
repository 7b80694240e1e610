"""Two-layer quasi-geostrophic turbulence in a doubly periodic square, as torch code: float64, batched, differentiable.

Sources: Phillips, N. A. (1951), J. Meteorol. 8, 381-394, as in Ross, A. et al. (2023), J. Adv. Model. Earth Syst. 15, e2022MS003258.

    dq_1/dt = -J(psi_1, q_1) - U_1 dq_1/dx - (beta + F_1 (U_1 - U_2)) dpsi_1/dx
    dq_2/dt = -J(psi_2, q_2) - U_2 dq_2/dx - (beta - F_2 (U_1 - U_2)) dpsi_2/dx - r lap psi_2
    q_1 = lap psi_1 + F_1 (psi_2 - psi_1),   q_2 = lap psi_2 + F_2 (psi_1 - psi_2)

with F_1 = 1 / (R² (1 + d)), F_2 = d F_1, radius of deformation R, thicknesses d = H_1 / H_2, drag r. Layer 1 is the upper one. psi, q and
velocities u = -dpsi/dy, v = dpsi/dx are the eddies'; U is the mean flow. Wavenumbers above 0.65 of the grid's are damped after each step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from paramnet.contract import ParamnetError

FILTER_START = 0.65  # share of the largest wavenumber at which the filter begins
FILTER_STRENGTH = 23.6  # of exp(-23.6 (k dx - 0.65 pi)**4)
BASHFORTH = ((1.0,), (3 / 2, -1 / 2), (23 / 12, -16 / 12, 5 / 12))  # Adams & Bashforth, orders 1 to 3


@dataclass
class TwoLayers:
    """The equations on ``points`` x ``points`` points; the defaults are the eddies of Ross et al. (2023).

    Fields are (..., layer, y, x); their Fourier transforms ``_hat`` (..., layer, y, x // 2 + 1) are those of ``torch.fft.rfft2``.
    q in s-1, psi in m2 s-1. Raises ParamnetError for an odd or small number of points, or lengths that are not positive.
    """

    points: int = 64
    length: float = 1.0e6  # m, of a side
    beta: float = 1.5e-11  # m-1 s-1
    deformation_radius: float = 1.5e4  # m, R
    thickness_ratio: float = 0.25  # d
    upper_flow: float = 0.025  # m s-1, U_1
    lower_flow: float = 0.0  # m s-1, U_2
    drag: float = 5.787e-7  # s-1, r

    def __post_init__(self) -> None:
        positive = min(self.length, self.deformation_radius, self.thickness_ratio) > 0
        if self.points < 8 or self.points % 2 or not positive:
            raise ParamnetError("system", expected="an even number of 8 or more points, positive lengths and ratio", got=str(self))

    @cached_property
    def wavenumbers(self) -> tuple[Tensor, Tensor]:
        """k : (1, x // 2 + 1) and l : (y, 1), rad m-1."""
        spacing, kind = self.length / self.points / (2 * math.pi), torch.float64
        return (torch.fft.rfftfreq(self.points, spacing, dtype=kind)[None], torch.fft.fftfreq(self.points, spacing, dtype=kind)[:, None])

    @cached_property
    def squared(self) -> Tensor:
        """k² + l² : (y, x // 2 + 1), rad2 m-2."""
        k, meridional = self.wavenumbers
        return k**2 + meridional**2

    @cached_property
    def derivatives(self) -> tuple[Tensor, Tensor]:
        """The factors i k and i l, without the largest wavenumber, whose derivative has no sign."""
        k, meridional = self.wavenumbers
        top = math.pi * self.points / self.length * (1 - 1e-9)
        return 1j * k * (k < top), 1j * meridional * (meridional.abs() < top)

    @cached_property
    def filter(self) -> Tensor:
        """The factor of each wavenumber after a step : (y, x // 2 + 1)."""
        relative = self.squared.sqrt() * self.length / self.points
        return torch.exp(-FILTER_STRENGTH * (relative - FILTER_START * math.pi).clamp(min=0) ** 4)

    @property
    def stretching(self) -> tuple[float, float]:
        """F_1 and F_2, m-2."""
        upper = 1.0 / (self.deformation_radius**2 * (1.0 + self.thickness_ratio))
        return upper, self.thickness_ratio * upper

    @property
    def shares(self) -> tuple[float, float]:
        """H_1 / H and H_2 / H, by which the layers count in means."""
        return self.thickness_ratio / (1 + self.thickness_ratio), 1 / (1 + self.thickness_ratio)

    @property
    def thicknesses(self) -> Tensor:
        """The shares : (layer, 1, 1)."""
        return torch.tensor(self.shares, dtype=torch.float64)[:, None, None]

    @property
    def flow(self) -> Tensor:
        """U : (layer, 1, 1)."""
        return torch.tensor([self.upper_flow, self.lower_flow], dtype=torch.float64)[:, None, None]

    @property
    def gradient(self) -> Tensor:
        """dQ/dy, the mean gradient of potential vorticity : (layer, 1, 1)."""
        shear, (upper, lower) = self.upper_flow - self.lower_flow, self.stretching
        return torch.tensor([self.beta + upper * shear, self.beta - lower * shear], dtype=torch.float64)[:, None, None]

    def to_spectrum(self, field: Tensor) -> Tensor:
        """The Fourier transform of a field."""
        return torch.fft.rfft2(field)

    def to_field(self, spectrum: Tensor) -> Tensor:
        """The field of a Fourier transform."""
        return torch.fft.irfft2(spectrum, s=(self.points, self.points))

    def potential_vorticity(self, psi_hat: Tensor) -> Tensor:
        """q_hat of psi_hat."""
        upper, lower = self.stretching
        one, two = psi_hat.unbind(-3)
        return torch.stack([upper * (two - one) - self.squared * one, lower * (one - two) - self.squared * two], -3)

    def streamfunction(self, q_hat: Tensor) -> Tensor:
        """psi_hat of q_hat, with mean 0."""
        upper, lower = self.stretching
        square = self.squared.clone()
        square[0, 0] = 1.0  # the mean has no flow
        determinant = square * (square + upper + lower)
        one, two = q_hat.unbind(-3)
        psi = -torch.stack([(square + lower) * one + upper * two, lower * one + (square + upper) * two], -3) / determinant
        return psi * (self.squared > 0)

    def velocities(self, psi_hat: Tensor) -> tuple[Tensor, Tensor]:
        """u and v of the eddies, m s-1."""
        zonal, meridional = self.derivatives
        return self.to_field(-meridional * psi_hat), self.to_field(zonal * psi_hat)

    def advection(self, q_hat: Tensor, psi_hat: Tensor) -> Tensor:
        """Transform of -J(psi, q) - U dq/dx, in the form of a flux."""
        (zonal, meridional), (u, v) = self.derivatives, self.velocities(psi_hat)
        q = self.to_field(q_hat)
        return -(zonal * self.to_spectrum((u + self.flow) * q) + meridional * self.to_spectrum(v * q))

    def tendency(self, q_hat: Tensor) -> Tensor:
        """Transform of dq/dt, without the filter, s-2."""
        psi_hat = self.streamfunction(q_hat)
        lower = torch.tensor([0.0, self.drag], dtype=torch.float64)[:, None, None]
        return self.advection(q_hat, psi_hat) + (lower * self.squared - self.gradient * self.derivatives[0]) * psi_hat

    def step(
        self, q_hat: Tensor, before: tuple[Tensor, ...], time_step: float, subgrid: Tensor | float = 0.0
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """q_hat after a step of Adams and Bashforth's method with the filter, and the tendencies for the next step.

        before : up to two tendencies of earlier steps, latest first; fewer at the start. subgrid : transform of a tendency to add, s-2.
        """
        tendencies = (self.tendency(q_hat) + subgrid, *before)[:3]
        change = sum(weight * one for weight, one in zip(BASHFORTH[len(tendencies) - 1], tendencies, strict=True))
        return self.filter * (q_hat + time_step * change), tendencies[:2]

    def energy(self, q_hat: Tensor) -> Tensor:
        """Kinetic and available potential energy of the eddies per mass : (...), m2 s-2; -1/2 of the mean of psi q over layers."""
        psi, q = self.to_field(self.streamfunction(q_hat)), self.to_field(q_hat)
        one, two = (psi * q).mean((-1, -2)).unbind(-1)
        return -0.5 * (self.shares[0] * one + self.shares[1] * two)
