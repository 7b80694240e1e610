"""Lower a module to a program: trace it with torch.export for any number of columns, then convert each ATen operation.

Dimension 0 of every tensor is the host's columns, dimension 1 the rows of the program. Buffers, weights and everything
computed from them alone are constants, evaluated here. Operations outside the closed list are refused by name.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.export import Dim, ExportedProgram
from torch.fx import Node

from paramnet.exporting.program import aten_arithmetic, aten_rows
from paramnet.exporting.program.aten import Columns, Lowering
from paramnet.exporting.program.builder import Builder, Entity, NotLowerable, Ref
from paramnet.exporting.program.definition import Program
from paramnet.exporting.program.passes import optimize
from paramnet.exporting.program.traceable import traceable

aten = torch.ops.aten
HANDLERS = aten_arithmetic.HANDLERS | aten_rows.HANDLERS
# Not decomposed: they are in the closed list and in libtorch, and must round as in libtorch.
KEPT = (
    *(aten.linear.default, aten.silu.default, aten.gelu.default, aten.leaky_relu.default, aten.sigmoid.default, aten.tanh.default),
    *(aten.elu.default, aten.celu.default, aten.softplus.default, aten.mish.default),
)
ASSERTIONS = {aten._assert_tensor_metadata.default, aten._assert_scalar.default, aten.sym_constrain_range_for_size.default}
CLOSED_LIST = "an operation of the closed list in docs/reference/artefact.md"


def lower(scheme: nn.Module, n_in: int) -> Program:
    """The program of a module (column, n_in) -> (column, n_out), float32, in evaluation mode.

    Raises NotLowerable naming an operation outside the closed list of docs/reference/artefact.md.
    """
    _refuse_layers(scheme)
    builder = Builder()
    exported = _in_core_operations(trace(scheme, n_in))
    known: dict[Node, Any] = _constants(exported)
    with torch.no_grad():
        for node in exported.graph.nodes:
            if node.op == "placeholder" and node not in known:
                known[node] = builder.emit("input", "float32", n_in)
            elif node.op == "call_function" and node.target not in ASSERTIONS:
                known[node] = _lower_node(builder, node, known)
            elif node.op == "output":
                _finish(builder, known, node)
    return optimize(builder.program)


def _refuse_layers(scheme: nn.Module) -> None:
    """Refuse layers that can never be lowered by their type, because tracing a recurrence over 60 levels takes half a minute."""
    for name, layer in scheme.named_modules():
        if isinstance(layer, nn.RNNBase | nn.Conv1d):
            raise NotLowerable(f"layer {name}", expected=CLOSED_LIST, got=type(layer).__name__)


@contextmanager
def _tracing() -> Iterator[None]:
    """Convert errors of torch.export to NotLowerable; hide torch's own warnings about its pytrees."""
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    except (RuntimeError, ValueError, TypeError, AssertionError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise NotLowerable("scheme", expected="a module that torch.export can trace", got=f"a failure ({reason})") from error


@_tracing()
def trace(scheme: nn.Module, n_in: int) -> ExportedProgram:
    """Trace the module for any number of columns in float32; raise NotLowerable if torch.export fails."""
    example = (torch.zeros(3, n_in),)
    return torch.export.export(traceable(scheme.eval()), example, dynamic_shapes=({0: Dim("columns")},), strict=False)


@_tracing()
def _in_core_operations(exported: ExportedProgram) -> ExportedProgram:
    decompositions = torch.export.default_decompositions()
    for operation in KEPT:
        decompositions.pop(operation, None)
    return exported.run_decompositions(decompositions)


def _constants(exported: ExportedProgram) -> dict[Node, Any]:
    """Weights, buffers and literals by their placeholders."""
    signature = exported.graph_signature
    names = signature.inputs_to_parameters | signature.inputs_to_buffers | signature.inputs_to_lifted_tensor_constants
    tensors = {**exported.state_dict, **exported.constants}
    return {node: tensors[names[node.name]].detach() for node in exported.graph.nodes if node.op == "placeholder" and node.name in names}


def _lower_node(builder: Builder, node: Node, known: dict[Node, Any]) -> Entity | list[Entity] | Columns:
    arguments, keywords = torch.fx.map_arg((node.args, node.kwargs), known.__getitem__)
    lowering = Lowering(builder, node)
    if lowering.is_column_count():
        return Columns()
    if lowering.varies((arguments, keywords)):
        # Each handler ensures that columns are independent and that their number is used in the shape of constants only.
        handler = HANDLERS.get(node.target)
        if handler is None:
            raise NotLowerable("operation", expected=CLOSED_LIST, got=str(node.target))
        result = handler(lowering, *arguments, **keywords)
        lowering.require_rows(result)
        return result
    return node.target(*arguments, **keywords)  # type: ignore[operator]


def _finish(builder: Builder, known: dict[Node, Any], node: Node) -> None:
    (results,) = node.args
    result = known[results[0]] if len(results) == 1 else None  # type: ignore[arg-type,index]
    if not isinstance(result, Ref):
        raise NotLowerable("output", expected="one matrix computed from the input", got="another result")
    if len(results[0].meta["val"].shape) != 2:  # type: ignore[union-attr,index]
        shape = [str(size) for size in results[0].meta["val"].shape]  # type: ignore[union-attr,index]
        raise NotLowerable("output", expected="(columns, rows)", got=f"shape {shape}")
    builder.program.operations.append({"op": "output", "in": builder.cast(result, "float32").number})
