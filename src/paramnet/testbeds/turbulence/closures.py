"""Subgrid closures: each gives the transform of a tendency of q, s-2, of a coarse model's q_hat : (..., layer, y, x // 2 + 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import Tensor

from paramnet.testbeds.quasigeostrophic import TwoLayers

Closure = Callable[[TwoLayers, Tensor], Tensor]


def strain(system: TwoLayers, psi_hat: Tensor) -> tuple[Tensor, Tensor]:
    """u_x - v_y and u_y + v_x of the eddies, s-1."""
    zonal, meridional = system.derivatives
    return system.to_field(-2 * zonal * meridional * psi_hat), system.to_field((zonal**2 - meridional**2) * psi_hat)


@dataclass(frozen=True)
class Smagorinsky:
    """Eddy viscosity (C dx)² |D| (Smagorinsky 1963): the curl of the divergence of the stress; it only removes energy."""

    constant: float = 0.1

    def __call__(self, system: TwoLayers, q_hat: Tensor) -> Tensor:
        stretch, shear = strain(system, system.streamfunction(q_hat))
        viscosity = (self.constant * system.length / system.points) ** 2 * (stretch**2 + shear**2).sqrt()
        first, second = system.to_spectrum(viscosity * stretch), system.to_spectrum(viscosity * shear)
        zonal, meridional = system.derivatives
        return zonal * (zonal * second - meridional * first) - meridional * (zonal * first + meridional * second)


@dataclass(frozen=True)
class Leith:
    """Eddy viscosity (C dx)³ |grad q| on q (Leith 1996, in the form for quasi-geostrophic flow): it removes enstrophy."""

    constant: float = 0.3

    def __call__(self, system: TwoLayers, q_hat: Tensor) -> Tensor:
        zonal, meridional = system.derivatives
        east, north = system.to_field(zonal * q_hat), system.to_field(meridional * q_hat)
        viscosity = (self.constant * system.length / system.points) ** 3 * (east**2 + north**2).sqrt()
        return zonal * system.to_spectrum(viscosity * east) + meridional * system.to_spectrum(viscosity * north)


@dataclass(frozen=True)
class Biharmonic:
    """Biharmonic viscosity C² dx⁴ |D| on the vorticity (Griffies & Hallberg 2000)."""

    constant: float = 0.08

    def __call__(self, system: TwoLayers, q_hat: Tensor) -> Tensor:
        psi_hat = system.streamfunction(q_hat)
        stretch, shear = strain(system, psi_hat)
        viscosity = self.constant**2 * (system.length / system.points) ** 4 * (stretch**2 + shear**2).sqrt()
        return system.squared * system.to_spectrum(viscosity * system.to_field(system.squared**2 * psi_hat))


@dataclass(frozen=True)
class Backscatter:
    """A closure, and a negative viscosity that returns the share ``returned`` of the energy that it removes (after Jansen & Held 2014).

    Nothing is returned while the closure adds energy.
    """

    closure: Closure = field(default_factory=Biharmonic)
    returned: float = 0.95

    def __call__(self, system: TwoLayers, q_hat: Tensor) -> Tensor:
        psi_hat, change = system.streamfunction(q_hat), self.closure(system, q_hat)
        negative = -(system.squared**2) * psi_hat  # minus the Laplacian of the vorticity
        ratio = energy_input(system, psi_hat, change).clamp(max=0) / energy_input(system, psi_hat, negative)
        return change - self.returned * ratio[..., None, None, None] * negative


def energy_input(system: TwoLayers, psi_hat: Tensor, change: Tensor) -> Tensor:
    """Energy that a tendency of q gives to the eddies : (...), m2 s-3; minus the mean of psi times its transform ``change``."""
    product = (system.to_field(psi_hat) * system.to_field(change)).mean((-2, -1))
    return -(product * system.thicknesses[:, 0, 0]).sum(-1)
