"""Read ``program.json`` and ``weights.bin`` from an untrusted file, as strictly as the native backend does."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Fields, ParamnetError, parse_json, short
from paramnet.exporting.program.definition import ALIGNMENT, CONSTANT_TYPES, FORMAT, VERSIONS, Program, Value
from paramnet.exporting.program.operation_reader import OperationReader

# Far beyond any scheme, and small enough that a hostile file cannot exhaust memory.
MOST_ENTRIES, MOST_ROWS = 16_384, 65_536


def read_program(text: bytes, weights: bytes, where: str) -> Program:
    """The program of two members; where : the file, for messages.

    Raises ParamnetError naming the key for another format or version, an operation that is not in the list of
    docs/reference/artefact.md, and sizes or numbers that do not match.
    """
    document = Fields(parse_json(text, where, "export again"), where)
    kind, version = document.get("format"), document.get("version")
    if kind != FORMAT or isinstance(version, bool) or version not in VERSIONS:
        raise ParamnetError(
            where,
            expected=f"{FORMAT} version {' or '.join(map(str, VERSIONS))}",
            got=f"{short(kind)} version {short(version)}",
            remedy="export again",
        )
    _require_known(document, {"format", "version", "constants", "values", "operations"})
    constants = _constants(document, weights)
    values = [_value(entry) for entry in _entries(document, "values")]
    program = Program(constants, values)
    reader = OperationReader(program, int(version))
    operations = _entries(document, "operations")
    for entry in operations:
        reader.read(entry, len(operations))
    if not operations or reader.made != len(values):
        document.refuse("values", f"{reader.made} entries, the number that the operations produce", document.get("values"))
    return program


def _entries(document: Fields, name: str) -> list[Fields]:
    if len(document.items(name)) > MOST_ENTRIES:
        document.refuse(name, f"at most {MOST_ENTRIES} entries", document.get(name))
    return document.tables(name)


def _require_known(entry: Fields, known: set[str]) -> None:
    if unknown := set(entry.values) - known:
        entry.refuse("", f"the keys {sorted(known)}", sorted(map(str, unknown)))


def _type(entry: Fields, known: tuple[str, ...]) -> str:
    kind = entry.text("type")
    if kind not in known:
        entry.refuse("type", f"one of {known}", kind)
    return kind


def _value(entry: Fields) -> Value:
    _require_known(entry, {"type", "rows"})
    return Value(_type(entry, ("float32", "float64")), entry.whole("rows", 1, MOST_ROWS))


def _constants(document: Fields, weights: bytes) -> list[NDArray[Any]]:
    """Arrays in the order of ``weights.bin``, without overlap, so that they never need more memory than the file has bytes."""
    constants, end = [], 0
    for entry in _entries(document, "constants"):
        _require_known(entry, {"type", "rows", "width", "offset"})
        kind = np.dtype(_type(entry, CONSTANT_TYPES)).newbyteorder("<")
        shape = [entry.whole("rows", 1, MOST_ROWS)] + ([entry.whole("width", 1, MOST_ROWS)] if entry.has("width") else [])
        offset, count = entry.whole("offset", end), int(np.prod(shape))
        if offset % ALIGNMENT:
            entry.refuse("offset", f"a multiple of {ALIGNMENT}", offset)
        if offset + count * kind.itemsize > len(weights):
            entry.refuse("offset", f"{count * kind.itemsize} bytes within the {len(weights)} of weights.bin", offset)
        end = offset + count * kind.itemsize
        constants.append(np.frombuffer(weights, kind, count, offset).reshape(shape))
    return constants
