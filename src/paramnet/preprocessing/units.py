"""Units as written in files, and the factor from one to another: SI products of powers, nothing else."""

from __future__ import annotations

import re

from paramnet.contract import ParamnetError

# unit -> (what it is in SI, factor)
_IN_SI = {
    "g": ("kg", 1e-3),
    "hPa": ("Pa", 1e2),
    "mb": ("Pa", 1e2),
    "mbar": ("Pa", 1e2),
    "mm": ("m", 1e-3),
    "cm": ("m", 1e-2),
    "km": ("m", 1e3),
    "day": ("s", 86400.0),
    "d": ("s", 86400.0),
    "h": ("s", 3600.0),
    "hour": ("s", 3600.0),
    "kelvin": ("K", 1.0),
    "degK": ("K", 1.0),
    "kW": ("W", 1e3),
}
_TOKEN = re.compile(r"([A-Za-z]+)(-?\d+)?$")


def parse_units(text: str) -> tuple[tuple[tuple[str, int], ...], float]:
    """SI base tokens with exponents, and the factor to them: ``g/kg`` -> ((kg, 1), (kg, -1)), 1e-3.

    ``kg/kg``, ``kg kg-1`` and ``kg kg^-1`` are one spelling; ``kg kg-1`` does not cancel, so that it differs from ``1``.
    """
    tokens: list[tuple[str, int]] = []
    factor = 1.0
    for position, part in enumerate(text.replace("**", "").replace("^", "").replace(".", " ").split("/")):
        for word in part.split():
            match = _TOKEN.match(word)
            if word == "1":
                continue
            if not match:
                raise ParamnetError(f"units {text!r}: expected a product of powers such as 'kg kg-1 s-1', got the part {word!r}")
            base, scale = _IN_SI.get(match[1], (match[1], 1.0))
            exponent = int(match[2] or 1) * (-1 if position else 1)
            tokens.append((base, exponent))
            factor *= scale**exponent
    return tuple(sorted(tokens)), factor


def same_units(one: str, other: str) -> bool:
    """Whether two spellings mean the same unit (same dimension and factor)."""
    try:
        return parse_units(one) == parse_units(other)
    except ParamnetError:
        return one == other


def conversion_factor(given: str, wanted: str, variable: str) -> float:
    """Factor from ``given`` to ``wanted`` units; ParamnetError naming ``variable`` when they measure different things."""
    (given_base, given_factor), (wanted_base, wanted_factor) = parse_units(given), parse_units(wanted)
    if given_base != wanted_base:
        raise ParamnetError(
            f"{variable}: expected units convertible to {wanted!r}, got {given!r}; correct `units` or `unit_overrides` of the source"
        )
    return given_factor / wanted_factor
