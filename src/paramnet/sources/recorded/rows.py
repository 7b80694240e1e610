"""The row of a contract for a recorded variable: SI units, conversion to energy, sign and range."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import yaml

from paramnet.contract import ParamnetError, conversion, same_units, si_units
from paramnet.sources.recorded.headers import RecordedVariable

# units of an output -> factor of its conversion to W m-2, and whether that of a profile is weighted by the mass of its level
_ENERGY = (
    ("K s-1", "heat", True),
    ("kg kg-1 s-1", "latent", True),
    ("kg m-2 s-1", "latent", False),
    ("m s-1", "water_flux", False),
    ("m s-2", "kinetic", True),
    ("W kg-1", "heat", True),
    ("W m-2", "one", False),
)
# Parts of names of water that moves at a speed; other speeds, such as a gust or a wave's, are no energy.
_WATER = ("precip", "rain", "snow", "graupel", "hail", "drizzle", "evap", "water", "lwe")
_DIGITS = 3  # of a range taken from the data


class KnownRow(NamedTuple):
    """What the shipped contracts say of a standard name: sign, and the widest range, in ``units``."""

    units: str
    sign: str
    low: float
    high: float


def contract_row(variable: RecordedVariable, has_mass: bool = True) -> dict[str, Any]:
    """Return the contract's row of a variable. has_mass : whether the mass of each level is known.

    Its range is that of the shipped contracts for its standard name; without one, the recorded range, widened by its own width on either
    side. Raises ParamnetError for units that cannot be read, or recorded values outside the range of a known quantity.
    """
    name = variable.standard_name or variable.name
    if not -math.inf < variable.low <= variable.high < math.inf:
        raise ParamnetError(
            variable.name,
            expected="finite values",
            got=f"{variable.low:g} to {variable.high:g}",
            remedy="record it again; the host has not computed it, or has divided by zero",
        )
    units = si_units(variable.units, variable.name)
    to_si = conversion(variable.units, units, variable.name)
    low, high = (float(to_si.apply(np.array([value]))[0]) for value in (variable.low, variable.high))
    known = known_rows().get(name)
    if known is not None and same_units(known.units, units):
        _require_within(variable, units, (low, high), known)
        sign, valid_range = known.sign, [known.low, known.high]
    else:
        sign, valid_range = "none", _widened(low, high)
    row: dict[str, Any] = {
        "name": variable.name,
        "standard_name": name,
        "long_name": variable.name.replace("_", " ").capitalize(),
        "units": units,
        "dims": ["column", "level"] if variable.profile else ["column"],
        "time": {"level": "after_physics", "method": "mean"} if variable.output else {"level": "before_physics", "method": "instantaneous"},
        "sign": sign,
        "valid_range": valid_range,
    }
    if variable.output:
        factor, weighted = energy_of(units, variable.profile and has_mass, f"{variable.name} {name}")
        row["energy"] = {"factor": factor, "mass_weighted": weighted}
    return row


def energy_of(units: str, by_level: bool, names: str) -> tuple[str, bool]:
    """Return factor and mass weighting of an output in SI units. names : its name and standard name, which tell water from other speeds.

    by_level : a value for each level, whose mass is known. The factor is ``none`` for what is no energy, such as a cloud top, and for a
    rate per mass where the mass is not known.
    """
    for known, factor, weighted in _ENERGY:
        water = factor != "water_flux" or any(part in names.lower() for part in _WATER)
        if same_units(known, units) and (by_level or not weighted) and water:
            return factor, weighted
    return "none", False


@cache
def known_rows() -> dict[str, KnownRow]:
    """The standard names of the shipped contracts."""
    rows: dict[str, KnownRow] = {}
    for path in sorted((resources.files("paramnet.conf") / "contract").iterdir(), key=str):
        if not path.name.endswith(".yaml"):
            continue
        table = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for row in _complete_rows(table):
            low, high = map(float, row["valid_range"])
            other = rows.get(row["standard_name"])
            if other is not None and other.units != row["units"]:
                continue
            widest = (low, high) if other is None else (min(low, other.low), max(high, other.high))
            rows[row["standard_name"]] = KnownRow(row["units"], row["sign"], *widest)
    return rows


def _complete_rows(table: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return (row for side in ("inputs", "outputs") for row in table.get(side, []) if isinstance(row, dict))


def _require_within(variable: RecordedVariable, units: str, recorded: tuple[float, float], known: KnownRow) -> None:
    if known.low <= recorded[0] and recorded[1] <= known.high:
        return
    raise ParamnetError(
        variable.name,
        expected=f"values from {known.low:g} to {known.high:g} {units}",
        got=f"{recorded[0]:g} to {recorded[1]:g} {units}, recorded in {variable.units!r}",
        remedy="correct the units that the host binds it with, or give it another name",
    )


def _widened(low: float, high: float) -> list[float]:
    width = high - low if high > low else max(abs(high), 1.0)
    return [_rounded(low - width, math.floor), _rounded(high + width, math.ceil)]


def _rounded(value: float, towards: Any) -> float:
    """Round outwards to a few digits."""
    if value == 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - _DIGITS + 1)
    return float(f"{towards(value / unit) * unit:.{_DIGITS}g}")
