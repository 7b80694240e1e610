"""A feed-forward network as a list of named layers, whatever file it came from, and its evaluation in float64."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError

Array = NDArray[np.float64]

_erf = np.vectorize(math.erf, otypes=[np.float64])

# What may stand between dense layers; `slope` is the leak of leaky_relu and the alpha of elu.
FUNCTIONS: dict[str, Callable[[Array, float], Array]] = {
    "linear": lambda x, slope: x,
    "relu": lambda x, slope: np.maximum(x, 0.0),
    "leaky_relu": lambda x, slope: np.where(x > 0, x, slope * x),
    "elu": lambda x, slope: np.maximum(x, 0.0) + slope * np.expm1(np.minimum(x, 0.0)),
    "gelu": lambda x, slope: 0.5 * x * (1.0 + _erf(x / math.sqrt(2.0))),
    "gelu_tanh": lambda x, slope: 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x, slope: x * 0.5 * (1.0 + np.tanh(0.5 * x)),
    "tanh": lambda x, slope: np.tanh(x),
    "sigmoid": lambda x, slope: 0.5 * (1.0 + np.tanh(0.5 * x)),
}


@dataclass(frozen=True)
class Layer:
    """One layer: ``input``, ``dense`` (weight : (n_out, n_in), bias : (n_out)), ``function`` (of FUNCTIONS) or ``add``.

    ``inputs`` names the layers it reads. ``function`` and ``slope`` say which function, for kind ``function`` alone.
    """

    name: str
    kind: str
    inputs: tuple[str, ...] = ()
    weight: Array | None = None
    bias: Array | None = None
    function: str = ""
    slope: float = 0.0


@dataclass(frozen=True)
class LayerGraph:
    """Layers in the order they run; the first is the input, the last the output. ``n_in`` is the width of the input.

    Raises ParamnetError naming the layer whose width does not fit what it reads.
    """

    layers: tuple[Layer, ...]
    n_in: int

    def __post_init__(self) -> None:
        widths: dict[str, int] = {}
        for layer in self.layers:
            widths[layer.name] = self._width(layer, [widths[name] for name in layer.inputs])

    def _width(self, layer: Layer, read: list[int]) -> int:
        if layer.kind == "input":
            return self.n_in
        if layer.weight is None:
            if len(set(read)) != 1:
                raise ParamnetError(f"layer {layer.name}: expected inputs of one width to {layer.kind}, got {read}; check the file")
            return read[0]
        return _dense_width(layer, layer.weight, read[0])

    @property
    def n_out(self) -> int:
        """Width of the output."""
        return next(len(layer.weight) for layer in reversed(self.layers) if layer.weight is not None)

    @property
    def n_parameters(self) -> int:
        """Number of weights and biases."""
        return sum(array.size for layer in self.layers for array in (layer.weight, layer.bias) if array is not None)

    def evaluate(self, x: Array) -> Array:
        """The network in float64 NumPy, written apart from torch to be compared with: (column, n_in) -> (column, n_out)."""
        known: dict[str, Array] = {}
        for layer in self.layers:
            read = [known[name] for name in layer.inputs]
            if layer.kind == "input":
                known[layer.name] = np.asarray(x, dtype=np.float64)
            elif layer.weight is not None:
                product = read[0] @ layer.weight.T
                known[layer.name] = product if layer.bias is None else product + layer.bias
            elif layer.kind == "add":
                known[layer.name] = sum(read[1:], read[0])
            else:
                known[layer.name] = FUNCTIONS[layer.function](read[0], layer.slope)
        return known[self.layers[-1].name]


def _dense_width(layer: Layer, weight: Array, width: int) -> int:
    """Output width of a dense layer that reads ``width`` values; ParamnetError where weight or bias do not fit."""
    if weight.ndim != 2 or weight.shape[1] != width:
        hint = ""
        if weight.ndim == 2 and weight.shape[0] == width:
            hint = ": it looks transposed (paramnet wants (n_out, n_in); Keras itself keeps (n_in, n_out))"
        raise ParamnetError(
            f"layer {layer.name}: expected a kernel of (n_out, n_in) = (any, {width}), got {weight.shape}{hint}; "
            "check that the layers are of one network and in order"
        )
    if layer.bias is not None and layer.bias.shape != (len(weight),):
        raise ParamnetError(
            f"layer {layer.name}: expected a bias of {len(weight)} numbers as its kernel has rows, got shape {layer.bias.shape}; "
            "check that kernel and bias are of one layer"
        )
    for what, array in (("kernel", weight), ("bias", layer.bias)):
        if array is not None and not np.isfinite(array).all():
            raise ParamnetError(f"layer {layer.name}: expected finite numbers in its {what}, got others; the file is damaged")
    return len(weight)
