"""A floor for the standard deviations of inputs, so that standardization does not amplify inputs that hardly vary.

Humidity above 7 hPa varied by 0.13 % over four months of a climate model; half a year later it was up to seven of its standard
deviations away from its mean. Such a change has no effect on a column, and no instrument can measure it. The floor makes it
small for the network too. A constant input remains zero (``Normalizer``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract
from paramnet.scheme.normalization.selection import InputConfig
from paramnet.store import ColumnStatistics

REACH = 4.0  # half-width of the usual range in units of the floor: what a normal variable exceeds once in some 16,000 samples

Floats = NDArray[np.float64]


def deviation_floor(config: InputConfig, contract: Contract, inputs: ColumnStatistics) -> Floats:
    """Floor of the standard deviation of each input : (n_in), contract units; zero if no floor is configured.

    This is ``floor_of_size`` times the root mean square of the input, and for profiles at least ``floor_of_profile`` times the
    root mean square of the standard deviations of all levels.
    """
    floor = config.floor_of_size * np.hypot(inputs.mean, inputs.std)
    for variable in contract.inputs:
        if variable.is_profile:
            columns = contract.input_columns[variable.name]
            floor[columns] = np.maximum(floor[columns], config.floor_of_profile * np.sqrt(np.mean(inputs.std[columns] ** 2)))
    return floor


def usual_range(config: InputConfig, contract: Contract, inputs: ColumnStatistics) -> tuple[Floats, Floats]:
    """Lower and upper limit : (n_in) of inputs accepted by a host's guard, contract units.

    The range of the training data, extended by ``envelope_margin`` standard deviations (at least the floor) on each side, and
    including mean +- ``REACH`` times the deviation added by the floor. A limit does not cross zero if the data never did. Without
    margin, and where the floor does not act, it is the range of the data.
    """
    margin = config.envelope_margin * np.maximum(inputs.std, deviation_floor(config, contract, inputs))
    reach = _reach(config, contract, inputs)
    lower = np.minimum(inputs.min - margin, inputs.mean - reach)
    upper = np.maximum(inputs.max + margin, inputs.mean + reach)
    return np.where(inputs.min >= 0, np.maximum(lower, 0.0), lower), np.where(inputs.max <= 0, np.minimum(upper, 0.0), upper)


def usual_quantiles(config: InputConfig, contract: Contract, inputs: ColumnStatistics) -> Floats:
    """The quantiles : (level, n_in); where the floor acts, those around the median are at least as far from the mean as its reach."""
    reach = _reach(config, contract, inputs)
    lower, upper = usual_range(config, contract, inputs)
    levels = np.asarray(inputs.quantile_levels)[:, None]
    wide = np.where(levels < 0.5, np.minimum(inputs.quantiles, inputs.mean - reach), inputs.quantiles)
    wide = np.where(levels > 0.5, np.maximum(wide, inputs.mean + reach), wide)
    return np.clip(wide, lower, upper)


def _reach(config: InputConfig, contract: Contract, inputs: ColumnStatistics) -> Floats:
    """``REACH`` sqrt(floor^2 - std^2) : (n_in); zero where the floor does not act."""
    missing = deviation_floor(config, contract, inputs) ** 2 - inputs.std**2
    return REACH * np.sqrt(np.maximum(missing, 0.0))
