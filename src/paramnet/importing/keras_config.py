"""Parse the configuration of a Keras model, Sequential or functional, Keras 2 or 3, into its layers and their calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from paramnet.contract import ParamnetError

_DEPTH = 20  # models within models


@dataclass(frozen=True)
class Tensor:
    """An output of a layer call."""

    layer: str
    call: int
    index: int


@dataclass(frozen=True)
class Call:
    """The arguments of one layer call: tensors, numbers and lists of both."""

    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)

    def tensors(self) -> list[Tensor]:
        """All tensors, in the order written."""
        found: list[Tensor] = []
        _collect(list(self.arguments), found)
        _collect(list(self.keywords.values()), found)
        return found


@dataclass(frozen=True)
class Row:
    """One layer: Keras's class and configuration, its calls, and its own layers if it is a model."""

    kind: str
    name: str
    config: dict[str, Any]
    calls: tuple[Call, ...]
    model: Model | None = None


@dataclass(frozen=True)
class Model:
    """Layers, and the tensors that are inputs and outputs."""

    name: str
    rows: tuple[Row, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


Apply = Callable[[Row, list[Any], dict[str, Any], tuple[str, ...]], Any]


def parse_model(model: dict[str, Any], where: str, depth: int = 0) -> Model:
    """Parse a model's configuration; raise ParamnetError naming an unknown model class."""
    kind, config = model["class_name"], model["config"]
    if depth > _DEPTH:
        raise ParamnetError(where, expected=f"at most {_DEPTH} nested models", got="more")
    # Before Keras 2.3 the configuration of a Sequential was the bare list of its layers.
    rows = config if isinstance(config, list) else config["layers"]
    name = "sequential" if isinstance(config, list) else str(config.get("name", ""))
    if kind == "Sequential":
        return _sequential(name, rows, where, depth)
    if kind in ("Functional", "Model"):
        parsed = tuple(_row(row, tuple(_call(node) for node in row.get("inbound_nodes", [])), where, depth) for row in rows)
        return Model(name, parsed, _ends(config["input_layers"], "inputs", where), _ends(config["output_layers"], "outputs", where))
    raise ParamnetError(where, expected="a Sequential or functional model", got=str(kind), remedy="rebuild it as one of these")


def run_model(model: Model, inputs: Sequence[Any], apply: Apply, where: str, scope: tuple[str, ...] = ()) -> list[Any]:
    """Run the model with ``apply(row, arguments, keywords, scope)`` for each layer call, and return its outputs.

    inputs : a value for each of the model's inputs. scope : names of the enclosing models.
    Nested models are run in the same way, with their own name appended to the scope.
    """
    known: dict[Tensor, Any] = dict(zip(model.inputs, inputs, strict=True))
    waiting = [(row, number, call) for row in model.rows for number, call in enumerate(row.calls) if row.kind != "InputLayer"]
    while waiting:
        ready = [entry for entry in waiting if all(tensor in known for tensor in entry[2].tensors())]
        if not ready:
            break
        for row, number, call in ready:
            _require_inference(row, call, where)
            arguments = [_resolved(part, known) for part in call.arguments]
            keywords = {key: _resolved(part, known) for key, part in call.keywords.items()}
            if row.model is not None:
                results = run_model(row.model, [known[tensor] for tensor in call.tensors()], apply, where, (*scope, row.name))
            else:
                results = [apply(row, arguments, keywords, scope)]
            known |= {Tensor(row.name, number, index): value for index, value in enumerate(results)}
        waiting = [entry for entry in waiting if entry not in ready]
    missing = [tensor for tensor in model.outputs if tensor not in known]
    if missing:
        raise ParamnetError(f"output layer {missing[0].layer!r}", expected="layers that connect it to the inputs", got="none", where=where)
    return [known[tensor] for tensor in model.outputs]


def _require_inference(row: Row, call: Call, where: str) -> None:
    """Raise ParamnetError for a call with training=True, which uses batch statistics or random dropout."""
    if call.keywords.get("training"):
        raise ParamnetError(
            f"layer {row.name!r}",
            expected="a call in inference mode",
            got=f"training={call.keywords['training']!r}",
            where=where,
            remedy="build the model without that argument and load its weights",
        )


def _sequential(name: str, rows: list[dict[str, Any]], where: str, depth: int) -> Model:
    """A chain of layers; older files omit the input layer."""
    if rows[0]["class_name"] != "InputLayer":
        first = rows[0]["config"]
        shape = first.get("batch_input_shape") or first.get("batch_shape")
        rows = [{"class_name": "InputLayer", "config": {"name": f"{name}/input", "batch_shape": shape}}, *rows]
    names = [str(row["config"]["name"]) for row in rows]
    calls = [(), *[(Call((Tensor(before, 0, 0),)),) for before in names[:-1]]]
    parsed = tuple(_row(row, call, where, depth) for row, call in zip(rows, calls, strict=True))
    return Model(name, parsed, (Tensor(names[0], 0, 0),), (Tensor(names[-1], 0, 0),))


def _row(row: dict[str, Any], calls: tuple[Call, ...], where: str, depth: int) -> Row:
    config = row["config"] if isinstance(row["config"], dict) else {}
    name = str(row.get("name") or config["name"])
    inside = parse_model(row, where, depth + 1) if row["class_name"] in ("Sequential", "Functional", "Model") else None
    return Row(str(row["class_name"]), name, config, calls, inside)


def _call(node: Any) -> Call:
    """Parse a node, Keras 2: [["dense", 0, 0, {…}], …], or Keras 3: {"args": [...], "kwargs": {...}}."""
    if isinstance(node, dict):
        return Call(tuple(_argument(part) for part in node.get("args", [])), {k: _argument(v) for k, v in node.get("kwargs", {}).items()})
    parts = [node] if _is_reference(node) else node
    keywords = {key: _argument(value) for part in parts if len(part) > 3 for key, value in part[3].items()}
    return Call(tuple(Tensor(str(part[0]), int(part[1]), int(part[2])) for part in parts), keywords)


def _argument(value: Any) -> Any:
    if isinstance(value, dict):
        history = value["config"].get("keras_history") if isinstance(value.get("config"), dict) else None
        return Tensor(str(history[0]), int(history[1]), int(history[2])) if history is not None else value
    if _is_reference(value):
        return Tensor(str(value[0]), int(value[1]), int(value[2]))
    return [_argument(part) for part in value] if isinstance(value, list) else value


def _is_reference(value: Any) -> bool:
    return isinstance(value, list) and len(value) in (3, 4) and isinstance(value[0], str) and isinstance(value[1], int)


def _collect(value: Any, found: list[Tensor]) -> None:
    if isinstance(value, Tensor):
        found.append(value)
    elif isinstance(value, list):
        for part in value:
            _collect(part, found)


def _resolved(value: Any, known: dict[Tensor, Any]) -> Any:
    if isinstance(value, Tensor):
        return known[value]
    return [_resolved(part, known) for part in value] if isinstance(value, list) else value


def _ends(value: Any, which: str, where: str) -> tuple[Tensor, ...]:
    if isinstance(value, dict):
        raise ParamnetError(
            f"model {which}", expected="a list", got="a dictionary by name", where=where, remedy=f"rebuild the model with a list of {which}"
        )
    found: list[Tensor] = []
    _collect(_argument(value), found)
    return tuple(found)
