"""Saturation over liquid water by the Magnus-Teten formula, with PlaSim's coefficients."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_E0, _A, _B, _T0 = 610.78, 17.2693882, 35.86, 273.16  # Pa, -, K, K (Tetens 1930, Murray 1967)
_RD_OVER_RV = 287.0 / 461.51


def saturation_specific_humidity(temperature: ArrayLike, pressure: ArrayLike) -> NDArray[np.float64]:
    """Saturation specific humidity over liquid water.

    temperature : K; pressure : Pa; same or broadcastable shapes. Returns kg kg-1, at most 1 where the air would boil.
    """
    t, p = np.asarray(temperature, dtype=np.float64), np.asarray(pressure, dtype=np.float64)
    vapour_pressure = np.minimum(_E0 * np.exp(_A * (t - _T0) / (t - _B)), p)
    return _RD_OVER_RV * vapour_pressure / (p - (1.0 - _RD_OVER_RV) * vapour_pressure)


def relative_humidity(temperature: ArrayLike, specific_humidity: ArrayLike, pressure: ArrayLike) -> NDArray[np.float64]:
    """Specific humidity over its saturation value, dimensionless; temperature in K, pressure in Pa."""
    return np.asarray(specific_humidity, dtype=np.float64) / saturation_specific_humidity(temperature, pressure)
