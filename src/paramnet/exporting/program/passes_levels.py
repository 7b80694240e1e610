"""Simplify programs with operations along levels, without changing their results."""

from __future__ import annotations

from typing import Any

import numpy as np

from paramnet.exporting.program.definition import Operation, Program


def select_channels(program: Program) -> Program:
    """Compute only some channels of a layer where only these are read, such as the queries, keys and values of one layer."""
    constants = list(program.constants)
    made = {operation["out"]: operation for operation in program.operations if "out" in operation}
    return Program(constants, program.values, [_selected(operation, made, program, constants) for operation in program.operations])


def _selected(operation: Operation, made: dict[int, Operation], program: Program, constants: list[Any]) -> Operation:
    layer = made[operation["in"]] if operation["op"] == "rows" else operation
    if operation["op"] != "rows" or layer["op"] != "convolution" or layer["activation"] is not None or layer["residual"] is not None:
        return operation
    weight, index = constants[layer["weight"]], constants[operation["index"]]
    levels = program.values[layer["out"]].rows // len(weight)
    if len(index) % levels:
        return operation
    channels = index[: len(index) // levels]
    if channels.max() >= len(weight) or not np.array_equal(index, (np.arange(levels)[:, None] * len(weight) + channels).reshape(-1)):
        return operation
    smaller = {**layer, "out": operation["out"]}
    for key in ("weight", "bias"):
        if layer[key] is not None:
            constants.append(np.ascontiguousarray(constants[layer[key]][channels]))
            smaller[key] = len(constants) - 1
    return smaller


def gather_at_once(program: Program) -> Program:
    """Take rows of a concatenation from its parts, without the concatenation."""
    parts = {operation["out"]: operation["in"] for operation in program.operations if operation["op"] == "concatenate"}
    return Program(
        program.constants,
        program.values,
        [
            {**operation, "in": parts[operation["in"]]} if operation["op"] == "rows" and operation["in"] in parts else operation
            for operation in program.operations
        ],
    )
