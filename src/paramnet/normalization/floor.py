"""The least deviation that an input is standardized by, so that one that hardly varies is not blown up.

Humidity above 7 hPa varied by 0.13 % over four months of a climate model; half a year later it was up to seven of its standard
deviations away from its mean. Nothing a column does depends on so small a change, and no instrument sees it. The floor makes it
small for the network too. An input that never varies at all stays silent, as ``Normalizer`` has it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract
from paramnet.normalization.selection import InputConfig
from paramnet.store import ColumnStatistics

REACH = 4.0  # floors about the mean that are within the usual range: what a normal variable reaches in some 16,000 samples

Floats = NDArray[np.float64]


def deviation_floor(config: InputConfig, contract: Contract, inputs: ColumnStatistics) -> Floats:
    """Least standard deviation of each input : (n_in), contract units; zero where the configuration sets no floor.

    The larger of ``floor_of_size`` times the input's own root mean square, and, for a profile, ``floor_of_profile`` times the
    root mean square over its levels of their standard deviations.
    """
    floor = config.floor_of_size * np.hypot(inputs.mean, inputs.std)
    for variable in contract.inputs:
        if variable.is_profile:
            columns = contract.input_columns[variable.name]
            floor[columns] = np.maximum(floor[columns], config.floor_of_profile * np.sqrt(np.mean(inputs.std[columns] ** 2)))
    return floor


def usual_range(config: InputConfig, contract: Contract, inputs: ColumnStatistics) -> tuple[Floats, Floats]:
    """Lower and upper end : (n_in) of what a host's guard lets pass, contract units.

    The range of the training data, wider by ``envelope_margin`` standard deviations (at least the floor's) on each side, and
    never narrower about the mean than ``REACH`` times what the floor adds. What was never negative stays so. Without margin
    and where the floor does not act it is the range itself.
    """
    margin = config.envelope_margin * np.maximum(inputs.std, deviation_floor(config, contract, inputs))
    reach = _reach(config, contract, inputs)
    lower = np.minimum(inputs.min - margin, inputs.mean - reach)
    upper = np.maximum(inputs.max + margin, inputs.mean + reach)
    return np.where(inputs.min >= 0, np.maximum(lower, 0.0), lower), np.where(inputs.max <= 0, np.minimum(upper, 0.0), upper)


def usual_quantiles(config: InputConfig, contract: Contract, inputs: ColumnStatistics) -> Floats:
    """The quantiles : (level, n_in), those below and above the median as far from the mean as the usual range where the floor acts."""
    reach = _reach(config, contract, inputs)
    lower, upper = usual_range(config, contract, inputs)
    levels = np.asarray(inputs.quantile_levels)[:, None]
    wide = np.where(levels < 0.5, np.minimum(inputs.quantiles, inputs.mean - reach), inputs.quantiles)
    wide = np.where(levels > 0.5, np.maximum(wide, inputs.mean + reach), wide)
    return np.clip(wide, lower, upper)


def _reach(config: InputConfig, contract: Contract, inputs: ColumnStatistics) -> Floats:
    """``REACH`` times the deviation that makes an input's up to its floor, in quadrature : (n_in); zero where the floor does not act."""
    missing = deviation_floor(config, contract, inputs) ** 2 - inputs.std**2
    return REACH * np.sqrt(np.maximum(missing, 0.0))
