"""A scheme as one C++ header with its weights."""

from __future__ import annotations

import hashlib
import textwrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.exporting.source_code.calls import Call, Calls
from paramnet.exporting.source_code.memory import PANEL, Constant, Place
from paramnet.exporting.source_code.rendering import environment, kernel, with_needed

_TYPES = {"64": "double", "32": "float", "index": "std::int32_t"}
_COLUMNS = 120


def cpp_header(calls: Calls, values: dict[str, Any]) -> str:
    """The header's text. values : what the template needs besides (see write.py)."""
    values = values | {
        "panel": PANEL,
        "weights_sha256": hashlib.sha256(calls.constants.bytes()).hexdigest(),
        "calls": [_line(call) for call in calls.calls],
        "arrays": "\n".join(_array(kind, numbers) for kind, numbers in calls.constants.arrays().items()),
    }
    values["procedures"] = [kernel(name, "hpp", values) for name in with_needed(calls.kernels)]
    return environment().get_template("header.hpp").render(**values)


def _array(kind: str, numbers: NDArray[np.generic]) -> str:
    """An array of literals from which the compiler makes the same bits."""
    lines = [", ".join(_literal(kind, number) for number in numbers[start : start + 12]) for start in range(0, numbers.size, 12)]
    body = ",\n".join(lines)
    return f"alignas(64) inline constexpr {_TYPES[kind]} constants_{kind}[] = {{\n{body}}};"


def _literal(kind: str, number: Any) -> str:
    if kind == "index":
        return str(int(number))
    suffix = "f" if kind == "32" else ""
    if not np.isfinite(number):
        return f'__builtin_nan{suffix}("")' if np.isnan(number) else f"{'-' if number < 0 else ''}__builtin_inf{suffix}()"
    return f"{number!s}{'' if any(letter in str(number) for letter in '.e') else '.0'}{suffix}"


def _line(call: Call) -> str:
    text = f"{call.kernel}({', '.join(map(_argument, call.arguments))});"
    return "\n".join(textwrap.wrap(text, _COLUMNS, subsequent_indent="        ", break_long_words=False))


def _argument(argument: int | Place | Constant) -> str:
    if isinstance(argument, Place):
        return f"work{argument.kind} + {argument.first} * width"
    if isinstance(argument, Constant):
        return f"constants_{argument.kind} + {argument.first}"
    return str(argument)
