"""Cost of a network: number of weights, and floating-point operations per column, counted layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from paramnet.scheme.networks.fourier import RandomFourier
from paramnet.scheme.networks.transformer import LevelAttention


def parameter_count(network: nn.Module) -> int:
    """Number of weights of the network."""
    return sum(weights.numel() for weights in network.parameters())


def _dense(layer: Any, x: Tensor, y: Tensor) -> int:
    return 2 * layer.weight.shape[1] * y.numel()


def _convolution(layer: Any, x: Tensor, y: Tensor) -> int:
    return 2 * layer.weight[0].numel() * y.numel()


def _recurrence(layer: Any, x: Tensor, y: Any) -> int:
    # Every level passes once through every matrix of each direction; `parameters` has those of both.
    matrices = sum(weights.numel() for weights in layer.parameters() if weights.dim() == 2)
    return 2 * matrices * x.shape[1]


def _attention(layer: Any, x: Tensor, y: Tensor) -> int:
    return 4 * x.shape[1] ** 2 * x.shape[2]  # Q K' and the sum of V; its dense layers are counted separately


COUNTED: dict[type[nn.Module], Callable[[Any, Tensor, Any], int]] = {
    nn.Linear: _dense,
    nn.Conv1d: _convolution,
    nn.LSTM: _recurrence,
    RandomFourier: _dense,
    LevelAttention: _attention,
}


@torch.no_grad()
def flop_per_column(module: nn.Module, n_in: int) -> int:
    """Multiplications and additions for one column of ``n_in`` inputs in matrices, convolutions, recurrences and attention.

    Two per use of a weight. Activations, normalization and features are not counted: a few operations per number.
    """
    found: list[int] = []
    hooks = []
    for layer in module.modules():
        # isinstance, as an adapted layer is of a subclass.
        count = next((counted for kind, counted in COUNTED.items() if isinstance(layer, kind)), None)
        if count is not None:
            hooks.append(layer.register_forward_hook(lambda used, x, y, count=count: found.append(count(used, x[0], y))))
    training = module.training
    try:
        weights = next(module.parameters())
        module.eval()(torch.zeros(1, n_in, dtype=weights.dtype, device=weights.device))
    finally:
        module.train(training)
        for hook in hooks:
            hook.remove()
    return sum(found)
