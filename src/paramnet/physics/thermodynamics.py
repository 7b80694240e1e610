"""Gas constants, relative humidity and moist static energy; saturation over liquid is in ``saturation``."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paramnet.contract import Contract

Floats = NDArray[np.float64]

_ALL_ICE, _ALL_LIQUID = 253.16, 273.16  # K; the share of liquid is linear in between (as in SAM and E3SM-MMF)


def gas_constants(contract: Contract) -> tuple[float, float]:
    """R_d and R_v, J kg-1 K-1, of the contract. Without ``gas_constant_of_water_vapour`` both are PlaSim's, 287.0 and 461.51."""
    if "gas_constant_of_water_vapour" not in contract.constants:
        return 287.0, 461.51
    return contract.constants["gas_constant_of_dry_air"], contract.constants["gas_constant_of_water_vapour"]


def relative_humidity_over_liquid_and_ice(
    contract: Contract, temperature: ArrayLike, specific_humidity: ArrayLike, pressure: ArrayLike
) -> Floats:
    """Specific humidity over Rd e / (Rv p), dimensionless, e the saturation pressure over liquid, ice, or a mixture of both.

    temperature : K; specific_humidity : kg kg-1; pressure : Pa. The share of liquid increases linearly from 0 at 253.16 K to 1
    at 273.16 K. This is the variable ``relative_humidity`` of contracts: the definition of ClimSim's ``state_rh``, with the
    saturation pressures of Murphy and Koop (2005, eqs 7 and 10) instead of the polynomials of Flatau et al. (1992). Both differ
    by 0.1 % above 213 K, and by more below, outside the range of the polynomials.
    """
    t, q, p = (np.asarray(values, dtype=np.float64) for values in (temperature, specific_humidity, pressure))
    liquid = np.clip((t - _ALL_ICE) / (_ALL_LIQUID - _ALL_ICE), 0.0, 1.0)
    log_t = np.log(t)
    supercooled = np.tanh(0.0415 * (t - 218.8)) * (53.878 - 1331.22 / t - 9.44523 * log_t + 0.014025 * t)
    over_liquid = np.exp(54.842763 - 6763.22 / t - 4.210 * log_t + 0.000367 * t + supercooled)
    over_ice = np.exp(9.550426 - 5723.265 / t + 3.53068 * log_t - 0.00728332 * t)
    dry, vapour = gas_constants(contract)
    return q * p / (dry / vapour * (liquid * over_liquid + (1.0 - liquid) * over_ice))


def moist_static_energy(contract: Contract, temperature: ArrayLike, specific_humidity: ArrayLike, surface_pressure: ArrayLike) -> Floats:
    """cp T + g z + Lv q, J kg-1, with the height z above the surface from hydrostatic balance.

    temperature : (..., column, level), K; specific_humidity : the same, kg kg-1; surface_pressure : (..., column), Pa.
    Level 0 is the model top. The surface geopotential is not included. Constants are those of the contract. Heights follow from
    layer means of the virtual temperature Tv = T (1 + (Rv / Rd - 1) q): Rd Tv ln(p_below / p).
    """
    t, q = np.asarray(temperature, dtype=np.float64), np.asarray(specific_humidity, dtype=np.float64)
    grid, constants = contract.vertical_grid, contract.constants
    below = grid.interface_pressure(surface_pressure)[..., 1:]
    middle = grid.pressure(surface_pressure)
    dry, vapour = gas_constants(contract)
    virtual = constants["gas_constant_of_dry_air"] * t * (1.0 + (1.0 / (dry / vapour) - 1.0) * q)
    half = virtual * np.log(below / middle)
    whole = np.zeros_like(half)
    whole[..., 1:] = virtual[..., 1:] * np.log(below[..., 1:] / below[..., :-1])
    under = np.cumsum(whole[..., ::-1], axis=-1)[..., ::-1]  # geopotential of each level's upper interface
    geopotential = half
    geopotential[..., :-1] += under[..., 1:]
    return constants["specific_heat_of_dry_air"] * t + geopotential + constants["latent_heat_of_vaporization"] * q
