"""Lower ATen's selection, concatenation and sums of rows to the closed list; operations that mix columns are refused."""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import Tensor

from paramnet.exporting.program.aten import Columns, Lowering, Table
from paramnet.exporting.program.builder import Entity, Ref

aten = torch.ops.aten
HANDLERS = Table()
handles = HANDLERS.handles
END = 2**62  # a slice's stop beyond this means "to the end"


@handles(aten.alias.default, aten.clone.default, aten.detach.default, aten.lift_fresh_copy.default)
def _same(lowering: Lowering, a: Ref, **_: Any) -> Ref:
    return a


@handles(aten._to_copy.default)
def _cast(lowering: Lowering, a: Ref, **_: Any) -> Ref:
    return lowering.builder.cast(a, lowering.kind)


@handles(aten.view.default, aten._unsafe_view.default, aten.unsqueeze.default, aten.squeeze.dim, aten.squeeze.dims)
def _reshape(lowering: Lowering, a: Ref, *_: Any) -> Ref:
    if lowering.rows != lowering.builder.value(a).rows:
        raise lowering.refuse(f"a result of {lowering.builder.value(a).rows} rows", str(lowering.rows))
    return a


@handles(aten.permute.default, aten.t.default)
def _permute(lowering: Lowering, a: Ref, dimensions: Any = (1, 0)) -> Ref:
    if list(dimensions) != list(range(len(dimensions))):
        raise lowering.refuse("columns before rows", f"dimensions {list(dimensions)}")
    return a


@handles(aten.expand.default)
def _expand(lowering: Lowering, a: Ref, *_: Any, **__: Any) -> Ref:
    if lowering.builder.value(a).rows == lowering.rows:
        return a
    return lowering.builder.rows(a, [0] * lowering.rows)


@handles(aten.full_like.default, aten.full.default)
def _filled(lowering: Lowering, _: Any, number: float, **__: Any) -> Tensor:
    # One column represents all of them.
    return torch.full((1, lowering.rows), number, dtype=lowering.node.meta["val"].dtype)


@handles(aten.slice.Tensor)
def _slice(lowering: Lowering, a: Ref, dimension: int = 0, start: Any = None, stop: Any = None, step: int = 1) -> Ref:
    if dimension == 0:
        if start not in (None, 0) or step != 1 or not (stop is None or isinstance(stop, Columns) or stop > END):
            raise lowering.refuse("all columns", f"columns {start}:{stop}:{step}")
        return a
    rows = lowering.builder.value(a).rows
    return lowering.builder.rows(a, list(range(rows))[slice(start, None if stop is None or stop > END else stop, step)])


@handles(aten.select.int)
def _select(lowering: Lowering, a: Ref, dimension: int, index: int) -> Ref:
    lowering.require_row_dimension(dimension)
    return lowering.builder.rows(a, [index % lowering.builder.value(a).rows])


@handles(aten.index.Tensor)
def _index(lowering: Lowering, a: Ref, indices: list[Any]) -> Ref:
    if len(indices) != 2 or indices[0] is not None or not isinstance(indices[1], Tensor) or indices[1].dtype == torch.bool:
        raise lowering.refuse("x[:, index] with a constant list of rows", "another index")
    return _index_select(lowering, a, 1, indices[1])


@handles(aten.index_select.default)
def _index_select(lowering: Lowering, a: Ref, dimension: int, index: Any) -> Ref:
    lowering.require_row_dimension(dimension)
    rows = lowering.builder.value(a).rows
    if not isinstance(index, Tensor):
        raise lowering.refuse("a constant list of rows", "rows selected by values")
    return lowering.builder.rows(a, [int(i) % rows for i in index])


@handles(aten.flip.default)
def _flip(lowering: Lowering, a: Ref, dimensions: list[int]) -> Ref:
    lowering.require_row_dimension(dimensions)
    return lowering.builder.rows(a, list(range(lowering.builder.value(a).rows))[::-1])


@handles(aten.split_with_sizes.default)
def _split(lowering: Lowering, a: Ref, sizes: list[int], dimension: int = 0) -> list[Ref]:
    lowering.require_row_dimension(dimension)
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    return [lowering.builder.rows(a, list(range(start, start + size))) for start, size in zip(starts, sizes, strict=True)]


@handles(operator.getitem)
def _item(lowering: Lowering, parts: list[Ref], index: int) -> Ref:
    return parts[index]


@handles(aten.cat.default)
def _concatenate(lowering: Lowering, parts: list[Entity], dimension: int = 0) -> Ref:
    lowering.require_row_dimension(dimension)
    numbers = [lowering.builder.cast(lowering.require_value(part), lowering.kind).number for part in parts]
    return lowering.builder.emit("concatenate", lowering.kind, lowering.rows, **{"in": numbers})


@handles(aten.sum.dim_IntList)
def _sum(lowering: Lowering, a: Ref, dimensions: list[int], keep: bool = False, **_: Any) -> Ref:
    lowering.require_row_dimension(dimensions)
    return lowering.builder.emit("sum", lowering.kind, 1, **{"in": lowering.builder.cast(a, lowering.kind).number})


@handles(aten.mean.dim)
def _mean(lowering: Lowering, a: Ref, dimensions: list[int], keep: bool = False, **_: Any) -> Ref:
    return lowering.builder.binary("divide", _sum(lowering, a, dimensions), float(lowering.builder.value(a).rows), lowering.kind)


@handles(aten.cumsum.default)
def _cumulative_sum(lowering: Lowering, a: Ref, dimension: int, **_: Any) -> Ref:
    lowering.require_row_dimension(dimension)
    return lowering.builder.function("cumulative_sum", lowering.builder.cast(a, lowering.kind))
