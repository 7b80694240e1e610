"""Mass of layers and integrals over a column, in float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paramnet.contract import Contract


def layer_mass(contract: Contract, surface_pressure: ArrayLike) -> NDArray[np.float64]:
    """Mass per area of each level, dp/g.

    surface_pressure : (column), Pa. Returns (column, level), kg m-2, level 0 = model top.
    """
    return contract.vertical_grid.pressure_thickness(surface_pressure) / contract.constants["gravity"]


def column_integral(values: ArrayLike, mass: ArrayLike) -> NDArray[np.float64]:
    """Sum of values times mass over levels.

    values : (column, level), any unit U kg-1; mass : (column, level), kg m-2. Returns (column), U m-2, summed in float64.
    """
    return np.sum(np.asarray(values, dtype=np.float64) * np.asarray(mass, dtype=np.float64), axis=-1)
