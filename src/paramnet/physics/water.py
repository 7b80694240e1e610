"""Fluxes of water and of energy in one unit, water being worth its latent heat of vaporization."""

from __future__ import annotations

from paramnet.contract import Contract, ParamnetError
from paramnet.contract.units import same_units

DENSITY_OF_WATER = 1000.0  # kg m-3, where a contract does not state its own


def watts_per_unit(contract: Contract, units: str, what: str) -> float:
    """W m-2 of a flux of one in ``units``: of energy (W m-2), of water by mass (kg m-2 s-1) or by depth (m s-1).

    Raises ParamnetError naming ``what`` where ``units`` are of no such flux, or the contract lacks the latent heat.
    """
    if same_units(units, "W m-2"):
        return 1.0
    if not (by_depth := same_units(units, "m s-1")) and not same_units(units, "kg m-2 s-1"):
        raise ParamnetError(what, expected="units W m-2, kg m-2 s-1 or m s-1", got=repr(units), remedy="correct the contract")
    if "latent_heat_of_vaporization" not in contract.constants:
        raise ParamnetError(
            f"contract {contract.name}",
            expected=f"the constant latent_heat_of_vaporization, for {what}",
            got=str(sorted(contract.constants)),
        )
    latent = contract.constants["latent_heat_of_vaporization"]
    return latent * (contract.constants.get("density_of_water", DENSITY_OF_WATER) if by_depth else 1.0)
