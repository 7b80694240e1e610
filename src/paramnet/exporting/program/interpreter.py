"""Run a program in NumPy, as the reference for the native kernel. Values are (rows, columns)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from paramnet.exporting.program import levels
from paramnet.exporting.program.definition import Operation, Program

Array = NDArray[Any]
ARITHMETIC = ("float32", "float64", "bfloat16")
MOST_NUMBERS = 2**26  # of all values at once; more columns are computed in several blocks


def _erf(x: Array) -> Array:
    return torch.erf(torch.from_numpy(np.ascontiguousarray(x))).numpy()


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _leaky_relu(x: Array, slope: float) -> Array:
    return np.where(x > 0, x, x.dtype.type(slope) * x)


def _clamp(x: Array, lower: float | None, upper: float | None) -> Array:
    x = x if lower is None else np.maximum(x, x.dtype.type(lower))
    return x if upper is None else np.minimum(x, x.dtype.type(upper))


def _gelu_tanh(x: Array) -> Array:
    return x * 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi).astype(x.dtype) * (x + x.dtype.type(0.044715) * x**3)))


_BINARY: dict[str, Callable[[Array, Array], Array]] = {
    **{name: getattr(np, name) for name in ("add", "subtract", "multiply", "divide", "minimum", "maximum", "power")},
}
_FUNCTIONS: dict[str, Callable[..., Array]] = {
    **{name: getattr(np, name) for name in ("absolute", "sign", "exp", "expm1", "log", "log1p", "sqrt", "tanh", "sin", "cos")},
    "negate": np.negative,
    "sigmoid": _sigmoid,
    "relu": lambda x: np.maximum(x, 0),
    "silu": lambda x: x * _sigmoid(x),
    "gelu": lambda x: x * x.dtype.type(0.5) * (1 + _erf(x * x.dtype.type(np.sqrt(0.5)))),
    "gelu_tanh": _gelu_tanh,
    "leaky_relu": _leaky_relu,
    "clamp": _clamp,
    "sum": lambda x: np.cumsum(x, axis=0, dtype=x.dtype)[-1:],
    "cumulative_sum": lambda x: np.cumsum(x, axis=0, dtype=x.dtype),
}


def to_bfloat16(x: Array) -> Array:
    """float32 numbers rounded to the nearest bfloat16, ties to even, as float32; NaN stays NaN."""
    bits = np.ascontiguousarray(x, dtype=np.float32).view(np.uint32)
    rounded = (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(x), np.float32(np.nan), rounded.view(np.float32))


def interpret(program: Program, inputs: Array, arithmetic: str = "float32") -> Array:
    """Outputs : (column, n_out) for inputs : (column, n_in), both in contract units.

    arithmetic : "float32" runs the program as written; "float64" computes and returns float64; "bfloat16" rounds weights and
    inputs of every dense layer to bfloat16, multiplies exactly and adds in float32, like the CPU's bfloat16 instructions.
    """
    block = max(64, MOST_NUMBERS // sum(value.rows for value in program.values))
    starts = range(0, max(1, len(inputs)), block)
    return np.concatenate([_interpret(program, np.asarray(inputs)[start : start + block], arithmetic) for start in starts])


def _interpret(program: Program, inputs: Array, arithmetic: str) -> Array:
    values: dict[int, Array] = {}
    with np.errstate(all="ignore"):  # invalid columns give invalid outputs, as in the kernels
        for operation in program.operations:
            if operation["op"] == "output":
                return values[operation["in"]].T
            kind = "float64" if arithmetic == "float64" else program.values[operation["out"]].type
            if operation["op"] == "input":
                values[operation["out"]] = inputs.T.astype(kind)
            else:
                values[operation["out"]] = _evaluate(program, operation, values, kind, arithmetic)
    raise AssertionError("a program ends with its output")


def _evaluate(program: Program, operation: Operation, values: dict[int, Array], kind: str, arithmetic: str) -> Array:
    op = operation["op"]
    if op in _BINARY:
        a, b = (_operand(program, operation[key], values, kind) for key in ("a", "b"))
        rows = program.values[operation["out"]].rows
        a, b = (x if len(x) in (1, rows) else np.tile(x, (rows // len(x), 1)) for x in (a, b))
        return _BINARY[op](a, b).astype(kind, copy=False)
    sources = [values[number] for number in (operation["in"] if isinstance(operation["in"], list) else [operation["in"]])]
    x = np.concatenate(sources) if op in ("concatenate", "rows") else sources[0]
    if op in ("cast", "concatenate"):
        return x.astype(kind, copy=False)
    if op == "rows":
        return x[program.constants[operation["index"]]]
    if op in ("dense", "convolution"):
        return _layer(program, operation, values, kind, arithmetic)
    if op in ("normalize", "attention", "lstm"):
        return _along_levels(program, operation, sources, kind, arithmetic)
    if "levels" in operation:
        return np.asarray(np.cumsum(x.reshape(operation["levels"], -1, x.shape[1]), axis=0, dtype=x.dtype)[-1])
    return _FUNCTIONS[op](x, **_settings(operation)).astype(kind, copy=False)


def _along_levels(program: Program, operation: Operation, sources: list[Array], kind: str, arithmetic: str) -> Array:
    names = {"normalize": ("scale", "shift"), "attention": (), "lstm": ("weight", "state_weight", "bias")}[operation["op"]]
    constants = [_tensor(program.constants[operation[name]].astype(kind)) for name in names]
    rounding = {"rounded": _rounded(arithmetic)} if operation["op"] == "lstm" else {}
    tensors = [_tensor(source.T) for source in sources]
    y = getattr(levels, operation["op"])(operation, *tensors, *constants, **rounding).numpy().T
    activation = operation.get("activation")
    return _FUNCTIONS[activation["op"]](y, **_settings(activation)) if activation else y


def _tensor(array: Array) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))


def _rounded(arithmetic: str) -> levels.Rounded:
    return (lambda x: _tensor(to_bfloat16(x.numpy()))) if arithmetic == "bfloat16" else levels.exact


def _operand(program: Program, operand: dict[str, int], values: dict[int, Array], kind: str) -> Array:
    if "value" in operand:
        return values[operand["value"]]
    return program.constants[operand["constant"]].astype(kind)[:, None]


def _settings(operation: Operation) -> dict[str, Any]:
    return {key: operation[key] for key in ("slope", "lower", "upper") if key in operation}


def _layer(program: Program, operation: Operation, values: dict[int, Array], kind: str, arithmetic: str) -> Array:
    weight, x = program.constants[operation["weight"]].astype(kind), values[operation["in"]]
    if operation["op"] == "convolution":
        y = levels.convolution(operation, _tensor(x.T), _tensor(weight), _rounded(arithmetic)).numpy().T
    elif arithmetic == "bfloat16":
        y = to_bfloat16(weight) @ to_bfloat16(x)
    else:
        y = weight @ x
    if operation["bias"] is not None:
        bias = program.constants[operation["bias"]].astype(kind)[:, None]
        y = y + np.tile(bias, (len(y) // len(bias), 1))
    residual = None if operation["residual"] is None else values[operation["residual"]]
    if residual is not None and not operation["residual_after"]:
        y = y + residual
    if operation["activation"] is not None:
        y = _FUNCTIONS[operation["activation"]["op"]](y, **_settings(operation["activation"])).astype(kind, copy=False)
    return y + residual if residual is not None and operation["residual_after"] else y
