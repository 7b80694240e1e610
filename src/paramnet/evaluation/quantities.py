"""What is scored besides the raw outputs: column integrals, rain, budget residuals, the convective regime."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, Variable

Floats = NDArray[np.float64]
SECONDS_PER_DAY = 86400.0
RAIN_PRODUCTION = "tendency_of_specific_humidity_due_to_convective_precipitation"
RAIN_RATE = "lwe_precipitation_rate"


@dataclass(frozen=True)
class Derived:
    """A column quantity in W m-2: ``weights`` : (n_out), applied to outputs in W m-2."""

    name: str
    long_name: str
    weights: Floats

    def __call__(self, energy: Floats) -> Floats:
        """energy : (sample, n_out), W m-2. Returns (sample), W m-2."""
        return energy @ self.weights


@dataclass(frozen=True)
class Budget:
    """A column budget that a perfect scheme closes as well as its teacher does. ``formula`` says what is summed."""

    name: str
    formula: str
    residual: Callable[[Floats, Floats], Floats]
    """(inputs : (sample, n_in), energy : (sample, n_out) in W m-2) -> (sample), W m-2."""


def is_heat(variable: Variable) -> bool:
    """A profile of heating."""
    return variable.is_profile and variable.energy is not None and variable.energy.factor == "heat"


def is_rain(variable: Variable) -> bool:
    """Rain, as a flux at the surface or as its production by level."""
    return variable.standard_name in (RAIN_PRODUCTION, RAIN_RATE)


def is_moistening(variable: Variable) -> bool:
    """A profile of vapour gained."""
    return (
        variable.is_profile
        and variable.energy is not None
        and variable.energy.factor == "latent"
        and variable.standard_name.startswith("tendency_of_specific_humidity")
        and not is_rain(variable)
    )


def derived_quantities(contract: Contract) -> list[Derived]:
    """Column integrals of heating, moistening and rain production, where the contract has their profiles."""
    wanted = (
        ("column_heating", "Column heating", is_heat),
        ("column_moistening", "Column moistening", is_moistening),
        ("column_rain", "Rain from the column", lambda v: v.is_profile and is_rain(v)),
    )
    rows = [(name, long_name, _summing(contract, chosen)) for name, long_name, chosen in wanted]
    return [Derived(*row) for row in rows if row[2].any()]


def _summing(contract: Contract, chosen: Callable[[Variable], bool]) -> Floats:
    weights = np.zeros(contract.n_out)
    for variable in contract.outputs:
        if chosen(variable):
            weights[contract.output_columns[variable.name]] = 1.0
    return weights


def rain_weights(contract: Contract) -> Floats | None:
    """Weights (n_out) that turn outputs in W m-2 into rain in mm day-1 (W m-2 / Lv, as kg m-2 day-1); None without rain."""
    weights = _summing(contract, is_rain)
    return weights / contract.constants["latent_heat_of_vaporization"] * SECONDS_PER_DAY if weights.any() else None


def budgets(contract: Contract) -> list[Budget]:
    """The water and enthalpy budgets that the contract's variables allow.

    Surface fluxes enter when they are inputs (then the scheme stands for all physics); radiation when all four of its fluxes
    are outputs. Signs: vapour and enthalpy gained by the atmosphere are positive.
    """
    moistening, heating = _summing(contract, is_moistening), _summing(contract, is_heat)
    rain = _summing(contract, is_rain)
    found = []
    if moistening.any() and rain.any():
        evaporation = _input_column(contract, "surface_upward_latent_heat_flux")
        formula = "Lv∫dq/dt dm + Lv·P" + (" − LH" if evaporation is not None else "")
        found.append(Budget("water", formula, _residual(moistening + rain, evaporation)))
    radiation = _net_radiation(contract)
    sensible = _input_column(contract, "surface_upward_sensible_heat_flux")
    if heating.any() and rain.any() and (sensible is None or radiation is not None):
        weights = -rain - (radiation if radiation is not None and sensible is not None else 0.0)
        formula = "∫cp dT/dt dm − Lv·P" + (" − SH − Rnet" if sensible is not None else "")
        heat, dry = _moist_heating(contract, heating), _residual(weights, sensible)
        found.append(Budget("enthalpy", formula, lambda inputs, energy: heat(inputs, energy) + dry(inputs, energy)))
    return found


def _moist_heating(contract: Contract, heating: Floats) -> Callable[[Floats, Floats], Floats]:
    """Column heating, with the heat capacity of moist air where the contract gives that of vapour and the humidity."""
    excess = contract.constants.get("specific_heat_of_water_vapour", 0.0) / contract.constants["specific_heat_of_dry_air"] - 1.0
    humidity = [v for v in contract.inputs if v.standard_name == "specific_humidity" and v.is_profile]
    if excess < 0 or not humidity:
        return lambda inputs, energy: energy @ heating
    vapour, levels = contract.input_columns[humidity[0].name], np.flatnonzero(heating)
    return lambda inputs, energy: np.sum(energy[:, levels] * (1.0 + excess * inputs[:, vapour]), axis=1)


def _input_column(contract: Contract, standard_name: str) -> int | None:
    for variable in contract.inputs:
        if variable.standard_name == standard_name:
            return contract.input_columns[variable.name].start
    return None


def _net_radiation(contract: Contract) -> Floats | None:
    """Radiative heating of the whole column from the four net fluxes, or None when one is missing."""
    signs = {
        "toa_net_downward_shortwave_flux": 1.0,
        "surface_net_downward_shortwave_flux": -1.0,
        "toa_net_upward_longwave_flux": -1.0,
        "surface_net_upward_longwave_flux": 1.0,
    }
    columns = {v.standard_name: contract.output_columns[v.name].start for v in contract.outputs}
    if not set(signs) <= set(columns):
        return None
    weights = np.zeros(contract.n_out)
    for name, sign in signs.items():
        weights[columns[name]] = sign
    return weights


def _residual(weights: Floats, minus_input: int | None) -> Callable[[Floats, Floats], Floats]:
    def residual(inputs: Floats, energy: Floats) -> Floats:
        supplied = 0.0 if minus_input is None else inputs[:, minus_input]
        return energy @ weights - supplied

    return residual
