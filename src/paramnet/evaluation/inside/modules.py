"""Dimensions of the hidden layers of a perceptron, and its modules, in the interaction basis."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from paramnet.contract import Contract
from paramnet.scheme.inside import Directions, directions, measured, modularity, modules_of
from paramnet.scheme.networks import MultilayerPerceptron

PROBES, MOST, SAMPLES = 2, 16, 256  # directions of each layer in the graph; samples of the interactions
SHUFFLES = 20


def modules_table(body: MultilayerPerceptron, contract: Contract, z: Tensor, live: Tensor) -> dict[str, Any]:
    """``layers`` : importance of the directions of the inputs and of each hidden layer, and how many of them carry 99 % of it.
    ``modules`` : groups of hidden directions that act on each other (Bushnaq et al. 2024, arXiv:2405.10928), with the share of each
    output variable that their last layer carries; ``modularity`` beside that of shuffled interactions (mean and standard deviation).

    z : (sample, n_in), standardized; live : (n_out).
    """
    activations = [layer for layer in body.trunk if not isinstance(layer, nn.Linear | nn.Dropout | nn.Sequential)]
    layers, _ = measured(body, z, list(dict.fromkeys(activations)), live.to(z.dtype), PROBES)
    bases = [directions(layer) for layer in layers]
    rows = [
        {"units": len(layer.mean), "directions_of_99_percent": basis.needed(0.01 * layer.total), "importance": basis.importance.tolist()}
        for layer, basis in zip(layers, bases, strict=True)
    ]
    hidden = [basis.first(MOST) for basis in bases[1:]]
    blocks = _interactions(body, activations, hidden, z[:SAMPLES])
    graph, places = _graph(blocks, [len(basis.importance) for basis in hidden])
    found = modules_of(graph)
    generator = np.random.default_rng(0)
    shuffled = [
        _graph([_shuffled(block, generator) for block in blocks], [len(basis.importance) for basis in hidden])[0] for _ in range(SHUFFLES)
    ]
    null = [modularity(other, modules_of(other)) for other in shuffled]
    return {
        "layers": rows,
        "modularity": modularity(graph, found),
        "modularity_shuffled": {"mean": float(np.mean(null)), "std": float(np.std(null))},
        "modules": [_described(group, places, hidden[-1], body, contract, live) for group in found],
    }


def _interactions(body: MultilayerPerceptron, activations: list[nn.Module], hidden: list[Directions], z: Tensor) -> list[Tensor]:
    """Mean square of d f_j / d f_i, f the directions of adjacent hidden layers, times the importance of j : (j, i) for each pair."""
    matrices = [layer for layer in body.trunk if not isinstance(layer, nn.Dropout) and layer not in activations]
    blocks, h = [], z
    for number, (matrix, activation) in enumerate(zip(matrices, activations, strict=True)):
        before = matrix(h).detach().requires_grad_(True)
        after = activation(before)
        slope = torch.autograd.grad(after.sum(), before)[0].double()
        if number:
            below, above = hidden[number - 1], hidden[number]
            straight = _straight(matrix) @ below.back
            squares = sum((above.to @ (one[:, None] * straight)) ** 2 for one in slope) / len(slope)
            blocks.append(squares * above.importance[:, None])
        h = after.detach()
    return blocks


def _straight(matrix: nn.Module) -> Tensor:
    """The weights of a dense layer, or the product of the two of low rank : (out, in), float64."""
    parts = [layer.weight.detach().double() for layer in matrix.modules() if isinstance(layer, nn.Linear)]
    return parts[0] if len(parts) == 1 else parts[1] @ parts[0]


def _graph(blocks: list[Tensor], sizes: list[int]) -> tuple[Tensor, list[tuple[int, int]]]:
    """Symmetric weights between all directions, and (layer, direction) of each node."""
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    graph = torch.zeros(starts[-1], starts[-1], dtype=torch.float64)
    for number, block in enumerate(blocks):
        rows, columns = slice(starts[number + 1], starts[number + 2]), slice(starts[number], starts[number + 1])
        graph[rows, columns], graph[columns, rows] = block / block.sum(), block.T / block.sum()
    return graph, [(layer, direction) for layer, size in enumerate(sizes) for direction in range(size)]


def _shuffled(block: Tensor, generator: np.random.Generator) -> Tensor:
    return torch.from_numpy(generator.permutation(block.numpy().ravel()).reshape(block.shape))


def _described(
    group: list[int], places: list[tuple[int, int]], last: Directions, body: MultilayerPerceptron, contract: Contract, live: Tensor
) -> dict[str, Any]:
    """Directions of each hidden layer in a module, and the share of each output variable's variance from them, to first order."""
    layers = max(layer for layer, _ in places) + 1
    own = [direction for layer, direction in (places[node] for node in group) if layer == layers - 1]
    carried = (_straight(body.head)[: contract.n_out] @ last.back) ** 2 * live[:, None]
    shares = {}
    for name, columns in contract.output_columns.items():
        total = float(carried[columns].sum())
        shares[name] = float(carried[columns][:, own].sum()) / total if total > 0 else 0.0
    return {"directions": [sum(places[node][0] == layer for node in group) for layer in range(layers)], "share_of_outputs": shares}
