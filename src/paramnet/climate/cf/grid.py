"""The grid of CF files as the comparison needs it: north and top first, area of each latitude, mass of each level."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from paramnet.climate.cf.catalogue import Found
from paramnet.climate.history import HistoryGrid, gaussian_latitudes
from paramnet.contract import ParamnetError, conversion
from paramnet.sources.grid.coordinates import in_pascal, is_pressure
from paramnet.sources.grid.formula_terms import HYBRID, SIGMA, cf_coefficients, middle_coefficients
from paramnet.sources.netcdf import Dataset, open_netcdf, read_complete, read_values

Floats = NDArray[np.float64]
REFERENCE = 1.0e5  # Pa, the surface pressure at which levels are compared
_GAUSSIAN = 1e-4  # of sine latitude
_MEANING = {SIGMA: "σ = p / surface pressure", HYBRID: "p / 1000 hPa at a surface pressure of 1000 hPa"}


@dataclass(frozen=True)
class CfGrid:
    """The grid, and how files differ from it: latitudes from the south, levels from the bottom, and the place of the first longitude."""

    grid: HistoryGrid
    from_south: bool
    from_bottom: bool
    first_longitude: int

    def turned(self, values: Floats, on_levels: bool) -> Floats:
        """(…, [level,] latitude, longitude) north and top first, from 0° eastward."""
        values = np.roll(values, -self.first_longitude, axis=-1) if self.first_longitude else values
        values = values[..., ::-1, :] if self.from_south else values
        return values[..., ::-1, :, :] if self.from_bottom and on_levels else values


def read_grid(horizontal: Found, profile: Found | None, land: Found | None) -> CfGrid:
    """Read the grid of ``horizontal`` and the levels of ``profile``. Without a profile there is one level, of all mass."""
    with open_netcdf(horizontal.path) as dataset:
        where = str(horizontal.path)
        latitude, longitude = (_degrees(dataset, name, where) for name in horizontal.dims[-2:])
        area = _area(dataset, horizontal.dims[-2], latitude, where)
    from_south = bool(latitude[0] < latitude[-1])
    middle, interface, from_bottom, vertical = np.array([0.5]), np.array([0.0, 1.0]), False, ""
    if profile is not None:
        with open_netcdf(profile.path) as dataset:
            middle, interface, from_bottom = _levels(dataset, profile)
            vertical = _MEANING.get(str(getattr(dataset[profile.dims[1]], "standard_name", "")), "p / 1000 hPa")
    turn = slice(None, None, -1) if from_south else slice(None)
    first = int(np.argmin(longitude % 360.0))
    eastward = np.roll(longitude % 360.0, -first) if first or longitude.min() < 0 else longitude
    grid = HistoryGrid(latitude[turn], eastward, middle, interface, None, None if area is None else area[turn], vertical)
    made = CfGrid(grid, from_south, from_bottom, first)
    return made if land is None else replace(made, grid=replace(grid, land=made.turned(_land(land), on_levels=False)))


def _degrees(dataset: Dataset, name: str, where: str) -> Floats:
    values = read_complete(dataset[name], where).astype(np.float64)
    steps = np.diff(values)
    if len(values) < 2 or not (np.all(steps > 0) or np.all(steps < 0)):
        raise ParamnetError(name, expected="two or more values in order", got=f"{len(values)} values", where=where, remedy="fix the file")
    return values


def _area(dataset: Dataset, name: str, latitude: Floats, where: str) -> Floats | None:
    """Area fraction of each latitude; None for Gaussian latitudes, which have their own weights."""
    if gaussian_latitudes(np.sort(latitude)[::-1], _GAUSSIAN):
        return None
    bounds = str(getattr(dataset[name], "bounds", ""))
    if bounds in dataset.variables:
        edges = read_complete(dataset[bounds], where).astype(np.float64)
    else:
        middles = 0.5 * (latitude[1:] + latitude[:-1])
        pole = 90.0 if latitude[0] > latitude[-1] else -90.0
        ends = np.concatenate([[pole], middles, [-pole]])
        edges = np.stack([ends[:-1], ends[1:]], axis=1)
    area = np.abs(np.diff(np.sin(np.deg2rad(edges)), axis=1))[:, 0]
    return area / area.sum()


def _levels(dataset: Dataset, profile: Found) -> tuple[Floats, Floats, bool]:
    """Pressure over 1000 hPa at a surface pressure of 1000 hPa, of levels and interfaces, top first; and if the file's are bottom first."""
    name, where = profile.dims[1], str(profile.path)
    if name not in dataset.variables:
        raise ParamnetError(name, expected="a vertical coordinate", got="a dimension without one", where=where, remedy=_REMEDY)
    coordinate = dataset[name]
    units, kind = (str(getattr(coordinate, key, "")) for key in ("units", "standard_name"))
    below: Floats | None = None
    if kind in (HYBRID, SIGMA):
        if str(getattr(coordinate, "bounds", "")) in dataset.variables:
            middle, edges = (one.pressure(REFERENCE) for one in cf_coefficients(dataset, name, "", where))
            below = edges
        else:
            middle = middle_coefficients(dataset, name, where).pressure(REFERENCE)
    elif is_pressure(units):
        middle = in_pascal(read_complete(coordinate, where).astype(np.float64), units, name)
    else:
        got = f"units {units!r}, standard_name {kind!r}"
        raise ParamnetError(name, expected=f"pressure, {SIGMA} or {HYBRID}", got=got, where=where, remedy=_REMEDY)
    from_bottom = bool(middle[0] > middle[-1])
    order = slice(None, None, -1) if from_bottom else slice(None)
    middle = middle[order]
    below = _stated_interfaces(dataset, len(middle)) if below is None else np.sort(np.unique(below))
    if below is None or len(below) != len(middle) + 1:
        below = _between(middle)
    return middle / REFERENCE, below / REFERENCE, from_bottom


_REMEDY = "name another variable (names.air_temperature=…), or interpolate to pressure levels"


def _stated_interfaces(dataset: Dataset, levels: int) -> Floats | None:
    """σ at the interfaces from the global attribute ``sigma_interface``, in Pa; None without it or for other levels."""
    if "sigma_interface" not in dataset.ncattrs():
        return None
    sigma = np.atleast_1d(np.asarray(dataset.getncattr("sigma_interface"), dtype=np.float64))
    return sigma * REFERENCE if len(sigma) == levels + 1 else None


def _between(middle: Floats) -> Floats:
    """Interfaces half-way between the levels; the outermost layers are symmetric about their level, and do not extend above 0 Pa."""
    if len(middle) == 1:
        return np.array([0.0, 2.0 * middle[0]])
    inner = 0.5 * (middle[1:] + middle[:-1])
    return np.concatenate([[max(0.0, 2.0 * middle[0] - inner[0])], inner, [2.0 * middle[-1] - inner[-1]]])


def _land(land: Found) -> Floats:
    """Land fraction (latitude, longitude) of the first record."""
    with open_netcdf(land.path) as dataset:
        data = dataset[land.name]
        index = tuple(slice(None) if dim in land.dims[-2:] else 0 for dim in data.dimensions)
        values = read_values(data, str(land.path), index).astype(np.float64)
        factor = conversion(land.units or "1", "1", land.name).factor
        kept = [dim for dim in data.dimensions if dim in land.dims[-2:]]
    return values.transpose([kept.index(dim) for dim in land.dims[-2:]]) * factor
