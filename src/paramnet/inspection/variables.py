"""Sections on a contract and its variables, with the ranges of the training data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from paramnet.contract import Contract
from paramnet.inspection.report import Section

_COLUMNS = ("name", "units", "levels", "valid at", "sign", "physical range", "training range")


def variable_sections(contract: Contract, ranges: dict[str, dict[str, ArrayLike]]) -> list[Section]:
    """Inputs and outputs in order. ranges : "inputs", "outputs" -> "min", "max" per tensor column, if known."""
    sections = []
    for side, variables, columns in (
        ("inputs", contract.inputs, contract.input_columns),
        ("outputs", contract.outputs, contract.output_columns),
    ):
        known = ranges.get(side)
        rows: list[tuple[Any, ...]] = []
        for variable in variables:
            part = columns[variable.name]
            low, high = variable.valid_range
            seen = (
                "unknown" if not known else f"{np.min(np.asarray(known['min'])[part]):.4g} … {np.max(np.asarray(known['max'])[part]):.4g}"
            )
            when = f"{variable.time_level}, {variable.time_method}"
            rows.append((variable.name, variable.units, part.stop - part.start, when, variable.sign, f"{low:g} … {high:g}", seen))
        width = contract.n_in if side == "inputs" else contract.n_out
        sections.append(Section(side, _COLUMNS, rows, f"{width} columns"))
    return sections


def contract_sections(contract: Contract) -> list[Section]:
    """Name, grid, time step and constants."""
    grid = contract.vertical_grid
    levels, at = grid.coordinate, " at ps = 1000 hPa" if grid.has_pressure else ""
    middle, edges = ([f"{value:.4g}" for value in (values[[0, -1]] if len(values) else ())] for values in (levels.middle, levels.interface))
    values: dict[str, Any] = {
        "name": contract.name,
        "digest": contract.digest,
        "description": contract.description,
        "time step, s": contract.time_step,
        "tendency interval, s": contract.tendency_interval,
        "levels": f"{grid.n_levels}, {grid.kind}, {grid.order}",
    }
    if grid.n_levels:
        values |= {
            f"middle of levels{at}": f"{' … '.join(middle)} {levels.units}",
            f"outer edges{at}": f"{' … '.join(edges)} {levels.units}",
        }
    return [Section.of_values("contract", values), Section.of_values("constants", contract.constants, "SI")]
