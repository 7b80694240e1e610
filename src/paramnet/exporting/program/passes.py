"""Simplify a traced program without changing its results, not even in rounding."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np

from paramnet.exporting.program.builder import NotLowerable
from paramnet.exporting.program.definition import ACTIVATIONS, Operation, Program, Value, constants_of, reads, renumbered
from paramnet.exporting.program.passes_levels import gather_at_once, select_channels


def optimize(program: Program) -> Program:
    """Remove identities and repetitions, merge selections of rows, fuse activations and residuals into dense layers."""
    smaller = compact(fuse_layers(simplify(program)))
    if smaller.version > 1:
        smaller = compact(gather_at_once(select_channels(smaller)))
    if any(value.rows == 0 for value in smaller.values):
        raise NotLowerable("value", expected="at least one row", got="none")
    return smaller


def simplify(program: Program) -> Program:
    """Remove identities and repeated operations; merge selections of rows with those of their source or a concatenation."""
    constants = list(program.constants)
    made: dict[int, Operation] = {}  # the operation that produces a value
    same: dict[int, int] = {}  # a removed value and its replacement
    seen: dict[str, int] = {}
    kept: list[Operation] = []
    for traced in program.operations:
        operation = _merge_rows(renumbered(traced, same), made, program.values, constants)
        out = operation.get("out")
        if out is None or operation["op"] == "input":
            kept.append(operation)
            continue
        twin = _unchanged(operation, program, constants)
        key = json.dumps([{k: v for k, v in operation.items() if k != "out"}, program.values[out].type], sort_keys=True)
        twin = seen.get(key) if twin is None else twin
        if twin is not None:
            same[out] = twin
            continue
        seen[key], made[out] = out, operation
        kept.append(operation)
    return Program(constants, program.values, kept)


def _unchanged(operation: Operation, program: Program, constants: list[Any]) -> int | None:
    """The value that an operation returns unchanged, or None."""
    op, out = operation["op"], program.values[operation["out"]]
    if op == "rows" and np.array_equal(constants[operation["index"]], np.arange(program.values[operation["in"]].rows)):
        return int(operation["in"])
    if op == "concatenate" and len(operation["in"]) == 1:
        return int(operation["in"][0])
    if op in ("multiply", "divide") and "value" in operation["a"] and "constant" in operation["b"]:
        source = operation["a"]["value"]
        if np.all(constants[operation["b"]["constant"]] == 1) and program.values[source] == out:
            return int(source)
    return None


def _merge_rows(operation: Operation, made: dict[int, Operation], values: list[Value], constants: list[Any]) -> Operation:
    """Merge rows of rows; take rows within one part of a concatenation from that part; remove empty parts."""
    if operation["op"] == "concatenate":
        return {**operation, "in": [number for number in operation["in"] if values[number].rows]}
    while operation["op"] == "rows" and operation["in"] in made:
        below, index = made[operation["in"]], constants[operation["index"]]
        if below["op"] == "rows":
            source, index = below["in"], constants[below["index"]][index]
        elif below["op"] == "concatenate" and len(index):
            stops = np.cumsum([values[number].rows for number in below["in"]])
            part = int(np.searchsorted(stops, index.min(), side="right"))
            if index.max() >= stops[part]:
                return operation
            source = below["in"][part]
            index = (index - (stops[part] - values[source].rows)).astype(np.int32)
        else:
            return operation
        constants.append(index)
        operation = {**operation, "in": source, "index": len(constants) - 1}
    return operation


def fuse_layers(program: Program) -> Program:
    """Fuse the activation after a layer or a normalization, and an addition to the result of a layer, into it."""
    uses = Counter(number for operation in program.operations for number in reads(operation))
    layers: dict[int, Operation] = {}  # those read once, by their value
    operations: list[Operation | None] = []
    position: dict[int, int] = {}
    for operation in program.operations:
        fused, absorbed = _with_activation(operation, layers)
        if fused is None:
            fused, absorbed = _with_residual(operation, layers, program)
        if fused is not None:
            operations[position.pop(absorbed)] = None
            del layers[absorbed]
            operation = fused
        if operation["op"] in ("dense", "convolution", "normalize") and uses[operation["out"]] == 1:
            layers[operation["out"]] = operation
            position[operation["out"]] = len(operations)
        operations.append(operation)
    return Program(program.constants, program.values, [operation for operation in operations if operation is not None])


def _with_activation(operation: Operation, layers: dict[int, Operation]) -> tuple[Operation | None, int]:
    """The layer with this operation as its activation, and the value no longer needed."""
    if operation["op"] not in ACTIVATIONS or operation["in"] not in layers:
        return None, -1
    layer = layers[operation["in"]]
    if layer["activation"] is not None or layer.get("residual_after"):
        return None, -1
    activation = {key: operation[key] for key in ("op", "slope") if key in operation}
    return {**layer, "activation": activation, "out": operation["out"]}, layer["out"]


def _with_residual(operation: Operation, layers: dict[int, Operation], program: Program) -> tuple[Operation | None, int]:
    """The layer of one operand of this addition with the other as its residual, and the value no longer needed."""
    if operation["op"] != "add" or not ("value" in operation["a"] and "value" in operation["b"]):
        return None, -1
    sides = operation["a"]["value"], operation["b"]["value"]
    for number, other in (sides, sides[::-1]):
        layer = layers.get(number)
        if layer is None or layer["op"] == "normalize" or layer["residual"] is not None or number == other:
            continue
        if program.values[other] == program.values[number] == program.values[operation["out"]]:
            return {**layer, "residual": other, "residual_after": layer["activation"] is not None, "out": operation["out"]}, number
    return None, -1


def compact(program: Program) -> Program:
    """Only what the output depends on, numbered from 0 in order of execution; the input is always kept."""
    needed: set[int] = set()
    kept: list[Operation] = []
    for operation in reversed(program.operations):
        if operation["op"] in ("input", "output") or operation["out"] in needed:
            needed.update(reads(operation))
            kept.append(operation)
    kept.reverse()
    values = {operation["out"]: number for number, operation in enumerate(op for op in kept if "out" in op)}
    constants: dict[int, int] = {}
    numbers: dict[tuple[str, tuple[int, ...], bytes], int] = {}
    for number in (number for operation in kept for number in constants_of(operation)):
        array = program.constants[number]
        constants[number] = numbers.setdefault((array.dtype.name, array.shape, array.tobytes()), len(numbers))
    arrays: list[Any] = [None] * len(numbers)
    for old, new in constants.items():
        arrays[new] = program.constants[old]
    return Program(arrays, [program.values[old] for old in values], [renumbered(operation, values, constants) for operation in kept])
