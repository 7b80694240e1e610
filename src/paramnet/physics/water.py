"""Fluxes of water and energy in one unit, with the latent heat of vaporization for water."""

from __future__ import annotations

from paramnet.contract import Contract, ParamnetError, same_units

DENSITY_OF_WATER = 1000.0  # kg m-3, unless the contract gives it


def watts_per_unit(contract: Contract, units: str, what: str) -> float:
    """W m-2 per unit of a flux of energy (W m-2), or of water by mass (kg m-2 s-1) or by depth (m s-1).

    Raises ParamnetError naming ``what`` if ``units`` are not of such a flux, or if the contract lacks the latent heat.
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
            remedy="add it to the contract",
        )
    latent = contract.constants["latent_heat_of_vaporization"]
    return latent * (contract.constants.get("density_of_water", DENSITY_OF_WATER) if by_depth else 1.0)
