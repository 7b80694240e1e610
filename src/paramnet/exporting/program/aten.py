"""The context passed to handlers of ATen operations, and the table of handlers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import SymInt
from torch.fx import Node

from paramnet.exporting.program.builder import TYPES, Builder, NotLowerable, Ref

Handler = Callable[..., Any]


def is_value(entity: Any) -> bool:
    """Return True for a value of a program, or a view of one."""
    return hasattr(entity, "number")


class Columns:
    """The number of columns, unknown to a program: it may only be used in the shape of a constant."""


class Lowering:
    """One traced operation to be lowered: the builder, and the traced shape and type of the result."""

    def __init__(self, builder: Builder, node: Node) -> None:
        self.builder = builder
        self.node = node

    def refuse(self, expected: str, got: str) -> NotLowerable:
        return NotLowerable(str(self.node.target), expected=expected, got=got)

    def is_column_count(self) -> bool:
        return isinstance(self.node.meta.get("val"), SymInt)

    @staticmethod
    def varies(arguments: Any) -> bool:
        """Return True if any argument depends on the columns or their number."""
        return any(isinstance(leaf, Columns) or is_value(leaf) for leaf in torch.utils._pytree.tree_leaves(arguments))

    def of_matrices(self, arguments: Any) -> bool:
        """Return True if all values among the arguments, and the result, have at most one dimension besides the columns."""
        results = torch.utils._pytree.tree_leaves(self.node.meta.get("val"))
        if any(isinstance(result, torch.Tensor) and result.ndim > 2 for result in results):
            return False
        return not any(is_value(leaf) and not isinstance(leaf, Ref) for leaf in torch.utils._pytree.tree_leaves(arguments))

    @property
    def shape(self) -> tuple[Any, ...]:
        return tuple(self.node.meta["val"].shape)

    @property
    def rows(self) -> int:
        """Rows of the result; raises NotLowerable unless it is (column) or (column, row)."""
        shape = self.shape
        if len(shape) not in (1, 2) or not isinstance(shape[0], SymInt) or any(isinstance(size, SymInt) for size in shape[1:]):
            raise self.refuse("a result of (columns, rows)", f"shape {[str(size) for size in shape]}")
        return int(shape[1]) if len(shape) == 2 else 1

    @property
    def kind(self) -> str:
        """Type of the result; raises NotLowerable unless it is float32 or float64."""
        dtype = self.node.meta["val"].dtype
        if dtype not in TYPES:
            raise self.refuse("a result in float32 or float64", str(dtype))
        return TYPES[dtype]

    def require_rows(self, result: Any) -> None:
        """Raise NotLowerable unless the result has the traced rows and type; detects handlers that misread an argument."""
        if not isinstance(result, Ref):
            return
        value = self.builder.value(result)
        if (value.rows, value.type) != (self.rows, self.kind):
            raise self.refuse(f"{self.rows} rows of {self.kind}", f"{value.rows} of {value.type}")

    def require_value(self, entity: Any) -> Ref:
        if not isinstance(entity, Ref):
            raise self.refuse("a value", "a constant")
        return entity

    def require_row_dimension(self, dimensions: Any) -> None:
        """Raise NotLowerable unless an operation runs over rows only: columns are independent."""
        given = [dimensions] if isinstance(dimensions, int) else list(dimensions or [])
        if [dimension % 2 for dimension in given] != [1]:
            raise self.refuse("dimension [1], because columns are independent", f"dimensions {given}")


class Table(dict[Any, Handler]):
    """ATen operations and their handlers."""

    def handles(self, *operations: Any) -> Callable[[Handler], Handler]:
        """Decorator that registers a handler for these operations."""

        def register(handler: Handler) -> Handler:
            self.update(dict.fromkeys(operations, handler))
            return handler

        return register
