"""Lower ATen's arithmetic to the closed list: functions of one and two values, and dense layers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from paramnet.exporting.program.aten import Columns, Handler, Lowering, Table
from paramnet.exporting.program.builder import Entity, Ref

aten = torch.ops.aten
HANDLERS = Table()
handles = HANDLERS.handles


def _function(op: str) -> Handler:
    return lambda lowering, a: lowering.builder.function(op, lowering.builder.cast(lowering.require_value(a), lowering.kind))


def _binary(op: str) -> Handler:
    def handler(lowering: Lowering, a: Entity, b: Entity, alpha: float = 1) -> Ref:
        for operand in (a, b):
            if isinstance(operand, Columns):
                raise lowering.refuse("values and constants", "arithmetic with the number of columns")
        if alpha != 1:
            b = _binary("multiply")(lowering, b, alpha) if isinstance(b, Ref) else b * alpha
        return lowering.builder.binary(op, a, b, lowering.kind)

    return handler


for _name in ("exp", "expm1", "log", "log1p", "sqrt", "tanh", "sigmoid", "relu", "silu", "sign", "sin", "cos"):
    handles(getattr(aten, _name).default)(_function(_name))
handles(aten.neg.default)(_function("negate"))
handles(aten.abs.default)(_function("absolute"))
for _name, _op in (("add", "add"), ("sub", "subtract"), ("mul", "multiply"), ("div", "divide")):
    handles(getattr(aten, _name).Tensor, getattr(aten, _name).Scalar)(_binary(_op))
handles(aten.minimum.default, aten.clamp_max.default, aten.clamp_max.Tensor)(_binary("minimum"))
handles(aten.maximum.default, aten.clamp_min.default, aten.clamp_min.Tensor)(_binary("maximum"))
handles(aten.pow.Tensor_Tensor, aten.pow.Scalar)(_binary("power"))


@handles(aten.pow.Tensor_Scalar)
def _power(lowering: Lowering, a: Ref, exponent: float) -> Ref:
    # As in torch: these are exact, pow() need not be.
    if exponent == 2:
        return lowering.builder.binary("multiply", a, a, lowering.kind)
    if exponent == 0.5:
        return lowering.builder.function("sqrt", a)
    return lowering.builder.binary("power", a, exponent, lowering.kind)


@handles(aten.rsub.Scalar, aten.rsub.Tensor)
def _reversed_subtract(lowering: Lowering, a: Entity, b: Entity, alpha: float = 1) -> Ref:
    result: Ref = _binary("subtract")(lowering, b, a, alpha)
    return result


@handles(aten.reciprocal.default)
def _reciprocal(lowering: Lowering, a: Ref) -> Ref:
    return lowering.builder.binary("divide", 1.0, a, lowering.kind)


@handles(aten.rsqrt.default)
def _reciprocal_root(lowering: Lowering, a: Ref) -> Ref:
    return lowering.builder.binary("divide", 1.0, lowering.builder.function("sqrt", a), lowering.kind)


@handles(aten.leaky_relu.default)
def _leaky_relu(lowering: Lowering, a: Ref, slope: float = 0.01) -> Ref:
    return lowering.builder.function("leaky_relu", a, slope=float(slope))


@handles(aten.elu.default)
def _elu(lowering: Lowering, a: Ref, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Ref:
    """scale (max(x, 0) + alpha (exp(input_scale min(x, 0)) - 1)), for elu, selu and celu."""
    builder, kind = lowering.builder, lowering.kind
    negative = builder.function("clamp", a, lower=None, upper=0.0)
    if input_scale != 1:
        negative = builder.binary("multiply", negative, float(input_scale), kind)
    negative = builder.binary("multiply", builder.function("expm1", negative), float(alpha), kind)
    total = builder.binary("add", builder.function("relu", a), negative, kind)
    return total if scale == 1 else builder.binary("multiply", total, float(scale), kind)


@handles(aten.celu.default)
def _celu(lowering: Lowering, a: Ref, alpha: float = 1.0) -> Ref:
    return _elu(lowering, a, alpha, input_scale=1.0 / float(alpha))


@handles(aten.softplus.default)
def _softplus(lowering: Lowering, a: Ref, beta: float = 1, threshold: float = 20) -> Ref:
    """max(x, 0) + log(1 + exp(-|beta x|)) / beta; above the threshold libtorch omits the second term, which is below 3e-9."""
    builder, kind = lowering.builder, lowering.kind
    size = builder.function("absolute", a)
    if beta != 1:
        size = builder.binary("multiply", size, float(beta), kind)
    rest = builder.function("log1p", builder.function("exp", builder.function("negate", size)))
    if beta != 1:
        rest = builder.binary("divide", rest, float(beta), kind)
    return builder.binary("add", builder.function("relu", a), rest, kind)


@handles(aten.mish.default)
def _mish(lowering: Lowering, a: Ref) -> Ref:
    return lowering.builder.binary("multiply", a, lowering.builder.function("tanh", _softplus(lowering, a)), lowering.kind)


@handles(aten.gelu.default)
def _gelu(lowering: Lowering, a: Ref, approximate: str = "none") -> Ref:
    return lowering.builder.function("gelu" if approximate == "none" else "gelu_tanh", a)


@handles(aten.clamp.default, aten.hardtanh.default)
def _clamp(lowering: Lowering, a: Ref, lower: float | None = None, upper: float | None = None) -> Ref:
    bounds = {name: None if bound is None else float(bound) for name, bound in (("lower", lower), ("upper", upper))}
    return lowering.builder.function("clamp", a, **bounds)


@handles(aten.clamp.Tensor)
def _clamp_by_rows(lowering: Lowering, a: Ref, lower: Entity | None = None, upper: Entity | None = None) -> Ref:
    if lower is not None:
        a = lowering.builder.binary("maximum", a, lower, lowering.kind)
    return a if upper is None else lowering.builder.binary("minimum", a, upper, lowering.kind)


@handles(aten.linear.default)
def _linear(lowering: Lowering, a: Ref, weight: Any, bias: Any = None) -> Ref:
    if not isinstance(weight, Tensor) or not (bias is None or isinstance(bias, Tensor)):
        raise lowering.refuse("constant weights", "computed ones")
    return lowering.builder.dense(lowering.require_value(a), weight, bias)


@handles(aten.mm.default)
def _matrix_product(lowering: Lowering, a: Ref, weight: Any) -> Ref:
    if not isinstance(weight, Tensor):
        raise lowering.refuse("constant weights", "computed ones")
    return lowering.builder.dense(lowering.require_value(a), weight.T, None)


@handles(aten.addmm.default)
def _dense(lowering: Lowering, bias: Entity, a: Ref, weight: Any, beta: float = 1, alpha: float = 1) -> Ref:
    if (beta, alpha) != (1, 1):
        raise lowering.refuse("beta 1 and alpha 1", f"{beta} and {alpha}")
    if isinstance(bias, Tensor) and isinstance(weight, Tensor) and bias.numel() == weight.shape[1]:
        return lowering.builder.dense(lowering.require_value(a), weight.T, bias)
    return lowering.builder.binary("add", _matrix_product(lowering, a, weight), bias, lowering.kind)
