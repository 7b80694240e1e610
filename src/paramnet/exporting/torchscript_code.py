"""Find the operators that TorchScript code calls, from its text, before libtorch reads it.

They must be in an allow-list: every name that is an operator of libtorch must be in ``torchscript_operators.txt``. The bridge
has the same rules in C++ (fortran_bridge/library/src/backends/torch/code.cpp).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

import torch

# Operators outside the aten namespace that only compute values.
PRIM_OPERATORS = frozenset(
    re.findall(
        r"\w+",
        "NumToTensor RaiseException abs data device dtype is_cpu is_cuda is_meta is_mkldnn is_mps is_nested is_quantized is_sparse "
        "is_sparse_csr is_xla is_xpu itemsize layout max min name nbytes rangelist requires_grad shape tolist type unchecked_cast "
        "unchecked_unwrap_optional",
    )
)
# Names of the language itself that print or start threads.
FORBIDDEN_NAMES = frozenset({"print", "fork", "awaitable", "chr", "rpc_async", "rpc_sync", "rpc_remote"})
# Methods that libtorch calls while it loads a file.
CALLED_AT_LOAD = frozenset({"__setstate__", "__getstate__"})
WHY = {
    "save": "writes files",
    "from_file": "reads and writes files",
    "print": "writes to the terminal",
    "fork": "starts threads",
    "__setstate__": "runs when the file is loaded",
    "__getstate__": "comes with a __setstate__, which runs when the file is loaded",
}

NOT_LISTED = "is not on the list of those that only compute"

_TOKEN = re.compile(
    rb"(?P<blank>[ \t\r\n]+|#[^\n]*|\\\r?\n)"
    rb"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    rb"|(?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)"
    rb"|(?P<string>\"(?:[^\"\\\n\x00-\x1f\x7f]|\\[^\x00-\x1f])*\"|'(?:[^'\\\n\x00-\x1f\x7f]|\\[^\x00-\x1f])*')"
    rb"|(?P<sign>[!$%&()*+,\-./:;<=>?@\[\]^`{|}~])"
)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|(.))", re.S)


@dataclass(frozen=True)
class Token:
    """A token of TorchScript source and its line, counted from 1; kind ``wrong`` has the problem as its text."""

    kind: str
    text: str
    line: int


@cache
def allowed_operators() -> frozenset[str]:
    """Names of libtorch's operators that only compute, without ``aten::``, from torchscript_operators.txt."""
    return frozenset((resources.files("paramnet.exporting") / "torchscript_operators.txt").read_text().split())


def is_operator(name: str) -> bool:
    """Return True if libtorch has an operator ``aten::name``."""
    return bool(torch._C._jit_get_schemas_for_operator(f"aten::{name}"))


def forbidden_in(code: bytes) -> tuple[str, int] | None:
    """Description and line of the first construct in a code member that may do more than compute, or None."""
    tokens = list(_tokens(code))
    index = 0
    while index < len(tokens):
        token, previous = tokens[index], tokens[index - 1] if index else Token("sign", "", 0)
        if token.kind == "wrong":
            return token.text, token.line
        if token.kind == "string" and previous.kind == "string":  # also triple quotes; libtorch writes neither
            return "two strings in a row", token.line
        qualified = token.kind == "name" and token.text == "ops" and previous.text != "."
        found = _forbidden_qualified(tokens, index) if qualified else _forbidden_name(tokens, index, previous)
        if found:
            return found, token.line
        index += 5 if qualified else 1
    return None


def _forbidden_name(tokens: list[Token], index: int, previous: Token) -> str:
    token = tokens[index]
    name = token.text
    if token.kind != "name":
        return ""
    if name in CALLED_AT_LOAD:
        return f"{name}, which {WHY[name]}"
    if previous.text == "." or previous.kind == "number":
        if name == "classes" and tokens[index - 2].text == "torch":
            return "torch.classes, whose members are code outside the file"
        return _forbidden_operator(name)
    if name in FORBIDDEN_NAMES:
        return f"{name}, which {WHY.get(name, 'does more than compute')}"
    return _forbidden_getattr(tokens, index) if name == "getattr" else ""


def _forbidden_operator(name: str) -> str:
    if name in allowed_operators() or not is_operator(name):
        return ""
    return f"the operator aten::{name}, which {WHY.get(name, NOT_LISTED)}"


def _forbidden_qualified(tokens: list[Token], index: int) -> str:
    """Check ``ops.namespace.name``, an operator with its namespace."""
    words = [token.text for token in tokens[index : index + 5]]
    if len(words) < 5 or words[1] != "." or words[3] != ".":
        return "ops without a namespace and a name"
    namespace, name = words[2], words[4]
    known = {"prim": PRIM_OPERATORS, "aten": allowed_operators()}.get(namespace, frozenset())
    return "" if name in known else f"the operator {namespace}::{name}, which {WHY.get(name, NOT_LISTED)}"


def _forbidden_getattr(tokens: list[Token], index: int) -> str:
    """Check ``getattr(object, "name")``, used for names that are not identifiers; the same rules apply to the name."""
    depth, last = 0, index + 1
    for last in range(index + 1, len(tokens)):
        depth += (tokens[last].text in "([{") - (tokens[last].text in ")]}") if tokens[last].kind == "sign" else 0
        if depth <= 0:
            break
    closed = depth == 0 and last >= index + 5 and tokens[index + 1].text == "("
    name = tokens[last - 1]
    if not closed or name.kind != "string" or tokens[last - 2].text != "," or "\\" in name.text:
        return "getattr without a plain name"
    if name.text in CALLED_AT_LOAD | {"classes"}:
        return f"getattr of {name.text}"
    return _forbidden_operator(name.text)


def _tokens(code: bytes) -> Iterator[Token]:
    position, line = 0, 1
    while position < len(code):
        match = _TOKEN.match(code, position)
        if match is None:
            yield Token("wrong", f"the byte {code[position]:#04x}, which is not allowed in code", line)
            return
        kind, text = str(match.lastgroup), match.group()
        if kind == "string" and _has_control(text):
            yield Token("wrong", "a string with control characters", line)
            return
        if kind != "blank":
            yield Token(kind, (text[1:-1] if kind == "string" else text).decode("latin-1"), line)
        line += text.count(b"\n")
        position = match.end()


def _has_control(text: bytes) -> bool:
    """Return True if the escapes in a string produce terminal control characters (new line and tab are allowed)."""
    for octal, hexadecimal, letter in _ESCAPE.findall(text):
        value = int(octal, 8) if octal else int(hexadecimal, 16) if hexadecimal else None
        if value is not None and (value < 32 or value == 127) and value not in (9, 10, 13):
            return True
        if letter in (b"a", b"b", b"f", b"v"):
            return True
    return False
