"""Evaluate a Keras model in float64 NumPy directly from its configuration and weights, on arrays of their true shapes.

This is a second implementation, independent of the scheme's (keras_layers, keras_graph, fold, network). The check of one
against the other shares no slope, epsilon, default or shape. The formulas are those of the Keras API reference.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.importing.keras_config import Model, Row, run_model
from paramnet.importing.keras_weights import ByLayer, Weights

Array = NDArray[np.float64]


def evaluate_keras(model: Model, weights: ByLayer, keras_version: int, inputs: Array, where: str) -> Array:
    """The model's outputs, flattened and concatenated : (column, n_in) -> (column, n_out)."""
    shapes = [_input_shape(model, tensor.layer, inputs.shape[1]) for tensor in model.inputs]
    parts, start = [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        parts.append(np.asarray(inputs[:, start : start + size], dtype=np.float64).reshape(-1, *shape))
        start += size

    def apply(row: Row, arguments: list[Any], keywords: dict[str, Any], scope: tuple[str, ...]) -> Array:
        if row.kind not in _LAYERS:
            raise ParamnetError(f"layer {row.name!r}", expected=f"one of {', '.join(_LAYERS)}", got=row.kind, where=where)
        return _LAYERS[row.kind](_Call(row, arguments, keywords, weights.get((*scope, row.name), {}), keras_version))

    with np.errstate(all="ignore"):
        outputs = run_model(model, parts, apply, where)
    return np.concatenate([output.reshape(len(inputs), -1) for output in outputs], axis=1)


class _Call:
    """A layer call: configuration, arguments and weights."""

    def __init__(self, row: Row, arguments: list[Any], keywords: dict[str, Any], weights: Weights, version: int) -> None:
        self.config, self.arguments, self.keywords, self.weights, self.version = row.config, arguments, keywords, weights, version
        first = arguments[0]
        self.x: Array = first if isinstance(first, np.ndarray) else np.asarray(first[0] if isinstance(first, list) else first)

    def many(self) -> list[Any]:
        """The values to merge, given as one list or as separate arguments."""
        return self.arguments[0] if isinstance(self.arguments[0], list) else self.arguments

    def number(self, *keys: str, default: float) -> float:
        found = next((self.config[key] for key in keys if self.config.get(key) is not None), default)
        return float(found["value"]) if isinstance(found, dict) else float(found)


def _dense(call: _Call) -> Array:
    product = np.matmul(call.x, call.weights["kernel"])
    if call.config.get("use_bias", True):
        product = product + call.weights["bias"]
    return _activate(call.config.get("activation"), product, call.version)


def _activate(named: Any, x: Array, version: int) -> Array:
    if isinstance(named, dict) and not isinstance(named.get("config"), str):
        row = Row(named["class_name"], "", named.get("config") or {}, ())
        return _LAYERS[row.kind](_Call(row, [x], {}, {}, version))
    name = named["config"] if isinstance(named, dict) else named
    if name == "hard_sigmoid":
        return np.clip(x / 6 + 0.5, 0, 1) if version >= 3 else np.clip(x / 5 + 0.5, 0, 1)
    return _ACTIVATIONS[name](x)


def _expm1_below(x: Array, alpha: float) -> Array:
    return np.where(x < 0, alpha * np.expm1(np.where(x < 0, x, 0)), x)


_ACTIVATIONS: dict[str | None, Callable[[Array], Array]] = {
    None: lambda x: x,
    "linear": lambda x: x,
    "relu": lambda x: x * (x > 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x < 0, 0.2 * x, x),
    "elu": lambda x: _expm1_below(x, 1.0),
    "selu": lambda x: 1.05070098 * _expm1_below(x, 1.67326324),
    "gelu": lambda x: x * np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2)), otypes=[float])(x),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "swish": lambda x: x / (1 + np.exp(-x)),
    "mish": lambda x: x * np.tanh(np.logaddexp(x, 0)),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, 0),
    "softsign": lambda x: x / (np.abs(x) + 1),
    "exponential": np.exp,
}


def _relu(call: _Call) -> Array:
    slope = call.number("negative_slope", default=0.0)
    result = np.where(call.x < 0, slope * call.x, call.x)
    return result if call.config.get("max_value") is None else np.minimum(result, call.number("max_value", default=0.0))


