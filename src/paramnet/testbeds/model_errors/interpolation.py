"""Networks of one layer that interpolate fields from a few places: random Fourier features, or random tanh units of the coordinates.

Tancik, M. et al. (2020), Fourier features let networks learn high frequency functions in low dimensional domains, NeurIPS 33; Rahimi, A. &
Recht, B. (2007), Random features for large-scale kernel machines, NeurIPS 20. The last layer is solved by ridge regression.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

RIDGES = tuple(10.0**power for power in range(-8, 3))  # to choose from
HELD_OUT = 5  # one in so many sites chooses

Features = Callable[[Tensor], Tensor]  # (place, 2), in sides of the square -> (place, feature)


def fourier_features(draws: int, spread: float, generator: torch.Generator) -> Features:
    """sin and cos of waves with whole wavenumbers, so that fields are periodic, normal with standard deviation ``spread``.

    A wave that is drawn more than once is one feature, of an amplitude that counts as much as all of them.
    """
    drawn = (spread * torch.randn(draws, 2, generator=generator, dtype=torch.float64)).round()
    first = torch.where(drawn[:, :1] != 0, drawn[:, :1], drawn[:, 1:])
    wavenumbers, times = torch.unique(torch.where(first < 0, -drawn, drawn), dim=0, return_counts=True)
    amplitude = (times / draws).sqrt()

    def features(places: Tensor) -> Tensor:
        phase = 2 * math.pi * places @ wavenumbers.T
        return torch.cat([amplitude * phase.sin(), amplitude * phase.cos()], 1)

    return features


def tanh_features(count: int, generator: torch.Generator) -> Features:
    """tanh of random directions and offsets of the two coordinates, from -1 to 1, and 1."""
    directions = torch.randn(2, count - 1, generator=generator, dtype=torch.float64)
    bias = torch.randn(count - 1, generator=generator, dtype=torch.float64)

    def features(places: Tensor) -> Tensor:
        units = torch.tanh((2 * places - 1) @ directions + bias)
        return torch.cat([units, torch.ones_like(units[:, :1])], 1)

    return features


def interpolate(values: Tensor, at: Tensor, places: Tensor, features: Features) -> Tensor:
    """Fields at ``places`` : (field, place) from ``values`` : (field, site) at the sites ``at`` : (site, 2).

    The ridge is the one with the least error on one site in five; the last fit is to all.
    """
    seen, target = features(at), values.T
    test = torch.arange(len(at)) % HELD_OUT == 0

    def errors(ridge: float) -> float:
        return float(((seen[test] @ _solve(seen[~test], target[~test], ridge) - target[test]) ** 2).sum())

    best = min(RIDGES, key=errors)
    return (features(places) @ _solve(seen, target, best)).T


def _solve(features: Tensor, target: Tensor, ridge: float) -> Tensor:
    normal = features.T @ features + ridge * len(features) * torch.eye(features.shape[1], dtype=features.dtype)
    return torch.cholesky_solve(features.T @ target, torch.linalg.cholesky(normal))
