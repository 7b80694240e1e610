"""The layers of an imported network as a torch module, and the scheme around it, with physical units in and out."""

# No `from __future__ import annotations`: TorchScript needs the annotations of attributes as types, not text.

import operator
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from paramnet.contract import ParamnetError
from paramnet.importing.activations import FUNCTIONS
from paramnet.importing.layers import Layer, LayerGraph
from paramnet.scheme.normalization.features import Features


class Affine(nn.Module):
    """Each value times its factor, plus its offset."""

    factor: Tensor
    offset: Tensor

    def __init__(self, factor: NDArray[np.float64], offset: NDArray[np.float64]) -> None:
        super().__init__()
        self.register_buffer("factor", torch.tensor(factor, dtype=torch.float32))
        self.register_buffer("offset", torch.tensor(offset, dtype=torch.float32))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factor + self.offset


class Select(nn.Module):
    """The values at an index: (column, n_read) -> (column, n)."""

    index: Tensor

    def __init__(self, index: NDArray[np.int64]) -> None:
        super().__init__()
        self.register_buffer("index", torch.tensor(index, dtype=torch.int64))

    def forward(self, x: Tensor) -> Tensor:
        return torch.index_select(x, 1, self.index)


_COMBINATIONS: dict[str, Callable[..., Tensor]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
}


def _dense(weight: NDArray[np.float64], bias: NDArray[np.float64] | None) -> nn.Linear:
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(weight))
        if bias is not None:
            linear.bias.copy_(torch.from_numpy(bias))
    return linear


def absorb_rounding(graph: LayerGraph, subtract: NDArray[np.float64], divide: NDArray[np.float64]) -> LayerGraph:
    """Correct the first biases for the rounding of ``subtract`` to float32.

    A mean surface pressure of 98,271 Pa is off by 0.004 Pa in float32. That error is the same in every column and the
    largest of all in such a network (1e-5 of an output's standard deviation for CAM's). The correction costs nothing at run
    time. The graph is returned unchanged if anything but dense layers reads the input.
    """
    source = graph.layers[0].name
    if any(layer.kind != "dense" for layer in graph.layers if source in layer.inputs):
        return graph
    shift = (subtract.astype(np.float32).astype(np.float64) - subtract) / divide

    def corrected(layer: Layer) -> Layer:
        if source not in layer.inputs or layer.weight is None:
            return layer
        bias = np.zeros(len(layer.weight)) if layer.bias is None else layer.bias
        return replace(layer, bias=bias + layer.weight @ shift)

    return replace(graph, layers=tuple(map(corrected, graph.layers)))


def build_module(graph: LayerGraph) -> nn.Module:
    """The float32 module of a layer graph : (column, n_in) -> (column, n_out); it can be scripted and traced."""
    root, built = nn.ModuleDict(), fx.Graph()
    nodes: dict[str, fx.Node] = {}
    for index, layer in enumerate(graph.layers):
        read = [nodes[name] for name in layer.inputs]
        if layer.kind == "input":
            nodes[layer.name] = built.placeholder("x")
        elif layer.kind in _COMBINATIONS:
            total = read[0]
            for other in read[1:]:
                total = built.call_function(_COMBINATIONS[layer.kind], (total, other))
            nodes[layer.name] = total
        else:
            joined = read[0] if len(read) == 1 else built.call_function(torch.cat, (read, 1))
            # Layer names in files may contain dots and slashes, attribute names may not.
            key = f"layer_{index}"
            root[key] = _module(layer)
            nodes[layer.name] = built.call_module(key, (joined,))
    built.output(nodes[graph.layers[-1].name])
    return fx.GraphModule(root, built)


def _module(layer: Layer) -> nn.Module:
    if layer.index is not None:
        return Select(layer.index)
    if layer.weight is None:
        return FUNCTIONS[layer.function](layer.parameter)
    if layer.kind == "affine":
        assert layer.bias is not None
        return Affine(layer.weight, layer.bias)
    return _dense(layer.weight, layer.bias)


class FeatureColumns(nn.Module):
    """Raw features; the network's own tables standardize them."""

    def __init__(self, features: Features) -> None:
        super().__init__()
        self.parts = features.parts

    def forward(self, x: Tensor) -> Tensor:
        # Always in float64: features are small differences of large numbers, and cheap.
        columns: list[Tensor] = []
        for part in self.parts:
            columns.append(part(x.double()))
        return torch.cat(columns, dim=1).to(x.dtype)


class ImportedScheme(nn.Module):
    """(x - input_subtract) / input_divide -> network -> / output_divide + output_add; ``constant`` outputs are output_add.

    With ``features``, x is the contract's columns followed by the features, and the tables cover both.
    forward : (column, n_in) -> (column, n_out), both in contract units and columns. float32 or float64, returned as given;
    computed in the dtype of the weights. Columns are independent of each other.
    """

    subtract: Tensor
    multiply: Tensor
    output_multiply: Tensor
    output_add: Tensor

    def __init__(
        self,
        network: nn.Module,
        input_subtract: NDArray[np.float64],
        input_divide: NDArray[np.float64],
        output_divide: NDArray[np.float64],
        output_add: NDArray[np.float64],
        constant: NDArray[np.bool_],
        features: Features | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.has_features: bool = features is not None
        self.features = nn.Identity() if features is None else FeatureColumns(features)
        for name, values in (
            ("subtract", input_subtract),
            ("multiply", _inverse(input_divide, "input_divide")),
            ("output_multiply", np.where(constant, 0.0, _inverse(output_divide, "output_divide"))),
            ("output_add", output_add),
        ):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32))

    def forward(self, x: Tensor) -> Tensor:
        z = self.normalize(x.to(self.subtract.dtype))
        return (self.network(z) * self.output_multiply + self.output_add).to(x.dtype)

    def normalize(self, x: Tensor) -> Tensor:
        """Inputs of the network : (column, n_in + features), in the dtype of its weights."""
        if self.has_features:
            x = torch.cat([x, self.features(x)], dim=1)
        return (x - self.subtract) * self.multiply


def _inverse(divide: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    if (divide == 0).any():  # require_divisors has already named the columns
        raise ParamnetError(name, expected="numbers other than 0", got="0")
    return 1.0 / divide
