"""Flow matching: what a squared error judges while the velocity of a flow is trained."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from paramnet.scheme.networks import Flow
from paramnet.scheme.scheme import Scheme

__all__ = ["velocity_error"]


def velocity_error(scheme: Scheme, inputs: Tensor, outputs: Tensor, noise: Tensor | None, draws: Tensor) -> Tensor:
    """outputs + std (v - v*) : (sample, n_out), whose squared error is that of the velocity v (Lipman et al. 2023, eq. 23).

    Target of v at y = (1 - t) r + t z is v* = z - r, with z the standardized outputs, r the first draw, and t uniform, from the
    second. inputs : (sample, n_in), outputs : (sample, n_out), contract units; noise : as in ``Scheme.with_logits``;
    draws : (sample, 2 or more, n_out).
    """
    assert isinstance(scheme.network, Flow)
    x = scheme.prepare(inputs) if noise is None else scheme.prepare(inputs) + noise
    std = scheme.denormalizer.std
    z = torch.where(std > 0, (outputs - scheme.denormalizer.offset) / torch.where(std > 0, std, 1.0), 0.0)
    start, t = draws[:, 0], 0.5 * (1.0 + torch.erf(draws[:, 1, :1] / math.sqrt(2.0)))
    velocity = scheme.network.velocity(x, torch.lerp(start, z, t), t)
    return outputs + std * (velocity - (z - start))
