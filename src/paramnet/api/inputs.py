"""The inputs of a scheme in an xarray Dataset: found by name or standard_name, converted to the contract's units, with their levels."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from paramnet.contract import Contract, ParamnetError, Variable, conversion

if TYPE_CHECKING:
    import xarray as xr


def find_inputs(dataset: xr.Dataset, contract: Contract) -> list[xr.DataArray]:
    """Return the inputs of the contract in its order and units.

    A variable is taken by the contract's name, else by its standard_name. Raises ParamnetError naming all that are not there, one that is
    there twice, has no units, others than can be converted, or values that are no numbers.
    """
    names = {variable.name: _name_of(dataset, variable, contract) for variable in contract.inputs}
    if missing := [name for name, found in names.items() if found is None]:
        by_name = {variable.name: variable for variable in contract.inputs}
        wanted = [f"{name} (standard_name {by_name[name].standard_name})" for name in missing]
        raise ParamnetError(
            ", ".join(missing),
            expected=f"variables of these names, or with these standard names: {', '.join(wanted)}",
            got=f"only {', '.join(map(str, dataset.data_vars)) or 'no variables'}",
            where="the dataset",
            remedy="rename variables: dataset.rename(T='air_temperature')",
        )
    return [_converted(dataset[names[variable.name]], variable) for variable in contract.inputs]


def _name_of(dataset: xr.Dataset, variable: Variable, contract: Contract) -> Hashable | None:
    if variable.name in dataset.variables:
        return variable.name
    if [other.standard_name for other in contract.inputs].count(variable.standard_name) > 1:
        return None  # the name tells them apart
    found = [name for name, one in dataset.data_vars.items() if one.attrs.get("standard_name") == variable.standard_name]
    if len(found) > 1:
        raise ParamnetError(
            variable.name,
            expected=f"one variable with standard_name {variable.standard_name}",
            got=", ".join(map(str, found)),
            where="the dataset",
            remedy=f"rename the right one: dataset.rename({found[0]}={variable.name!r})",
        )
    return found[0] if found else None


def _converted(array: xr.DataArray, variable: Variable) -> xr.DataArray:
    units = array.attrs.get("units")
    if array.dtype.kind not in "fiu":
        raise ParamnetError(f"{array.name}", expected="numbers", got=str(array.dtype), where="the dataset")
    if units is None:
        raise ParamnetError(
            f"{array.name}",
            expected="an attribute `units`",
            got="none",
            where="the dataset",
            remedy=f"set them: dataset[{array.name!r}].attrs['units'] = {variable.units!r}",
        )
    try:
        change = conversion(str(units), variable.units, variable.name)
    except ParamnetError as error:
        remedy = f"correct the units: dataset[{array.name!r}].attrs['units'] = ..."
        raise ParamnetError(f"{array.name}", expected=error.expected, got=error.got, where="the dataset", remedy=remedy) from error
    return array if change == (1.0, 0.0) else array.astype(np.float64) * change.factor + change.offset


def level_dimension(inputs: Sequence[xr.DataArray], contract: Contract, level: str | None) -> str | None:
    """Return the dimension of the levels: ``level``, else the one that all profiles have and the surface pressure has not.

    None if the contract has no profile among its inputs. Raises ParamnetError if there is not exactly one, or if a variable lacks it or has
    it although it has no levels, or if it has another number of levels than the contract.
    """
    profiles = [array for array, variable in zip(inputs, contract.inputs, strict=True) if variable.is_profile]
    others = [array for array, variable in zip(inputs, contract.inputs, strict=True) if not variable.is_profile]
    if not profiles:
        return None
    if level is None:
        of_others = {dim for one in others for dim in one.dims}
        found = [str(dim) for dim in profiles[0].dims if all(dim in one.dims for one in profiles) and dim not in of_others]
        if len(found) != 1:
            raise ParamnetError(
                "level",
                expected="one dimension that only the profiles have",
                got=", ".join(found) or "none",
                where="the dataset",
                remedy="name it: predict(dataset, level='lev')",
            )
        level = found[0]
    for array, variable in zip(inputs, contract.inputs, strict=True):
        size = array.sizes.get(level, 0)
        if size != (contract.n_levels if variable.is_profile else 0):
            wanted = f"{contract.n_levels} levels along {level}" if variable.is_profile else f"no dimension {level}"
            expected, got = f"{wanted}, as in contract {contract.name}", f"dimensions {dict(array.sizes)}"
            raise ParamnetError(f"{array.name}", expected=expected, got=got, where="the dataset")
    return level
