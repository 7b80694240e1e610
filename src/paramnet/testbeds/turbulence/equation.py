"""A closure as an equation of a few terms, fitted to the subgrid forcing: powers of the Laplacian of the advection and of q.

After terms that symbolic regression found in Ross et al. (2023): S = sum_n a_n (dx² lap)^n A + sum_n b_n (dx² lap)^n q U / dx, with the
advection A = -J(psi, q) - U dq/dx and U the root mean square of the eddies' velocity. All layers and cases have the same a and b.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from paramnet.testbeds.quasigeostrophic import TwoLayers

OF_ADVECTION = (1, 2, 3)
OF_VORTICITY = (2, 3)


def parts(system: TwoLayers, q_hat: Tensor) -> Tensor:
    """Transforms of the terms : (term, ..., layer, y, x // 2 + 1), s-2."""
    psi_hat = system.streamfunction(q_hat)
    spacing = system.length / system.points
    u, v = system.velocities(psi_hat)
    speed = (u**2 + v**2).mean((-2, -1), keepdim=True).sqrt()
    advection, relative = system.advection(q_hat, psi_hat), -system.squared * spacing**2
    return torch.stack([relative**n * advection for n in OF_ADVECTION] + [relative**n * q_hat * speed / spacing for n in OF_VORTICITY])


@dataclass(frozen=True)
class Equation:
    """weights : (term), a then b."""

    weights: Tensor

    def __call__(self, system: TwoLayers, q_hat: Tensor) -> Tensor:
        return torch.einsum("t...,t->...", parts(system, q_hat), self.weights.to(q_hat.dtype))


def fit_equation(samples: list[tuple[TwoLayers, Tensor, Tensor]]) -> Equation:
    """Least squares over (system, q_hat, transform of the forcing) of each case, each layer of each case with the same weight."""
    terms = len(OF_ADVECTION) + len(OF_VORTICITY)
    normal, projected = torch.zeros(terms, terms, dtype=torch.float64), torch.zeros(terms, dtype=torch.float64)
    for system, q_hat, forcing in samples:
        fields, wanted = system.to_field(parts(system, q_hat)), system.to_field(forcing)
        size = wanted.std((0, 2, 3), keepdim=True)
        columns, target = (fields / size).flatten(1), (wanted / size).flatten()
        normal, projected = normal + columns @ columns.T / len(target), projected + columns @ target / len(target)
    scale = normal.diagonal().sqrt()
    return Equation(torch.linalg.solve(normal / scale[:, None] / scale, projected / scale) / scale)
