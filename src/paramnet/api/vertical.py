"""The vertical grid of a Dataset against that of a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError, conversion
from paramnet.sources.grid.coordinates import in_pascal, is_pressure
from paramnet.sources.grid.formula_terms import HYBRID, SIGMA, Coefficients, middle_coefficients
from paramnet.sources.grid.levels import require_levels

if TYPE_CHECKING:
    import xarray as xr

_TOLERANCE = 1e-3  # relative, of pressures at every column, as the bridge's check_pressure
_WHERE = "the dataset"
_EXPECTED = f"a coordinate with standard_name {HYBRID} or {SIGMA} and formula_terms, or with units of pressure; or air_pressure"


def bottom_first(dataset: xr.Dataset, level: str, surface_pressure: xr.DataArray | None, contract: Contract, strict: bool) -> bool:
    """Return True if level 0 is the lowest, after comparing the levels with those of the contract.

    They are known from the coordinate of ``level`` with its CF formula terms or in units of pressure, or from a variable air_pressure.
    Raises ParamnetError naming the first level that differs. Without any of them it is refused, or, unless ``strict``, taken to be the
    contract's, from the top down. surface_pressure : Pa; None in a contract without it. Heights are those of a coordinate in m or km.
    """
    if not contract.vertical_grid.has_pressure and (heights := _heights(dataset, level)) is not None:
        return _require_heights(heights, contract)
    if contract.vertical_grid.has_pressure and (found := _coefficients(dataset, level)) is not None:
        falling = len(found.a) > 1 and bool(found.pressure(1e5)[0] > found.pressure(1e5)[-1])
        grid = contract.vertical_grid
        wanted = Coefficients(np.array(grid.a_mid), np.array(grid.b_mid))
        require_levels(found.reversed() if falling else found, wanted, "mid-level", contract.name, _WHERE)
        return falling
    if surface_pressure is not None and (pressure := _pressure(dataset, level)) is not None:
        return _require_pressure(pressure, level, surface_pressure, contract)
    if strict:
        raise ParamnetError(
            f"{level}",
            expected=_EXPECTED if contract.vertical_grid.has_pressure else "a coordinate with the heights of the levels, in m or km",
            got="none",
            where=_WHERE,
            remedy="add them, or, if the levels are those of the contract from the top down, predict(dataset, strict=False)",
        )
    return False


def _coefficients(dataset: xr.Dataset, level: str) -> Coefficients | None:
    """Mid-levels from a coordinate along ``level``, in its order; None if there is none that tells."""
    along = [str(name) for name, one in dataset.variables.items() if one.dims == (level,)]
    for name in along:
        if dataset[name].attrs.get("standard_name") in (HYBRID, SIGMA):
            with netCDF4.Dataset("levels", "w", diskless=True) as copy:
                copy.createDimension(level, dataset.sizes[level])
                _copy(dataset, name, level, copy)
                return middle_coefficients(copy, name, _WHERE)
    if level in along and is_pressure(str(dataset[level].attrs.get("units", ""))):
        values = in_pascal(dataset[level].values.astype(np.float64), str(dataset[level].attrs["units"]), level)
        return Coefficients(values, np.zeros_like(values))
    return None


def _heights(dataset: xr.Dataset, level: str) -> NDArray[np.float64] | None:
    """Heights of the levels, m, in the order of the dataset; None if no coordinate along ``level`` is a length."""
    for name, one in dataset.variables.items():
        units = str(one.attrs.get("units", ""))
        if one.dims == (level,) and units in ("m", "km", "meter", "metre", "meters", "metres"):
            return np.asarray(conversion(units, "m", str(name)).apply(one.values.astype(np.float64)))
    return None


def _require_heights(got: NDArray[np.float64], contract: Contract) -> bool:
    expected, rising = np.array(contract.vertical_grid.height), len(got) > 1 and bool(got[0] < got[-1])
    found = got[::-1] if rising else got
    far = ~(np.abs(found - expected) <= _TOLERANCE * np.abs(expected))
    if far.any():
        at = int(far.argmax())
        raise ParamnetError(
            "height",
            expected=f"{expected[at]:g} m at level {at} from the top, as in contract {contract.name}",
            got=f"{found[at]:g} m",
            where=_WHERE,
            remedy="interpolate to the levels of the contract, or use a scheme of this grid",
        )
    return rising


def _copy(dataset: xr.Dataset, coordinate: str, level: str, copy: netCDF4.Dataset) -> None:
    """Copy a vertical coordinate and the coefficients in its formula terms, as the readers of files have them.

    Coefficients that are the same along other dimensions, which concatenation adds, are copied once; others are left out.
    """
    terms = _formula_terms(dataset[coordinate])
    for name in (coordinate, *(name for term, name in _pairs(terms) if term != "ps")):
        if name in copy.variables or name not in dataset.variables or dataset[name].dtype.kind not in "fiu":
            continue
        values = dataset[name]
        first = values.isel({dim: 0 for dim in values.dims if dim != level})
        if bool((values == first).all()):
            variable = copy.createVariable(name, values.dtype, tuple(map(str, first.dims)))
            attributes = {**values.attrs, **({"formula_terms": terms} if name == coordinate else {})}
            variable.setncatts({key: value for key, value in attributes.items() if isinstance(value, str)})
            variable[...] = first.values


def _formula_terms(coordinate: xr.DataArray) -> str:
    return str(coordinate.attrs.get("formula_terms") or coordinate.encoding.get("formula_terms", ""))


def _pairs(formula_terms: str) -> list[tuple[str, str]]:
    """Each term with the name of its variable."""
    words = formula_terms.replace(":", " ").split()
    return list(zip(words[::2], words[1::2], strict=False))


def with_named_variables(result: xr.Dataset, dataset: xr.Dataset) -> xr.Dataset:
    """Return ``result`` with the variables of ``dataset`` that its coordinates name, as coordinates: bounds and terms of formulas.

    Those with other dimensions than the result and the bounds have are left out.
    """
    of_bounds = [str(one.attrs.get("bounds", "")) for one in result.coords.values()]
    names = [*of_bounds, *(name for one in result.coords.values() for _, name in _pairs(_formula_terms(one)))]
    known = [name for name in names if name in dataset.variables and name not in result.variables]
    fitting = [name for name in known if name in of_bounds or set(dataset[name].dims) <= set(result.dims)]
    return result.assign_coords({name: dataset[name].variable for name in fitting})


def _pressure(dataset: xr.Dataset, level: str) -> xr.DataArray | None:
    """The pressure at mid-levels of every column, Pa."""
    for name, one in dataset.variables.items():
        if level in one.dims and len(one.dims) > 1 and "air_pressure" in (name, one.attrs.get("standard_name")):
            change = conversion(str(one.attrs.get("units", "Pa")), "Pa", str(name))
            return dataset[name].astype(np.float64) * change.factor
    return None


def _require_pressure(pressure: xr.DataArray, level: str, surface_pressure: xr.DataArray, contract: Contract) -> bool:
    import xarray as xr

    values, surface = xr.broadcast(pressure, surface_pressure, exclude=[level])
    got = values.transpose(..., level).values
    expected = contract.vertical_grid.pressure(surface.values)
    falling = got.shape[-1] > 1 and float(got[..., 0].mean()) > float(got[..., -1].mean())
    if falling:
        got = got[..., ::-1]
    far = ~(np.abs(got - expected) <= _TOLERANCE * np.maximum(expected, 1.0))
    if far.any():
        at = np.unravel_index(int(far.argmax()), far.shape)
        raise ParamnetError(
            f"{pressure.name}",
            expected=f"{expected[at]:.3f} Pa at level {at[-1]} from the top, as in contract {contract.name}",
            got=f"{got[at]:.3f} Pa",
            where=_WHERE,
            remedy="interpolate to the levels of the contract, or use a scheme of this grid",
        )
    return falling
