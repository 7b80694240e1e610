"""Templates of the generated sources, and the kernels of each by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment

from paramnet.files.source_text import template_environment

_NEEDS = {"convolution": ["dense"], "lstm": ["copy_32", "dense", "sigmoid_32", "tanh_32"]}
_LAYERS = ("dense", "convolution", "normalize", "attention", "lstm")
_FAST = ("tanh", "sigmoid", "silu", "gelu", "gelu_tanh")


@cache
def environment() -> Environment:
    """Of the templates, with a filter more: ``text``, a character literal of C++."""
    made = template_environment("paramnet.exporting.source_code")
    made.filters["text"] = _text
    return made


def with_needed(kernels: Sequence[str]) -> list[str]:
    """The kernels that are called and those that they call, each once, those called first."""
    order = {name: at for at, name in enumerate(_LAYERS, 1)}
    needed = {*kernels, *(one for kernel in kernels for one in _NEEDS.get(kernel, []))}
    return sorted(needed, key=lambda name: (order.get(name, 0), name))


def kernel(name: str, suffix: str, values: dict[str, Any]) -> str:
    """The text of one kernel. suffix : of the language's templates, ``f90`` or ``hpp``."""
    *words, kind = name.split("_")

    def macro(file: str, macro_name: str, *arguments: str) -> str:
        return str(getattr(environment().get_template(f"{file}.{suffix}").make_module(values), macro_name)(*arguments))

    if name in _LAYERS:
        return macro("layers", name)
    op = "_".join(words)
    if found := re.fullmatch(r"(add|subtract|multiply|divide|minimum|maximum|power)_([vc]{2})", op):
        return macro("kernels", "binary", found[1], found[2], kind)
    if words[0] == "cast":
        return macro("kernels", "cast", words[1], kind)
    if op in ("copy", "accumulate", "gather", "sum", "cumulative_sum", "sum_levels", "at_least", "at_most", "leaky_relu"):
        return macro("kernels", op, kind)
    if op in _FAST and kind == "32":
        return macro("functions", "fast", op)
    return macro("functions", "plain", op, kind)


def _text(text: str) -> str:
    return '"' + " ".join(str(text).split()).replace("\\", "\\\\").replace('"', '\\"') + '"'
