"""The supported layers and activations of Keras in terms of paramnet's; any other is refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.importing.keras_weights import Weights
from paramnet.importing.layers import Layer

# Layers that act in training only.
IDENTITIES = ("Dropout", "SpatialDropout1D", "GaussianDropout", "GaussianNoise", "AlphaDropout", "ActivityRegularization", "Identity")
# Keras's name -> paramnet's name, and the parameter where Keras's function has a fixed one.
ACTIVATIONS = {
    "linear": ("linear", 0.0),
    "relu": ("relu", 0.0),
    "relu6": ("relu6", 0.0),
    "leaky_relu": ("leaky_relu", 0.2),
    "elu": ("elu", 1.0),
    "selu": ("selu", 0.0),
    "gelu": ("gelu", 0.0),
    "silu": ("silu", 0.0),
    "swish": ("silu", 0.0),
    "mish": ("mish", 0.0),
    "tanh": ("tanh", 0.0),
    "sigmoid": ("sigmoid", 0.0),
    "softplus": ("softplus", 0.0),
    "softsign": ("softsign", 0.0),
    "exponential": ("exponential", 0.0),
    "hard_sigmoid": ("hard_sigmoid", 0.0),
}
MERGING = {"Add": "add", "Subtract": "subtract", "Multiply": "multiply", "Maximum": "maximum", "Minimum": "minimum", "Average": "add"}
AFFINE = ("BatchNormalization", "Normalization", "Rescaling")
SHAPING = ("Flatten", "Reshape", "Concatenate", "Permute")
FUNCTION_LAYERS = ("Activation", "LeakyReLU", "ReLU", "ELU", "PReLU")
KNOWN = ("Dense", *FUNCTION_LAYERS, *AFFINE, *SHAPING, *MERGING, "InputLayer", *IDENTITIES)
_KERAS_3_HARD_SIGMOID = 3


def activation(value: Any, layer: str, where: str, keras_version: int) -> tuple[str, float]:
    """Function and parameter of a Keras activation, given as a name or a serialized function."""
    if isinstance(value, dict):
        value = value.get("config")
    if value is None:
        value = "linear"
    if value not in ACTIVATIONS:
        raise ParamnetError(f"activation of layer {layer!r}", expected=f"one of {', '.join(ACTIVATIONS)}", got=repr(value), where=where)
    if value == "hard_sigmoid" and keras_version < _KERAS_3_HARD_SIGMOID:
        return "hard_sigmoid_keras_2", 0.0
    return ACTIVATIONS[value]


def simple_function(kind: str, config: dict[str, Any], name: str, where: str, keras_version: int) -> tuple[str, float]:
    """Function and parameter of an elementwise layer; raise ParamnetError for any other layer."""
    if kind == "Activation":
        return activation(config["activation"], name, where, keras_version)
    if kind == "LeakyReLU":
        return "leaky_relu", number(config, ("negative_slope", "alpha"), 0.3)
    if kind == "ELU":
        return "elu", number(config, ("alpha",), 1.0)
    if kind == "ReLU":
        slope = number(config, ("negative_slope",), 0.0)
        return ("leaky_relu", slope) if slope else ("relu", 0.0)
    raise ParamnetError(
        f"layer {name!r}",
        expected=f"one of {', '.join(KNOWN)}",
        got=kind,
        where=where,
        remedy="rebuild the network from those, or wrap it as TorchScript and import that (source=torchscript)",
    )


def relu_limit(config: dict[str, Any], name: str, where: str) -> float | None:
    """The upper bound of a ReLU layer or None; raise ParamnetError for a threshold, which makes it discontinuous."""
    threshold = number(config, ("threshold",), 0.0)
    if threshold != 0:
        raise ParamnetError(f"layer {name!r}", expected="a ReLU without a threshold", got=f"threshold {threshold:g}", where=where)
    return None if config.get("max_value") is None else number(config, ("max_value",), 0.0)


def dense(name: str, inputs: tuple[str, ...], weights: Weights, where: str) -> Layer:
    """A dense layer without its activation; raise ParamnetError if its kernel is missing."""
    kernel = _weight(weights, "kernel", name, where)
    return Layer(name, "dense", inputs, weight=kernel.T, bias=weights.get("bias"))


def affine(kind: str, config: dict[str, Any], weights: Weights, shape: tuple[int, ...], name: str, where: str) -> tuple[Any, Any]:
    """(factor, offset) of an affine layer in inference, each broadcast to ``shape`` and flattened."""
    if kind == "Rescaling":
        scale, offset = _numbers(config.get("scale", 1.0)), _numbers(config.get("offset", 0.0))
    elif kind == "BatchNormalization":
        mean, variance = (_weight(weights, key, name, where) for key in ("moving_mean", "moving_variance"))
        scale = 1.0 / np.sqrt(variance + number(config, ("epsilon",), 1e-3))
        if config.get("scale", True):
            scale = scale * _weight(weights, "gamma", name, where)
        offset = -mean * scale + (_weight(weights, "beta", name, where) if config.get("center", True) else 0.0)
        scale, offset = (_along(values, config.get("axis", -1), shape) for values in (scale, offset))
    else:
        scale, offset = _normalization(config, weights, shape, name, where)
    return np.broadcast_to(scale, shape).ravel(), np.broadcast_to(offset, shape).ravel()


def _normalization(config: dict[str, Any], weights: Weights, shape: tuple[int, ...], name: str, where: str) -> tuple[Any, Any]:
    if config.get("mean") is not None and config.get("variance") is not None:
        mean, variance = _numbers(config["mean"]), _numbers(config["variance"])
    else:
        mean, variance = (_weight(weights, key, name, where) for key in ("mean", "variance"))
    deviation = np.maximum(np.sqrt(variance), 1e-7)  # keras.config.epsilon()
    scale, offset = (deviation, mean) if config.get("invert") else (1.0 / deviation, -mean / deviation)
    axis = config.get("axis", -1)
    return (scale, offset) if axis is None else (_along(scale, axis, shape), _along(offset, axis, shape))


def _along(values: NDArray[Any], axis: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Reshape values along ``axis`` of (column, *shape) so that they broadcast to ``shape``."""
    axes = [axis] if isinstance(axis, int) else list(axis)
    kept = [(number if number >= 0 else number + len(shape) + 1) - 1 for number in axes]
    if values.size == 1:
        return values.reshape([1] * len(shape))
    return values.reshape([shape[place] if place in kept else 1 for place in range(len(shape))])


def _weight(weights: Weights, key: str, name: str, where: str) -> NDArray[Any]:
    if key not in weights:
        raise ParamnetError(
            f"layer {name!r}",
            expected=f"its {key}",
            got=f"weights {', '.join(sorted(weights))}" if weights else "no weights",
            where=where,
            remedy="save the model with its weights",
        )
    return weights[key]


def _numbers(value: Any) -> NDArray[np.float64]:
    """A number or list, which some versions wrap as {"type" or "class_name": …, "value" or "config": {"value": …}}."""
    if isinstance(value, dict):
        value = value["value"] if "value" in value else value["config"]["value"]
    return np.asarray(value, dtype=np.float64)


def number(config: dict[str, Any], keys: tuple[str, ...], default: float) -> float:
    """The first of ``keys`` that is present, as a number."""
    return next((float(_numbers(config[key])) for key in keys if config.get(key) is not None), default)
