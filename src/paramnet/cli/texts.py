"""Values of text keys in a composed configuration: what a YAML file made of unquoted letters."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from paramnet.contract import ParamnetError
from paramnet.parts import Kind


def as_texts(value: Any, annotation: Any, key: str = "") -> Any:
    """``value`` with integers as text where ``annotation`` is text or a path.

    Raises ParamnetError for other numbers and for true and false, whose letters are lost: ``1.10`` is read as ``1.1``.
    """
    origin, inner = get_origin(annotation), [item for item in get_args(annotation) if item is not NoneType]
    if origin in (Union, UnionType):
        return value if value is None or len(inner) != 1 else as_texts(value, inner[0], key)
    if annotation in (str, Path):
        return _text(value, key)
    if origin is list and isinstance(value, list):
        return [as_texts(item, inner[0], f"{key}[{index}]") for index, item in enumerate(value)]
    if origin is dict and isinstance(value, dict):
        return {name: as_texts(item, inner[1], f"{key}.{name}") for name, item in value.items()}
    if is_dataclass(annotation) and isinstance(value, dict):
        annotation = of_kind(annotation, value)
        hints = get_type_hints(annotation)
        names = {field.name for field in fields(annotation)}
        prefix = f"{key}." if key else ""
        return {name: as_texts(item, hints[name], f"{prefix}{name}") if name in names else item for name, item in value.items()}
    return value


def of_kind(annotation: Any, values: Any) -> Any:
    """The dataclass of the kind that ``values`` choose, where there are kinds. Raises ParamnetError for a key of another kind."""
    if not (isinstance(annotation, type) and issubclass(annotation, Kind) and annotation is annotation.parts.base):
        return annotation
    chosen = annotation.of(str(values.get("kind", annotation.kind)))
    chosen.require_keys(name for name in values if chosen.takers(name))  # an unknown one may be misspelt: see cli.config
    return chosen


def _text(value: Any, key: str) -> Any:
    if isinstance(value, bool | float):
        kind = "a truth value" if isinstance(value, bool) else "a number"
        raise ParamnetError(key, expected="text", got=f"{kind}, {value}", remedy="write it in quotes in the YAML file")
    return str(value) if isinstance(value, int) else value
