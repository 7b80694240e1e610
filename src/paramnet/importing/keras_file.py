"""A Keras ``.h5`` file, weights alone or a whole model, of Keras 2 or 3, read with h5py; Keras itself is not needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from paramnet.contract import ParamnetError
from paramnet.importing.keras_graph import graph_of_model
from paramnet.importing.keras_layers import Weights, dense
from paramnet.importing.layers import Layer, LayerGraph


def read_keras(file: Path, n_in: int, function: str, slope: float) -> LayerGraph:
    """The network of a Keras file.

    A whole model (``model.save("net.h5")``) says its own layers; ``function`` is then not used. A file of weights alone
    (``save_weights``) does not: its dense layers are taken in the order written, with ``function`` and ``slope`` between
    them and none after the last; layers without weights must be activations. Raises ParamnetError naming what is missing,
    does not fit or is not known.
    """
    with _open(file) as root:
        group = root.get("model_weights", root)
        if "layer_names" not in group.attrs:
            hint = "it holds Keras 3's weights alone" if {"layers", "vars"} <= set(root) else f"it holds {sorted(root)[:5]}"
            raise ParamnetError(
                f"{file}: expected a Keras .h5 file that names its layers; {hint}: save the whole model, model.save('net.h5')"
            )
        weights = {name: _weights(group[name]) for name in _texts(group.attrs["layer_names"])}
        config = root.attrs.get("model_config")
    if config is not None:
        text = config.decode() if isinstance(config, bytes) else str(config)
        return graph_of_model(json.loads(text), weights, n_in, str(file))
    return _stack(weights, n_in, function, slope, str(file))


def _open(file: Path) -> h5py.File:
    if not file.is_file():
        raise ParamnetError(f"{file}: no such file")
    try:
        return h5py.File(file, "r")
    except OSError as error:
        hint = "; a .keras archive is another format: save the model again as .h5" if file.suffix == ".keras" else ""
        raise ParamnetError(f"{file}: expected a Keras .h5 file, could not read it ({error}){hint}") from error


def _texts(values: Any) -> list[str]:
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


def _weights(group: h5py.Group) -> Weights:
    """Kernel and bias of one layer, by the last word of their names."""
    names = _texts(group.attrs.get("weight_names", []))
    return {name.split("/")[-1].split(":")[0]: np.asarray(group[name], dtype=np.float64) for name in names}


def _stack(weights: dict[str, Weights], n_in: int, function: str, slope: float, where: str) -> LayerGraph:
    """Dense layers one after the other: all a file of weights alone can mean."""
    if not function:
        raise ParamnetError(
            f"{where}: holds weights alone, so it does not say the functions between its layers; add activation=leaky_relu "
            "(or relu, …) and negative_slope=..., or save the whole model"
        )
    strangers = {name: sorted(found) for name, found in weights.items() if set(found) - {"kernel", "bias"}}
    if strangers:
        name, found = next(iter(strangers.items()))
        raise ParamnetError(f"{where}: expected dense layers (kernel, bias), got weights {found} in layer {name!r}; save the whole model")
    dense_names = [name for name, found in weights.items() if found]
    layers, previous = [Layer("input", "input")], "input"
    for name in dense_names:
        layers.append(dense(name, (previous,), weights[name], where))
        previous = name
        if name != dense_names[-1]:
            previous = f"{name}/{function}"
            layers.append(Layer(previous, "function", (name,), function=function, slope=slope))
    return LayerGraph(tuple(layers), n_in)
