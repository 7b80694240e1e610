"""Build a program one operation at a time: number values, store each constant once, cast operands to one type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from paramnet.contract import ParamnetError
from paramnet.exporting.program.definition import Program, Value

TYPES = {torch.float32: "float32", torch.float64: "float64"}


class NotLowerable(ParamnetError):
    """An operation outside the closed list, which the message names."""


@dataclass(frozen=True)
class Ref:
    """A value under construction, by its number."""

    number: int


# A node of the traced module: a value that varies between columns, or constant numbers.
Entity = Ref | Tensor | float | int


class Builder:
    """Builds a Program. Its tensors are constants, equal in all columns: shape (), (rows) or (1, rows)."""

    def __init__(self) -> None:
        self.program = Program()
        self._known: dict[tuple[str, tuple[int, ...], bytes], int] = {}

    def value(self, ref: Ref) -> Value:
        return self.program.values[ref.number]

    def emit(self, op: str, kind: str, rows: int, **keys: Any) -> Ref:
        """Append an operation that produces one new value."""
        self.program.values.append(Value(kind, rows))
        out = len(self.program.values) - 1
        self.program.operations.append({"op": op, **keys, "out": out})
        return Ref(out)

    def constant(self, array: NDArray[Any]) -> int:
        """Number of the constant equal to this array."""
        array = np.ascontiguousarray(array)
        key = (array.dtype.name, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = len(self.program.constants)
            self.program.constants.append(array)
        return self._known[key]

    def binary(self, op: str, a: Entity, b: Entity, kind: str) -> Ref:
        """``a op b`` in the type ``kind``; at least one of them is a value."""
        rows = max(self._rows(a), self._rows(b))
        for operand in (a, b):
            if self._rows(operand) not in (1, rows):
                raise NotLowerable(op, expected="operands of the same rows, or 1", got=f"{self._rows(a)} and {self._rows(b)}")
        return self.emit(op, kind, rows, a=self._operand(a, kind), b=self._operand(b, kind))

    def function(self, op: str, a: Ref, **keys: Any) -> Ref:
        """Apply a function of one value."""
        value = self.value(a)
        return self.emit(op, value.type, value.rows, **{"in": a.number}, **keys)

    def cast(self, a: Ref, kind: str) -> Ref:
        value = self.value(a)
        return a if value.type == kind else self.emit("cast", kind, value.rows, **{"in": a.number})

    def rows(self, a: Ref, index: list[int]) -> Ref:
        """Rows of a value, in this order."""
        return self.emit("rows", self.value(a).type, len(index), **{"in": a.number}, index=self.constant(np.asarray(index, np.int32)))

    def dense(self, a: Ref, weight: Tensor, bias: Tensor | None) -> Ref:
        """``W a + b`` with weight : (n_out, n_in), bias : (n_out)."""
        if self.value(a).type != "float32" or weight.dtype != torch.float32:
            raise NotLowerable("dense layer", expected="float32", got=str(TYPES.get(weight.dtype, weight.dtype)))
        keys = {"weight": self.constant(weight.numpy()), "bias": None if bias is None else self.constant(row(bias, "float32"))}
        return self.emit("dense", "float32", len(weight), **{"in": a.number}, **keys, activation=None, residual=None, residual_after=False)

    def gather(self, number: int, index: NDArray[Any]) -> int:
        """Number of a value with these rows of another one, which is that value itself if they are all of its rows in order."""
        if np.array_equal(index, np.arange(self.program.values[number].rows)):
            return number
        return self.rows(Ref(number), [int(row) for row in index]).number

    def layer(self, number: int, weight: NDArray[Any], bias: Tensor | None, **geometry: int) -> int:
        """A convolution over levels; weight : (n_out, window * channels), geometry : levels, window, stride, dilation, padding."""
        reach = (geometry["window"] - 1) * geometry["dilation"] + 1
        levels = (geometry["levels"] + 2 * geometry["padding"] - reach) // geometry["stride"] + 1
        keys = {"weight": self.constant(weight), "bias": None if bias is None else self.constant(row(bias, "float32"))}
        rest = {"activation": None, "residual": None, "residual_after": False}
        return self.emit("convolution", "float32", levels * len(weight), **{"in": number}, **keys, **geometry, **rest).number

    def _rows(self, entity: Entity) -> int:
        if isinstance(entity, Ref):
            return self.value(entity).rows
        return len(row(entity, "float64"))

    def _operand(self, entity: Entity, kind: str) -> dict[str, int]:
        if isinstance(entity, Ref):
            return {"value": self.cast(entity, kind).number}
        return {"constant": self.constant(row(entity, kind))}


def row(constant: Tensor | float | int, kind: str) -> NDArray[Any]:
    """A constant as a vector of rows; raise NotLowerable if it has one entry per column."""
    array = np.asarray(constant.detach().numpy() if isinstance(constant, Tensor) else constant)
    if array.ndim > 2 or (array.ndim == 2 and len(array) != 1):
        raise NotLowerable("constant", expected="shape (rows) or (1, rows)", got=str(list(array.shape)))
    return array.reshape(-1).astype(kind)
