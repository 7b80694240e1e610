"""A scheme as one Fortran 2018 module, and its weights."""

from __future__ import annotations

import hashlib
import textwrap
from math import isqrt
from typing import Any

from paramnet.exporting.source_code.calls import Call, Calls
from paramnet.exporting.source_code.memory import PANEL, Constant, Place
from paramnet.exporting.source_code.rendering import environment, kernel, with_needed

_COLUMNS = 120


def fortran_module(calls: Calls, values: dict[str, Any]) -> tuple[str, bytes]:
    """The module's text, and the bytes of the file that it reads: constants of kind 64, 32 and index, little-endian.

    values : what the template needs besides (see write.py).
    """
    weights = calls.constants.bytes()
    primes = [n for n in range(2, 312) if all(n % divisor for divisor in range(2, isqrt(n) + 1))]
    values = values | {
        "panel": PANEL,
        "sums": ", ".join(f"s{one}" for one in range(1, PANEL + 1)),
        "weights_bytes": len(weights),
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "calls": [_line(call) for call in calls.calls],
        "round_constants": _hexadecimal([_digits_of_root(prime, 3) for prime in primes], 4),
        "start_constants": _hexadecimal([_digits_of_root(prime, 2) for prime in primes[:8]], 6).lstrip(),
    }
    values["procedures"] = [kernel(name, "f90", values) for name in with_needed(calls.kernels)]
    return environment().get_template("module.f90").render(**values), weights


def _line(call: Call) -> str:
    text = f"call {call.kernel}({', '.join(map(_argument, call.arguments))})"
    return " &\n".join(textwrap.wrap(text, _COLUMNS, subsequent_indent="      ", break_long_words=False))


def _argument(argument: int | Place | Constant) -> str:
    if isinstance(argument, Place):
        return f"work{argument.kind}(1, {argument.first + 1})"
    if isinstance(argument, Constant):
        return f"constants{'_index' if argument.kind == 'index' else argument.kind}({argument.first + 1})"
    return str(argument)


def _digits_of_root(prime: int, degree: int) -> int:
    """The first 32 binary digits of the fraction of a square or cube root: the constants of SHA-256."""
    scaled = prime << (32 * degree)
    root = round(scaled ** (1 / degree))
    while root**degree > scaled:
        root -= 1
    while (root + 1) ** degree <= scaled:
        root += 1
    return root & 0xFFFFFFFF


def _hexadecimal(numbers: list[int], indent: int) -> str:
    literals = ", ".join(f"int(z'{number:08X}',int64)" for number in numbers)
    return " &\n".join(" " * indent + line for line in textwrap.wrap(literals, _COLUMNS - 20))
