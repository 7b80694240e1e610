"""Saturation, relative humidity and moist static energy."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paramnet.contract import Contract

Floats = NDArray[np.float64]

_E0, _A, _B, _T0 = 610.78, 17.2693882, 35.86, 273.16  # Pa, -, K, K (Tetens 1930, Murray 1967)
_RD_OVER_RV = 287.0 / 461.51
_ALL_ICE = 253.16  # K; condensate is ice below it, liquid above _T0, linear in between (as in SAM and E3SM-MMF)


def saturation_specific_humidity(temperature: ArrayLike, pressure: ArrayLike) -> Floats:
    """Saturation specific humidity over liquid water, by the formula of Tetens with PlaSim's coefficients.

    temperature : K; pressure : Pa; same or broadcastable shapes. Returns kg kg-1; at most 1, as the vapour pressure is limited to p.
    """
    t, p = np.asarray(temperature, dtype=np.float64), np.asarray(pressure, dtype=np.float64)
    vapour_pressure = np.minimum(_E0 * np.exp(_A * (t - _T0) / (t - _B)), p)
    return _RD_OVER_RV * vapour_pressure / (p - (1.0 - _RD_OVER_RV) * vapour_pressure)


def relative_humidity(temperature: ArrayLike, specific_humidity: ArrayLike, pressure: ArrayLike) -> Floats:
    """Specific humidity over its saturation value, dimensionless; temperature in K, pressure in Pa."""
    return np.asarray(specific_humidity, dtype=np.float64) / saturation_specific_humidity(temperature, pressure)


def mixed_phase_relative_humidity(temperature: ArrayLike, specific_humidity: ArrayLike, pressure: ArrayLike) -> Floats:
    """Specific humidity over Rd e / (Rv p), dimensionless, e the saturation pressure over liquid, ice, or a mixture of both.

    temperature : K; specific_humidity : kg kg-1; pressure : Pa. The share of liquid increases linearly from 0 at 253.16 K to 1
    at 273.16 K. This is the definition of ClimSim's ``state_rh``, with the saturation pressures of Murphy and Koop (2005, eqs 7
    and 10) instead of the polynomials of Flatau et al. (1992). Both differ by 0.1 % above 213 K, and by more below, outside the
    range of the polynomials.
    """
    t, q, p = (np.asarray(values, dtype=np.float64) for values in (temperature, specific_humidity, pressure))
    liquid = np.clip((t - _ALL_ICE) / (_T0 - _ALL_ICE), 0.0, 1.0)
    log_t = np.log(t)
    supercooled = np.tanh(0.0415 * (t - 218.8)) * (53.878 - 1331.22 / t - 9.44523 * log_t + 0.014025 * t)
    over_liquid = np.exp(54.842763 - 6763.22 / t - 4.210 * log_t + 0.000367 * t + supercooled)
    over_ice = np.exp(9.550426 - 5723.265 / t + 3.53068 * log_t - 0.00728332 * t)
    return q * p / (_RD_OVER_RV * (liquid * over_liquid + (1.0 - liquid) * over_ice))


def moist_static_energy(contract: Contract, temperature: ArrayLike, specific_humidity: ArrayLike, surface_pressure: ArrayLike) -> Floats:
    """cp T + g z + Lv q, J kg-1, with the height z above the surface from hydrostatic balance.

    temperature : (..., column, level), K; specific_humidity : the same, kg kg-1; surface_pressure : (..., column), Pa.
    Level 0 is the model top. The surface geopotential is not included. Constants are those of the contract. Heights follow from
    layer means of the virtual temperature Tv = T (1 + 0.608 q): Rd Tv ln(p_below / p).
    """
    t, q = np.asarray(temperature, dtype=np.float64), np.asarray(specific_humidity, dtype=np.float64)
    grid, constants = contract.vertical_grid, contract.constants
    below = grid.interface_pressure(surface_pressure)[..., 1:]
    middle = grid.pressure(surface_pressure)
    virtual = constants["gas_constant_of_dry_air"] * t * (1.0 + (1.0 / _RD_OVER_RV - 1.0) * q)
    half = virtual * np.log(below / middle)
    whole = np.zeros_like(half)
    whole[..., 1:] = virtual[..., 1:] * np.log(below[..., 1:] / below[..., :-1])
    under = np.cumsum(whole[..., ::-1], axis=-1)[..., ::-1]  # geopotential of each level's upper interface
    geopotential = half
    geopotential[..., :-1] += under[..., 1:]
    return constants["specific_heat_of_dry_air"] * t + geopotential + constants["latent_heat_of_vaporization"] * q
