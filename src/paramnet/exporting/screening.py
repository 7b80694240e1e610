"""Check that a TorchScript archive only computes: inspect its members, code and pickles before libtorch loads it."""

from __future__ import annotations

import pickletools
import re
from collections.abc import Mapping

from paramnet.contract import ParamnetError
from paramnet.exporting.torchscript_code import CALLED_AT_LOAD, forbidden_in

TRUST = "load it only if you know its author: trust=true (Python: trust=True) loads it without this check (docs/guides/security.md)"
# Members that libtorch writes, read by it or ignored. Any other belongs to an older format with a different reader.
_MEMBER = re.compile(
    r"(data|constants|traced_inputs)\.pkl|(data|constants|traced_inputs)/\d+|code/[^\x00-\x1f\\]+\.(py|debug_pkl)"
    r"|(\.data/)?version|byteorder|\.format_version|\.storage_alignment|\.data/serialization_id|extra/.+"
)
# Opcodes of libtorch's own reader, without those that name a callable in a way that cannot be read from the pickle.
_OPCODES = frozenset(
    re.findall(
        r"\w+",
        "PROTO STOP MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINFLOAT BINUNICODE BINPUT LONG_BINPUT BINGET LONG_BINGET "
        "EMPTY_TUPLE EMPTY_LIST EMPTY_DICT TUPLE TUPLE1 TUPLE2 TUPLE3 LIST DICT APPEND APPENDS SETITEM SETITEMS GLOBAL NEWOBJ BUILD "
        "REDUCE BINPERSID",
    )
)
_GLOBAL = re.compile(
    r"__torch__(?!\.torch\.classes)(\.\w+)* \w+|torch\._utils _rebuild_(tensor_v2|parameter)|collections OrderedDict"
    r"|torch \w+Storage|torch device|torch\.jit\._pickle (build_(int|double|bool|tensor|complex)list|restore_type_tag)",
    re.ASCII,
)


def require_harmless(members: Mapping[str, bytes], where: str) -> None:
    """Raise ParamnetError naming operator, member and line if TorchScript could do more than compute."""
    for name, content in members.items():
        if not _MEMBER.fullmatch(name):
            raise _refusal(where, f"the member {name!r}, which is not part of TorchScript")
        if name.startswith("extra/"):
            continue
        if name.endswith(".py") and (found := forbidden_in(content)):
            raise _refusal(where, f"{found[0]}, in {name} line {found[1]}")
        if name.endswith("pkl") and (found_in_pickle := _forbidden_in_pickle(content)):
            raise _refusal(where, f"{found_in_pickle}, in {name}")


def _refusal(where: str, got: str) -> ParamnetError:
    return ParamnetError(where, expected="TorchScript that only computes", got=got, remedy=TRUST)


def _forbidden_in_pickle(content: bytes) -> str:
    try:
        for opcode, argument, _ in pickletools.genops(content):
            if opcode.name not in _OPCODES:
                return f"the pickle instruction {opcode.name}, which libtorch does not write"
            if opcode.name == "GLOBAL" and (not _GLOBAL.fullmatch(str(argument)) or str(argument).split(" ")[-1] in CALLED_AT_LOAD):
                return f"the pickled name {argument!r}, which no network needs"
    except (ValueError, IndexError, OverflowError) as error:
        return f"a damaged pickle ({error})"
    return ""
