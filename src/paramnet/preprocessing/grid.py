"""The horizontal grid of a source as columns, and its vertical grid against the contract's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError
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


def read_columns(dataset: xr.Dataset, source: SourceConfig, where: str) -> Columns:
    """Columns in the order data are flattened in (last dimension of ``dims.column`` fastest), area weights of mean 1."""
    names = source.grid
    for name in (names.latitude, names.longitude, *([] if names.area == "gaussian" else [names.area])):
        if name not in dataset:
            raise ParamnetError(
                f"{name}: expected this grid variable of source {source.name}, got a file without it: {where}; correct `grid`"
            )
    latitude, longitude = dataset[names.latitude], dataset[names.longitude]
    shape = {dim: dataset.sizes[dim] for dim in source.dims.column}
    if names.area == "gaussian":
        area = latitude.copy(data=gaussian_weights(latitude.values.astype(np.float64), where))
    else:
        area = dataset[names.area]
    template = xr.DataArray(np.zeros(tuple(shape.values())), dims=tuple(shape))
    flat = [field.astype(np.float64).broadcast_like(template).transpose(*shape).values.ravel() for field in (latitude, longitude, area)]
    if not (np.all(np.isfinite(flat)) and np.all(flat[2] > 0)):
        raise ParamnetError(f"{names.area}: expected finite coordinates and areas above zero, got others in {where}; mend the file")
    return Columns(flat[0], flat[1], flat[2] / flat[2].mean())


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


def check_vertical_grid(dataset: xr.Dataset, source: SourceConfig, contract: Contract, where: str) -> None:
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


def _coefficients(dataset: xr.Dataset, source: SourceConfig, kind: str, where: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """a (Pa) and b of the file, in its own level order."""
    names = source.grid
    if names.sigma_interface:
        if names.sigma_interface not in dataset.attrs:
            raise ParamnetError(f"{names.sigma_interface}: expected this global attribute of source {source.name}, got none in {where}")
        sigma = np.asarray(dataset.attrs[names.sigma_interface], dtype=np.float64)
        b = sigma if kind == "interface" else 0.5 * (sigma[1:] + sigma[:-1])
        return np.zeros_like(b), b
    wanted = (names.reference_pressure, *((names.a_interface, names.b_interface) if kind == "interface" else (names.a_mid, names.b_mid)))
    for name in wanted:
        if name not in dataset:
            raise ParamnetError(
                f"{name}: expected this vertical coordinate of source {source.name}, got a file without it: {where}; correct `grid`"
            )
    reference, a, b = (np.asarray(dataset[name].values, dtype=np.float64) for name in wanted)
    return a * reference, b
