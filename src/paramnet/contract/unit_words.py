"""Names of units as in UDUNITS: case-sensitive symbols, names in any case, singular or plural, and SI prefixes.

The bridge has the same rows for a host's arrays (``unit_words.cpp``); a test compares them.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Word(NamedTuple):
    """Base units of a unit with exponents; ``value * factor + offset`` is in these."""

    powers: tuple[tuple[str, int], ...]
    factor: float = 1.0
    offset: float = 0.0


def _of(factor: float = 1.0, offset: float = 0.0, **powers: int) -> Word:
    return Word(tuple(powers.items()), factor, offset)


_PASCAL, _JOULE = {"kg": 1, "m": -1, "s": -2}, {"kg": 1, "m": 2, "s": -2}
KELVIN, CELSIUS, FAHRENHEIT = _of(K=1), _of(offset=273.15, K=1), _of(5 / 9, 459.67 * 5 / 9, K=1)
_DEGREE = _of(0.017453292519943295, rad=1)
_MOLE_FRACTION = (("mol", 1), ("mol", -1))
_PART = (("part", 1), ("part", -1))  # unspecified: neither a mass nor a mole fraction

# symbol, names: units that take SI prefixes
PREFIXABLE = {
    ("m", "meter", "metre"): _of(m=1),
    ("g", "gram"): _of(1e-3, kg=1),
    ("s", "second", "sec"): _of(s=1),
    ("K", "kelvin"): KELVIN,
    ("mol", "mole"): _of(mol=1),
    ("rad", "radian"): _of(rad=1),
    ("Hz", "hertz"): _of(s=-1),
    ("Pa", "pascal"): _of(**_PASCAL),
    ("bar", "bar"): _of(1e5, **_PASCAL),
    ("N", "newton"): _of(kg=1, m=1, s=-2),
    ("J", "joule"): _of(**_JOULE),
    ("W", "watt"): _of(kg=1, m=2, s=-3),
}
# others; the first word of each is a symbol
PLAIN = {
    ("min", "minute"): _of(60.0, s=1),
    ("h", "hr", "hour"): _of(3600.0, s=1),
    ("d", "day"): _of(86400.0, s=1),
    ("week", "week"): _of(604800.0, s=1),
    ("t", "tonne"): _of(1e3, kg=1),
    ("atm", "atmosphere"): _of(101325.0, **_PASCAL),
    ("mmHg", "torr"): _of(133.322387415, **_PASCAL),
    ("erg", "erg"): _of(1e-7, **_JOULE),
    ("cal", "calorie"): _of(4.1868, **_JOULE),
    ("ft", "foot", "feet"): _of(0.3048, m=1),
    ("in", "inch", "inches"): _of(0.0254, m=1),
    ("kt", "knot"): _of(1852 / 3600, m=1, s=-1),
    ("%", "percent"): _of(1e-2),
    ("°", "degree", "arc_degree", "degrees", "degree_true", "degrees_true"): _DEGREE,
    ("ppmv", "ppmv"): Word(_MOLE_FRACTION, 1e-6),
    ("ppbv", "ppbv"): Word(_MOLE_FRACTION, 1e-9),
    ("pptv", "pptv"): Word(_MOLE_FRACTION, 1e-12),
    ("ppm", "ppm"): Word(_PART, 1e-6),
    ("ppb", "ppb"): Word(_PART, 1e-9),
    ("ppt", "ppt"): Word(_PART, 1e-12),
    # not in UDUNITS, but found in files of atmosphere models (UDUNITS reads mb as millibarn)
    ("mb",): _of(1e2, **_PASCAL),
    ("gpm",): _of(m=1),
    ("fraction", "fraction", "unitless", "dimensionless"): _of(),
}
PREFIXES = {
    ("T", "tera"): 1e12, ("G", "giga"): 1e9, ("M", "mega"): 1e6, ("k", "kilo"): 1e3, ("h", "hecto"): 1e2, ("da", "deka"): 1e1,
    ("d", "deci"): 1e-1, ("c", "centi"): 1e-2, ("m", "milli"): 1e-3, ("u", "micro"): 1e-6, ("µ", "micro"): 1e-6,
    ("μ", "micro"): 1e-6, ("n", "nano"): 1e-9, ("p", "pico"): 1e-12,
}  # fmt: skip
_TEMPERATURE = re.compile(r"(?:deg(?:s|ree|rees)?_?)?(c|celsius|k|kelvins?|f|fahrenheit)$")
_SIGNED = {"°C": CELSIUS, "℃": CELSIUS, "°K": KELVIN, "°F": FAHRENHEIT, "℉": FAHRENHEIT}
_COORDINATE = re.compile(r"degrees?_?(?:n|s|e|w|north|south|east|west)$")

_SYMBOLS = {words[0]: word for words, word in (PREFIXABLE | PLAIN).items()}
_PREFIXABLE_SYMBOLS = {words[0]: word for words, word in PREFIXABLE.items()}


def _named(table: dict[tuple[str, ...], Word]) -> dict[str, Word]:
    singular = {name: word for words, word in table.items() for name in words[1:]}
    return singular | {f"{name}s": word for name, word in singular.items()}


_NAMES, _PREFIXABLE_NAMES = _named(PREFIXABLE | PLAIN), _named(PREFIXABLE)


def find_word(text: str) -> Word | None:
    """Meaning of one word of a unit; None if it is unknown."""
    if text in _SIGNED or text in _SYMBOLS:
        return _SIGNED.get(text) or _SYMBOLS[text]
    lower = text.lower()
    if lower in _NAMES:
        return _NAMES[lower]
    temperature = _TEMPERATURE.match(lower)
    if temperature and len(lower) > 1:  # c, k or f alone is another unit, or none
        return {"c": CELSIUS, "k": KELVIN, "f": FAHRENHEIT}[temperature[1][0]]
    if _COORDINATE.match(lower):
        return _DEGREE
    return _prefixed(text)


def _prefixed(text: str) -> Word | None:
    for (symbol, name), scale in PREFIXES.items():
        if text.startswith(symbol) and (word := _base(text[len(symbol) :])):
            return word._replace(factor=word.factor * scale)
        if text.lower().startswith(name) and (word := _base(text[len(name) :])):
            return word._replace(factor=word.factor * scale)
    return None


def _base(text: str) -> Word | None:
    return _PREFIXABLE_SYMBOLS.get(text) or _PREFIXABLE_NAMES.get(text.lower())
