"""Lower ATen's arithmetic and layers on tensors of more than two dimensions, such as (column, channel, level)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from paramnet.exporting.program import recurrence
from paramnet.exporting.program.aten import Handler, Lowering, Table
from paramnet.exporting.program.aten_arithmetic import HANDLERS as OF_ROWS
from paramnet.exporting.program.builder import Ref
from paramnet.exporting.program.views import View, by_rows, constant_like, new_view, shape_of, shortest

aten = torch.ops.aten
HANDLERS = Table()
handles = HANDLERS.handles
_SAME_SHAPE = (
    *("exp", "expm1", "log", "log1p", "sqrt", "tanh", "sigmoid", "relu", "silu", "sign", "sin", "cos", "neg", "abs", "rsqrt"),
    *("reciprocal", "leaky_relu", "elu", "celu", "softplus", "mish", "gelu", "clamp", "hardtanh"),
)
_BINARY = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "divide"}


def _element_by_element(handler: Handler) -> Handler:
    """A function of one tensor, applied to all rows of its value at once."""

    def apply(lowering: Lowering, a: View, *arguments: Any, **keywords: Any) -> View:
        source = by_rows(lowering.builder, a)
        return View(handler(lowering, Ref(source.number), *arguments, **keywords).number, source.index, source.axis)

    return apply


for _name in _SAME_SHAPE:
    handles(getattr(aten, _name).default)(_element_by_element(OF_ROWS[getattr(aten, _name).default]))
handles(aten.pow.Tensor_Scalar)(_element_by_element(OF_ROWS[aten.pow.Tensor_Scalar]))


def _binary(op: str) -> Handler:
    def handler(lowering: Lowering, a: Any, b: Any, alpha: float = 1) -> View:
        shape, axis = shape_of(lowering, lowering.node.meta["val"])
        if alpha != 1:
            raise lowering.refuse("alpha 1", str(alpha))
        base = _base(lowering, (a, b), shape, axis)
        order = np.argsort(base.index, axis=None)
        operands = {}
        for name, entity in (("a", a), ("b", b)):
            operands[name] = _operand(lowering, entity, shape, axis, order)
        rows = lowering.builder.program.values[base.number].rows
        return View(lowering.builder.emit(op, lowering.kind, rows, **operands).number, base.index, axis)

    return handler


def _base(lowering: Lowering, entities: tuple[Any, Any], shape: tuple[int, ...], axis: int) -> View:
    """The operand that determines the order of the result's rows: one that has them all already, otherwise the first repeated."""
    views = [entity for entity in entities if isinstance(entity, View)]
    if any(view.axis - view.index.ndim != axis - len(shape) for view in views):
        raise lowering.refuse("columns in one dimension", "in several")
    same = [view for view in views if view.index.shape == shape]
    repeated = views[0].moved(np.broadcast_to(views[0].index, shape), axis)
    return by_rows(lowering.builder, same[0] if same else repeated)


def _operand(lowering: Lowering, entity: Any, shape: tuple[int, ...], axis: int, order: Any) -> dict[str, int]:
    """An operand with its rows in the order of the result; one that repeats is given once."""
    if isinstance(entity, View):
        return {"value": lowering.builder.gather(entity.number, shortest(np.broadcast_to(entity.index, shape).reshape(-1)[order]))}
    numbers = constant_like(lowering, entity, shape, axis, lowering.kind)
    return {"constant": lowering.builder.constant(shortest(numbers.reshape(-1)[order]))}


for _name, _op in _BINARY.items():
    handles(getattr(aten, _name).Tensor, getattr(aten, _name).Scalar)(_binary(_op))
handles(aten.minimum.default)(_binary("minimum"))
handles(aten.maximum.default)(_binary("maximum"))


def _by_level(lowering: Lowering, view: View, channels_last: bool) -> tuple[int, int, int]:
    """Value in the order (level, channel), its levels and channels."""
    if view.axis != 0 or view.index.ndim != 3:
        raise lowering.refuse("(columns, channels, levels)", f"{view.index.ndim} dimensions")
    index = view.index[0] if channels_last else view.index[0].T
    return (lowering.builder.gather(view.number, index.reshape(-1)), *index.shape)


def _constants(lowering: Lowering, *tensors: Any) -> None:
    if not all(tensor is None or (isinstance(tensor, Tensor) and tensor.dtype == torch.float32) for tensor in tensors):
        raise lowering.refuse("constant weights in float32", "others")


@handles(aten.linear.default)
def _linear(lowering: Lowering, a: View, weight: Any, bias: Any = None) -> View:
    _constants(lowering, weight, bias)
    others = a.index.shape[:-1]
    if a.axis == len(others):
        raise lowering.refuse("a layer on rows", "one on columns")
    number = lowering.builder.gather(a.number, a.index.reshape(-1))
    geometry = {"levels": int(np.prod(others)), "window": 1, "stride": 1, "dilation": 1, "padding": 0}
    return new_view(lowering.builder.layer(number, weight.numpy(), bias, **geometry), (*others, len(weight)), a.axis)


