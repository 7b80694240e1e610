"""Checked access to a table from an untrusted file (JSON, YAML); errors name file, key, expected and got."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from paramnet.contract.errors import ParamnetError

MOST_NESTED = 64  # levels, as in the bridge
_LEFT = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, MemoryError, AssertionError)


class Fields:
    """One table. ``where`` : the file; ``key`` : dotted path of this table in it."""

    def __init__(self, values: Any, where: str, key: str = "") -> None:
        self.where, self.key = where, key
        if not isinstance(values, dict):
            self.refuse("", "a table of keys", values)
        self.values: dict[str, Any] = values

    def refuse(self, name: str, expected: str, got: Any) -> NoReturn:
        key = ".".join(part for part in (self.key, name) if part)
        raise ParamnetError(key or "content", expected=expected, got=short(got), where=self.where)

    def has(self, name: str) -> bool:
        """Return True if the key is there and not null."""
        return self.values.get(name) is not None

    def get(self, name: str) -> Any:
        if name not in self.values:
            self.refuse(name, "a value", _NOTHING)
        return self.values[name]

    def fields(self, name: str) -> Fields:
        return Fields(self.get(name), self.where, ".".join(part for part in (self.key, name) if part))

    def optional_fields(self, name: str) -> Fields:
        """The table at a key; an empty one if it is missing or null."""
        return self.fields(name) if self.has(name) else Fields({}, self.where, name)

    def items(self, name: str) -> list[Any]:
        value = self.get(name)
        if not isinstance(value, list):
            self.refuse(name, "a list", value)
        return value

    def tables(self, name: str) -> list[Fields]:
        """A list of tables."""
        key = ".".join(part for part in (self.key, name) if part)
        return [Fields(row, self.where, f"{key}[{index}]") for index, row in enumerate(self.items(name))]

    def text(self, name: str) -> str:
        value = self.get(name)
        if not isinstance(value, str):
            self.refuse(name, "a string", value)
        return value

    def texts(self, name: str) -> list[str]:
        value = self.items(name)
        if not all(isinstance(item, str) for item in value):
            self.refuse(name, "a list of strings", value)
        return value

    def flag(self, name: str) -> bool:
        value = self.get(name)
        if not isinstance(value, bool):
            self.refuse(name, "true or false", value)
        return value

    def whole(self, name: str, least: int = 0, most: int = 2**53) -> int:
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.refuse(name, f"a whole number from {least} to {most}", value)
        return value

    def number(self, name: str) -> float:
        return self._number(name, self.get(name))

    def numbers(self, name: str, size: int | None = None) -> list[float]:
        value = self.items(name)
        if size is not None and len(value) != size:
            self.refuse(name, f"{size} numbers", f"{len(value)}")
        return [self._number(name, item) for item in value]

    def _number(self, name: str, value: Any) -> float:
        try:
            # YAML reads 1e5, without a point, as a string.
            number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
        except (ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            self.refuse(name, "a finite number", value)
        return number


_NOTHING = object()


def short(value: Any) -> str:
    """Short form of a value for a message."""
    if value is _NOTHING:
        return "nothing"
    if isinstance(value, dict | list):
        return f"a {'table' if isinstance(value, dict) else 'list'} of {len(value)}"
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def missing_and_unknown(missing: Sequence[str], unknown: Sequence[str]) -> str:
    """The keys a table lacks and those it should not have, for a message."""
    parts = [f"no {', '.join(missing)}"] * bool(missing) + [f"the unknown {short(', '.join(unknown))}"] * bool(unknown)
    return " and ".join(parts)


def parse_json(text: bytes | str, where: str, remedy: str = "") -> Any:
    """Parse JSON without repeated keys or NaN, nested at most 64 levels deep. Raises ParamnetError naming ``where``."""
    try:
        values = json.loads(text, object_pairs_hook=_once, parse_constant=_not_a_number)
        levels = _levels(values)
    except RecursionError:
        levels = MOST_NESTED + 1
    except ValueError as error:  # also raised for bytes that are not UTF-8
        raise ParamnetError(where, expected="JSON", got=f"something else ({error})", remedy=remedy) from error
    if levels > MOST_NESTED:
        raise ParamnetError(where, expected=f"at most {MOST_NESTED} levels of brackets", got="more", remedy=remedy)
    return values


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} twice")
    return table


def _not_a_number(word: str) -> NoReturn:
    raise ValueError(f"{word}, which is not a number in JSON")


def _levels(values: Any) -> int:
    """Depth to which tables and lists are nested."""
    level, here = 0, [values]
    while here and level <= MOST_NESTED:
        here = [item for node in here if isinstance(node, dict | list) for item in (node.values() if isinstance(node, dict) else node)]
        level += 1
    return level


@contextmanager
def reading(where: str, expected: str, remedy: str = "") -> Iterator[None]:
    """Turn any error met while reading a file into a ParamnetError that names the file.

    A safety net: readers check each value, and name its key, where they use it.
    """
    try:
        yield
    except ParamnetError as error:
        if where in str(error):
            raise
        # A check of a complete contract or program does not know the file.
        facts = {"expected": error.expected, "got": error.got, "remedy": error.remedy or remedy}
        raise ParamnetError(error.what if error.expected else str(error), where=where, **facts) from error
    except _LEFT as error:
        got = f"something that cannot be read ({type(error).__name__}: {short(str(error))})"
        raise ParamnetError(where, expected=expected, got=got, remedy=remedy) from error
