"""The grammar of UDUNITS: a product of powers of units, with an optional offset."""

from __future__ import annotations

import re
from typing import NamedTuple

from paramnet.contract.errors import ParamnetError
from paramnet.contract.unit_words import find_word

_KEPT_APART = ("kg", "mol", "part")  # kg kg-1 and mol mol-1 do not cancel: a mass fraction is not a mole fraction
_TOKEN = re.compile(
    r"\s*(?:(?P<number>[+-]?(?:\d+(?:\.\d+|\.(?![^\W\d]))?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<shift>@|(?:from|since|after|ref)\b)|(?P<per>per\b|/)"
    r"|(?P<power>\*\*|\^)|(?P<times>[.*·⋅×])|(?P<open>\()|(?P<close>\))|(?P<word>[^\W\d]+|[%°℃℉µ]\w?))",
    re.IGNORECASE,
)
_LONGEST = 200  # characters, which keeps nesting shallow
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺−", "0123456789-+-")
_SPACED_DEGREES = re.compile(r"(?:\bdeg(?:rees?)?\.?|°)\s+(?=(?:c|celsius|k|kelvin|f|fahrenheit)\b)", re.IGNORECASE)


class Unit(NamedTuple):
    """``value * factor + offset`` is in the coherent SI unit of ``powers``, sorted. kg kg-1 and mol mol-1 are not cancelled."""

    powers: tuple[tuple[str, int], ...]
    factor: float
    offset: float

    @property
    def dimension(self) -> dict[str, int]:
        """Base units with masses cancelled. Moles are kept, so a mole fraction is never taken for a mass fraction."""
        total: dict[str, int] = {}
        for base, power in self.powers:
            key = f"{base}{power:+d}" if base in ("mol", "part") else base
            if base != "rad":  # a radian is a ratio of lengths
                total[key] = total.get(key, 0) + power
        return {base: power for base, power in total.items() if power}


class _Parser:
    """Recursive descent: a shift of a product of powers. Products and quotients bind equally, from the left, as in UDUNITS."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.tokens: list[tuple[str, str]] = []
        spelled = _SPACED_DEGREES.sub("deg_", text.translate(_SUPERSCRIPTS)).strip()
        if len(spelled) > _LONGEST:
            raise self.error(f"{spelled[:_LONGEST]} …")
        while self.at < len(spelled):
            match = _TOKEN.match(spelled, self.at)
            if not match or not match.lastgroup:
                raise self.error(spelled[self.at :].strip())
            joined = match.start(match.lastgroup) == self.at and self.at > 0
            exponent = joined and match.lastgroup == "number" and self.tokens[-1][0] == "word"
            self.tokens.append(("exponent" if exponent else match.lastgroup, match[match.lastgroup]))
            self.at = match.end()
        self.at = 0

    def error(self, part: str) -> ParamnetError:
        return ParamnetError(
            f"units {self.text!r}", expected="a product of powers of known units such as 'kg kg-1 s-1'", got=f"the part {part!r}"
        )

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][1]

    def shifted(self) -> Unit:
        unit = self.product()
        if self.kind() == "shift":
            self.take()
            if self.kind() != "number":
                raise self.error(" ".join(token for _, token in self.tokens[self.at :]) or self.text)
            unit = unit._replace(offset=unit.offset + float(self.take()) * unit.factor)
        return unit

    def product(self) -> Unit:
        unit = self.power()
        while self.kind() in ("per", "times", "number", "word", "open"):
            sign = -1 if self.kind() == "per" else 1
            if self.kind() in ("per", "times"):
                self.take()
            other = self.power()
            if (unit.offset and _scales(other)) or (other.offset and _scales(unit)):
                raise self.error("a number or an angle next to a unit with an offset")
            unit = _times(unit, other, sign)
        return unit

    def power(self) -> Unit:
        unit = self.basic()
        if self.kind() == "power":
            self.take()
            if self.kind() != "number":
                raise self.error(self.text)
        elif self.kind() != "exponent":
            return unit
        text = self.take()
        if not re.fullmatch(r"[+-]?\d{1,2}", text):
            raise self.error(text)
        return _raised(unit, int(text))

    def basic(self) -> Unit:
        kind = self.kind()
        if kind == "open":
            self.take()
            unit = self.shifted()
            if self.kind() != "close":
                raise self.error(self.text)
            self.take()
            return unit
        if kind == "number" and float(self.tokens[self.at][1]) > 0:
            return Unit((), float(self.take()), 0.0)
        word = find_word(self.tokens[self.at][1]) if kind == "word" else None
        if word is None:
            raise self.error(self.tokens[self.at][1] if kind else self.text)
        self.take()
        return Unit(tuple(sorted(word.powers)), word.factor, word.offset)


def _scales(unit: Unit) -> bool:
    """Return True for a number or an angle: times a temperature (``Celsius degrees``) it would leave a temperature without offset."""
    return all(base == "rad" for base, _ in unit.powers)


def _raised(unit: Unit, exponent: int) -> Unit:
    if exponent == 1:
        return unit
    return Unit(tuple((base, power * exponent) for base, power in unit.powers if exponent), unit.factor**exponent, 0.0)


def _times(one: Unit, other: Unit, sign: int) -> Unit:
    """The product (``sign`` 1) or quotient (``sign`` -1), without offsets: that of differences."""
    total: dict[tuple[str, bool], int] = {}
    for base, power in (*one.powers, *((base, sign * power) for base, power in other.powers)):
        key = (base, base in _KEPT_APART and power > 0)
        total[key] = total.get(key, 0) + power
    powers = tuple(sorted((base, power) for (base, _), power in total.items() if power))
    return Unit(powers, one.factor * other.factor**sign, 0.0)


def parse_units(text: str) -> Unit:
    """Parse a unit. ``kg/kg``, ``kg kg-1`` and ``kg kg^-1`` are the same; ``kg kg-1`` is not cancelled and so differs from ``1``.

    Raises ParamnetError naming the unknown part.
    """
    parser = _Parser(text)
    unit = parser.shifted() if parser.tokens else Unit((), 1.0, 0.0)
    if parser.kind():
        raise parser.error(" ".join(token for _, token in parser.tokens[parser.at :]))
    return unit
