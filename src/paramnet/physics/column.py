"""Mass of layers, in float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paramnet.contract import Contract


def layer_mass(contract: Contract, surface_pressure: ArrayLike) -> NDArray[np.float64]:
    """Mass per area of each level, dp/g.

    surface_pressure : (column), Pa. Returns (column, level), kg m-2, level 0 = model top.
    """
    return contract.vertical_grid.pressure_thickness(surface_pressure) / contract.constants["gravity"]
