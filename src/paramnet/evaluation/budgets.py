"""Column budgets of water and enthalpy that can be computed from a contract's variables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract
from paramnet.evaluation.quantities import is_heat, is_moistening, rain_energy, summing

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Budget:
    """A column budget that a perfect scheme closes as well as its teacher. ``formula`` : the terms of the sum."""

    name: str
    formula: str
    residual: Callable[[Floats, Floats], Floats]
    """(inputs : (sample, n_in), energy : (sample, n_out) in W m-2) -> (sample), W m-2."""


def budgets(contract: Contract) -> list[Budget]:
    """The water and enthalpy budgets that can be computed from the contract's variables.

    Radiation is included if all four of its fluxes are outputs. If a surface flux is an input, the budget is computed both with
    and without it: tendencies of some hosts contain surface fluxes, others do not (E3SM-MMF); the teacher's residual shows which.
    Signs: vapour and enthalpy gained by the atmosphere are positive.
    """
    moistening, heating = summing(contract, is_moistening), summing(contract, is_heat)
    rain = rain_energy(contract)
    found = []
    if moistening.any() and rain.any():
        evaporation = _input_column(contract, "surface_upward_latent_heat_flux")
        found.append(Budget("water", "Lv∫dq/dt dm + Lv·P", _residual(moistening + rain, None)))
        if evaporation is not None:
            found.append(Budget("water with evaporation", "Lv∫dq/dt dm + Lv·P − LH", _residual(moistening + rain, evaporation)))
    radiation = _net_radiation(contract)
    sensible = _input_column(contract, "surface_upward_sensible_heat_flux")
    if heating.any() and rain.any() and (sensible is None or radiation is not None):
        sinks = -rain - (0.0 if radiation is None else radiation)
        formula = "∫cp dT/dt dm − Lv·P" + ("" if radiation is None else " − Rnet")
        found.append(Budget("enthalpy", formula, _enthalpy_residual(contract, heating, sinks, None)))
        if sensible is not None:
            with_flux = _enthalpy_residual(contract, heating, sinks, sensible)
            found.append(Budget("enthalpy with sensible heat", formula + " − SH", with_flux))
    return found


def _enthalpy_residual(contract: Contract, heating: Floats, sinks: Floats, minus_input: int | None) -> Callable[[Floats, Floats], Floats]:
    heat, rest = _moist_heating(contract, heating), _residual(sinks, minus_input)
    return lambda inputs, energy: heat(inputs, energy) + rest(inputs, energy)


def _moist_heating(contract: Contract, heating: Floats) -> Callable[[Floats, Floats], Floats]:
    """Column heating, with the heat capacity of moist air if the contract has that of vapour and the humidity."""
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
    """Radiative heating of the column from the four net fluxes, or None if one is missing."""
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
