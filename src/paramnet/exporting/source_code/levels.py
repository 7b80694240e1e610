"""Calls of the kernels along levels. Rows are in the order (level, channel)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np

from paramnet.exporting.program.definition import DIRECTIONS, Operation, Program
from paramnet.exporting.source_code.memory import Constant, Constants, Memory, Place


class Calls(Protocol):
    """The list of calls to which an operation adds its own."""

    program: Program
    constants: Constants
    memory: dict[str, Memory]
    places: dict[int, Place]

    def call(self, kernel: str, *arguments: int | Place | Constant) -> None: ...

    def function(self, operation: Operation, out: Place) -> None: ...

    def layer(self, operation: Operation) -> tuple[Constant, Constant]: ...

    def finish_layer(self, operation: Operation, out: Place) -> None: ...


@contextmanager
def _scratch(calls: Calls, rows: int) -> Iterator[Place]:
    """Working memory of one operation."""
    place = calls.memory["32"].take(rows)
    yield place
    calls.memory["32"].free(place)


def _convolution(calls: Calls, operation: Operation, out: Place) -> None:
    weight = calls.program.constants[operation["weight"]]
    source, (outputs, inputs) = calls.places[operation["in"]], weight.shape
    channels = inputs // operation["window"]
    geometry = [operation[key] for key in ("levels", "window", "stride", "dilation", "padding")]
    with _scratch(calls, inputs) as window:
        constants = calls.layer(operation)
        calls.call("convolution", *geometry, channels, out.rows // outputs, outputs, *constants, source, window, out)
    calls.finish_layer(operation, out)


def _normalize(calls: Calls, operation: Operation, out: Place) -> None:
    source, levels, groups = calls.places[operation["in"]], operation["levels"], operation["groups"]
    numbers = [calls.constants.add("32", calls.program.constants[operation[key]]) for key in ("scale", "shift")]
    size = out.rows // levels // groups
    epsilon = calls.constants.add("32", [operation["epsilon"]])
    calls.call("normalize", levels, groups, size, int(operation["by_level"]), epsilon, *numbers, source, out)
    if operation["activation"] is not None:
        calls.function(operation["activation"], out)


def _attention(calls: Calls, operation: Operation, out: Place) -> None:
    levels, heads = operation["levels"], operation["heads"]
    queries, keys, values = (calls.places[number] for number in operation["in"])
    factor = calls.constants.add("32", [operation["factor"]])
    with _scratch(calls, levels) as scores:
        sizes = (levels, heads, queries.rows // levels // heads, values.rows // levels // heads)
        calls.call("attention", *sizes, factor, queries, keys, values, scores, out)


def _lstm(calls: Calls, operation: Operation, out: Place) -> None:
    """One call for each direction; weights of inputs and state side by side, so that the gates are one dense layer."""
    weight, state_weight, bias = (calls.program.constants[operation[key]] for key in ("weight", "state_weight", "bias"))
    source, channels, width = calls.places[operation["in"]], weight.shape[1], state_weight.shape[1]
    directions = DIRECTIONS[operation["directions"]]
    with _scratch(calls, channels + width) as inputs, _scratch(calls, width) as cell, _scratch(calls, 4 * width) as gates:
        for direction in range(directions):
            own = slice(direction * 4 * width, (direction + 1) * 4 * width)
            layer = calls.constants.add_layer(np.hstack([weight[own], state_weight[own]]), bias[own])
            backward = int(operation["directions"] == "backward" or direction == 1)
            sizes = (source.rows // channels, channels, width, backward, direction * width, directions * width)
            calls.call("lstm", *sizes, *layer, source, inputs, cell, gates, out)


LEVELS: dict[str, Callable[[Calls, Operation, Place], None]] = {
    "convolution": _convolution,
    "normalize": _normalize,
    "attention": _attention,
    "lstm": _lstm,
}
