"""The horizontal grid of a source as columns, and its areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.preprocessing.integrity import Dataset, Variable, read_values
from paramnet.preprocessing.layout import AREAS
from paramnet.preprocessing.records import stored
from paramnet.preprocessing.source import SourceConfig


@stored
@dataclass(frozen=True)
class Columns:
    """Latitude (degrees north), longitude (degrees east) and area over mean area, each (column)."""

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    area_weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.latitude)


def read_columns(dataset: Dataset, source: SourceConfig, where: str) -> Columns:
    """Columns in the order data are flattened in (last dimension of ``dims.column`` fastest), area weights of mean 1."""
    names = source.grid
    for name in (names.latitude, names.longitude, *([] if names.area in AREAS else [names.area])):
        if name not in dataset.variables:
            raise ParamnetError(
                f"{name}: expected this grid variable of source {source.name}, got a file without it: {where}; correct `grid`"
            )
    shape = {dim: len(dataset.dimensions[dim]) for dim in source.dims.column}
    latitude, longitude = (_spread(dataset[name], shape, where) for name in (names.latitude, names.longitude))
    if names.area == "cos_latitude":
        area = np.maximum(np.cos(np.radians(latitude)), 0.0)
        area[area < 1e-6] = np.min(area[area >= 1e-6], initial=1.0) / 8  # a row on the pole itself: its cells reach half a row down
    elif names.area == "uniform":
        area = np.ones_like(latitude)
    elif names.area == "gaussian":
        weights = gaussian_weights(read_values(dataset[names.latitude], where).astype(np.float64), where)
        area = _spread(dataset[names.latitude], shape, where, weights)
    else:
        area = _spread(dataset[names.area], shape, where)
    flat = [latitude, longitude, area]
    if not (np.all(np.isfinite(flat)) and np.all(flat[2] > 0)):
        raise ParamnetError(f"{names.area}: expected finite coordinates and areas above zero, got others in {where}; mend the file")
    return Columns(flat[0], flat[1], flat[2] / flat[2].mean())


def _spread(variable: Variable, shape: dict[str, int], where: str, values: NDArray | None = None) -> NDArray[np.float64]:
    """Values of a coordinate, or ``values`` in its place, on every column : (column)."""
    if not set(variable.dimensions) <= set(shape):
        raise ParamnetError(
            f"{variable.name}: expected dimensions among {list(shape)}, got {list(variable.dimensions)} in {where}; correct `grid`"
        )
    values = read_values(variable, where) if values is None else values
    if str(getattr(variable, "units", "")).startswith("rad"):
        values = np.degrees(values)
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
