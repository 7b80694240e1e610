"""Tensors of more than two dimensions as views of a program's values: reshaping and transposing them costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from paramnet.exporting.program.aten import Lowering
from paramnet.exporting.program.builder import Builder, Ref

Index = NDArray[np.int64]


@dataclass(frozen=True)
class View:
    """``index`` has the shape of the tensor, with length 1 along its dimension ``axis`` of columns: the row of each element."""

    number: int
    index: Index
    axis: int = 0

    def moved(self, index: Index, axis: int | None = None) -> View:
        return View(self.number, index, self.axis if axis is None else axis)


def as_view(lowering: Lowering, entity: Any) -> View:
    """A value as a view; raises NotLowerable for a constant."""
    if isinstance(entity, View):
        return entity
    ref = lowering.require_value(entity)
    return View(ref.number, np.arange(lowering.builder.value(ref).rows)[None])


def as_ref(builder: Builder, view: View) -> Ref:
    """The value (column, row) with the elements of a view in order."""
    return Ref(builder.gather(view.number, view.index.reshape(-1)))


def new_view(number: int, shape: tuple[int, ...], axis: int = 0) -> View:
    """A view of all rows of a new value, in order."""
    return View(number, np.arange(int(np.prod(shape))).reshape(shape), axis)


def covers(builder: Builder, view: View) -> bool:
    """Return True if every row of the value occurs once in the view."""
    return np.array_equal(np.sort(view.index, axis=None), np.arange(builder.program.values[view.number].rows))


def by_rows(builder: Builder, view: View) -> View:
    """The same elements as a view of a value that has each of them once, in any order."""
    return view if covers(builder, view) else new_view(builder.gather(view.number, view.index.reshape(-1)), view.index.shape, view.axis)


def shortest(rows: Index) -> Index:
    """The rows without repetitions of the complete sequence, which a program adds again."""
    for period in range(1, len(rows) // 2 + 1):
        if len(rows) % period == 0 and np.array_equal(rows, np.tile(rows[:period], len(rows) // period)):
            return rows[:period]
    return rows


def shape_of(lowering: Lowering, tensor: Any) -> tuple[tuple[int, ...], int]:
    """Shape of a traced tensor with 1 for the columns, and their dimension; refuses a dimension that combines columns and rows."""
    columns = [axis for axis, size in enumerate(tensor.shape) if not isinstance(size, int)]
    if len(columns) != 1 or not str(tensor.shape[columns[0]]).isidentifier():
        raise lowering.refuse("one dimension of columns", f"shape {[str(size) for size in tensor.shape]}")
    return tuple(1 if axis == columns[0] else int(size) for axis, size in enumerate(tensor.shape)), columns[0]


def constant_like(lowering: Lowering, constant: Tensor | float, shape: tuple[int, ...], axis: int, kind: str) -> NDArray[Any]:
    """A constant for each element of a tensor; refuses one with a number for each column."""
    array = np.asarray(constant.detach().numpy() if isinstance(constant, Tensor) else constant)
    place = axis - (len(shape) - array.ndim)
    if place >= 0 and array.shape[place] != 1:
        raise lowering.refuse("a constant without columns", f"shape {list(array.shape)}")
    return np.broadcast_to(array.astype(kind), shape)
