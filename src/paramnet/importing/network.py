"""The layers of an imported network as a torch module, and the scheme made of it: physical units in and out."""

# No `from __future__ import annotations`: TorchScript reads the annotations of attributes as types, not text.

import operator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from paramnet.contract import ParamnetError
from paramnet.importing.layers import Layer, LayerGraph


class Elu(nn.Module):
    """max(x, 0) + alpha expm1(min(x, 0)), in operations the native kernel has."""

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.alpha: float = alpha

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x) + self.alpha * torch.expm1(torch.clamp(x, max=0.0))


def _function(layer: Layer) -> nn.Module:
    modules: dict[str, nn.Module] = {
        "linear": nn.Identity(),
        "relu": nn.ReLU(),
        "leaky_relu": nn.LeakyReLU(layer.slope),
        "elu": Elu(layer.slope),
        "gelu": nn.GELU(),
        "gelu_tanh": nn.GELU(approximate="tanh"),
        "silu": nn.SiLU(),
        "tanh": nn.Tanh(),
        "sigmoid": nn.Sigmoid(),
    }
    return modules[layer.function]


def _dense(weight: NDArray[np.float64], bias: NDArray[np.float64] | None) -> nn.Linear:
    linear = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(weight))
        if bias is not None:
            linear.bias.copy_(torch.from_numpy(bias))
    return linear


def absorb_rounding(graph: LayerGraph, subtract: NDArray[np.float64], divide: NDArray[np.float64]) -> LayerGraph:
    """The graph whose first biases make up for subtracting numbers rounded to float32.

    A mean surface pressure of 98,271 Pa is off by 0.004 Pa in float32: the same for every column, and the largest error of
    all in a network of this kind (1e-5 of an output's standard deviation for CAM's). Costs nothing when it runs. Left as
    it is where anything but dense layers reads the input.
    """
    source = graph.layers[0].name
    if any(layer.weight is None for layer in graph.layers if source in layer.inputs):
        return graph
    shift = (subtract.astype(np.float32).astype(np.float64) - subtract) / divide

    def mended(layer: Layer) -> Layer:
        if source not in layer.inputs or layer.weight is None:
            return layer
        bias = np.zeros(len(layer.weight)) if layer.bias is None else layer.bias
        return replace(layer, bias=bias + layer.weight @ shift)

    return replace(graph, layers=tuple(map(mended, graph.layers)))


def build_module(graph: LayerGraph) -> nn.Module:
    """The float32 module of a layer graph : (column, n_in) -> (column, n_out); it can be scripted and traced."""
    root, built = nn.ModuleDict(), fx.Graph()
    nodes: dict[str, fx.Node] = {}
    for index, layer in enumerate(graph.layers):
        read = [nodes[name] for name in layer.inputs]
        if layer.kind == "input":
            nodes[layer.name] = built.placeholder("x")
        elif layer.kind == "add":
            total = read[0]
            for other in read[1:]:
                total = built.call_function(operator.add, (total, other))
            nodes[layer.name] = total
        else:
            # Names of files may hold dots and slashes, which no attribute may.
            key = f"layer_{index}"
            root[key] = _function(layer) if layer.weight is None else _dense(layer.weight, layer.bias)
            nodes[layer.name] = built.call_module(key, (read[0],))
    built.output(nodes[graph.layers[-1].name])
    return fx.GraphModule(root, built)


class ImportedScheme(nn.Module):
    """(x - input_subtract) / input_divide -> network -> / output_divide + output_add; ``constant`` outputs are output_add.

    forward : (column, n_in) -> (column, n_out), both in contract units and columns, float32 or float64 in and the same
    out; computed in the dtype of its weights. Columns never see each other.
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
    ) -> None:
        super().__init__()
        self.network = network
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
        """What the network sees : (column, n_in), in the dtype of its weights."""
        return (x - self.subtract) * self.multiply


def _inverse(divide: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    wrong = np.flatnonzero(divide == 0)
    if wrong.size:
        raise ParamnetError(
            f"{name}: expected numbers other than zero to divide by, got 0 in column {wrong[0]} ({wrong.size} such columns)"
        )
    return 1.0 / divide
