"""Fold affine layers into neighbouring layers, so that they cost nothing at run time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from paramnet.importing.layers import Array, Layer, LayerGraph


def fold(graph: LayerGraph) -> LayerGraph:
    """The same network without identities, and with affine layers folded into dense ones.

    An affine layer is folded into the dense layer it reads if that has no other reader, else into the dense layers that read
    it. Other affine layers remain.
    """
    layers = _needed(_without_identities(list(graph.layers)))
    position = 0
    while position < len(layers):
        folded = _fold_one(layers, position) if layers[position].kind == "affine" else None
        layers, position = (folded, 0) if folded is not None else (layers, position + 1)
    return replace(graph, layers=tuple(_needed(layers)))


def input_affine(graph: LayerGraph) -> tuple[Array, Array, LayerGraph] | None:
    """The network's first affine layer, (scale, shift) : (n_in) each, and the network without it.

    None if the inputs are also used without it. Networks with several inputs normalize each after splitting, so selections
    of the input are allowed before the affine layer as long as they do not overlap.
    """
    source = graph.layers[0].name
    parts = [layer for layer in graph.layers if source in layer.inputs]
    scale, shift, taken = np.ones(graph.n_in), np.zeros(graph.n_in), np.zeros(graph.n_in, dtype=int)
    removed: dict[str, str] = {}
    for part in parts:
        index = np.arange(graph.n_in) if part.index is None else part.index
        if part.index is not None and part.inputs != (source,):
            return None
        readers = [part] if part.index is None else [layer for layer in graph.layers if part.name in layer.inputs]
        taken[index] += 1
        if len(readers) == 1 and readers[0].kind == "affine" and readers[0].weight is not None and readers[0].bias is not None:
            scale[index], shift[index] = readers[0].weight, readers[0].bias
            removed[readers[0].name] = source if part.index is None else part.name
    if not removed or (taken > 1).any() or (scale == 0).any():
        return None
    layers = [
        replace(layer, inputs=tuple(removed.get(name, name) for name in layer.inputs))
        for layer in graph.layers
        if layer.name not in removed
    ]
    return scale, shift, replace(graph, layers=tuple(layers))


def _without_identities(layers: list[Layer]) -> list[Layer]:
    same: dict[str, str] = {}
    kept = []
    for layer in layers:
        read = replace(layer, inputs=tuple(same.get(name, name) for name in layer.inputs))
        if layer.kind == "function" and layer.function == "linear" and layer is not layers[-1]:
            same[layer.name] = read.inputs[0]
        else:
            kept.append(read)
    return _without_last_identity(kept)


def _without_last_identity(layers: list[Layer]) -> list[Layer]:
    """Replace an identity at the end by the layer it reads, unless that is the input."""
    last = layers[-1]
    if last.kind != "function" or last.function != "linear" or last.inputs[0] == layers[0].name:
        return layers
    worker = next(layer for layer in layers if layer.name == last.inputs[0])
    # Other readers of the output are dead ends.
    others = [layer for layer in layers if layer is not worker and layer is not last and worker.name not in layer.inputs]
    return [*others, worker]


def _fold_one(layers: list[Layer], position: int) -> list[Layer] | None:
    affine = layers[position]
    scale, shift = affine.weight, affine.bias
    assert scale is not None and shift is not None
    readers = Counter(name for layer in layers for name in layer.inputs)
    before = next(layer for layer in layers if layer.name == affine.inputs[0])
    if before.kind == "dense" and before.weight is not None and readers[before.name] == 1:
        bias = shift if before.bias is None else before.bias * scale + shift
        merged = replace(before, name=affine.name, weight=before.weight * scale[:, None], bias=bias)
        return [merged if layer is before else layer for layer in layers if layer is not affine]
    if affine is layers[-1] or not all(layer.kind == "dense" for layer in layers if affine.name in layer.inputs):
        return None
    return [_after(layer, affine, scale, shift) for layer in layers if layer is not affine]


def _after(layer: Layer, affine: Layer, scale: Array, shift: Array) -> Layer:
    if affine.name not in layer.inputs or layer.weight is None:
        return layer
    added = layer.weight @ shift
    bias = added if layer.bias is None else layer.bias + added
    return replace(layer, inputs=affine.inputs, weight=layer.weight * scale, bias=bias)


def _needed(layers: list[Layer]) -> list[Layer]:
    """The layers that the output depends on, and the input."""
    wanted = {layers[-1].name, layers[0].name}
    for layer in reversed(layers):
        if layer.name in wanted:
            wanted.update(layer.inputs)
    return [layer for layer in layers if layer.name in wanted]
