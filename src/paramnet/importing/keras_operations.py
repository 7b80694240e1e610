"""Keras 3's operations on tensors (x * 2, x[:, 3:], ops.tanh(x)), which functional models store as layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.importing.keras_builder import Builder, Shaped
from paramnet.importing.keras_config import Row

_FUNCTIONS = {
    "Tanh": "tanh",
    "Relu": "relu",
    "Relu6": "relu6",
    "Sigmoid": "sigmoid",
    "Silu": "silu",
    "Softplus": "softplus",
    "Exp": "exponential",
}
_ARITHMETIC = {"Add": "add", "Subtract": "subtract", "Multiply": "multiply", "Maximum": "maximum", "Minimum": "minimum"}
OPERATIONS = (*_FUNCTIONS, *_ARITHMETIC, "TrueDivide", "Divide", "Negative", "GetItem", "Concatenate")


def operation(builder: Builder, row: Row, arguments: list[Any], keywords: dict[str, Any], name: str) -> Shaped:
    """Convert one operation; raise ParamnetError naming a form of it that is not supported."""
    if row.kind in _FUNCTIONS:
        return builder.function(arguments[0], name, _FUNCTIONS[row.kind])
    if row.kind == "Negative":
        return builder.scaled(arguments[0], name, -1.0, 0.0)
    if row.kind == "GetItem":
        return _item(builder, arguments[0], arguments[1], name)
    if row.kind == "Concatenate":
        return builder.concatenated(arguments[0], int(arguments[1]), name)
    left, right = arguments
    if not _is_number(left) and not _is_number(right):
        if row.kind in _ARITHMETIC:
            return builder.combined([left, right], name, _ARITHMETIC[row.kind])
        raise ParamnetError(f"layer {name!r}", expected="a division by numbers", got="one by another layer", where=builder.where)
    return _with_number(builder, row, left, right, name)


def _with_number(builder: Builder, row: Row, left: Any, right: Any, name: str) -> Shaped:
    read, given, first = (right, left, True) if _is_number(left) else (left, right, False)
    numbers = np.broadcast_to(np.asarray(given, dtype=np.float64), read.shape).ravel()
    forms: dict[tuple[str, bool], tuple[Any, Any]] = {
        ("Add", False): (1.0, numbers),
        ("Add", True): (1.0, numbers),
        ("Subtract", False): (1.0, -numbers),
        ("Subtract", True): (-1.0, numbers),
        ("Multiply", False): (numbers, 0.0),
        ("Multiply", True): (numbers, 0.0),
        ("TrueDivide", False): (1.0 / numbers, 0.0),
        ("Divide", False): (1.0 / numbers, 0.0),
    }
    if (row.kind, first) not in forms:
        raise ParamnetError(
            f"layer {name!r}",
            expected=f"one of {', '.join(OPERATIONS)} with a number as second operand",
            got=f"{row.kind} of {given}",
            where=builder.where,
            remedy="wrap the network as TorchScript and import that (source=torchscript)",
        )
    return builder.scaled(read, name, *forms[row.kind, first])


def _item(builder: Builder, read: Shaped, key: Any, name: str) -> Shaped:
    """x[:, 3:11]: slices and integers, the first of them over all columns."""
    parts = tuple(_index(part, builder.where, name) for part in (key if isinstance(key, list) else [key]))
    if parts[0] != slice(None):
        raise ParamnetError(f"layer {name!r}", expected="all columns (x[:, …])", got=f"{parts[0]} of the columns", where=builder.where)
    places = np.arange(read.width).reshape(read.shape)[parts[1:]]
    return builder.select([read], places, places.shape, name)


def _index(part: Any, where: str, name: str) -> slice | int:
    if isinstance(part, dict) and part.get("class_name") == "__slice__":
        return slice(*(part["config"][key] for key in ("start", "stop", "step")))
    if isinstance(part, int) and not isinstance(part, bool):
        return part
    raise ParamnetError(f"layer {name!r}", expected="slices and integers in brackets", got=repr(part), where=where)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) or (isinstance(value, list) and all(_is_number(part) for part in value))
