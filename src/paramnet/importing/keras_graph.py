"""Convert a Keras model to a layer graph: one layer for each call, with nested models expanded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.importing.keras_builder import Builder, Shaped
from paramnet.importing.keras_config import Model, Row, run_model
from paramnet.importing.keras_layers import (
    AFFINE,
    IDENTITIES,
    KNOWN,
    MERGING,
    affine,
    dense,
    relu_limit,
    simple_function,
)
from paramnet.importing.keras_operations import OPERATIONS, operation
from paramnet.importing.keras_weights import ByLayer
from paramnet.importing.layers import Layer, LayerGraph


def graph_of_model(model: Model, weights: ByLayer, n_in: int, keras_version: int, where: str) -> LayerGraph:
    """The layer graph of a model. Several inputs split the columns in their order; several outputs are concatenated.

    Raises ParamnetError naming an unknown layer or a width that does not match.
    """
    builder = Builder(where)
    whole = builder.add(Layer("input", "input"), (n_in,))
    reader = _Reader(builder, weights, keras_version, where)
    outputs = run_model(model, builder.split(whole, input_shapes(model, n_in, where)), reader.apply, where)
    if len(outputs) > 1:
        width = sum(output.width for output in outputs)
        builder.select(outputs, np.arange(width), (width,), "output")
    else:  # the last layer of a graph is its output
        builder.function(outputs[0], "output", "linear")
    return LayerGraph(tuple(builder.layers), n_in)


def input_shapes(model: Model, n_in: int, where: str) -> list[tuple[int, ...]]:
    """Shapes of a model's inputs without the column dimension; a single one may be open.

    Raises ParamnetError unless their sizes sum to ``n_in``.
    """
    rows = {row.name: row.config for row in model.rows}
    shapes: list[tuple[int, ...]] = []
    for tensor in model.inputs:
        written = rows[tensor.layer].get("batch_shape") or rows[tensor.layer].get("batch_input_shape") or [None, None]
        open_ended = len(model.inputs) == 1 and list(written[1:]) == [None]
        shapes.append((n_in,) if open_ended else tuple(int(size) for size in written[1:]))
    widths = [math.prod(shape) for shape in shapes]
    if sum(widths) != n_in:
        got = " + ".join(str(list(shape)) for shape in shapes)
        raise ParamnetError(
            "network inputs",
            expected=f"{n_in} values in a column, as in the contract",
            got=f"{got} = {sum(widths)}",
            where=where,
            remedy="check that contract and network belong together",
        )
    return shapes


@dataclass(frozen=True)
class _Reader:
    """Converts each call of a Keras layer, with the weights of the file."""

    builder: Builder
    weights: ByLayer
    keras_version: int
    where: str

    def apply(self, row: Row, arguments: list[Any], keywords: dict[str, Any], scope: tuple[str, ...]) -> Shaped:
        """Convert one layer call."""
        name = "/".join((*scope, row.name))
        reads = shaped(arguments)
        numbers = any(not isinstance(part, Shaped | list) for part in arguments)
        if row.kind in OPERATIONS and (row.kind not in KNOWN or numbers):
            return operation(self.builder, row, arguments, keywords, name)
        if row.kind == "Dense":
            return self._dense(row, reads[0], name, scope)
        if row.kind in AFFINE:
            own = self.weights.get((*scope, row.name), {})
            return self.builder.scaled(reads[0], name, *affine(row.kind, row.config, own, reads[0].shape, row.name, self.where))
        if row.kind in MERGING:
            total = self.builder.combined(reads, name, MERGING[row.kind])
            return self.builder.scaled(total, f"{name}/mean", 1.0 / len(reads), 0.0) if row.kind == "Average" else total
        if row.kind in IDENTITIES:
            return self.builder.function(reads[0], name, "linear")
        return self._shape_or_function(row, reads, keywords, name, scope)

    def _shape_or_function(self, row: Row, reads: list[Shaped], keywords: dict[str, Any], name: str, scope: tuple[str, ...]) -> Shaped:
        if row.kind == "Flatten":
            return Shaped(reads[0].name, (reads[0].width,))
        if row.kind == "Reshape":
            wanted = np.empty(reads[0].shape, dtype=bool).reshape([int(size) for size in row.config["target_shape"]])
            return Shaped(reads[0].name, wanted.shape)
        if row.kind == "Permute":
            order = [int(axis) - 1 for axis in row.config["dims"]]
            places = np.arange(reads[0].width).reshape(reads[0].shape).transpose(order)
            return self.builder.select(reads[:1], places, places.shape, name)
        if row.kind == "Concatenate":
            return self.builder.concatenated(reads, int(keywords.get("axis", row.config.get("axis", -1))), name)
        if row.kind == "PReLU":
            return self._prelu(row, reads[0], name, scope)
        return self._function(row.name, row.kind, row.config, reads[0], name)

    def _function(self, layer: str, kind: str, config: dict[str, Any], read: Shaped, name: str) -> Shaped:
        """Convert an elementwise function, or an activation that is itself written as a layer."""
        inner = config.get("activation") if kind == "Activation" else None
        if isinstance(inner, dict) and not isinstance(inner.get("config"), str):
            return self._function(layer, str(inner.get("class_name")), inner.get("config") or {}, read, name)
        found = self.builder.function(read, name, *simple_function(kind, config, layer, self.where, self.keras_version))
        limit = relu_limit(config, layer, self.where) if kind == "ReLU" else None
        return found if limit is None else self.builder.function(found, f"{name}/limit", "at_most", limit)

    def _dense(self, row: Row, read: Shaped, name: str, scope: tuple[str, ...]) -> Shaped:
        if any(size != 1 for size in read.shape[:-1]):
            raise ParamnetError(
                f"layer {row.name!r}",
                expected="a Dense layer on flat values",
                got=f"one on {read.shape}, which Keras applies to each row",
                where=self.where,
                remedy="flatten before it, or wrap the network as TorchScript and import that (source=torchscript)",
            )
        own = self.weights.get((*scope, row.name), {})
        if row.config.get("use_bias", True) and "bias" not in own:
            raise ParamnetError(
                f"layer {row.name!r}",
                expected="its bias",
                got=f"weights {', '.join(sorted(own))}" if own else "no weights",
                where=self.where,
                remedy="save the model with its weights",
            )
        if extra := sorted(set(own) - {"kernel", "bias"}):
            raise ParamnetError(
                f"layer {row.name!r}",
                expected="only a kernel and a bias",
                got=f"also {', '.join(extra)}, as in quantized layers",
                where=self.where,
                remedy="save the model before quantization",
            )
        layer = dense(self.builder.own(name), (read.name,), own, self.where)
        assert layer.weight is not None
        product = self.builder.add(layer, (*read.shape[:-1], len(layer.weight)))
        activation = row.config.get("activation")
        if activation in (None, "linear") or (isinstance(activation, dict) and activation.get("config") == "linear"):
            return product
        return self._function(row.name, "Activation", {"activation": activation}, product, f"{name}/activation")

    def _prelu(self, row: Row, read: Shaped, name: str, scope: tuple[str, ...]) -> Shaped:
        """max(x, 0) + alpha (x - max(x, 0))."""
        alpha = self.weights.get((*scope, row.name), {}).get("alpha")
        if alpha is None:
            raise ParamnetError(
                f"layer {row.name!r}", expected="its alpha", got="none", where=self.where, remedy="save the model with its weights"
            )
        positive = self.builder.function(read, f"{name}/positive", "relu")
        negative = self.builder.combined([read, positive], f"{name}/negative", "subtract")
        sloped = self.builder.scaled(negative, f"{name}/alpha", np.broadcast_to(alpha, read.shape), 0.0)
        return self.builder.combined([positive, sloped], name, "add")


def shaped(arguments: Any) -> list[Shaped]:
    """All Shaped values in the arguments of a call, in order."""
    if isinstance(arguments, Shaped):
        return [arguments]
    return [found for part in arguments for found in shaped(part)] if isinstance(arguments, list) else []
