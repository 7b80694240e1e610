"""A file against source and contract: shapes, units, global attributes. Every error names file, variable, expected and got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from paramnet.contract import Contract, ParamnetError
from paramnet.contract.units import same_units
from paramnet.preprocessing.integrity import Dataset, Variable


class Shape(NamedTuple):
    """What a variable's dimensions must be: ``time`` (one name or none), ``levels`` (name -> number, or none), ``column``
    names with ``columns`` in all, as in the file ``grid``, for the contract ``contract``."""

    time: Sequence[str]
    levels: Mapping[str, int]
    column: Sequence[str]
    columns: int
    grid: str
    contract: str


def require_shape(array: Variable, own: str, shape: Shape, where: str) -> None:
    """Dimensions by name, further ones only of length one; as many columns and levels as grid and contract have."""
    sizes = dict(zip(array.dimensions, array.shape, strict=True))
    expected = {*shape.time, *shape.levels, *shape.column}
    if not expected <= set(sizes) or any(sizes[dim] != 1 for dim in set(sizes) - expected):
        raise ParamnetError(
            f"{own}: expected dimensions {sorted(expected)}, got {list(array.dimensions)} in {where}; correct `dims` of the source"
        )
    columns = int(np.prod([sizes[dim] for dim in shape.column]))
    if columns != shape.columns:
        raise ParamnetError(f"{own}: expected {shape.columns} columns as in {shape.grid}, got {columns} in {where}; do not mix grids")
    for dim, levels in shape.levels.items():
        if sizes[dim] != levels:
            raise ParamnetError(
                f"{own}: expected {levels} levels as in contract {shape.contract}, got {sizes[dim]} in {where}; "
                "choose the contract of this model"
            )


def require_units(array: Variable, expected: str, own: str, where: str, source: str, first: str = "") -> None:
    """The attribute ``units`` must mean ``expected``; ``first`` names the file that set it, where one did."""
    got = getattr(array, "units", None)
    if got is None or not same_units(str(got), expected):
        raise ParamnetError(
            f"{own}: expected units {expected!r}{f' as in {first}' if first else ''}, got {got!r} in {where}; "
            f"convert by unit_overrides of source {source} or fix the file"
        )


def require_attributes(dataset: Dataset, attributes: Mapping[str, str], contract: Contract, where: str) -> None:
    """Time step, tendency interval and constants the file states against the contract's (relative 1e-4)."""
    known = {"time_step": contract.time_step, "tendency_interval": contract.tendency_interval} | contract.constants
    for name, attribute in attributes.items():
        if name not in known:
            raise ParamnetError(f"{name}: expected time_step, tendency_interval or a constant of contract {contract.name}")
        got: Any = getattr(dataset, attribute, None)
        if np.asarray(got).dtype.kind not in "iuf" or np.size(got) != 1 or not np.isclose(got, known[name], rtol=1e-4, atol=0).all():
            raise ParamnetError(
                f"{attribute}: expected {known[name]} as {name} in contract {contract.name}, got {got} in {where}; "
                "choose the contract of this model or make one with its constants"
            )
