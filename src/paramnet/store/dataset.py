"""A split of a store as an xarray Dataset: one variable for each of the contract, with coordinates and CF attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from paramnet.contract import Contract, Variable
from paramnet.store.cf import level_coordinates, trace_attributes
from paramnet.store.layout import TRACE_ARRAYS

if TYPE_CHECKING:
    import xarray as xr

    from paramnet.store.arrays import StoredArray


def split_dataset(contract: Contract, arrays: Mapping[str, StoredArray], time_units: str, calendar: str) -> xr.Dataset:
    """Return a split with dimensions (sample, level), read by Dask when it is used; see ``Store.to_xarray``.

    arrays : ``inputs``, ``outputs`` and those of ``TRACE_ARRAYS``.
    """
    import xarray as xr

    dataset = xr.Dataset(coords={name: ("level", *values) for name, values in level_coordinates(contract).items()})
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


def _lazy(array: StoredArray) -> Any:
    import dask.array

    empty = np.empty((0,) * len(array.shape), array.dtype)
    return dask.array.from_array(array, chunks=array.shards or array.chunks, name=False, asarray=False, meta=empty)
