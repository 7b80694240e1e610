"""Coordinate variables of a grid: constant in time, converted from the units they state."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError, conversion, parse_units
from paramnet.sources.netcdf import Dataset, read_complete

__all__ = ["in_pascal", "is_pressure"]


def read_constant(dataset: Dataset, name: str, time: str, where: str) -> tuple[NDArray[np.float64], list[str]]:
    """Return values and dimensions of a variable without the dimension ``time``, which concatenation may have added.

    Raises ParamnetError if the values change in time.
    """
    variable = dataset[name]
    values, dims = read_complete(variable, where).astype(np.float64), list(variable.dimensions)
    if time not in dims or name == time:
        return values, dims
    values = np.moveaxis(values, dims.index(time), 0)
    if not len(values) or not np.array_equal(values, np.broadcast_to(values[:1], values.shape), equal_nan=True):
        raise ParamnetError(
            name,
            expected="the same values at every time",
            got="values that change" if len(values) else f"no values, as {time} has length 0",
            where=where,
            remedy="correct `grid` of the source; moving grids are not supported",
        )
    dims.remove(time)
    return values[0], dims


def units_of(dataset: Dataset, name: str, overrides: Mapping[str, str]) -> str:
    """Return the units of a grid variable, from ``overrides`` or its attribute; empty if there are none."""
    return overrides.get(name) or str(getattr(dataset[name], "units", "")).strip()


def is_pressure(units: str) -> bool:
    """Return True if ``units`` are units of pressure; False for text that is not a unit."""
    try:
        return parse_units(units).dimension == parse_units("Pa").dimension
    except ParamnetError:
        return False


def in_pascal(values: NDArray[np.float64], units: str, name: str) -> NDArray[np.float64]:
    """Return pressures in Pa; values without units are taken to be in Pa."""
    return np.asarray(conversion(units or "Pa", "Pa", name).apply(values))


def as_number(values: NDArray[np.float64], units: str, name: str) -> NDArray[np.float64]:
    """Return dimensionless values, converted from percent if so stated; text that is not a unit, such as ``level``, is ignored."""
    try:
        parse_units(units)
    except ParamnetError:
        return values
    return np.asarray(conversion(units, "1", name).apply(values))


def in_degrees(values: NDArray[np.float64], units: str, name: str, where: str, limit: float) -> NDArray[np.float64]:
    """Return a latitude or longitude in degrees, with absolute values up to ``limit``.

    Raises ParamnetError if the units are not those of an angle, or are missing and the values look like radians.
    """
    degrees = np.asarray(conversion(units or "degree", "degree", name).apply(values))
    largest = float(np.abs(degrees).max()) if degrees.size else 0.0
    bounds = np.radians(limit)
    if not units and degrees.size > 8 and 0.5 * bounds < largest <= bounds * (1 + 1e-6):
        raise ParamnetError(
            name,
            expected="units, degrees or radians",
            got=f"none, and values up to {largest:.4f}, which look like radians",
            where=where,
            remedy=f"set unit_overrides: {{{name}: radian}} (or degree) in the source",
        )
    if largest > limit * (1 + 1e-6):
        raise ParamnetError(
            name,
            expected=f"values within ±{limit:g} degrees",
            got=f"{largest:g}",
            where=where,
            remedy="correct the units, or `grid` of the source",
        )
    return degrees
