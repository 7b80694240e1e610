"""A scheme as a closed list of operations over `rows x columns`, as docs/reference/artefact.md defines it, and its two members."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Operation", "Program"]

FORMAT, VERSIONS = "paramnet-program", (1, 2)
ALIGNMENT = 64  # bytes: a cache line, and the widest vector register
CONSTANT_TYPES = ("float32", "float64", "int32")

BINARY = ("add", "subtract", "multiply", "divide", "minimum", "maximum", "power")
FUNCTIONS = (
    *("negate", "absolute", "sign", "exp", "expm1", "log", "log1p", "sqrt"),
    *("tanh", "sigmoid", "relu", "silu", "gelu", "gelu_tanh", "leaky_relu", "sin", "cos"),
)
# Functions that can be fused into a layer.
ACTIVATIONS = ("tanh", "sigmoid", "relu", "silu", "gelu", "gelu_tanh", "leaky_relu")

# New in version 2. Rows of the level operations are in the order (level, channel).
PERIODIC = ("sin", "cos")
LEVEL_OPERATIONS = ("convolution", "normalize", "attention", "lstm")
DIRECTIONS = {"forward": 1, "backward": 1, "both": 2}  # of a recurrence along the levels: name and number
_CONSTANTS = ("weight", "bias", "index", "scale", "shift", "state_weight")

Operation = dict[str, Any]  # exactly as in program.json


@dataclass(frozen=True)
class Value:
    """One matrix of ``rows`` x columns; ``type`` is float32 or float64."""

    type: str
    rows: int


@dataclass
class Program:
    """``operations`` in order of execution, the ``values`` they produce, and the ``constants`` they refer to by number.

    A constant is (rows) or, for the weights of a layer, (n_out, n_in).
    """

    constants: list[NDArray[Any]] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)

    @property
    def version(self) -> int:
        """The oldest version of the format that has all of these operations."""
        return 2 if any(self._is_new(operation) for operation in self.operations) else 1

    def _is_new(self, operation: Operation) -> bool:
        op = operation["op"]
        if op in LEVEL_OPERATIONS or op in PERIODIC or (op == "sum" and "levels" in operation):
            return True
        if op == "rows":
            return isinstance(operation["in"], list)
        operands = [operation[key] for key in ("a", "b") if key in operation]
        return any(self._rows_of(operand) not in (1, self.values[operation["out"]].rows) for operand in operands)

    def _rows_of(self, operand: dict[str, int]) -> int:
        return self.values[operand["value"]].rows if "value" in operand else len(self.constants[operand["constant"]])

    def to_members(self) -> tuple[bytes, bytes]:
        """``program.json`` and ``weights.bin``."""
        entries: list[dict[str, Any]] = []
        weights = bytearray()
        for constant in self.constants:
            weights.extend(bytes(-len(weights) % ALIGNMENT))
            entry = {"type": constant.dtype.name, "rows": len(constant), "offset": len(weights)}
            entries.append(entry | ({"width": constant.shape[1]} if constant.ndim == 2 else {}))
            weights.extend(np.ascontiguousarray(constant).astype(constant.dtype.newbyteorder("<"), copy=False).tobytes())
        text = {
            "format": FORMAT,
            "version": self.version,
            "constants": entries,
            "values": [{"type": value.type, "rows": value.rows} for value in self.values],
            "operations": self.operations,
        }
        return json.dumps(text, allow_nan=False).encode(), bytes(weights)


def reads(operation: Operation) -> list[int]:
    """Numbers of the values an operation reads."""
    inputs = operation.get("in", [])
    numbers = list(inputs) if isinstance(inputs, list) else [inputs]
    numbers += [operation[key]["value"] for key in ("a", "b") if "value" in operation.get(key, {})]
    return numbers + ([operation["residual"]] if operation.get("residual") is not None else [])


def constants_of(operation: Operation) -> list[int]:
    """Numbers of the constants an operation refers to."""
    numbers = [operation[key]["constant"] for key in ("a", "b") if "constant" in operation.get(key, {})]
    return numbers + [operation[key] for key in _CONSTANTS if operation.get(key) is not None]


def renumbered(operation: Operation, values: dict[int, int], constants: dict[int, int] | None = None) -> Operation:
    """The operation with new numbers for its values and constants; numbers not in a mapping are kept."""
    constants = constants or {}
    result = dict(operation)
    for key in ("in", "out", "residual"):
        got = operation.get(key)
        if isinstance(got, list):
            result[key] = [values.get(number, number) for number in got]
        elif got is not None:
            result[key] = values.get(got, got)
    for key in ("a", "b"):
        if key in operation:
            ((kind, number),) = operation[key].items()
            result[key] = {kind: (values if kind == "value" else constants).get(number, number)}
    for key in _CONSTANTS:
        if operation.get(key) is not None:
            result[key] = constants.get(operation[key], operation[key])
    return result
