"""Fortran namelists from plain values, as text that every compiler reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from paramnet.contract import ParamnetError

Value = bool | int | float | str | Sequence[bool | int | float | str]


def render(group: str, values: Mapping[str, Value]) -> str:
    """Text of one namelist group, names in the given order."""
    body = "".join(f" {name} = {_value(name, value)}\n" for name, value in values.items())
    return f"&{group}\n{body}/\n"


def _value(name: str, value: object) -> str:
    # bool first: it is a subclass of int
    if isinstance(value, bool):
        return ".true." if value else ".false."
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, Sequence):
        return ", ".join(_value(name, item) for item in value)
    raise ParamnetError(f"namelist value {name}", expected="a number, a logical, text or a list of these", got=repr(value))
