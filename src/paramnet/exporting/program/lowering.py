"""Lower a module to a program: trace it with torch.export for any number of columns, then convert each ATen operation.

Dimension 0 of a matrix is the host's columns, dimension 1 the rows of the program; a tensor of more dimensions is a view of such
a matrix. Buffers, weights and everything computed from them alone are constants, evaluated here. Operations outside the closed
list are refused by name.
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

from paramnet.exporting.program import aten_arithmetic, aten_levels, aten_rows, aten_views
from paramnet.exporting.program.aten import Columns, Lowering
from paramnet.exporting.program.builder import Builder, NotLowerable, Ref
from paramnet.exporting.program.definition import Program
from paramnet.exporting.program.passes import optimize
from paramnet.exporting.program.traceable import traceable
from paramnet.exporting.program.views import View, as_ref, as_view, shape_of

aten = torch.ops.aten
HANDLERS = aten_arithmetic.HANDLERS | aten_rows.HANDLERS
OF_VIEWS = aten_levels.HANDLERS | aten_views.HANDLERS
# Not decomposed: they are in the closed list and in libtorch, and must round as in libtorch.
KEPT = (
    *(aten.linear.default, aten.silu.default, aten.gelu.default, aten.leaky_relu.default, aten.sigmoid.default, aten.tanh.default),
    *(aten.elu.default, aten.celu.default, aten.softplus.default, aten.mish.default),
    *(aten.conv1d.default, aten.layer_norm.default, aten.group_norm.default, aten.scaled_dot_product_attention.default),
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
    """Refuse recurrences without an operation by their type, because tracing one over 60 levels takes half a minute."""
    for name, layer in scheme.named_modules():
        kind = getattr(layer, "original_name", type(layer).__name__)  # the former of a compiled module
        compiled = isinstance(layer, torch.jit.ScriptModule) and kind in ("LSTM", "GRU", "RNN")
        if compiled or (isinstance(layer, nn.RNNBase) and not isinstance(layer, nn.LSTM)):
            raise NotLowerable(f"layer {name}", expected=CLOSED_LIST, got=kind)


@contextmanager
def _tracing() -> Iterator[None]:
    """Convert errors of torch.export to NotLowerable; hide torch's own warnings about its pytrees."""
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    except NotLowerable:
        raise
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


def _lower_node(builder: Builder, node: Node, known: dict[Node, Any]) -> Any:
    arguments, keywords = torch.fx.map_arg((node.args, node.kwargs), known.__getitem__)
    lowering = Lowering(builder, node)
    if lowering.is_column_count():
        return Columns()
    if not lowering.varies((arguments, keywords)):
        return node.target(*arguments, **keywords)  # type: ignore[operator]
    if lowering.of_matrices((arguments, keywords)) and node.target in HANDLERS:
        # Each handler ensures that columns are independent and that their number is used in the shape of constants only.
        result = HANDLERS[node.target](lowering, *arguments, **keywords)
        lowering.require_rows(result)
        return result
    if node.target not in OF_VIEWS:
        raise NotLowerable("operation", expected=CLOSED_LIST, got=str(node.target))
    return _lower_view(lowering, node, arguments, keywords)


def _lower_view(lowering: Lowering, node: Node, arguments: Any, keywords: Any) -> Any:
    """The result of an operation on views, as a matrix if it is one."""
    views = torch.utils._pytree.tree_map(lambda leaf: as_view(lowering, leaf) if isinstance(leaf, Ref) else leaf, (arguments, keywords))
    result = OF_VIEWS[node.target](lowering, *views[0], **views[1])
    if not isinstance(result, View):
        return result
    if (result.index.shape, result.axis) != shape_of(lowering, node.meta["val"]):
        raise lowering.refuse(f"shape {list(node.meta['val'].shape)}", f"shape {list(result.index.shape)}")
    return as_ref(lowering.builder, result) if result.axis == 0 and result.index.ndim <= 2 else result


def _finish(builder: Builder, known: dict[Node, Any], node: Node) -> None:
    (results,) = node.args
    result = known[results[0]] if len(results) == 1 else None  # type: ignore[arg-type,index]
    if not isinstance(result, Ref):
        raise NotLowerable("output", expected="one matrix computed from the input", got="another result")
    if len(results[0].meta["val"].shape) != 2:  # type: ignore[union-attr,index]
        shape = [str(size) for size in results[0].meta["val"].shape]  # type: ignore[union-attr,index]
        raise NotLowerable("output", expected="(columns, rows)", got=f"shape {shape}")
    builder.program.operations.append({"op": "output", "in": builder.cast(result, "float32").number})
