"""Read the weights of Keras files by layer: the .h5 format of Keras 2 and 3, and ``model.weights.h5`` of a .keras archive."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.importing.keras_config import Model, Row

Weights = dict[str, NDArray[np.float64]]  # by Keras's name: kernel : (n_in, n_out), bias, gamma, …
ByLayer = dict[tuple[str, ...], Weights]  # by layer name, preceded by the names of the enclosing models

_LARGEST = 2**31  # bytes of one array: far beyond any network that runs in a column


def texts(values: Any) -> list[str]:
    """Values of an HDF5 attribute, bytes or text, as text."""
    return [value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in values]


def member(group: h5py.Group, name: str, where: str) -> Any:
    """A member of a group in this file; raise ParamnetError if it is missing or a link.

    A link could make any file that the user can read part of the weights.
    """
    place = group
    for part in name.strip("/").split("/"):
        link = place.get(part, getlink=True) if isinstance(place, h5py.Group) else None
        if link is None:
            raise ParamnetError(f"{name} of group {group.name}", expected="weights", got="none", where=where, remedy="save the model again")
        if not isinstance(link, h5py.HardLink):
            what = f"{place.name.rstrip('/')}/{part}"
            raise ParamnetError(what, expected="weights in this file", got="a link", where=where, remedy="save the model again")
        place = place[part]
    return place


def array(group: h5py.Group, name: str, where: str) -> NDArray[np.float64]:
    """A dataset as float64; raise ParamnetError unless it is stored in this file as numbers of plausible size."""
    found = member(group, name, where)
    if not isinstance(found, h5py.Dataset):
        raise ParamnetError(found.name, expected="numbers", got="a group", where=where, remedy="save the model again")
    if found.external is not None or found.is_virtual:
        raise ParamnetError(
            found.name, expected="weights in this file", got="a reference to another", where=where, remedy="save the model again"
        )
    size = found.size * found.dtype.itemsize if found.size is not None else 0
    if found.dtype.kind not in "fiu" or size > _LARGEST or (size and found.id.get_storage_size() == 0):
        got = f"{found.dtype} {found.shape}, {found.id.get_storage_size()} bytes stored"
        raise ParamnetError(found.name, expected="stored numbers", got=got, where=where, remedy="save the model again")
    return np.asarray(found[()], dtype=np.float64)


def legacy_weights(group: h5py.Group, model: Model | None, where: str) -> ByLayer:
    """Weights of the .h5 format: one group per top-level layer, with ``weight_names`` ending in …/layer/variable."""
    top = {name: member(group, name, where) for name in texts(group.attrs["layer_names"])}
    by_layer: ByLayer = {}
    rows = {row.name: row for row in model.rows} if model else {}
    for name, layer in top.items():
        for path in texts(layer.attrs.get("weight_names", [])):
            parts = path.split(":")[0].split("/")
            row = rows.get(name)
            scope = (name,) if row is None or row.model is None else _scope_of(row, parts[:-1], where)
            by_layer.setdefault(scope, {})[parts[-1]] = array(layer, path, where)
    return by_layer


def _scope_of(row: Row, parts: list[str], where: str) -> tuple[str, ...]:
    """The scope of a layer inside a model, found from the end of its weights' path."""
    assert row.model is not None
    for inside in row.model.rows:
        if inside.model is not None:
            try:
                return (row.name, *_scope_of(inside, parts, where))
            except LookupError:
                continue
        if parts and inside.name == parts[-1]:
            return (row.name, inside.name)
    raise LookupError(f"{'/'.join(parts)} in {row.name}")


def archive_weights(root: h5py.Group, model: Model, where: str) -> ByLayer:
    """Weights of a .keras archive: layers/<class>[_N]/vars/0, 1, …, numbered in the order of each layer's variables."""
    by_layer: ByLayer = {}
    _read_layers(root, model, (), by_layer, where)
    return by_layer


def _read_layers(group: h5py.Group, model: Model, scope: tuple[str, ...], by_layer: ByLayer, where: str) -> None:
    for row, inside in _groups(group, model, where):
        if row.model is not None:
            _read_layers(inside, row.model, (*scope, row.name), by_layer, where)
            continue
        names, kept = _variables(row), member(inside, "vars", where)
        numbers = sorted((key for key in kept if key.isdecimal()), key=int)
        weights = {(names[int(key)] if int(key) < len(names) else key): array(kept, key, where) for key in numbers}
        if weights:
            by_layer[(*scope, row.name)] = weights


def _groups(group: h5py.Group, model: Model, where: str) -> list[tuple[Row, h5py.Group]]:
    """Each layer with its group, matched by the stored name or, in files of older versions, by class and order."""
    if "layers" not in group:
        return []
    folder = member(group, "layers", where)
    named: dict[str, h5py.Group] = {}
    for key in folder:
        kept = member(folder, f"{key}/vars", where)
        if "name" in kept.attrs:
            named[texts([kept.attrs["name"]])[0]] = folder[key]
    if named:
        return [(row, named[row.name]) for row in model.rows if row.name in named]
    used: Counter[str] = Counter()
    found = []
    for row in model.rows:
        key = _snake_case(row.kind)
        place = key if used[key] == 0 else f"{key}_{used[key]}"
        used[key] += 1
        if place in folder:
            found.append((row, member(folder, place, where)))
    return found


def _variables(row: Row) -> list[str]:
    """Names of a layer's variables in the order Keras numbers them."""
    config = row.config
    if row.kind == "BatchNormalization":
        own = ["gamma"] * bool(config.get("scale", True)) + ["beta"] * bool(config.get("center", True))
        return [*own, "moving_mean", "moving_variance"]
    return {"PReLU": ["alpha"], "Normalization": ["mean", "variance", "count"]}.get(row.kind, ["kernel", "bias"])


def _snake_case(name: str) -> str:
    """As keras.src.utils.naming.to_snake_case."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