@handles(aten.conv1d.default)
def _convolution(
    lowering: Lowering,
    a: View,
    weight: Any,
    bias: Any = None,
    stride: Any = (1,),
    padding: Any = (0,),
    dilation: Any = (1,),
    groups: int = 1,
) -> View:
    _constants(lowering, weight, bias)
    if groups != 1:
        raise lowering.refuse("groups 1", str(groups))
    number, levels, _ = _by_level(lowering, a, channels_last=False)
    outputs, _, window = weight.shape
    geometry = {"window": window, "stride": int(stride[0]), "dilation": int(dilation[0]), "padding": int(padding[0])}
    by_tap = weight.permute(0, 2, 1).reshape(outputs, -1).contiguous().numpy()
    result = new_view(lowering.builder.layer(number, by_tap, bias, levels=levels, **geometry), (1, lowering.shape[2], outputs))
    return result.moved(result.index.transpose(0, 2, 1))


def _normalize(lowering: Lowering, number: int, channels: int, scale: Any, shift: Any, **keys: Any) -> int:
    _constants(lowering, scale, shift)
    values = lowering.builder.program.values
    for name, tensor, default in (("scale", scale, 1.0), ("shift", shift, 0.0)):
        array = np.full(channels, default, np.float32) if tensor is None else tensor.reshape(-1).numpy()
        keys[name] = lowering.builder.constant(array)
    return lowering.builder.emit("normalize", "float32", values[number].rows, **{"in": number}, **keys, activation=None).number


@handles(aten.layer_norm.default)
def _layer_norm(
    lowering: Lowering, a: View, shape: list[int], scale: Any = None, shift: Any = None, epsilon: float = 1e-5, *_: Any
) -> View:
    whole = a.index.shape
    channels = int(np.prod(shape))
    if a.axis >= len(whole) - len(shape):
        raise lowering.refuse("statistics of one column", "of several")
    number = lowering.builder.gather(a.number, a.index.reshape(-1))
    keys = {"levels": a.index.size // channels, "groups": 1, "by_level": True, "epsilon": float(epsilon)}
    return new_view(_normalize(lowering, number, channels, scale, shift, **keys), whole, a.axis)


@handles(aten.group_norm.default)
def _group_norm(lowering: Lowering, a: View, groups: int, scale: Any = None, shift: Any = None, epsilon: float = 1e-5, *_: Any) -> View:
    number, levels, channels = _by_level(lowering, a, channels_last=False)
    keys = {"levels": levels, "groups": int(groups), "by_level": False, "epsilon": float(epsilon)}
    result = new_view(_normalize(lowering, number, channels, scale, shift, **keys), (1, levels, channels))
    return result.moved(result.index.transpose(0, 2, 1))


@handles(aten.scaled_dot_product_attention.default)
def _attention(
    lowering: Lowering,
    q: View,
    k: View,
    v: View,
    mask: Any = None,
    dropout: float = 0.0,
    causal: bool = False,
    *,
    scale: Any = None,
    **_: Any,
) -> View:
    shapes = {view.index.shape for view in (q, k, v)}
    if mask is not None or causal or len(shapes) != 1 or any(view.axis != 0 or view.index.ndim != 4 for view in (q, k, v)):
        raise lowering.refuse("attention of (columns, heads, levels, channels) without mask", f"shapes {sorted(shapes)}")
    _, heads, levels, channels = q.index.shape
    numbers = [lowering.builder.gather(view.number, view.index.transpose(0, 2, 1, 3).reshape(-1)) for view in (q, k, v)]
    keys = {"levels": levels, "heads": heads, "factor": channels**-0.5 if scale is None else float(scale)}
    number = lowering.builder.emit("attention", "float32", levels * heads * channels, **{"in": numbers}, **keys).number
    result = new_view(number, (1, levels, heads, channels))
    return result.moved(result.index.transpose(0, 2, 1, 3))


@handles(recurrence.OPERATION)
def _lstm(lowering: Lowering, a: Any, weight: Any, state_weight: Any, bias: Any, directions: str) -> View:
    _constants(lowering, weight, state_weight, bias)
    number, levels, _ = _by_level(lowering, a, channels_last=True)
    width = len(weight) // 4
    keys = {
        name: lowering.builder.constant(tensor.numpy())
        for name, tensor in (("weight", weight), ("state_weight", state_weight), ("bias", bias))
    }
    made = lowering.builder.emit("lstm", "float32", levels * width, **{"in": number}, **keys, directions=directions).number
    return new_view(made, (1, levels, width))


@handles(aten.sum.dim_IntList)
def _sum(lowering: Lowering, a: View, dimensions: list[int], keep: bool = False, **_: Any) -> View:
    over = [dimension % a.index.ndim for dimension in dimensions or []]
    if not over or a.axis in over:
        raise lowering.refuse("sums over rows, because columns are independent", f"dimensions {dimensions}")
    kept = [dimension for dimension in range(a.index.ndim) if dimension not in over]
    index = a.index.transpose(over + kept)
    levels = int(np.prod(index.shape[: len(over)]))
    number = lowering.builder.gather(a.number, index.reshape(-1))
    made = lowering.builder.emit("sum", lowering.kind, a.index.size // levels, **{"in": number}, levels=levels).number
    return new_view(made, *shape_of(lowering, lowering.node.meta["val"]))


@handles(aten.mean.dim)
def _mean(lowering: Lowering, a: View, dimensions: list[int], keep: bool = False, **_: Any) -> View:
    total = _sum(lowering, a, dimensions)
    number = lowering.builder.binary("divide", Ref(total.number), float(a.index.size // total.index.size), lowering.kind).number
    return View(number, total.index, total.axis)
