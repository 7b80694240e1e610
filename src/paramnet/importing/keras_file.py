"""Read Keras files with h5py, without Keras: .h5 (weights alone or a complete model, Keras 2 or 3) and .keras."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError, reading
from paramnet.importing.keras_config import Model, parse_model
from paramnet.importing.keras_graph import graph_of_model
from paramnet.importing.keras_layers import dense
from paramnet.importing.keras_reference import evaluate_keras
from paramnet.importing.keras_weights import ByLayer, archive_weights, legacy_weights
from paramnet.importing.layers import Layer, LayerGraph

_ARCHIVE_MEMBERS = ("metadata.json", "config.json", "model.weights.h5")
_LARGEST_ARCHIVE = 2**32
_REMEDY = "save the model again, or wrap it as TorchScript and import that (source=torchscript)"


@dataclass(frozen=True)
class KerasNetwork:
    """A network of a Keras file: its layer graph and, for a complete model, the configuration to check the graph against."""

    graph: LayerGraph
    model: Model | None
    weights: ByLayer
    version: int
    where: str

    def exact(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Outputs in float64 : (column, n_in) -> (column, n_out), from the model's own configuration if the file has one."""
        if self.model is None:
            return self.graph.evaluate(columns)
        with reading(self.where, "a Keras model", _REMEDY):
            return evaluate_keras(self.model, self.weights, self.version, columns, self.where)


def read_keras(file: Path, n_in: int, function: str, slope: float) -> KerasNetwork:
    """The network of a Keras file.

    A complete model (``model.save("net.keras")`` or ``"net.h5"``) describes its layers; ``function`` is then ignored. A file
    of weights alone (``save_weights``) does not: its dense layers are chained in the order written, with ``function`` and
    ``slope`` between them and none after the last; layers without weights must be activations. Raises ParamnetError naming a
    missing, mismatched or unknown part.
    """
    where = str(file)
    if not file.is_file():
        raise ParamnetError(where, expected="a Keras .h5 or .keras file", got="no file", remedy="check file=")
    with reading(where, "a Keras model", _REMEDY):
        if zipfile.is_zipfile(file):
            return _archive(file, n_in, where)
        with _opened(file, where) as root:
            return _legacy(root, n_in, function, slope, where)


def _legacy(root: h5py.File, n_in: int, function: str, slope: float, where: str) -> KerasNetwork:
    group = root.get("model_weights", root)
    if "layer_names" not in group.attrs:
        got = "weights alone of Keras 3" if {"layers", "vars"} <= set(root) else f"a file of {sorted(root)[:5]}"
        raise ParamnetError(
            where, expected="a Keras .h5 file with layer names", got=got, remedy="save the complete model: model.save('net.keras')"
        )
    config = root.attrs.get("model_config")
    if config is None:
        weights = legacy_weights(group, None, where)
        return KerasNetwork(_stack(weights, n_in, function, slope, where), None, weights, 0, where)
    model = parse_model(_json(config), where)
    weights = legacy_weights(group, model, where)
    version = _version(root.attrs.get("keras_version", "2"))
    return KerasNetwork(graph_of_model(model, weights, n_in, version, where), model, weights, version, where)


def _archive(file: Path, n_in: int, where: str) -> KerasNetwork:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        sizes = sum(member.file_size for member in archive.infolist())
        if len(set(names)) != len(names) or not set(_ARCHIVE_MEMBERS) <= set(names):
            raise ParamnetError(where, expected=f"a .keras archive of {', '.join(_ARCHIVE_MEMBERS)}", got=f"one of {', '.join(names[:5])}")
        if sizes > max(_LARGEST_ARCHIVE, 0) or sizes > 100 * file.stat().st_size:
            raise ParamnetError(
                where,
                expected=f"members of at most {_LARGEST_ARCHIVE} bytes, and 100 times the size of the archive",
                got=f"{sizes} bytes in {file.stat().st_size}",
            )
        metadata, config, content = (archive.read(name) for name in _ARCHIVE_MEMBERS)
    model = parse_model(_json(config), where)
    version = _version(_json(metadata).get("keras_version", "3"))
    with _opened(io.BytesIO(content), where) as root:
        weights = archive_weights(root, model, where)
    return KerasNetwork(graph_of_model(model, weights, n_in, version, where), model, weights, version, where)


@contextmanager
def _opened(file: Path | io.BytesIO, where: str) -> Iterator[h5py.File]:
    try:
        root = h5py.File(file, "r")
    except OSError as error:
        raise ParamnetError(where, expected="a Keras .h5 or .keras file", got=f"an unreadable one ({error})") from error
    with root:
        yield root


def _json(content: Any) -> dict[str, Any]:
    parsed = json.loads(content)
    if not isinstance(parsed, dict):
        raise ValueError(f"expected an object, got {type(parsed).__name__}")
    return parsed


def _version(attribute: Any) -> int:
    text = attribute.decode() if isinstance(attribute, bytes) else str(attribute)
    return int(text.split(".")[0])


def _stack(weights: ByLayer, n_in: int, function: str, slope: float, where: str) -> LayerGraph:
    """A chain of dense layers, the only network that a file of weights alone can describe."""
    if not function:
        raise ParamnetError(
            "activation",
            expected="the function between layers",
            got="none, and weights alone",
            where=where,
            remedy="set activation=leaky_relu (or relu, …) and negative_slope=..., or save the complete model",
        )
    unexpected = {name[0]: sorted(found) for name, found in weights.items() if set(found) - {"kernel", "bias"}}
    if unexpected:
        name, found = next(iter(unexpected.items()))
        raise ParamnetError(
            f"layer {name!r}",
            expected="a dense layer (kernel, bias)",
            got=f"weights {', '.join(found)}",
            where=where,
            remedy="save the complete model: model.save('net.keras')",
        )
    names = [scope[0] for scope in weights]
    layers, previous = [Layer("input", "input")], "input"
    for name in names:
        layers.append(dense(name, (previous,), weights[name,], where))
        previous = name
        if name != names[-1]:
            previous = f"{name}/{function}"
            layers.append(Layer(previous, "function", (name,), function=function, parameter=slope))
    return LayerGraph(tuple(layers), n_in)
