"""Computation of contract variables from source variables: sums in float64, unit conversion, fill values, derived quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, Conversion, ParamnetError, Variable, conversion
from paramnet.physics import heat_of_fusion, moist_static_energy, relative_humidity_over_liquid_and_ice
from paramnet.sources.grid.horizontal import Columns
from paramnet.sources.rules import DERIVED, SourceVariable, Term

__all__ = ["FILL_SIZE", "Fields"]

FILL_SIZE = 1e29  # above any physical value; fill values are 1e30, 1e36, 9.97e36
# (source variable, member of a pair, steps back) -> values (step, [level,] column) in the source's units and order
Fetch = Callable[[str, str, int], NDArray[np.floating]]
_NEEDED_UNITS = {
    "air_temperature": "K",
    "specific_humidity": "kg kg-1",
    "surface_air_pressure": "Pa",
    "tendency_of_air_temperature": "K s-1",
    "tendency_of_specific_humidity": "kg kg-1 s-1",
}  # fluxes: W m-2


class Fields(dict[str, NDArray[np.floating]]):
    """Contract variable -> values (step, level, column) or (step, column), contract units, levels in the contract's order.

    ``filled`` counts the fill values replaced by a declared value, by variable. Other fill values are kept, or are NaN.
    """

    def __init__(self) -> None:
        super().__init__()
        self.filled: dict[str, int] = {}


def needed_terms(variable: SourceVariable, mapped: Mapping[str, SourceVariable]) -> tuple[Term, ...]:
    """Return all terms of a variable, including those of the quantities it is derived from."""
    if not variable.is_derived:
        return variable.terms
    parts = [term for name in DERIVED[variable.rule] for term in mapped[name].terms]
    return tuple(Term(term.name, term.member, term.lag + variable.lag, term.sign, term.time_power) for term in parts)


@dataclass
class Derivation:
    """Computes contract variables from the values that ``fetch`` reads; each source variable is read once."""

    contract: Contract
    mapped: Mapping[str, SourceVariable]
    columns: Columns
    true_units: Callable[[str], str]
    bottom_first: bool
    fetch: Fetch
    fields: Fields = field(default_factory=Fields)

    def __post_init__(self) -> None:
        self.fetch = cache(self.fetch)

    def all(self, variables: Mapping[str, Variable]) -> Fields:
        """Return the fields of all contract variables by name."""
        for name, variable in variables.items():
            self.fields[name] = self.one(variable, self.mapped[name])
        return self.fields

    def one(self, variable: Variable, source: SourceVariable) -> NDArray[np.floating]:
        """Return the field of one contract variable."""
        if source.is_derived:
            return self._derived(variable, source)
        values = self._sum(source, variable.units, variable.name)
        return values[:, ::-1] if variable.is_profile and self.bottom_first else values

    def _sum(self, source: SourceVariable, units: str, name: str, back: int = 0) -> NDArray[np.floating]:
        """Return the sum of a variable's terms, ``back`` further steps earlier; a single term keeps its type.

        Computed in float64, one step at a time to stay in cache. The result is float32 if all terms are.
        """
        terms, parts = source.terms, []
        alone = len(terms) == 1 and terms[0].time_power == 0
        for term in terms:
            wanted = {0: units, 1: f"{units} s-1", -1: f"{units} s"}[term.time_power]
            values = self.fetch(term.name, term.member, term.lag + back)
            values = values if alone and source.fill is None else self._without_fills(values, source, name)
            parts.append((values, conversion(self.true_units(term.name), wanted, term.name), term))
        if alone:
            return parts[0][1].apply(parts[0][0])
        _require_one_zero(source, [(term, convert) for _, convert, term in parts], name)
        result = np.empty(parts[0][0].shape, dtype=np.result_type(np.float32, *(values for values, _, _ in parts)))
        for step in range(len(result)):
            total = np.zeros(result.shape[1:])
            for values, convert, term in parts:
                wide = convert.apply(values[step].astype(np.float64))
                if term.time_power == 1:
                    wide = wide * self.contract.time_step
                total = np.add(total, wide, out=total) if term.sign > 0 else np.subtract(total, wide, out=total)
            result[step] = total / self.contract.time_step if terms[0].time_power == -1 else total
        return result

    def _without_fills(self, values: NDArray[np.floating], source: SourceVariable, name: str) -> NDArray[np.floating]:
        """Replace fill values by the declared value, or else by NaN, so that 1e30 - 1e30 is not 0."""
        if values.min() > -FILL_SIZE and values.max() < FILL_SIZE:  # also false for NaN
            return values
        missing = ~(np.abs(values) < FILL_SIZE)
        if source.fill is not None:
            self.fields.filled[name] = self.fields.filled.get(name, 0) + int(missing.sum())
        return np.where(missing, np.nan if source.fill is None else source.fill, values)

    def _derived(self, variable: Variable, source: SourceVariable) -> NDArray[np.floating]:
        if not DERIVED[source.rule]:
            latitude = np.radians(self.columns.latitude)
            row = {"cosine_of_latitude": np.cos, "sine_of_latitude": np.sin}.get(source.rule, lambda x: np.arange(1.0, len(x) + 1))(
                latitude
            )
            return np.broadcast_to(row, (self._steps(source), len(row)))
        temperature, humidity, surface_pressure, *fluxes = self._parts(DERIVED[source.rule], source.lag)
        temperature, humidity = temperature.swapaxes(1, 2), humidity.swapaxes(1, 2)  # (step, column, level), or their tendencies
        if source.rule == "heat_of_fusion":
            solar, thermal, solar_below, thermal_below = (flux.astype(np.float64) for flux in fluxes)
            radiation = solar - thermal - solar_below + thermal_below
            return heat_of_fusion(self.contract, temperature, humidity, surface_pressure, radiation)
        if source.rule == "relative_humidity":
            pressure = self.contract.vertical_grid.pressure(surface_pressure)
            return relative_humidity_over_liquid_and_ice(self.contract, temperature, humidity, pressure).swapaxes(1, 2)
        return moist_static_energy(self.contract, temperature, humidity, surface_pressure).swapaxes(1, 2)

    def _steps(self, source: SourceVariable) -> int:
        """Number of steps of the block, from the surface pressure or, without one, the first variable of the contract that is read."""
        if "surface_air_pressure" in self.mapped and self.contract.has_mass:
            return len(self._parts(("surface_air_pressure",), source.lag)[0])
        term = next(one.terms[0] for one in map(self.mapped.get, self.contract.input_columns) if one is not None and not one.is_derived)
        return len(self.fetch(term.name, term.member, term.lag + source.lag))

    def _parts(self, names: tuple[str, ...], back: int) -> list[NDArray[np.floating]]:
        parts = [self._sum(self.mapped[name], _NEEDED_UNITS.get(name, "W m-2"), name, back) for name in names]
        masked = [np.where(np.abs(part) < FILL_SIZE, part, np.nan) for part in parts]
        return [part[:, ::-1] if part.ndim == 3 and self.bottom_first else part for part in masked]


def _require_one_zero(source: SourceVariable, terms: list[tuple[Term, Conversion]], name: str) -> None:
    """Refuse a sum of temperatures in degrees Celsius, in which the offset would be added twice."""
    if not 0 <= sum(term.sign for term, convert in terms if convert.offset) <= 1:
        raise ParamnetError(
            name,
            expected="a sum with at most one term in units with an offset, such as degC",
            got=f"several of {', '.join(source.names)} in such units",
            remedy="set kelvin as the units of the increments in unit_overrides of the source",
        )
