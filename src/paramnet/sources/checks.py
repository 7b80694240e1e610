"""Checks of a file against source and contract: shapes, units, global attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from paramnet.contract import Contract, ParamnetError, same_units
from paramnet.sources.netcdf import Dataset, Variable

HALF_LEVELS = (
    "it is on half levels: write the mean of the two interfaces of each level to the file, or the lower interface of each level as a "
    "profile and the uppermost as a variable of its own (docs/guides/sources.md, Half levels)"
)


class Shape(NamedTuple):
    """Required dimensions of a variable: ``time`` (one name or none), ``levels`` (name -> number, or none), and ``column`` names with
    ``columns`` points in total, as in the file ``grid``, for the contract ``contract``."""

    time: Sequence[str]
    levels: Mapping[str, int]
    column: Sequence[str]
    columns: int
    grid: str
    contract: str


def require_shape(array: Variable, native_name: str, shape: Shape, where: str) -> None:
    """Require the dimensions of ``shape`` (other dimensions must have length one) and its numbers of columns and levels."""
    sizes = dict(zip(array.dimensions, array.shape, strict=True))
    expected = {*shape.time, *shape.levels, *shape.column}
    if not expected <= set(sizes) or any(sizes[dim] != 1 for dim in set(sizes) - expected):
        raise ParamnetError(
            native_name,
            expected=f"dimensions {sorted(expected)}",
            got=str(list(array.dimensions)),
            where=where,
            remedy=HALF_LEVELS if _on_half_levels(sizes, shape) else "correct `dims` of the source",
        )
    columns = int(np.prod([sizes[dim] for dim in shape.column]))
    if columns != shape.columns:
        raise ParamnetError(
            native_name, expected=f"{shape.columns} columns as in {shape.grid}", got=str(columns), where=where, remedy="do not mix grids"
        )
    for dim, levels in shape.levels.items():
        if sizes[dim] != levels:
            raise ParamnetError(
                native_name,
                expected=f"{levels} levels as in contract {shape.contract}",
                got=str(sizes[dim]),
                where=where,
                remedy=HALF_LEVELS if levels > 1 and sizes[dim] == levels + 1 else "choose the contract of this model",
            )


def _on_half_levels(sizes: Mapping[str, int], shape: Shape) -> bool:
    """True if the only difference is a dimension with one element more than the levels instead of these."""
    others = set(sizes) - {*shape.time, *shape.column}
    here = [sizes[dim] for dim in others - set(shape.levels) if sizes[dim] != 1]
    return not others & set(shape.levels) and any(levels > 1 and here == [levels + 1] for levels in shape.levels.values())


def require_units(array: Variable, expected: str, native_name: str, where: str, source: str, first: str = "") -> None:
    """Require an attribute ``units`` equivalent to ``expected``; ``first`` names the file that ``expected`` is from, if any."""
    got = getattr(array, "units", None)
    if got is None or not same_units(str(got), expected):
        raise ParamnetError(
            native_name,
            expected=f"units {expected!r}" + (f" as in {first}" if first else ""),
            got="none" if got is None else repr(got),
            where=where,
            remedy=f"set its true units in unit_overrides of source {source}, or fix the file",
        )


def require_attributes(dataset: Dataset, attributes: Mapping[str, str], contract: Contract, where: str) -> None:
    """Require time step, tendency interval and constants of the contract in the file's attributes (relative tolerance 1e-4)."""
    known = {"time_step": contract.time_step, "tendency_interval": contract.tendency_interval} | contract.constants
    for name, attribute in attributes.items():
        if name not in known:
            raise ParamnetError(
                "source attributes", expected=f"time_step, tendency_interval or a constant of contract {contract.name}", got=name
            )
        got: Any = getattr(dataset, attribute, None)
        if np.asarray(got).dtype.kind not in "iuf" or np.size(got) != 1 or not np.isclose(got, known[name], rtol=1e-4, atol=0).all():
            raise ParamnetError(
                attribute,
                expected=f"{known[name]} as {name} in contract {contract.name}",
                got="none" if got is None else str(got),
                where=where,
                remedy="choose the contract of this model, or write one with its constants",
            )
