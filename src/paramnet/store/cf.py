"""CF attributes and coordinates of a finished store, by which ``xarray.open_zarr("store/train")`` reads a split."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from paramnet.contract import Contract, Variable
from paramnet.store.layout import SPLITS, TRACE_ARRAYS

_STANDARD_NAMES = {"latitude": "latitude", "longitude": "longitude", "time": "time"}


def trace_attributes(name: str, time_units: str, calendar: str) -> dict[str, str]:
    """CF attributes of an array of the trace, by which its times are decoded."""
    _, units, long_name = TRACE_ARRAYS[name]
    attributes = {"long_name": long_name, "units": units}
    if name == "time":
        attributes |= {"long_name": "time of the sample", "units": time_units, "calendar": calendar}
    return attributes | ({"standard_name": _STANDARD_NAMES[name]} if name in _STANDARD_NAMES else {})


def level_coordinates(contract: Contract) -> dict[str, tuple[Any, dict[str, str]]]:
    """Values and attributes along the levels, from the top: level, and p = a + b ps by CF formula terms, or the height."""
    grid = contract.vertical_grid
    level = {"long_name": "level, 1 at the top", "units": "1", "positive": "down", "axis": "Z"}
    numbers = np.arange(1, grid.n_levels + 1, dtype=np.int32)
    if not grid.has_pressure:
        height = {"standard_name": "height", "long_name": "height of the middle of the level", "units": "m", "positive": "up"}
        return {"level": (numbers, level), "height": (np.array(grid.height), height)}
    if contract.has_mass:
        level["standard_name"] = "atmosphere_hybrid_sigma_pressure_coordinate"
        level["formula_terms"] = f"ap: ap b: b ps: {contract.surface_pressure_name}"
    return {
        "level": (numbers, level),
        "ap": (np.array(grid.a_mid), {"long_name": "a in p = a + b ps at mid-levels", "units": "Pa"}),
        "b": (np.array(grid.b_mid), {"long_name": "b in p = a + b ps at mid-levels", "units": "1"}),
    }


def add_coordinates(root: zarr.Group, contract: Contract, time_units: str, calendar: str) -> None:
    """Write times with their origin and calendar, and the variable and level of each input and output column, into every split.

    The variable is a number with ``flag_values`` and ``flag_meanings``, of 64 bits, as xarray reads the values; the level is 1 at the top,
    0 without levels.
    """
    for name in SPLITS:
        group: Any = root[name]
        for trace in TRACE_ARRAYS:
            group[trace].attrs.put(trace_attributes(trace, time_units, calendar))
        for dimension, variables in (("input", contract.inputs), ("output", contract.outputs)):
            group[f"{dimension}s"].attrs.put({"long_name": f"{dimension}s of the scheme, each column in the contract's units"})
            for array, (values, attributes) in _columns(dimension, variables, contract.n_levels).items():
                group.create_array(
                    array, data=values, dimension_names=(dimension,), attributes=attributes, compressors=None, overwrite=True
                )
        columns = [f"{side}_{kind}" for side in ("input", "output") for kind in ("variable", "level")]
        group.attrs.put({"Conventions": "CF-1.11", "contract": contract.name, "coordinates": " ".join([*TRACE_ARRAYS, *columns])})


def _columns(dimension: str, variables: Sequence[Variable], levels: int) -> dict[str, tuple[Any, dict[str, Any]]]:
    """Number of the variable, and level, of each column : (column)."""
    widths = [levels if variable.is_profile else 1 for variable in variables]
    number = np.repeat(np.arange(len(variables), dtype=np.int64), widths)
    level = np.concatenate([np.arange(1, levels + 1) if variable.is_profile else [0] for variable in variables]).astype(np.int32)
    meanings = {"flag_values": list(range(len(variables))), "flag_meanings": " ".join(variable.name for variable in variables)}
    return {
        f"{dimension}_variable": (number, {"long_name": f"variable of the {dimension} column", "units": "1", **meanings}),
        f"{dimension}_level": (
            level,
            {"long_name": "level, 1 at the top; 0 without levels", "units": "1", "positive": "down"},
        ),
    }


def consolidate(store: Path) -> None:
    """Collect the metadata of each split in its own ``zarr.json``, so that a remote reader needs one request.

    That of the root is left as it is: paramnet checks the metadata of each array where it is.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")  # a convention beside the Zarr 3 specification
        for name in SPLITS:
            zarr.consolidate_metadata(store, path=name)
