"""Units as written in files and contracts, and conversion between them; the only such table in Python.

A unit is a product of powers (``kg m-2 s-1``, ``kg/m^2/s``, ``W m**-2``, ``1e-3 kg/(m2 s)``), or one with an offset
(``degC``, ``K @ 273.15``), in the grammar (``unit_grammar``) and with the names (``unit_words``) of UDUNITS.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from paramnet.contract.errors import ParamnetError
from paramnet.contract.unit_grammar import Unit, parse_units

_NAMED_SI = ("1", "K", "Pa", "m", "s", "m s-1", "kg kg-1", "K s-1", "kg kg-1 s-1", "kg m-2 s-1", "W m-2", "J kg-1", "J kg-1 s-1", "N m-2")
_REMEDY = "correct `units` or `unit_overrides` of the source"


class Conversion(NamedTuple):
    """``value * factor + offset`` converts a value to the wanted units."""

    factor: float
    offset: float

    def apply(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        """Converted values, float64; the same array if the units are equal."""
        return values if self == (1.0, 0.0) else values.astype(np.float64) * self.factor + self.offset


def same_units(one: str, other: str) -> bool:
    """Return True if two spellings mean the same unit: dimension, factor and offset."""
    try:
        (one_powers, *one_scale), (other_powers, *other_scale) = parse_units(one), parse_units(other)
        return one_powers == other_powers and bool(np.allclose(one_scale, other_scale, rtol=1e-12, atol=0))
    except ParamnetError:
        return one.strip() == other.strip()


def conversion(given: str, wanted: str, variable: str) -> Conversion:
    """Conversion from ``given`` to ``wanted`` units. Raises ParamnetError naming ``variable`` if their dimensions differ.

    A mass fraction may be given as ``1``, as in CF tables, or in percent. Where ``1`` is wanted any fraction is accepted.
    """
    try:
        have, want = parse_units(given), parse_units(wanted)
    except ParamnetError as error:
        raise ParamnetError(
            variable, expected=f"units convertible to {wanted!r}", got=f"{given!r} ({error.got})", remedy=_REMEDY
        ) from error
    fractions = {"mol+1": 1, "mol-1": -1}, {"part+1": 1, "part-1": -1}
    if have.dimension != want.dimension and not (not want.powers and have.dimension in fractions):
        raise ParamnetError(
            variable,
            expected=f"units convertible to {wanted!r}",
            got=repr(given),
            remedy=_REMEDY,
        )
    return Conversion(have.factor / want.factor, (have.offset - want.offset) / want.factor)


def require_si(units: str, variable: str) -> None:
    """Raise ParamnetError unless ``units`` are SI units, as a contract requires: no factor, no offset."""
    try:
        unit = parse_units(units)
    except ParamnetError as error:
        raise ParamnetError(
            variable, expected="SI units", got=f"{units!r} ({error.got})", remedy="correct the contract; use '1' for a dimensionless number"
        ) from error
    if not np.isclose(unit.factor, 1.0, rtol=1e-12, atol=0) or unit.offset:
        raise ParamnetError(
            variable,
            expected=f"SI units, here {_si_spelling(unit)!r}",
            got=repr(units),
            remedy="correct the contract; files may have other units, which the source converts",
        )


def si_units(units: str, variable: str) -> str:
    """Return the SI units of the same quantity, as a contract has them: ``K`` for ``degC``, ``kg kg-1`` for ``g/kg``.

    Raises ParamnetError naming ``variable`` if the units cannot be read.
    """
    try:
        unit = parse_units(units)
    except ParamnetError as error:
        raise ParamnetError(variable, expected="units as UDUNITS reads them", got=f"{units!r} ({error.got})", remedy=_REMEDY) from error
    return units if np.isclose(unit.factor, 1.0, rtol=1e-12, atol=0) and not unit.offset else _si_spelling(unit)


def _si_spelling(unit: Unit) -> str:
    for text in _NAMED_SI:
        if parse_units(text).powers == unit.powers:
            return text
    return " ".join(base if power == 1 else f"{base}{power}" for base, power in unit.powers)
