"""The horizontal grid of a source as columns, and its vertical grid against the contract's."""

from __future__ import annotations

from dataclasses import dataclass

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError
from paramnet.preprocessing.integrity import read_values
from paramnet.preprocessing.source import SourceConfig

_PRESSURE_TOLERANCE = 1e-4  # relative; well below a level's thickness, well above rounding in files
_TEST_PRESSURES = (1.0e5, 5.0e4)  # two surface pressures tell a from b in p = a + b ps


@dataclass(frozen=True)
class Columns:
    """Latitude (degrees north), longitude (degrees east) and area over mean area, each (column)."""

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    area_weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.latitude)


def read_columns(dataset: netCDF4.Dataset, source: SourceConfig, where: str) -> Columns:
    """Columns in the order data are flattened in (last dimension of ``dims.column`` fastest), area weights of mean 1."""
    names = source.grid
    for name in (names.latitude, names.longitude, *([] if names.area == "gaussian" else [names.area])):
        if name not in dataset.variables:
            raise ParamnetError(
                f"{name}: expected this grid variable of source {source.name}, got a file without it: {where}; correct `grid`"
            )
    shape = {dim: len(dataset.dimensions[dim]) for dim in source.dims.column}
    latitude, longitude = (_spread(dataset[name], shape, where) for name in (names.latitude, names.longitude))
    if names.area == "gaussian":
        weights = gaussian_weights(read_values(dataset[names.latitude], where).astype(np.float64), where)
        area = _spread(dataset[names.latitude], shape, where, weights)
    else:
        area = _spread(dataset[names.area], shape, where)
    flat = [latitude, longitude, area]
    if not (np.all(np.isfinite(flat)) and np.all(flat[2] > 0)):
        raise ParamnetError(f"{names.area}: expected finite coordinates and areas above zero, got others in {where}; mend the file")
    return Columns(flat[0], flat[1], flat[2] / flat[2].mean())


def _spread(variable: netCDF4.Variable, shape: dict[str, int], where: str, values: NDArray | None = None) -> NDArray[np.float64]:
    """Values of a coordinate, or ``values`` in its place, on every column : (column)."""
    if not set(variable.dimensions) <= set(shape):
        raise ParamnetError(
            f"{variable.name}: expected dimensions among {list(shape)}, got {list(variable.dimensions)} in {where}; correct `grid`"
        )
    values = read_values(variable, where) if values is None else values
    own = [dim for dim in shape if dim in variable.dimensions]
    values = values.transpose([variable.dimensions.index(dim) for dim in own]).astype(np.float64)
    values = values.reshape([size if dim in own else 1 for dim, size in shape.items()])
    return np.broadcast_to(values, tuple(shape.values())).ravel()


def gaussian_weights(latitude: NDArray[np.float64], where: str) -> NDArray[np.float64]:
    """Gauss-Legendre weights (latitude) of Gaussian latitudes in either order, degrees; they sum to 2.

    Raises ParamnetError when the latitudes are not Gaussian (further than 0.01 degrees from a node).
    """
    nodes, weights = np.polynomial.legendre.leggauss(len(latitude))
    order = np.argsort(latitude)
    distance = np.abs(np.degrees(np.arcsin(nodes)) - latitude[order])
    if distance.max() > 0.01:
        at = int(distance.argmax())
        raise ParamnetError(
            f"latitude: expected the {len(latitude)} Gaussian latitudes, got {latitude[order][at]:.4f} instead of "
            f"{np.degrees(np.arcsin(nodes[at])):.4f} in {where}; name the area weights under `grid.area` of the source"
        )
    result = np.empty_like(latitude)
    result[order] = weights
    return result


def check_vertical_grid(dataset: netCDF4.Dataset, source: SourceConfig, contract: Contract, where: str) -> None:
    """Raise ParamnetError naming the first level whose pressure differs from the contract's by more than 1e-4."""
    flip = slice(None, None, -1 if source.dims.order == "bottom_first" else 1)
    grid = contract.vertical_grid
    for kind, a_expected, b_expected in (("interface", grid.a_interface, grid.b_interface), ("mid-level", grid.a_mid, grid.b_mid)):
        a, b = _coefficients(dataset, source, kind, where)
        a, b = a[flip], b[flip]
        if len(a) != len(a_expected):
            raise ParamnetError(
                f"vertical grid: expected {len(a_expected)} {kind} coefficients as in contract {contract.name}, got {len(a)} in {where}; "
                "choose the contract of this model"
            )
        for surface in _TEST_PRESSURES:
            expected, got = np.asarray(a_expected) + np.asarray(b_expected) * surface, a + b * surface
            wrong = np.abs(got - expected) > _PRESSURE_TOLERANCE * np.maximum(expected, 1.0)
            if wrong.any():
                at = int(wrong.argmax())
                raise ParamnetError(
                    f"vertical grid: expected {kind} {at} at {expected[at]:.3f} Pa for ps = {surface:.0f} Pa as in contract "
                    f"{contract.name}, got {got[at]:.3f} Pa in {where}; choose the contract of this model grid"
                )


def _coefficients(dataset: netCDF4.Dataset, source: SourceConfig, kind: str, where: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """a (Pa) and b of the file, in its own level order."""
    names = source.grid
    if names.sigma_interface:
        if names.sigma_interface not in dataset.ncattrs():
            raise ParamnetError(f"{names.sigma_interface}: expected this global attribute of source {source.name}, got none in {where}")
        sigma = np.asarray(dataset.getncattr(names.sigma_interface), dtype=np.float64)
        b = sigma if kind == "interface" else 0.5 * (sigma[1:] + sigma[:-1])
        return np.zeros_like(b), b
    wanted = (names.reference_pressure, *((names.a_interface, names.b_interface) if kind == "interface" else (names.a_mid, names.b_mid)))
    for name in wanted:
        if name not in dataset.variables:
            raise ParamnetError(
                f"{name}: expected this vertical coordinate of source {source.name}, got a file without it: {where}; correct `grid`"
            )
    reference, a, b = (read_values(dataset[name], where).astype(np.float64) for name in wanted)
    return a * reference, b
