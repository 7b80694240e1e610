"""Where a network of ReLUs is not smooth: hidden units that change side between two inputs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

KINKED = (nn.ReLU, nn.LeakyReLU)


@contextmanager
def _before_activations(network: nn.Module) -> Iterator[list[Tensor]]:
    """What the units with a kink get, in the order of the calls."""
    found: list[Tensor] = []
    hooks = [
        module.register_forward_pre_hook(lambda _, arguments: found.append(arguments[0].detach()))
        for module in network.modules()
        if isinstance(module, KINKED)
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


@torch.no_grad()
def kinked_units(network: nn.Module, z: Tensor) -> Tensor:
    """Inputs of the hidden ReLUs, whose kinks are at zero : (column, units), for standardized inputs z; no units for a smooth network."""
    with _before_activations(network) as found:
        network(z)
    return torch.cat([values.flatten(1) for values in found], dim=1) if found else z[:, :0]


@torch.no_grad()
def kinks_met(network: nn.Module, z: Tensor, noise: Tensor) -> tuple[float, int]:
    """Units that change side between z and z + noise, mean over columns; and the number of units. z, noise : (column, n_in)."""
    before, after = kinked_units(network, z), kinked_units(network, z + noise)
    return float(((before > 0) != (after > 0)).sum(dim=1).double().mean()), before.shape[1]
