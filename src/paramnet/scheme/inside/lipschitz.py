"""An upper bound of a network's slope that holds for every input: the product of its layers' largest singular values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from paramnet.scheme.networks import Ensemble, HeadedNetwork, LinearNetwork, MultilayerPerceptron
from paramnet.scheme.networks.fourier import FourierFirst
from paramnet.scheme.networks.residual_mlp import ResidualBlock, ResidualMLP

ROUNDING = 1e-6  # relative, of float32 sums in a layer
# Largest slopes: GELU in its tanh form at x = 1.42, SiLU at x = 2.40 (stationary points of the derivative, rounded up).
LARGEST_SLOPE = {nn.ReLU: 1.0, nn.GELU: 1.1291, nn.SiLU: 1.0999, nn.Dropout: 1.0, nn.Identity: 1.0}


class Unbounded(ValueError):
    """The bound is not known for a part of a network, which the message names."""


def lipschitz_bound(network: nn.Module) -> float:
    """The largest ||f(x) - f(y)|| / ||x - y|| that the weights allow, in standardized units, with Euclidean norms.

    ||W_n|| ... ||W_1|| times the largest slopes of the activations (Szegedy et al. 2014, ICLR, sec. 4.3), spectral norms in float64; a sum
    has the sum of the bounds. Raises Unbounded for gates, whose slope grows with what they multiply, and for networks that are not
    made of dense layers.
    """
    for kind, bound in BOUNDS.items():
        if isinstance(network, kind):
            return bound(network)
    raise Unbounded(type(network).__name__)


def spectral_norm(weight: Tensor) -> float:
    """Largest singular value, rounded up."""
    return float(torch.linalg.matrix_norm(weight.detach().double(), 2)) * (1 + ROUNDING)


def _in_sequence(layers: nn.Sequential) -> float:
    """The product; dense layers that follow each other without activation are one."""
    bound, weight = 1.0, None
    for layer in layers:
        if isinstance(layer, nn.Linear):
            own = layer.weight.detach().double()
            weight = own if weight is None else own @ weight
            continue
        bound *= lipschitz_bound(layer) * (1.0 if weight is None else spectral_norm(weight))
        weight = None
    return bound if weight is None else bound * spectral_norm(weight)


def _perceptron(network: MultilayerPerceptron) -> float:
    if network.gated:
        raise Unbounded("gates")
    straight = lipschitz_bound(network.skip) if network.has_skip else 0.0
    return lipschitz_bound(network.trunk) * lipschitz_bound(network.head) + straight


def _residual(network: ResidualMLP) -> float:
    slope = lipschitz_bound(network.activation)
    return math.prod([lipschitz_bound(network.first), *map(lipschitz_bound, network.blocks), slope, lipschitz_bound(network.head)])


def _block(block: ResidualBlock) -> float:
    return 1.0 + lipschitz_bound(block.second) * lipschitz_bound(block.activation) ** 2 * lipschitz_bound(block.first)


def _ensemble(ensemble: Ensemble) -> float:
    return sum(map(lipschitz_bound, ensemble.members)) / len(ensemble.members)


def _always(slope: float) -> Callable[[Any], float]:
    return lambda module: slope


BOUNDS: dict[type[nn.Module], Callable[[Any], float]] = {
    nn.Linear: lambda layer: spectral_norm(layer.weight),
    nn.LeakyReLU: lambda activation: max(1.0, abs(activation.negative_slope)),
    **{kind: _always(slope) for kind, slope in LARGEST_SLOPE.items()},
    nn.Sequential: _in_sequence,
    LinearNetwork: lambda network: lipschitz_bound(network.linear),
    MultilayerPerceptron: _perceptron,
    ResidualMLP: _residual,
    ResidualBlock: _block,
    HeadedNetwork: lambda network: lipschitz_bound(network.body),  # mean or median: some rows of the last layer
    FourierFirst: lambda made: math.sqrt(1 + 2 * spectral_norm(made.fourier.weight) ** 2) * lipschitz_bound(made.network),
    Ensemble: _ensemble,
}
