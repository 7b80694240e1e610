"""A split of a store as an xarray Dataset: one variable for each of the contract, with coordinates and CF attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from paramnet.contract import Contract, Variable
from paramnet.store.layout import TRACE_ARRAYS

if TYPE_CHECKING:
    import xarray as xr

    from paramnet.store.arrays import StoredArray

STANDARD_NAMES = {"latitude": "latitude", "longitude": "longitude", "time": "time"}


def split_dataset(contract: Contract, arrays: Mapping[str, StoredArray], time_units: str, calendar: str) -> xr.Dataset:
    """Return a split with dimensions (sample, level), read by Dask when it is used; see ``Store.to_xarray``.

    arrays : ``inputs``, ``outputs`` and those of ``TRACE_ARRAYS``.
    """
    import xarray as xr

    dataset = xr.Dataset(coords=level_coordinates(contract))
    for side, variables, columns in (
        ("inputs", contract.inputs, contract.input_columns),
        ("outputs", contract.outputs, contract.output_columns),
    ):
        rows = _lazy(arrays[side])
        for variable in variables:
            values = rows[:, columns[variable.name]]
            dims, values = (("sample", "level"), values) if variable.is_profile else (("sample",), values[:, 0])
            dataset[_name(variable, side, contract)] = (dims, values, variable.attributes)
    traces = {name: ("sample", _lazy(arrays[name]), trace_attributes(name, time_units, calendar)) for name in TRACE_ARRAYS}
    decoder = xr.coders.CFDatetimeCoder(use_cftime=True)
    return xr.decode_cf(dataset.assign_coords(traces), decode_times=decoder, decode_timedelta=False)


def _name(variable: Variable, side: str, contract: Contract) -> str:
    """The name of a variable; an output that has that of an input is told apart."""
    return f"{variable.name}_output" if side == "outputs" and variable.name in contract.input_columns else variable.name


def level_coordinates(contract: Contract) -> dict[str, Any]:
    """The levels from the top with the coefficients of p = a + b ps, by CF formula terms."""
    grid = contract.vertical_grid
    level = {
        "standard_name": "atmosphere_hybrid_sigma_pressure_coordinate",
        "long_name": "level, 1 at the top",
        "units": "1",
        "positive": "down",
        "axis": "Z",
        "formula_terms": f"ap: ap b: b ps: {contract.surface_pressure_name}",
    }
    return {
        "level": ("level", np.arange(1, grid.n_levels + 1), level),
        "ap": ("level", np.array(grid.a_mid), {"long_name": "a in p = a + b ps at mid-levels", "units": "Pa"}),
        "b": ("level", np.array(grid.b_mid), {"long_name": "b in p = a + b ps at mid-levels", "units": "1"}),
    }


def trace_attributes(name: str, time_units: str, calendar: str) -> dict[str, str]:
    """CF attributes of an array of the trace, by which its times are decoded."""
    _, units, long_name = TRACE_ARRAYS[name]
    attributes = {"long_name": long_name, "units": units}
    if name == "time":
        attributes |= {"long_name": "time of the sample", "units": time_units, "calendar": calendar}
    return attributes | ({"standard_name": STANDARD_NAMES[name]} if name in STANDARD_NAMES else {})


def _lazy(array: StoredArray) -> Any:
    import dask.array

    empty = np.empty((0,) * len(array.shape), array.dtype)
    return dask.array.from_array(array, chunks=array.shards or array.chunks, name=False, asarray=False, meta=empty)
