"""Lower ATen operations that only rearrange the elements of tensors of more than two dimensions: they make views."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from paramnet.exporting.program.aten import Lowering, Table
from paramnet.exporting.program.aten_rows import END
from paramnet.exporting.program.views import View, shape_of

aten = torch.ops.aten
HANDLERS = Table()
handles = HANDLERS.handles


@handles(aten.alias.default, aten.clone.default, aten.detach.default)
def _same(lowering: Lowering, a: View, **_: Any) -> View:
    return a


@handles(aten._to_copy.default)
def _cast(lowering: Lowering, a: View, **_: Any) -> View:
    if lowering.kind != lowering.builder.program.values[a.number].type:
        raise lowering.refuse("one type of all profiles", lowering.kind)
    return a


@handles(aten.view.default, aten._unsafe_view.default, aten.reshape.default, aten.unsqueeze.default)
@handles(aten.squeeze.dim, aten.squeeze.dims, aten.flatten.using_ints)
def _reshape(lowering: Lowering, a: View, *_: Any) -> View:
    shape, axis = shape_of(lowering, lowering.node.meta["val"])
    if np.prod(shape[:axis]) != np.prod(a.index.shape[: a.axis]):
        raise lowering.refuse("columns in their dimension", f"shape {list(shape)}")
    return a.moved(a.index.reshape(shape), axis)


@handles(aten.permute.default)
def _permute(lowering: Lowering, a: View, dimensions: list[int]) -> View:
    order = [dimension % a.index.ndim for dimension in dimensions]
    return a.moved(a.index.transpose(order), order.index(a.axis))


@handles(aten.transpose.int)
def _transpose(lowering: Lowering, a: View, first: int, second: int) -> View:
    order = list(range(a.index.ndim))
    order[first], order[second] = order[second], order[first]
    return _permute(lowering, a, order)


@handles(aten.expand.default)
def _expand(lowering: Lowering, a: View, *_: Any, **__: Any) -> View:
    shape, axis = shape_of(lowering, lowering.node.meta["val"])
    return a.moved(np.broadcast_to(a.index, shape), axis)


@handles(aten.slice.Tensor)
def _slice(lowering: Lowering, a: View, dimension: int = 0, start: Any = None, stop: Any = None, step: int = 1) -> View:
    dimension %= a.index.ndim
    whole = start in (None, 0) and step == 1 and (not isinstance(stop, int) or stop > END)
    if dimension == a.axis and not whole:
        raise lowering.refuse("all columns", f"columns {start}:{stop}:{step}")
    taken = slice(start, None if whole or stop is None or stop > END else stop, step)
    return a.moved(a.index[(slice(None),) * dimension + (taken,)])


@handles(aten.select.int)
def _select(lowering: Lowering, a: View, dimension: int, index: int) -> View:
    dimension %= a.index.ndim
    if dimension == a.axis:
        raise lowering.refuse("all columns", f"column {index}")
    return a.moved(np.take(a.index, index, axis=dimension), a.axis - (dimension < a.axis))


@handles(aten.flip.default)
def _flip(lowering: Lowering, a: View, dimensions: list[int]) -> View:
    turned = tuple(dimension % a.index.ndim for dimension in dimensions)
    if a.axis in turned:
        raise lowering.refuse("columns in their order", f"dimensions {dimensions}")
    return a.moved(np.flip(a.index, turned))


@handles(aten.index_select.default)
def _index_select(lowering: Lowering, a: View, dimension: int, index: Any) -> View:
    dimension %= a.index.ndim
    if dimension == a.axis or not isinstance(index, Tensor):
        raise lowering.refuse("a constant list of rows", "another index")
    return a.moved(np.take(a.index, index.numpy(), axis=dimension))


@handles(aten.index.Tensor)
def _index(lowering: Lowering, a: View, indices: list[Any]) -> View:
    given = [dimension for dimension, index in enumerate(indices) if index is not None]
    if len(given) != 1 or not isinstance(indices[given[0]], Tensor) or indices[given[0]].ndim != 1 or indices[given[0]].dtype == torch.bool:
        raise lowering.refuse("one constant list of rows", "another index")
    return _index_select(lowering, a, given[0], indices[given[0]])


@handles(aten.split_with_sizes.default)
def _split(lowering: Lowering, a: View, sizes: list[int], dimension: int = 0) -> list[View]:
    if dimension % a.index.ndim == a.axis:
        raise lowering.refuse("all columns", "some of them")
    return [a.moved(part) for part in np.split(a.index, np.cumsum(sizes)[:-1], axis=dimension)]


@handles(operator.getitem)
def _item(lowering: Lowering, parts: list[View], index: int) -> View:
    return parts[index]


@handles(aten.cat.default)
def _concatenate(lowering: Lowering, views: list[View], dimension: int = 0) -> View:
    axis, dimension = views[0].axis, dimension % views[0].index.ndim
    if dimension == axis or any(view.axis != axis for view in views):
        raise lowering.refuse("columns side by side", "columns one after the other")
    values, starts = lowering.builder.program.values, {}
    rows = 0
    for view in views:
        if view.number not in starts:
            starts[view.number], rows = rows, rows + values[view.number].rows
    joined = lowering.builder.emit("concatenate", lowering.kind, rows, **{"in": list(starts)}).number
    return View(joined, np.concatenate([view.index + starts[view.number] for view in views], axis=dimension), axis)
