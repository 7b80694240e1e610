"""Starting a network with noise or memory from a trained one without, whose dense layers are part of its own."""

from __future__ import annotations

from typing import Protocol, cast

import torch
from torch import nn

from paramnet.contract import ParamnetError
from paramnet.scheme.networks import ModelConfig

__all__ = ["extend", "require_extendable"]

QUIET = 0.1  # factor on the initial weights of inputs that the base does not have
PLAIN = {"fourier": 0, "members": 1, "head": "deterministic", "skip": False, "gate": "none", "ranks": []}  # of both models
SHARED = ("hidden", "activation", "negative_slope", "input_limit", "weights")  # settings that both models have in common


class _Dense(Protocol):
    def dense_layers(self) -> list[nn.Linear]:
        """The layers from the inputs to the outputs, in order, without those that only the random numbers enter."""
        ...


def require_extendable(model: ModelConfig, base: ModelConfig, where: str) -> None:
    """Raise ParamnetError unless ``base`` is a plain perceptron, and ``model`` one of the same layers with noise or memory."""
    plain = {"kind": "mlp", "noise": 0, **PLAIN}
    other = {name: getattr(base, name, None) for name, value in plain.items() if getattr(base, name, None) != value}
    if other:
        raise ParamnetError("adapters.base", expected=f"a network of {plain}", got=str(other), where=where, remedy="choose another base")
    wanted = PLAIN | {name: getattr(base, name) for name in SHARED}
    given = {name: getattr(model, name, PLAIN.get(name)) for name in wanted}
    if given != wanted or model.kind not in ("mlp", "column_memory"):
        raise ParamnetError(
            "model",
            expected=f"mlp or column_memory, with the layers of the base: {wanted}",
            got=f"{model.kind}: {given}",
            where=where,
            remedy="set these keys of the model, or choose another base",
        )


@torch.no_grad()
def extend(network: nn.Module, base: nn.Module) -> None:
    """Copy the dense layers of ``base`` into the leading rows and columns of those of ``network``.

    The network then gives what the base does, but for the effect of its further inputs, noise and memory, which is small at first.
    """
    pairs = zip(cast(_Dense, network).dense_layers(), cast(_Dense, base).dense_layers(), strict=True)
    for layer, source in pairs:
        rows, columns = source.weight.shape
        layer.weight[:, columns:] *= QUIET
        layer.weight[:rows, :columns] = source.weight
        layer.bias[:rows] = source.bias
