"""What a handler of an ATen operation has at hand, and the table in which the lowering finds handlers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import SymInt
from torch.fx import Node

from paramnet.export.builder import TYPES, Builder, NotLowerable, Ref

Handler = Callable[..., Any]


class Columns:
    """The number of columns, which a program never knows: it may shape a constant and nothing else."""


class Lowering:
    """One traced operation on its way into the program: the builder, and what the trace says of the result."""

    def __init__(self, builder: Builder, node: Node) -> None:
        self.builder = builder
        self.node = node

    def refuse(self, why: str) -> NotLowerable:
        return NotLowerable(f"{self.node.target}: {why}")

    def is_column_count(self) -> bool:
        return isinstance(self.node.meta.get("val"), SymInt)

    @staticmethod
    def varies(arguments: Any) -> bool:
        """Whether anything among the arguments depends on the columns or their number."""
        found: list[bool] = []
        torch.utils._pytree.tree_map(lambda leaf: found.append(isinstance(leaf, Ref | Columns)), arguments)
        return any(found)

    @property
    def shape(self) -> tuple[Any, ...]:
        return tuple(self.node.meta["val"].shape)

    @property
    def rows(self) -> int:
        """Rows of the result; raises NotLowerable unless it is (column) or (column, row)."""
        shape = self.shape
        if len(shape) not in (1, 2) or not isinstance(shape[0], SymInt) or any(isinstance(size, SymInt) for size in shape[1:]):
            raise self.refuse(f"gives the shape {[str(size) for size in shape]}, expected (columns, rows)")
        return int(shape[1]) if len(shape) == 2 else 1

    @property
    def kind(self) -> str:
        """Type of the result; raises NotLowerable unless it is float32 or float64."""
        dtype = self.node.meta["val"].dtype
        if dtype not in TYPES:
            raise self.refuse(f"gives {dtype}, expected float32 or float64")
        return TYPES[dtype]

    def require_rows(self, result: Any) -> None:
        """The program's idea of the result must be the trace's: a guard against handlers that misread an argument."""
        if not isinstance(result, Ref):
            return
        value = self.builder.value(result)
        if (value.rows, value.type) != (self.rows, self.kind):
            raise self.refuse(f"expected {self.rows} rows of {self.kind}, lowered to {value.rows} of {value.type}")

    def require_value(self, entity: Any) -> Ref:
        if not isinstance(entity, Ref):
            raise self.refuse("a constant where only a value has a place")
        return entity

    def require_row_dimension(self, dimensions: Any) -> None:
        """Reductions and the like may run over rows only: over columns would let them see each other."""
        given = [dimensions] if isinstance(dimensions, int) else list(dimensions or [])
        if [dimension % 2 for dimension in given] != [1]:
            raise self.refuse(f"over dimensions {given}, expected [1]: columns never see each other")


class Table(dict[Any, Handler]):
    """ATen operations and what lowers them."""

    def handles(self, *operations: Any) -> Callable[[Handler], Handler]:
        """Decorator: this function lowers these operations."""

        def register(handler: Handler) -> Handler:
            self.update(dict.fromkeys(operations, handler))
            return handler

        return register