def _batch_normalization(call: _Call) -> Array:
    axis = call.config.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) else axis
    x = np.moveaxis(call.x, axis, -1)
    x = (x - call.weights["moving_mean"]) / np.sqrt(call.weights["moving_variance"] + call.number("epsilon", default=0.001))
    if call.config.get("scale", True):
        x = x * call.weights["gamma"]
    if call.config.get("center", True):
        x = x + call.weights["beta"]
    return np.moveaxis(x, -1, axis)


def _normalization(call: _Call) -> Array:
    given = call.config.get("mean") is not None
    mean, variance = (_plain(call.config[key]) if given else call.weights[key] for key in ("mean", "variance"))
    axis = call.config.get("axis", -1)
    if axis is not None and mean.size > 1:
        axes = {a % call.x.ndim for a in (axis if isinstance(axis, list) else [axis])}
        shape = [size if place in axes else 1 for place, size in enumerate(call.x.shape)]
        mean, variance = mean.reshape(shape), variance.reshape(shape)
    deviation = np.maximum(np.sqrt(variance), 1e-7)
    return call.x * deviation + mean if call.config.get("invert") else (call.x - mean) / deviation


def _plain(value: Any) -> Array:
    return np.asarray(value["config"]["value"] if isinstance(value, dict) else value, dtype=np.float64)


def _prelu(call: _Call) -> Array:
    return np.where(call.x < 0, call.weights["alpha"] * call.x, call.x)


def _item(call: _Call) -> Array:
    key = call.arguments[1] if isinstance(call.arguments[1], list) else [call.arguments[1]]
    parts = [slice(*(p["config"][k] for k in ("start", "stop", "step"))) if isinstance(p, dict) else p for p in key]
    return call.x[tuple(parts)]


def _concatenate(call: _Call) -> Array:
    axis = call.keywords.get("axis", call.config.get("axis", -1))
    return np.concatenate(call.many(), axis=int(axis))


def _reshape(call: _Call) -> Array:
    return call.x.reshape(len(call.x), *call.config["target_shape"])


def _merge(combine: Callable[[Any, Any], Any]) -> Callable[[_Call], Array]:
    def merged(call: _Call) -> Array:
        parts = [np.asarray(part, dtype=np.float64) for part in call.many()]
        result = parts[0]
        for part in parts[1:]:
            result = combine(result, part)
        return result

    return merged


_LAYERS: dict[str, Callable[[_Call], Array]] = {
    "Dense": _dense,
    "Activation": lambda call: _activate(call.config["activation"], call.x, call.version),
    "LeakyReLU": lambda call: np.where(call.x < 0, call.number("negative_slope", "alpha", default=0.3) * call.x, call.x),
    "ReLU": _relu,
    "ELU": lambda call: _expm1_below(call.x, call.number("alpha", default=1.0)),
    "PReLU": _prelu,
    "BatchNormalization": _batch_normalization,
    "Normalization": _normalization,
    "Rescaling": lambda call: call.x * _plain(call.config.get("scale", 1.0)) + _plain(call.config.get("offset", 0.0)),
    "Flatten": lambda call: call.x.reshape(len(call.x), -1),
    "Reshape": _reshape,
    "Permute": lambda call: np.transpose(call.x, (0, *call.config["dims"])),
    "Concatenate": _concatenate,
    "GetItem": _item,
    "Add": _merge(np.add),
    "Subtract": _merge(np.subtract),
    "Multiply": _merge(np.multiply),
    "TrueDivide": _merge(np.divide),
    "Divide": _merge(np.divide),
    "Maximum": _merge(np.maximum),
    "Minimum": _merge(np.minimum),
    "Average": lambda call: _merge(np.add)(call) / len(call.many()),
    "Negative": lambda call: -call.x,
    "Tanh": lambda call: np.tanh(call.x),
    "Relu": lambda call: np.maximum(call.x, 0),
    "Relu6": lambda call: np.clip(call.x, 0, 6),
    "Sigmoid": lambda call: 1 / (1 + np.exp(-call.x)),
    "Silu": lambda call: call.x / (1 + np.exp(-call.x)),
    "Softplus": lambda call: np.logaddexp(call.x, 0),
    "Exp": lambda call: np.exp(call.x),
    **{
        name: (lambda call: call.x)
        for name in (
            "Dropout",
            "SpatialDropout1D",
            "GaussianDropout",
            "GaussianNoise",
            "AlphaDropout",
            "ActivityRegularization",
            "Identity",
        )
    },
}


def _input_shape(model: Model, layer: str, n_in: int) -> tuple[int, ...]:
    config = next(row.config for row in model.rows if row.name == layer)
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    return (n_in,) if shape is None or shape[1:] == [None] else tuple(shape[1:])
