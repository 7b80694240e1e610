"""``model_config`` of a Keras file, Sequential or functional, as a layer graph."""

from __future__ import annotations

from typing import Any

from paramnet.contract import ParamnetError
from paramnet.importing.keras_layers import Weights, keras_layer
from paramnet.importing.layers import Layer, LayerGraph


def graph_of_model(model: dict[str, Any], weights: dict[str, Weights], n_in: int, where: str) -> LayerGraph:
    """The layer graph of a model of one input and one output; ParamnetError naming what is not known or does not fit."""
    kind, config = model["class_name"], model["config"]
    # Before Keras 2.3 a Sequential was the bare list of its layers.
    rows = config if isinstance(config, list) else config["layers"]
    if kind == "Sequential":
        reads = _chain(rows)
        last = reads[-1][0]["config"]["name"]
    elif kind in ("Functional", "Model"):
        reads = [(row, _inbound(row, where)) for row in rows]
        last = _single(config["output_layers"], "output", where)
        _single(config["input_layers"], "input", where)
    else:
        raise ParamnetError(f"{where}: expected a Sequential or functional model, got a {kind}; rebuild it as one of these")
    layers: list[Layer] = []
    for row, inputs in _ordered(reads, last):
        if row["class_name"] == "InputLayer":
            _require_input(row["config"], n_in, where)
            layers.append(Layer(row["config"]["name"], "input"))
        else:
            name = row["config"]["name"]
            layers += keras_layer(row["class_name"], row["config"], inputs, weights.get(name, {}), where)
    return LayerGraph(tuple(layers), n_in)


def _chain(rows: list[dict[str, Any]]) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
    """Each layer of a Sequential with the one it reads; older files leave the input layer out."""
    if rows[0]["class_name"] != "InputLayer":
        first = rows[0]["config"]
        shape = first.get("batch_input_shape") or first.get("batch_shape")
        rows = [{"class_name": "InputLayer", "config": {"name": "input", "batch_shape": shape}}, *rows]
    names = [row["config"]["name"] for row in rows]
    return [(row, () if index == 0 else (names[index - 1],)) for index, row in enumerate(rows)]


def _inbound(row: dict[str, Any], where: str) -> tuple[str, ...]:
    """Names of the layers a layer of a functional model reads, as Keras 2 or Keras 3 writes them."""
    nodes = row.get("inbound_nodes", [])
    name = row["config"]["name"]
    if len(nodes) > 1:
        raise ParamnetError(f"{where}: layer {name!r} is used {len(nodes)} times; expected each layer once: copy it under another name")
    if not nodes:
        return ()
    found: list[str] = []
    _collect(nodes[0], found)
    if not found:
        raise ParamnetError(f"{where}: layer {name!r}: expected the names of the layers it reads, got {nodes[0]!r}")
    return tuple(found)


def _collect(node: Any, found: list[str]) -> None:
    """Keras 2: [["dense", 0, 0, {}], …]. Keras 3: {"args": [{"config": {"keras_history": ["dense", 0, 0]}}], …}."""
    if isinstance(node, dict):
        history = node.get("config", {}).get("keras_history") if isinstance(node.get("config"), dict) else None
        if history is not None:
            found.append(str(history[0]))
        else:
            _collect(node.get("args", []), found)
    elif isinstance(node, list) and len(node) >= 3 and isinstance(node[0], str) and isinstance(node[1], int):
        found.append(node[0])
    elif isinstance(node, list):
        for part in node:
            _collect(part, found)


def _single(layers: Any, side: str, where: str) -> str:
    found: list[str] = []
    _collect(layers, found)
    if len(found) != 1:
        raise ParamnetError(
            f"{where}: expected a model of one {side}, got {len(found)} ({', '.join(found)}); concatenate them in the order of the contract"
        )
    return found[0]


def _ordered(reads: list[tuple[dict[str, Any], tuple[str, ...]]], last: str) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
    """What the output needs, each layer after those it reads."""
    known = {row["config"]["name"]: (row, inputs) for row, inputs in reads}
    ordered: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {}
    waiting = [last]
    while waiting:
        name = waiting[-1]
        missing = [other for other in known[name][1] if other not in ordered]
        if missing:
            waiting += missing
        else:
            ordered[name] = known[name]
            waiting.pop()
    return list(ordered.values())


def _require_input(config: dict[str, Any], n_in: int, where: str) -> None:
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    if shape is not None and list(shape[1:]) != [n_in]:
        raise ParamnetError(
            f"{where}: expected an input of (column, {n_in}) as the contract has, got {list(shape)}; "
            "check that contract and network belong together"
        )
