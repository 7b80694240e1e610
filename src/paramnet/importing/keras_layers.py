"""Keras's layers in our terms: what each class and activation means, and a refusal by name of all others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.importing.layers import Layer

Weights = dict[str, NDArray[np.float64]]  # "kernel", "bias": as Keras keeps them, kernel : (n_in, n_out)

# They act in training alone.
_IDENTITIES = ("Dropout", "GaussianDropout", "GaussianNoise", "AlphaDropout", "ActivityRegularization", "Identity")
# Keras's name -> ours, and the slope where Keras's own function has a fixed one.
_ACTIVATIONS = {
    "linear": ("linear", 0.0),
    "relu": ("relu", 0.0),
    "leaky_relu": ("leaky_relu", 0.2),
    "elu": ("elu", 1.0),
    "gelu": ("gelu", 0.0),
    "silu": ("silu", 0.0),
    "swish": ("silu", 0.0),
    "tanh": ("tanh", 0.0),
    "sigmoid": ("sigmoid", 0.0),
}
KNOWN = ("Dense", "Activation", "LeakyReLU", "ReLU", "ELU", "Add", "InputLayer", *_IDENTITIES)


def keras_layer(kind: str, config: dict[str, Any], inputs: tuple[str, ...], weights: Weights, where: str) -> list[Layer]:
    """One Keras layer as ours, the last of them under its own name; ParamnetError naming a class that has none.

    kind : Keras's class name. config : its configuration. inputs : names of the layers it reads.
    """
    name = str(config["name"])
    if kind in ("Dense",):
        return _dense(name, config, inputs, weights, where)
    if kind == "Add":
        return [Layer(name, "add", inputs)]
    if kind in _IDENTITIES:
        return [Layer(name, "function", inputs, function="linear")]
    if kind == "Activation":
        function, slope = activation(config["activation"], name, where)
    elif kind == "LeakyReLU":
        function, slope = "leaky_relu", _number(config, ("negative_slope", "alpha"), 0.3)
    elif kind == "ELU":
        function, slope = "elu", _number(config, ("alpha",), 1.0)
    elif kind == "ReLU":
        function, slope = _relu(config, name, where)
    else:
        raise ParamnetError(
            f"{where}: layer {name!r} is a {kind}; expected one of {', '.join(KNOWN)}: rebuild the network from those, or wrap it "
            "as TorchScript and import that (source=torchscript)"
        )
    return [Layer(name, "function", inputs, function=function, slope=slope)]


def activation(value: Any, layer: str, where: str) -> tuple[str, float]:
    """Our function and slope for what Keras calls an activation: a name, or a serialized function or layer."""
    if isinstance(value, dict):
        inner = value.get("config")
        if isinstance(inner, str):
            value = inner
        else:
            (found,) = keras_layer(str(value.get("class_name")), {"name": layer, **(inner or {})}, (), {}, where)
            return found.function, found.slope
    if value is None:
        value = "linear"
    if value not in _ACTIVATIONS:
        raise ParamnetError(f"{where}: layer {layer!r} has activation {value!r}; expected one of {', '.join(_ACTIVATIONS)}")
    return _ACTIVATIONS[value]


def dense(name: str, inputs: tuple[str, ...], weights: Weights, where: str) -> Layer:
    """A dense layer without its activation; ParamnetError where its kernel is missing."""
    if "kernel" not in weights:
        raise ParamnetError(f"{where}: expected a kernel of layer {name!r}, got weights {sorted(weights)}; save the model with its weights")
    return Layer(name, "dense", inputs, weight=weights["kernel"].T, bias=weights.get("bias"))


def _dense(name: str, config: dict[str, Any], inputs: tuple[str, ...], weights: Weights, where: str) -> list[Layer]:
    function, slope = activation(config.get("activation"), name, where)
    if config.get("use_bias", True) and "bias" not in weights:
        raise ParamnetError(f"{where}: expected a bias of layer {name!r}, got weights {sorted(weights)}; save the model with its weights")
    if function == "linear":
        return [dense(name, inputs, weights, where)]
    product = dense(f"{name}/product", inputs, weights, where)
    return [product, Layer(name, "function", (product.name,), function=function, slope=slope)]


def _relu(config: dict[str, Any], name: str, where: str) -> tuple[str, float]:
    threshold, slope = _number(config, ("threshold",), 0.0), _number(config, ("negative_slope",), 0.0)
    if config.get("max_value") is not None or threshold != 0:
        raise ParamnetError(
            f"{where}: layer {name!r} is a ReLU with max_value {config.get('max_value')} and threshold {threshold:g}; "
            "expected one with neither"
        )
    return ("leaky_relu", slope) if slope else ("relu", 0.0)


def _number(config: dict[str, Any], keys: tuple[str, ...], default: float) -> float:
    """The first of ``keys`` that is there; some versions wrap a number as {"type": "ndarray", "value": …}."""
    for key in keys:
        if config.get(key) is not None:
            value = config[key]
            return float(value["value"] if isinstance(value, dict) else value)
    return default
