"""The operations along levels, as formulas in torch on values : (column, row), rows in the order (level, channel)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from paramnet.exporting.program.definition import DIRECTIONS, Operation

Rounded = Callable[[Tensor], Tensor]  # what a layer does to its inputs and weights first


def exact(x: Tensor) -> Tensor:
    """``x`` as it is: the ``rounded`` of float32 and float64."""
    return x


def convolution(operation: Operation, x: Tensor, weight: Tensor, rounded: Rounded = exact) -> Tensor:
    """Sum over taps; levels outside the column count as zero. weight : (n_out, window * channels)."""
    levels, window, padding = operation["levels"], operation["window"], operation["padding"]
    x = torch.nn.functional.pad(rounded(x).reshape(len(x), levels, -1), (0, 0, padding, padding))
    reach = (window - 1) * operation["dilation"]
    taps = [x[:, tap * operation["dilation"] :][:, : x.shape[1] - reach : operation["stride"]] for tap in range(window)]
    return (torch.cat(taps, dim=2) @ rounded(weight).T).reshape(len(x), -1)


def normalize(operation: Operation, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Deviation from the mean in standard deviations, of groups of channels over all levels or at each; then scale and shift."""
    grouped = x.reshape(len(x), operation["levels"], operation["groups"], -1)
    over = (3,) if operation["by_level"] else (1, 3)
    deviation = grouped - grouped.mean(over, keepdim=True)
    deviation = deviation / (deviation.square().mean(over, keepdim=True) + operation["epsilon"]).sqrt()
    return (deviation.reshape(len(x), operation["levels"], -1) * scale + shift).reshape(len(x), -1)


def attention(operation: Operation, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """softmax(factor Q K') V over the levels, for each head; channels are in the order (head, channel of the head)."""
    shape = (len(queries), operation["levels"], operation["heads"], -1)
    q, k, v = (part.reshape(shape).transpose(1, 2) for part in (queries, keys, values))
    weights = torch.softmax(operation["factor"] * (q @ k.transpose(2, 3)), dim=3)
    return (weights @ v).transpose(1, 2).reshape(len(queries), -1)


def lstm(operation: Operation, x: Tensor, weight: Tensor, state_weight: Tensor, bias: Tensor, rounded: Rounded = exact) -> Tensor:
    """Outputs of all levels, of the directions side by side; states start at zero. Gates in the order input, forget, cell, output."""
    x = rounded(x).reshape(len(x), -1, weight.shape[1])
    count, width = DIRECTIONS[operation["directions"]], state_weight.shape[1]
    found = []
    for direction in range(count):
        own = slice(direction * 4 * width, (direction + 1) * 4 * width)
        gates = x @ rounded(weight[own]).T + bias[own]
        backward = operation["directions"] == "backward" or direction == 1
        found.append(_recurrence(gates, rounded(state_weight[own]), backward, rounded))
    return torch.cat(found, dim=2).reshape(len(x), -1)


def _recurrence(gates: Tensor, state_weight: Tensor, backward: bool, rounded: Rounded) -> Tensor:
    """gates : (column, level, 4 * width), without the contribution of the state."""
    levels = range(gates.shape[1])
    output = cell = torch.zeros_like(gates[:, 0, : state_weight.shape[1]])
    outputs: list[Any] = [None] * len(levels)
    for level in reversed(levels) if backward else levels:
        enter, keep, new, show = (gates[:, level] + rounded(output) @ state_weight.T).chunk(4, dim=1)
        cell = keep.sigmoid() * cell + enter.sigmoid() * new.tanh()
        outputs[level] = output = show.sigmoid() * cell.tanh()
    return torch.stack(outputs, dim=1)


def repeated(x: Tensor, rows: int) -> Tensor:
    """An operand of fewer rows, repeated to that number; a single row is left to broadcasting."""
    return x if x.shape[-1] in (1, rows) else x.repeat(*[1] * (x.ndim - 1), rows // x.shape[-1])
