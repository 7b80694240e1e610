"""A program as a differentiable torch module in float64; no code from the artefact is run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, leaky_relu, silu

from paramnet.exporting.program import levels
from paramnet.exporting.program.definition import Operation, Program

__all__ = ["ProgramModule"]

_BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "divide": torch.div,
    "minimum": torch.minimum,
    "maximum": torch.maximum,
    "power": torch.pow,
}
_FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "negate": torch.neg,
    "absolute": torch.abs,
    **{name: getattr(torch, name) for name in ("sign", "exp", "expm1", "log", "log1p", "sqrt", "tanh", "sigmoid", "relu", "sin", "cos")},
    "silu": silu,
    "gelu": gelu,
    "gelu_tanh": lambda x: gelu(x, approximate="tanh"),
    "leaky_relu": lambda x, slope: leaky_relu(x, slope),
    "clamp": lambda x, lower, upper: x if lower is None and upper is None else torch.clamp(x, lower, upper),
    "cast": lambda x: x,
    "sum": lambda x: x.sum(dim=1, keepdim=True),
    "cumulative_sum": lambda x: x.cumsum(dim=1),
}
_SETTINGS = ("slope", "lower", "upper")


class ProgramModule(nn.Module):
    """forward : (column, n_in) -> (column, n_out), contract units, float64 throughout."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.operations, self.values = program.operations, program.values
        self.constants = [torch.from_numpy(constant.astype("i8" if constant.dtype.kind == "i" else "f8")) for constant in program.constants]

    def forward(self, x: Tensor) -> Tensor:
        values: dict[int, Tensor] = {}
        for operation in self.operations:
            if operation["op"] == "output":
                return values[operation["in"]]
            values[operation["out"]] = x.double() if operation["op"] == "input" else self._evaluate(operation, values)
        raise AssertionError("a program ends with its output")

    def _evaluate(self, operation: Operation, values: dict[int, Tensor]) -> Tensor:
        op = operation["op"]
        if op in _BINARY:
            operands = [self._operand(operation[key], values) for key in ("a", "b")]
            rows = self.values[operation["out"]].rows
            return _BINARY[op](*(levels.repeated(operand, rows) for operand in operands))
        sources = operation["in"] if isinstance(operation["in"], list) else [operation["in"]]
        x = torch.cat([values[number] for number in sources], dim=1) if op in ("concatenate", "rows") else values[sources[0]]
        if op == "rows":
            return x[:, self.constants[operation["index"]]]
        if op in ("dense", "convolution"):
            return self._layer(operation, x, values)
        if op in ("normalize", "lstm"):
            names = ("scale", "shift") if op == "normalize" else ("weight", "state_weight", "bias")
            y = getattr(levels, op)(operation, x, *(self.constants[operation[name]] for name in names))
            return _apply(operation["activation"], y) if operation.get("activation") else y
        if op == "attention":
            return levels.attention(operation, *(values[number] for number in sources))
        return x if op == "concatenate" else _apply(operation, x)

    def _operand(self, operand: dict[str, int], values: dict[int, Tensor]) -> Tensor:
        return values[operand["value"]] if "value" in operand else self.constants[operand["constant"]]

    def _layer(self, operation: Operation, x: Tensor, values: dict[int, Tensor]) -> Tensor:
        weight = self.constants[operation["weight"]]
        y = levels.convolution(operation, x, weight) if operation["op"] == "convolution" else x @ weight.T
        if operation["bias"] is not None:
            y = y + levels.repeated(self.constants[operation["bias"]], y.shape[1])
        residual = None if operation["residual"] is None else values[operation["residual"]]
        if residual is not None and not operation["residual_after"]:
            y = y + residual
        if operation["activation"] is not None:
            y = _apply(operation["activation"], y)
        return y + residual if residual is not None and operation["residual_after"] else y


def _apply(operation: dict[str, Any], x: Tensor) -> Tensor:
    if "levels" in operation:
        return x.reshape(len(x), operation["levels"], -1).sum(dim=1)
    return _FUNCTIONS[operation["op"]](x, **{key: operation[key] for key in _SETTINGS if key in operation})
