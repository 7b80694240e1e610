"""Records of an unfinished run: JSON and NumPy arrays in one .npz file. Nothing in it can execute code.

Only classes marked with ``stored`` are written and read. A damaged record, or one from a version that used pickle, is refused.
"""

from __future__ import annotations

import dataclasses
import json
import zipfile
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError
from paramnet.files.atomic import replacing
from paramnet.parts import Parts

_T = TypeVar("_T", bound=type)
_TYPES = Parts("source", object, choice="reader")  # a user's reader is imported by the worker that needs it
_BUILT_IN: dict[type, str] = {np.ndarray: "array", tuple: "tuple", dict: "dict", Path: "path", Contract: "contract"}
_TREE = "tree"
_KINDS = "biuf"
_BROKEN = (zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError, RecursionError, NotImplementedError)


def stored(cls: _T) -> _T:
    """Mark a dataclass as part of records; fields with metadata ``stored=False`` get their default when the record is read."""
    _TYPES[_name(cls)] = cls
    return cls


def _name(cls: type) -> str:
    """The name of a class in records: for a user's reader its import path."""
    return cls.__name__ if cls.__module__.startswith("paramnet.") else f"{cls.__module__}.{cls.__qualname__}"


def save_record(path: Path, value: Any) -> None:
    """Write a record of ``value`` to ``path``, replacing the file."""
    arrays = _Arrays()
    tree = json.dumps(_encode(value, arrays)).encode()
    members = {name: np.concatenate(parts) for name, parts in arrays.parts.items()} | {_TREE: np.frombuffer(tree, np.uint8)}
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **members)  # type: ignore[arg-type]


def load_record(path: Path, kind: type = object) -> Any:
    """Return the value of a record. Raise ParamnetError if the file is not a record, or holds another ``kind`` of value."""
    try:
        with zipfile.ZipFile(path) as file:
            if any(member.compress_type != zipfile.ZIP_STORED for member in file.infolist()):
                raise ValueError("compressed members")
        with np.load(path, allow_pickle=False) as file:
            members = {name: file[name] for name in file.files}
        value = _decode(json.loads(members.pop(_TREE).tobytes()), members)
        if not isinstance(value, kind):
            raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")
        return value
    except _BROKEN as error:
        raise ParamnetError(
            path.name,
            expected="a record of this version of paramnet",
            got=f"{type(error).__name__}: {error}"[:200],
            where=str(path.parent),
            remedy="remove the unfinished store (its name ends in .incomplete) and run again",
        ) from error


class _Arrays:
    """Arrays of a record, concatenated into one array per type."""

    def __init__(self) -> None:
        self.parts: dict[str, list[NDArray]] = {}
        self.lengths: dict[str, int] = {}

    def add(self, array: NDArray) -> list[Any]:
        """Append an array; return its type, its first index, and its shape."""
        kind = array.dtype.str[1:]
        start = self.lengths.get(kind, 0)
        self.lengths[kind] = start + array.size
        self.parts.setdefault(kind, []).append(np.ascontiguousarray(array, array.dtype.newbyteorder("=")).ravel())
        return [kind, start, list(array.shape)]


def _encode(value: Any, arrays: _Arrays) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list):
        return [_encode(one, arrays) for one in value]
    kind = next((name for base, name in _BUILT_IN.items() if isinstance(value, base)), _name(type(value)))
    return {kind: _encode_object(value, arrays)}


def _encode_object(value: Any, arrays: _Arrays) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in _KINDS:
            raise TypeError(f"records: expected numbers, got an array of {value.dtype}")
        return arrays.add(value)
    if isinstance(value, tuple):
        return [_encode(one, arrays) for one in value]
    if isinstance(value, dict):
        return [[_encode(key, arrays), _encode(one, arrays)] for key, one in value.items()]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Contract):
        return value.to_dict()
    return {name: _encode(getattr(value, name), arrays) for name in _checked(value)}


def _checked(value: Any) -> list[str]:
    """Return the field names to keep; raise TypeError if the object could not be restored from them."""
    cls = type(value)
    if _TYPES.get(_name(cls)) is not cls:
        raise TypeError(f"records: expected a class marked with `stored`, got {cls.__name__}")
    names = {one.name for one in dataclasses.fields(value)}
    lost = {name for name in vars(value) if name not in names and not isinstance(getattr(cls, name, None), cached_property)}
    if lost:
        raise TypeError(f"records: expected the attributes {sorted(lost)} of {cls.__name__} among its fields")
    return _kept(cls)


def _decode(tree: Any, arrays: dict[str, NDArray]) -> Any:
    if isinstance(tree, list):
        return [_decode(one, arrays) for one in tree]
    if not isinstance(tree, dict):
        return tree
    ((kind, content),) = tree.items()
    if kind == "array":
        name, start, shape = content
        count = int(np.prod(shape, dtype=np.int64))
        return arrays[name][start : start + count].reshape(shape)
    if kind == "tuple":
        return tuple(_decode(one, arrays) for one in content)
    if kind == "dict":
        return {_decode(key, arrays): _decode(one, arrays) for key, one in content}
    if kind == "path":
        return Path(content)
    if kind == "contract":
        return Contract.from_dict(content)
    return _restored(_TYPES[kind], content, arrays)


def _restored(cls: type, content: dict[str, Any], arrays: dict[str, NDArray]) -> Any:
    """Restore an object without running its own code."""
    if set(content) != set(_kept(cls)):
        raise ValueError(f"{cls.__name__} with other fields: {sorted(set(content) ^ set(_kept(cls)))}")
    value: Any = object.__new__(cls)
    for name, one in content.items():
        object.__setattr__(value, name, _decode(one, arrays))
    for one in dataclasses.fields(cls):
        if one.name not in content:
            object.__setattr__(value, one.name, one.default_factory() if callable(one.default_factory) else one.default)
    return value


def _kept(cls: type) -> list[str]:
    return [one.name for one in dataclasses.fields(cls) if one.metadata.get("stored", True)]
