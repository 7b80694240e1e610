"""Check that the tables of a network are plausible for the variables of the contract."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError, Variable

_log = logging.getLogger(__name__)
Array = NDArray[np.float64]
_FAR = 10.0  # times the span of the valid range


def column_name(variables: Sequence[Variable], columns: dict[str, slice], column: int) -> str:
    """Name of a column of the tensor: its variable, and its level if it has one (0 = model top)."""
    for variable in variables:
        part = columns[variable.name]
        if part.start <= column < part.stop:
            return f"{variable.name} level {column - part.start}" if variable.is_profile else variable.name
    return f"feature {column - max(part.stop for part in columns.values())}"


def column_names(variables: Sequence[Variable], columns: dict[str, slice], wrong: NDArray[np.bool_], most: int = 6) -> str:
    """Names of the columns marked in ``wrong``, the first few of them."""
    places = np.flatnonzero(wrong)
    text = ", ".join(column_name(variables, columns, int(place)) for place in places[:most])
    return text + (f" and {len(places) - most} more" if len(places) > most else "")


def require_divisors(key: str, numbers: Array, variables: Sequence[Variable], columns: dict[str, slice], source: str) -> None:
    """Raise ParamnetError naming the columns that would be divided by zero."""
    if (numbers == 0).any():
        raise ParamnetError(
            f"normalization.{key}",
            expected="numbers other than 0",
            got=f"0 for {column_names(variables, columns, numbers == 0)}",
            where=source,
            remedy="for an input that never varied, set the divisor to 1 and subtract its value, or set its weights in the first "
            "kernel to zero",
        )


def require_ranges(contract: Contract, side: str, low: Array, high: Array) -> None:
    """Compare the ranges of training data with the contract's valid ranges.

    side : "inputs" or "outputs". low, high : (column of the tensor), contract units. Raises ParamnetError if a range is
    outside the valid one or more than ten times as wide (variables swapped, or other units). A range that only extends
    beyond the valid one is logged as a warning.
    """
    variables = getattr(contract, side)
    columns = contract.input_columns if side == "inputs" else contract.output_columns
    for variable in variables:
        part = columns[variable.name]
        least, most = float(low[part].min()), float(high[part].max())
        valid_low, valid_high = variable.valid_range
        if most < valid_low or least > valid_high or most - least > _FAR * (valid_high - valid_low):
            raise ParamnetError(
                f"envelope.{side[:-1]}_min, {side[:-1]}_max of {variable.name}",
                expected=f"a range within {valid_low:g} to {valid_high:g} {variable.units}, as in contract {contract.name}",
                got=f"{least:g} to {most:g}",
                remedy="check the order of the variables, and their units",
            )
        if least < valid_low or most > valid_high:
            _log.warning(
                "%s: the training data range from %g to %g %s, the contract's valid range is %g to %g; check order and units",
                *(variable.name, least, most, variable.units, valid_low, valid_high),
            )


def require_means(contract: Contract, subtract: Array, divide: Array) -> None:
    """Raise ParamnetError if ``subtract`` ± 10 ``divide`` is outside a variable's valid range.

    subtract, divide : (column of the tensor), given by variable or file (a constant for all columns cannot be checked).
    """
    for variable in contract.inputs:
        part = contract.input_columns[variable.name]
        low, high = variable.valid_range
        reach = _FAR * np.abs(divide[part])
        outside = (subtract[part] + reach < low) | (subtract[part] - reach > high)
        if outside.any():
            worst = int(np.argmax(outside))
            raise ParamnetError(
                f"normalization.input_subtract of {variable.name}" + (f" level {worst}" if variable.is_profile else ""),
                expected=f"a number near {low:g} to {high:g} {variable.units}, as in contract {contract.name}",
                got=f"{subtract[part][worst]:g} (divided by {divide[part][worst]:g})",
                remedy="check the order of the variables, and their units",
            )


def warn_of_contradictions(contract: Contract, subtract: Array, low: Array, high: Array) -> None:
    """Log a warning if a mean is outside the range of the data."""
    width = contract.n_in
    outside = (subtract[:width] < low) | (subtract[:width] > high)
    if outside.any() and not (subtract == 0).all():
        _log.warning(
            "input_subtract is outside input_min … input_max for %s: if it contains means, the tables are of different data",
            column_names(contract.inputs, contract.input_columns, outside),
        )
