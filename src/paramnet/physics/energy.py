"""Outputs in the common unit W m-2, as in the scores of ClimSim and Rasp et al. (2018)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paramnet.contract import Contract, ParamnetError, same_units
from paramnet.physics.column import layer_mass
from paramnet.physics.water import DENSITY_OF_WATER

REFERENCE_WIND = 10.0  # m s-1, converts a wind tendency to a power: u du/dt


def energy_per_unit(contract: Contract) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Factor from each output column to W m-2, and True where it must also be multiplied by the level's mass dp/g.

    Returns factor : (n_out), W m-2 per unit (J kg-1 per unit where mass weighted; 1 for outputs that are no energy), and
    mass_weighted : (n_out).
    """
    factor, mass_weighted = np.ones(contract.n_out), np.zeros(contract.n_out, dtype=bool)
    for variable in contract.outputs:
        columns = contract.output_columns[variable.name]
        assert variable.energy is not None  # the contract refuses outputs without it
        if variable.energy.mass_weighted and not variable.is_profile:
            raise ParamnetError(
                f"{variable.name}.energy.mass_weighted",
                expected="false for a variable without levels",
                got="true",
                where=f"contract {contract.name}",
                remedy="correct the contract",
            )
        by_mass = variable.energy.factor == "heat" and same_units(variable.units, "W kg-1")
        factor[columns] = 1.0 if by_mass else _factor(contract, variable.energy.factor, variable.name)
        mass_weighted[columns] = variable.energy.mass_weighted
    return factor, mass_weighted


def _factor(contract: Contract, factor: str, name: str) -> float:
    """Value of a factor. Raises ParamnetError naming the output and the constant that the contract lacks."""
    if factor in ("one", "none", "kinetic"):
        return REFERENCE_WIND if factor == "kinetic" else 1.0
    needed = "specific_heat_of_dry_air" if factor == "heat" else "latent_heat_of_vaporization"
    if needed not in contract.constants:
        raise ParamnetError(
            f"contract {contract.name}",
            expected=f"the constant {needed}, for {name}",
            got=str(sorted(contract.constants)),
            remedy="add it to the contract",
        )
    depth = contract.constants.get("density_of_water", DENSITY_OF_WATER) if factor == "water_flux" else 1.0
    return depth * contract.constants[needed]


def to_watts_per_square_metre(contract: Contract, outputs: ArrayLike, surface_pressure: ArrayLike) -> NDArray[np.float64]:
    """Outputs in energy units.

    outputs : (column, n_out), contract units; surface_pressure : (column), Pa, used for mass-weighted outputs only. Returns
    (column, n_out), W m-2: value x {cp, Lv, 1, rho_w Lv} and, for mass-weighted profiles, x dp/g of the level.
    """
    factor, mass_weighted = energy_per_unit(contract)
    energy = np.asarray(outputs, dtype=np.float64) * factor
    mass = layer_mass(contract, surface_pressure) if mass_weighted.any() else None
    for variable in contract.outputs:
        columns = contract.output_columns[variable.name]
        if mass is not None and mass_weighted[columns.start]:
            energy[:, columns] *= mass
    return energy


def heat_of_fusion(
    contract: Contract, heating: ArrayLike, moistening: ArrayLike, surface_pressure: ArrayLike, radiation: ArrayLike
) -> NDArray[np.float64]:
    """Gain of moist enthalpy of a column beyond net radiation: sum (cp dT + Lv dq) dp/g - radiation, (..., column), W m-2.

    For a scheme of condensation and radiation that is the heat of fusion: of the snow that leaves the column, and of the ice that it
    stores or loses. heating : (..., column, level), K s-1; moistening : the same, kg kg-1 s-1; surface_pressure : (..., column), Pa;
    radiation : (..., column), W m-2, positive into the column.
    """
    constants = contract.constants
    heat = constants["specific_heat_of_dry_air"] * np.asarray(heating, dtype=np.float64)
    heat += constants["latent_heat_of_vaporization"] * np.asarray(moistening, dtype=np.float64)
    return (heat * layer_mass(contract, surface_pressure)).sum(axis=-1) - np.asarray(radiation, dtype=np.float64)
