"""From a module to a program: trace it with torch.export for any number of columns, then map each ATen operation.

Dimension 0 of every tensor is the host's columns, dimension 1 the rows of the program. Buffers, weights and whatever is
computed from them alone are constants, worked out here. What has no place in the closed list is refused by name.
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

from paramnet.export import aten_arithmetic, aten_rows
from paramnet.export.aten import Columns, Lowering
from paramnet.export.builder import Builder, Entity, NotLowerable, Ref
from paramnet.export.passes import optimize
from paramnet.export.program import Program
from paramnet.export.torchscript import traceable

aten = torch.ops.aten
HANDLERS = aten_arithmetic.HANDLERS | aten_rows.HANDLERS
# Left whole: the closed list has them, and so does libtorch, whose roundings we want to share.
KEPT = (
    *(aten.linear.default, aten.silu.default, aten.gelu.default, aten.leaky_relu.default, aten.sigmoid.default, aten.tanh.default),
    *(aten.elu.default, aten.celu.default, aten.softplus.default, aten.mish.default),
)
SAID_NOTHING = {aten._assert_tensor_metadata.default, aten._assert_scalar.default, aten.sym_constrain_range_for_size.default}


def lower(scheme: nn.Module, n_in: int) -> Program:
    """The program of a module (column, n_in) -> (column, n_out), float32, in evaluation mode.

    Raises NotLowerable naming the operation that has no place in the closed list of docs/reference/artefact.md.
    """
    _refuse_layers(scheme)
    builder = Builder()
    exported = _in_core_operations(trace(scheme, n_in))
    known: dict[Node, Any] = _constants(exported)
    with torch.no_grad():
        for node in exported.graph.nodes:
            if node.op == "placeholder" and node not in known:
                known[node] = builder.emit("input", "float32", n_in)
            elif node.op == "call_function" and node.target not in SAID_NOTHING:
                known[node] = _lower_node(builder, node, known)
            elif node.op == "output":
                _finish(builder, known, node)
    return optimize(builder.program)


def _refuse_layers(scheme: nn.Module) -> None:
    """Refuse by its type what the closed list can never hold: unrolling a recurrence over 60 levels takes half a minute."""
    for name, layer in scheme.named_modules():
        if isinstance(layer, nn.RNNBase | nn.Conv1d):
            raise NotLowerable(f"{type(layer).__name__} ({name}), which has no place in the closed list of docs/reference/artefact.md")


@contextmanager
def _tracing() -> Iterator[None]:
    """Whatever torch.export cannot follow is a NotLowerable; torch's own warnings about its pytrees are not for users."""
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    except (RuntimeError, ValueError, TypeError, AssertionError) as error:
        raise NotLowerable(f"torch.export could not trace it: {(str(error).strip() or type(error).__name__).splitlines()[0]}") from error


@_tracing()
def trace(scheme: nn.Module, n_in: int) -> ExportedProgram:
    """The module for any number of columns, float32; raises NotLowerable where torch.export cannot follow it."""
    example = (torch.zeros(3, n_in),)
    return torch.export.export(traceable(scheme.eval()), example, dynamic_shapes=({0: Dim("columns")},), strict=False)


@_tracing()
def _in_core_operations(exported: ExportedProgram) -> ExportedProgram:
    decompositions = torch.export.default_decompositions()
    for operation in KEPT:
        decompositions.pop(operation, None)
    return exported.run_decompositions(decompositions)


def _constants(exported: ExportedProgram) -> dict[Node, Any]:
    """Weights, buffers and literals by the placeholder that stands for them."""
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
        # Columns never see each other, and their number may shape a constant only: each handler sees to that.
        handler = HANDLERS.get(node.target)
        if handler is None:
            raise NotLowerable(f"{node.target}, which has no place in the closed list of docs/reference/artefact.md")
        result = handler(lowering, *arguments, **keywords)
        lowering.require_rows(result)
        return result
    return node.target(*arguments, **keywords)  # type: ignore[operator]


def _finish(builder: Builder, known: dict[Node, Any], node: Node) -> None:
    (results,) = node.args
    result = known[results[0]] if len(results) == 1 else None  # type: ignore[arg-type,index]
    if not isinstance(result, Ref):
        raise NotLowerable("an output that is no single matrix computed from the input")
    if len(results[0].meta["val"].shape) != 2:  # type: ignore[union-attr,index]
        raise NotLowerable(f"an output of shape {list(results[0].meta['val'].shape)}")  # type: ignore[union-attr,index]
    builder.program.operations.append({"op": "output", "in": builder.cast(result, "float32").number})
