"""Values of a Dataset against the valid ranges of a contract, by the rule of the bridge (``plausibility.cpp``)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError, Variable

_NEARLY_ALL = 0.95  # of the columns


def require_plausible(variable: Variable, values: NDArray[Any], strict: bool) -> None:
    """Warn of columns outside the valid range; raise ParamnetError, if ``strict``, where nearly all are far outside.

    values : (column, level) or (column), contract units; values that are not finite are left to the flags. Far is outside by more than the
    width of the range, or a tenth of it for ranges without zero, such as those of pressure and temperature.
    """
    low, high = variable.valid_range
    values = values.reshape(len(values), -1)
    margin = (high - low) * (1.0 if low <= 0.0 <= high else 0.1)
    with np.errstate(invalid="ignore"):
        outside = ((values < low) | (values > high)) & np.isfinite(values)
        far = ((values < low - margin) | (values > high + margin)) & np.isfinite(values)
    if not outside.any():
        return
    seen = np.isfinite(values).any(axis=1)
    finite = values[np.isfinite(values)]
    expected = f"{low:g} to {high:g} {variable.units} (valid_range of the contract)"
    count = f"outside in {outside.any(axis=1).sum()} of {seen.sum()} columns"
    got = f"{finite.min():g} to {finite.max():g}, {count}"
    error = ParamnetError(
        variable.name, expected=expected, got=got, where="the dataset", remedy="correct its values or its attribute `units`"
    )
    if strict and far.any(axis=1).sum() >= _NEARLY_ALL * seen.sum():
        raise error
    warnings.warn(str(error), stacklevel=2)
