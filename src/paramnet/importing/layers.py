"""A feed-forward network as a list of named layers, independent of the file format, and its evaluation in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError

Array = NDArray[np.float64]

_erf = np.vectorize(math.erf, otypes=[np.float64])
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017


def _elu(x: Array, alpha: float) -> Array:
    return np.maximum(x, 0.0) + alpha * np.expm1(np.minimum(x, 0.0))


def _softplus(x: Array, parameter: float = 0.0) -> Array:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


# Functions of one value. The parameter is the slope of leaky_relu below zero, the alpha of elu, the bound of at_most.
FUNCTIONS: dict[str, Callable[[Array, float], Array]] = {
    "linear": lambda x, parameter: x,
    "relu": lambda x, parameter: np.maximum(x, 0.0),
    "relu6": lambda x, parameter: np.minimum(np.maximum(x, 0.0), 6.0),
    "leaky_relu": lambda x, parameter: np.where(x > 0, x, parameter * x),
    "elu": _elu,
    "selu": lambda x, parameter: SELU_SCALE * _elu(x, SELU_ALPHA),
    "gelu": lambda x, parameter: 0.5 * x * (1.0 + _erf(x / math.sqrt(2.0))),
    "gelu_tanh": lambda x, parameter: 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x, parameter: x * 0.5 * (1.0 + np.tanh(0.5 * x)),
    "mish": lambda x, parameter: x * np.tanh(_softplus(x)),
    "tanh": lambda x, parameter: np.tanh(x),
    "sigmoid": lambda x, parameter: 0.5 * (1.0 + np.tanh(0.5 * x)),
    "softplus": _softplus,
    "softsign": lambda x, parameter: x / (1.0 + np.abs(x)),
    "exponential": lambda x, parameter: np.exp(x),
    "hard_sigmoid": lambda x, parameter: np.clip(x / 6.0 + 0.5, 0.0, 1.0),
    "hard_sigmoid_keras_2": lambda x, parameter: np.clip(0.2 * x + 0.5, 0.0, 1.0),
    "at_most": lambda x, parameter: np.minimum(x, parameter),
}
# Default parameters. leaky_relu has none: 0.3, 0.2 and 0.01 are all in use, so its slope must be given.
FUNCTION_PARAMETERS = {"elu": 1.0}
COMBINATIONS: dict[str, Callable[[Array, Array], Array]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "maximum": np.maximum,
    "minimum": np.minimum,
}


@dataclass(frozen=True)
class Layer:
    """One layer of width n.

    ``inputs`` : names of the layers it reads. ``kind`` is one of:

    - ``input``: the input columns, (column, n_in).
    - ``dense``: ``weight`` : (n, n_read) and ``bias`` : (n) or None.
    - ``affine``: each value times ``weight`` : (n), plus ``bias`` : (n).
    - ``function``: ``function`` of FUNCTIONS, with ``parameter`` if it has one.
    - ``select``: the values at ``index`` : (n) of its concatenated inputs.
    - a key of COMBINATIONS: its inputs combined from left to right.
    """

    name: str
    kind: str
    inputs: tuple[str, ...] = ()
    weight: Array | None = None
    bias: Array | None = None
    function: str = ""
    parameter: float = 0.0
    index: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class LayerGraph:
    """Layers in order of execution; the first is the input, the last the output. ``n_in`` is the width of the input.

    Raises ParamnetError naming a layer whose width does not match its inputs.
    """

    layers: tuple[Layer, ...]
    n_in: int

    def __post_init__(self) -> None:
        _ = self.widths

    @cached_property
    def widths(self) -> dict[str, int]:
        """Width of each layer."""
        widths: dict[str, int] = {}
        for layer in self.layers:
            widths[layer.name] = self.n_in if layer.kind == "input" else _width(layer, [widths[name] for name in layer.inputs])
        return widths

    @property
    def n_out(self) -> int:
        """Width of the output."""
        return self.widths[self.layers[-1].name]

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return sum(array.size for layer in self.layers for array in (layer.weight, layer.bias) if array is not None)

    def evaluate(self, x: Array) -> Array:
        """Evaluate the network in float64 NumPy, without torch, for comparisons : (column, n_in) -> (column, n_out)."""
        known: dict[str, Array] = {}
        for layer in self.layers:
            known[layer.name] = _evaluate(layer, [known[name] for name in layer.inputs], x)
        return known[self.layers[-1].name]


def _evaluate(layer: Layer, read: list[Array], x: Array) -> Array:
    if layer.kind == "input":
        return np.asarray(x, dtype=np.float64)
    if layer.kind == "function":
        return FUNCTIONS[layer.function](read[0], layer.parameter)
    if layer.index is not None:
        return np.concatenate(read, axis=1)[:, layer.index]
    if layer.weight is not None:
        product = read[0] @ layer.weight.T if layer.kind == "dense" else read[0] * layer.weight
        return product if layer.bias is None else product + layer.bias
    result = read[0]
    for other in read[1:]:
        result = COMBINATIONS[layer.kind](result, other)
    return result


def _width(layer: Layer, read: list[int]) -> int:
    """Width of a layer's output; raise ParamnetError if the layer does not match the width of its inputs."""
    if layer.index is not None:
        if layer.index.size == 0 or layer.index.max() >= sum(read):
            raise ParamnetError(f"layer {layer.name}", expected=f"indices below {sum(read)}", got=str(layer.index.tolist()[:5]))
        return len(layer.index)
    if layer.weight is not None:
        return _dense_width(layer, layer.weight, read[0]) if layer.kind == "dense" else _affine_width(layer, layer.weight, read[0])
    if len(set(read)) != 1:
        raise ParamnetError(
            f"layer {layer.name}", expected=f"inputs of one width to {layer.kind}", got=str(read), remedy="check the file of the network"
        )
    return read[0]


def _affine_width(layer: Layer, scale: Array, width: int) -> int:
    _require_finite(layer)
    if scale.shape != (width,) or layer.bias is None or layer.bias.shape != (width,):
        raise ParamnetError(
            f"layer {layer.name}",
            expected=f"{width} factors and offsets, one for each input",
            got=f"{scale.shape} and {None if layer.bias is None else layer.bias.shape}",
            remedy="check that the layers are of one network",
        )
    return width


def _dense_width(layer: Layer, weight: Array, width: int) -> int:
    if weight.ndim != 2 or weight.shape[1] != width:
        remedy = "check that the layers are of one network and in order"
        if weight.ndim == 2 and weight.shape[0] == width:
            remedy = "transpose the kernel: paramnet reads (n_out, n_in), Keras stores (n_in, n_out)"
        raise ParamnetError(
            f"layer {layer.name}", expected=f"a kernel of (n_out, n_in) = (any, {width})", got=str(weight.shape), remedy=remedy
        )
    if layer.bias is not None and layer.bias.shape != (len(weight),):
        raise ParamnetError(
            f"layer {layer.name}",
            expected=f"a bias of {len(weight)} numbers, one for each row of its kernel",
            got=f"shape {layer.bias.shape}",
            remedy="check that kernel and bias are of one layer",
        )
    _require_finite(layer)
    return len(weight)


def _require_finite(layer: Layer) -> None:
    for what, array in (("kernel", layer.weight), ("bias", layer.bias)):
        if array is not None and not np.isfinite(array).all():
            raise ParamnetError(
                f"layer {layer.name}", expected=f"finite numbers in its {what}", got="NaN or infinity", remedy="save the network again"
            )
