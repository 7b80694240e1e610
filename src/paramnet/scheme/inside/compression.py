"""A smaller perceptron that computes nearly the same: fewer hidden units, and matrices of low rank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from paramnet.contract import ParamnetError
from paramnet.scheme.inside.interaction import Interaction, directions, kept_units, measured
from paramnet.scheme.networks import HeadedNetwork, ModelConfig, MultilayerPerceptron
from paramnet.scheme.networks.mlp import MLPModel
from paramnet.scheme.networks.weights import folded


@dataclass(frozen=True)
class Smaller:
    """The configuration of the smaller network, its weights by name, and what was left out of each layer."""

    model: MLPModel
    weights: dict[str, Tensor]
    layers: list[dict[str, float]]


def require_compressible(network: nn.Module, model: ModelConfig) -> MultilayerPerceptron:
    """The perceptron of a scheme. Raises ParamnetError for any other network."""
    body = network.body if isinstance(network, HeadedNetwork) else network
    if not (isinstance(model, MLPModel) and isinstance(body, MultilayerPerceptron)) or any(model.ranks):
        got = f"{model.kind}, {model.size} members" + (", with fourier" if getattr(model, "fourier", 0) else "")
        expected = "a scheme of kind mlp, of one member, without fourier and noise in its scales or outputs, not compressed before"
        raise ParamnetError("checkpoint", expected=expected, got=got, remedy="train such a scheme, for example model=mlp")
    return body


def compressed(
    network: nn.Module, model: ModelConfig, z: Tensor, live: Tensor, tolerance: float, probes: int, show: Callable[[int], None]
) -> Smaller:
    """Remove what changes the outputs by at most ``tolerance`` of their variance in each layer, to first order.

    z : (sample, n_in), standardized inputs; live : (n_out), outputs that vary. In each hidden layer units are kept from which the
    others follow by regression (``kept_units``), then the matrix after it gets a low rank in the interaction basis where this costs
    less (``directions``).
    """
    body = require_compressible(network, model)
    assert isinstance(model, MLPModel)
    activations = [layer for layer in body.trunk if not isinstance(layer, nn.Linear | nn.Dropout)]
    layers, variance = measured(body, z, list(dict.fromkeys(activations)), live.repeat(body_parts(body, live)), probes, show)
    allowed, prefix = tolerance * variance, "body." if network is not body else ""
    matrices = [layer for layer in body.trunk if isinstance(layer, nn.Linear)]
    weights = [folded(layer) for layer in (*matrices, body.head)]
    gate = folded(body.gate) if body.gated else None
    rows: list[dict[str, float]] = []
    ranks: list[int] = []
    made: dict[str, Tensor] = {}
    kept_before, layer = None, layers[0]
    for number, (weight, bias) in enumerate(weights):
        last = number == len(matrices)
        after = None if last else kept_units(layers[number + 1], allowed)
        if after is not None:
            weight, bias = weight[after[0]], bias[after[0]]
        if kept_before is not None:
            weight, bias = _without_units(weight, bias, layers[number], *kept_before)
            if last and gate is not None:
                gate = _without_units(*gate, layers[number], *kept_before)
        rank, parts = _low_rank(weight, bias, layer, allowed)
        ranks.append(rank)
        name = f"{prefix}head" if last else f"{prefix}trunk.{_place(body, matrices[number])}"
        made |= {f"{name}.{key}": value for key, value in parts.items()}
        rows.append({"inputs": weight.shape[1], "outputs": len(weight), "rank": rank or min(weight.shape), "full_rank": int(not rank)})
        if after is not None:
            layer, kept_before = layers[number + 1].of_units(*after), after
    if gate is not None:
        made |= {f"{prefix}gate.weight": gate[0], f"{prefix}gate.bias": gate[1]}
    if body.has_skip:
        made[f"{prefix}skip.weight"] = folded(body.skip)[0]
    hidden = [int(row["outputs"]) for row in rows[:-1]]
    return Smaller(replace(model, hidden=hidden, ranks=ranks if any(ranks) else [], weights="free"), _single(made), rows)


def body_parts(body: MultilayerPerceptron, live: Tensor) -> int:
    """Numbers that the perceptron gives for each output of the scheme: 1, or those of a head."""
    return len(folded(body.head)[0]) // len(live)


def _place(body: MultilayerPerceptron, layer: nn.Module) -> int:
    return next(place for place, other in enumerate(body.trunk) if other is layer)


def _without_units(weight: Tensor, bias: Tensor, layer: Interaction, kept: list[int], replaced: Tensor) -> tuple[Tensor, Tensor]:
    """The layer after one of which only some units are left: the others are mean + replaced (kept - their mean)."""
    return weight @ replaced, bias + weight @ (layer.mean - replaced @ layer.mean[torch.as_tensor(kept)])


def _low_rank(weight: Tensor, bias: Tensor, layer: Interaction, allowed: float) -> tuple[int, dict[str, Tensor]]:
    """Rank, 0 for full, and the weights of the layer, as one matrix or as two: the cheaper."""
    basis = directions(layer)
    rank = basis.needed(allowed)
    if rank * sum(weight.shape) >= weight.numel():
        return 0, {"weight": weight, "bias": bias}
    chosen = basis.first(rank)
    product = weight @ chosen.back @ chosen.to
    offset = bias + (weight - product) @ layer.mean
    # Two factors of equal size: those of the basis have the inverse of small variances, with which training would be unstable.
    left, values, right = torch.linalg.svd(product, full_matrices=False)
    root = values[:rank].sqrt()
    return rank, {"0.weight": root[:, None] * right[:rank], "1.weight": left[:, :rank] * root, "1.bias": offset}


def _single(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.float().contiguous() for name, value in weights.items()}
