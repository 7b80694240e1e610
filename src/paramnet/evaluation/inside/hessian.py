"""Spectrum of the Hessian of the mean squared error by the network's weights."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from paramnet.scheme.inside import Quadrature, quadrature

DECADES = 6  # below the largest eigenvalue


def hessian_table(
    network: nn.Module, z: Tensor, truth: Tensor, live: Tensor, steps: int, probes: int, show: Callable[[int], None]
) -> dict[str, Any]:
    """Spectrum of the Hessian of <(f(z) - truth)²> / 2, mean over samples and outputs that vary, by all weights of the network.

    z : (sample, n_in), truth : (sample, n_out), standardized; live : (n_out). Shares of eigenvalues by decade of their size relative to the
    largest one, with standard errors over the probes; moments tr H^k / n, which are unbiased, with theirs.
    """
    weights = [parameter for parameter in network.parameters() if parameter.requires_grad]
    error = (network(z) - truth)[:, live]
    slopes = torch.autograd.grad(0.5 * error.square().mean(), weights, create_graph=True)
    flat = torch.cat([slope.reshape(-1) for slope in slopes])

    def product(vector: Tensor) -> Tensor:
        found = torch.autograd.grad(flat, weights, vector, retain_graph=True, allow_unused=True)
        parts = [torch.zeros_like(weight) if part is None else part for weight, part in zip(weights, found, strict=True)]
        return torch.cat([part.reshape(-1) for part in parts]).detach()

    made = quadrature(product, len(flat), steps, probes, show)
    moments = [{"power": power, "mean": mean, "error": error} for power, (mean, error) in enumerate(made.moments(4), start=1)]
    extremes = {"largest": float(made.nodes.max()), "smallest": float(made.nodes.min())}
    size = {"weights": len(flat), "samples": len(z), "steps": made.nodes.shape[1], "probes": probes}
    return {**size, **extremes, "moments": moments, "shares": _shares(made)}


def _shares(made: Quadrature) -> dict[str, list[float]]:
    """Shares by decade, from the most negative to the most positive eigenvalues."""
    largest = 1.001 * float(made.nodes.abs().max())
    positive = largest * 10.0 ** np.arange(-DECADES, 1.0)
    edges = np.concatenate([-positive[::-1], positive])
    found = [made.share_between(low, high) for low, high in pairwise(edges)]
    return {"edges": edges.tolist(), "mean": [mean for mean, _ in found], "error": [error for _, error in found]}
