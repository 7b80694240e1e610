"""Candidate terms of an error in the equation of q of a layer."""

from __future__ import annotations

import torch
from torch import Tensor

from paramnet.testbeds.quasigeostrophic import TwoLayers

NAMES = (
    "psi",
    "lap psi",
    "q",
    "lap q",
    "dpsi/dx",
    "dpsi/dy",
    "dq/dx",
    "dq/dy",
    "J(psi, q)",
    "J(psi, lap psi)",
    "curl |u| u",
    "psi²",
    "q²",
    "|u|²",
)


def terms(system: TwoLayers, q_hat: Tensor) -> Tensor:
    """Each candidate of NAMES at all points, of the fields of the layer itself : (term, ..., layer, y, x), SI."""
    psi_hat = system.streamfunction(q_hat)
    relative = -system.squared * psi_hat
    (zonal, meridional), (u, v) = system.derivatives, system.velocities(psi_hat)
    psi, q = system.to_field(psi_hat), system.to_field(q_hat)

    def advected(hat: Tensor) -> Tensor:
        return u * system.to_field(zonal * hat) + v * system.to_field(meridional * hat)

    found = [
        psi, system.to_field(relative), q, system.to_field(-system.squared * q_hat),
        system.to_field(zonal * psi_hat), system.to_field(meridional * psi_hat),
        system.to_field(zonal * q_hat), system.to_field(meridional * q_hat),
        advected(q_hat), advected(relative), curl_of_speed(system, u, v), psi**2, q**2, u**2 + v**2,
    ]  # fmt: skip
    return torch.stack(found)


def curl_of_speed(system: TwoLayers, u: Tensor, v: Tensor) -> Tensor:
    """The curl of |u| u, the shape of quadratic drag, s-2 m."""
    (zonal, meridional), speed = system.derivatives, (u**2 + v**2).sqrt()
    return system.to_field(zonal * system.to_spectrum(speed * v) - meridional * system.to_spectrum(speed * u))
