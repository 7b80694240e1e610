"""Quantities scored in addition to the outputs (column integrals and rain), and the classification of outputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, Variable
from paramnet.physics import SECONDS_PER_DAY, energy_per_unit, watts_per_unit

Floats = NDArray[np.float64]
RAIN_PRODUCTION = "tendency_of_specific_humidity_due_to_convective_precipitation"
# CF names of precipitation. The first set of which a contract has a name is used: the total, its two parts, or rain and snow.
_PARTS = ("convective", "stratiform", "large_scale")
RAIN_RATES: tuple[tuple[str, ...], ...] = (
    ("lwe_precipitation_rate", "precipitation_flux", "precipitation_rate"),
    tuple(
        name for part in _PARTS for name in (f"lwe_{part}_precipitation_rate", f"{part}_precipitation_flux", f"{part}_precipitation_rate")
    ),
    ("rainfall_flux", "rainfall_rate", "lwe_snowfall_rate", "snowfall_flux"),
    tuple(
        name
        for part in _PARTS
        for name in (f"{part}_rainfall_flux", f"{part}_rainfall_rate", f"lwe_{part}_snowfall_rate", f"{part}_snowfall_flux")
    ),
)


@dataclass(frozen=True)
class Derived:
    """A column quantity in W m-2: ``weights`` : (n_out), applied to outputs in W m-2."""

    name: str
    long_name: str
    weights: Floats

    def __call__(self, energy: Floats) -> Floats:
        """energy : (sample, n_out), W m-2. Returns (sample), W m-2."""
        return energy @ self.weights


def is_heat(variable: Variable) -> bool:
    """Return True for a profile of heating."""
    return variable.is_profile and variable.energy is not None and variable.energy.factor == "heat"


def is_rain(variable: Variable) -> bool:
    """Return True for rain, as a surface flux by any CF name or as its production by level."""
    return variable.standard_name == RAIN_PRODUCTION or any(variable.standard_name in names for names in RAIN_RATES)


def rain_outputs(contract: Contract) -> list[Variable]:
    """Outputs whose sum is the precipitation, without double counting: surface rates, else production by level; [] without rain."""
    for names in (*RAIN_RATES, (RAIN_PRODUCTION,)):
        found = [variable for variable in contract.outputs if variable.standard_name in names]
        if names is RAIN_RATES[0]:
            found = found[:1]
        if any("snow" not in variable.standard_name for variable in found):
            return found
    return []


def rain_energy(contract: Contract) -> Floats:
    """Weights (n_out) that convert outputs in W m-2, as scored, to latent heat of rain in W m-2; all zero without rain."""
    weights, (per_unit, _) = np.zeros(contract.n_out), energy_per_unit(contract)
    for variable in rain_outputs(contract):
        columns = contract.output_columns[variable.name]
        upward = -1.0 if "upward" in variable.sign else 1.0
        weights[columns] = (
            upward if variable.is_profile else upward * watts_per_unit(contract, variable.units, variable.name) / per_unit[columns]
        )
    return weights


def is_moistening(variable: Variable) -> bool:
    """Return True for a profile of vapour gained."""
    return (
        variable.is_profile
        and variable.energy is not None
        and variable.energy.factor == "latent"
        and variable.standard_name.startswith("tendency_of_specific_humidity")
        and not is_rain(variable)
    )


def derived_quantities(contract: Contract) -> list[Derived]:
    """Column integrals of heating, moistening and rain production, if the contract has their profiles."""
    wanted = (
        ("column_heating", "Column heating", is_heat),
        ("column_moistening", "Column moistening", is_moistening),
        ("column_rain", "Column rain production", lambda v: v.is_profile and is_rain(v)),
    )
    rows = [(name, long_name, summing(contract, chosen)) for name, long_name, chosen in wanted]
    return [Derived(*row) for row in rows if row[2].any()]


def summing(contract: Contract, chosen: Callable[[Variable], bool]) -> Floats:
    """Weights (n_out): 1 for the columns of the chosen outputs, 0 for others."""
    weights = np.zeros(contract.n_out)
    for variable in contract.outputs:
        if chosen(variable):
            weights[contract.output_columns[variable.name]] = 1.0
    return weights


def score_units(contract: Contract, name: str) -> str:
    """Units of the scores of an output or a derived quantity: W m-2, or the output's own if it is no energy."""
    return next((variable.scored_units for variable in contract.outputs if variable.name == name), "W m-2")


def rain_weights(contract: Contract) -> Floats | None:
    """Weights (n_out) that convert outputs in W m-2 to rain in mm day-1 (W m-2 / Lv, in kg m-2 day-1); None without rain."""
    weights = rain_energy(contract)
    return weights / contract.constants["latent_heat_of_vaporization"] * SECONDS_PER_DAY if weights.any() else None
