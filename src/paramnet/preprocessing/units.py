"""Units as written in files, and the way from one to another: products of powers, and degrees Celsius; nothing else."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError

# unit -> (base units with exponents, factor)
_IN_BASE: dict[str, tuple[dict[str, int], float]] = {
    "g": ({"kg": 1}, 1e-3),
    "mg": ({"kg": 1}, 1e-6),
    "Pa": ({"kg": 1, "m": -1, "s": -2}, 1.0),
    "hPa": ({"kg": 1, "m": -1, "s": -2}, 1e2),
    "mb": ({"kg": 1, "m": -1, "s": -2}, 1e2),
    "mbar": ({"kg": 1, "m": -1, "s": -2}, 1e2),
    "N": ({"kg": 1, "m": 1, "s": -2}, 1.0),
    "J": ({"kg": 1, "m": 2, "s": -2}, 1.0),
    "kJ": ({"kg": 1, "m": 2, "s": -2}, 1e3),
    "W": ({"kg": 1, "m": 2, "s": -3}, 1.0),
    "kW": ({"kg": 1, "m": 2, "s": -3}, 1e3),
    "mm": ({"m": 1}, 1e-3),
    "cm": ({"m": 1}, 1e-2),
    "km": ({"m": 1}, 1e3),
    "minute": ({"s": 1}, 60.0),
    "min": ({"s": 1}, 60.0),
    "h": ({"s": 1}, 3600.0),
    "hr": ({"s": 1}, 3600.0),
    "hour": ({"s": 1}, 3600.0),
    "day": ({"s": 1}, 86400.0),
    "d": ({"s": 1}, 86400.0),
    "sec": ({"s": 1}, 1.0),
    "kelvin": ({"K": 1}, 1.0),
    "degK": ({"K": 1}, 1.0),
    "degC": ({"K": 1}, 1.0),
    "celsius": ({"K": 1}, 1.0),
    "Celsius": ({"K": 1}, 1.0),
    "percent": ({}, 1e-2),
    "fraction": ({}, 1.0),
}
_CELSIUS = ("degC", "celsius", "Celsius")
_KEPT_APART = ("kg", "mol")  # kg kg-1 and mol mol-1 do not cancel: a mass fraction is not a mole fraction
_TOKEN = re.compile(r"([A-Za-z]+)(-?\d+)?$")


class Conversion(NamedTuple):
    """``value * factor + offset`` takes a value to the wanted units."""

    factor: float
    offset: float

    def apply(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Converted values; the same array where nothing is to be done, float64 otherwise."""
        return values if self == (1.0, 0.0) else values.astype(np.float64) * self.factor + self.offset


def parse_units(text: str) -> tuple[tuple[tuple[str, int], ...], float]:
    """Base units with exponents, and the factor to them: ``g/kg`` -> ((kg, -1), (kg, 1)), 1e-3.

    ``kg/kg``, ``kg kg-1`` and ``kg kg^-1`` are one spelling; ``kg kg-1`` does not cancel, so that it differs from ``1``.
    """
    powers: dict[tuple[str, bool], int] = {}
    factor = 1.0
    spelled = text.replace("%", "percent").replace("deg_C", "degC").replace("degree_Celsius", "degC")
    for position, part in enumerate(spelled.replace("**", "").replace("^", "").replace(".", " ").split("/")):
        for word in part.split():
            if word == "1":
                continue
            match = _TOKEN.match(word)
            if not match:
                raise ParamnetError(f"units {text!r}: expected a product of powers such as 'kg kg-1 s-1', got the part {word!r}")
            bases, scale = _IN_BASE.get(match[1], ({match[1]: 1}, 1.0))
            exponent = int(match[2] or 1) * (-1 if position else 1)
            factor *= scale**exponent
            for base, power in bases.items():
                key = (base, base in _KEPT_APART and power * exponent > 0)
                powers[key] = powers.get(key, 0) + power * exponent
    return tuple(sorted((base, power) for (base, _), power in powers.items() if power)), factor


def same_units(one: str, other: str) -> bool:
    """Whether two spellings mean the same unit (same dimension and factor)."""
    try:
        return parse_units(one) == parse_units(other) and (one in _CELSIUS) == (other in _CELSIUS)
    except ParamnetError:
        return one == other


def conversion(given: str, wanted: str, variable: str) -> Conversion:
    """The way from ``given`` to ``wanted`` units; ParamnetError naming ``variable`` when they measure different things.

    A mass fraction may be given as ``1``, as CF tables do, or as percent.
    """
    (given_base, given_factor), (wanted_base, wanted_factor) = parse_units(given), parse_units(wanted)
    if _cancelled(given_base) != _cancelled(wanted_base):
        raise ParamnetError(
            f"{variable}: expected units convertible to {wanted!r}, got {given!r}; correct `units` or `unit_overrides` of the source"
        )
    shift = 273.15 * ((given.strip() in _CELSIUS) - (wanted.strip() in _CELSIUS))
    return Conversion(given_factor / wanted_factor, shift)


def _cancelled(base: tuple[tuple[str, int], ...]) -> dict[str, int]:
    """Base units with masses cancelled; moles stay, so that a mole fraction never passes for a mass fraction."""
    total = {name: sum(power for other, power in base if other == name) for name, _ in base if name != "mol"}
    return {name: power for name, power in total.items() if power} | {f"mol{power:+d}": power for name, power in base if name == "mol"}
