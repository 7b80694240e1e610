"""The horizontal grid of a source: position and area of each column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.files import stored
from paramnet.sources.config import SourceConfig
from paramnet.sources.grid.coordinates import in_degrees, read_constant, units_of
from paramnet.sources.layout import AREAS
from paramnet.sources.netcdf import Dataset

__all__ = ["Columns"]


@stored
@dataclass(frozen=True)
class Columns:
    """Latitude (degrees north), longitude (degrees east) and area over mean area, each (column)."""

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    area_weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.latitude)


def read_columns(dataset: Dataset, source: SourceConfig, where: str, column: Sequence[str] = ()) -> Columns:
    """Read the columns in the order of flattened data (last dimension of ``dims.column`` fastest); area weights have mean 1.

    ``column`` : horizontal dimensions of this file, if they differ from ``dims.column``.
    """
    names = source.grid
    if names.place is not None:
        return _one_column(source, *names.place)
    for name in (names.latitude, names.longitude, *([] if names.area in AREAS else [names.area])):
        if name not in dataset.variables:
            raise ParamnetError(
                name, expected=f"this grid variable of source {source.name}", got="none", where=where, remedy="correct `grid` of the source"
            )
    shape = _sizes(dataset, column or source.dims.column, source, where)
    latitude, longitude = (
        _spread(dataset, name, source, shape, where, limit) for name, limit in ((names.latitude, 90.0), (names.longitude, 540.0))
    )
    if names.area == "cos_latitude":
        area = np.maximum(np.cos(np.radians(latitude)), 0.0)
        area[area < 1e-6] = np.min(area[area >= 1e-6], initial=1.0) / 8  # a row at the pole: its cells extend half a row from it
    elif names.area == "uniform":
        area = np.ones_like(latitude)
    elif names.area == "gaussian":
        values, dims = read_constant(dataset, names.latitude, source.dims.time, where)
        rows = in_degrees(values, units_of(dataset, names.latitude, source.unit_overrides), names.latitude, where, 90.0)
        area = _on_columns(gaussian_weights(rows, where), dims, shape, names.latitude, where)
    else:
        area = _spread(dataset, names.area, source, shape, where)
    flat = [latitude, longitude, area]
    if not (np.all(np.isfinite(flat)) and np.all(flat[2] > 0)):
        wrong = int(np.count_nonzero(~(np.all(np.isfinite(flat), axis=0) & (area > 0))))
        raise ParamnetError(
            names.area,
            expected="finite coordinates and areas above zero",
            got=f"other values in {wrong} of {len(area)} columns",
            where=where,
            remedy="fix the file",
        )
    return Columns(flat[0], flat[1], flat[2] / flat[2].mean())


def _one_column(source: SourceConfig, latitude: float, longitude: float) -> Columns:
    if source.dims.column or source.grid.area != "uniform" or not (-90 <= latitude <= 90 and -360 <= longitude <= 540):
        raise ParamnetError(
            f"source {source.name}.grid",
            expected="for a single column: latitude and longitude in degrees, area uniform, dims.column []",
            got=f"{latitude:g}, {longitude:g}, {source.grid.area}, {source.dims.column}",
        )
    return Columns(np.array([latitude]), np.array([longitude]), np.ones(1))


def _sizes(dataset: Dataset, column: Sequence[str], source: SourceConfig, where: str) -> dict[str, int]:
    absent = [dim for dim in column if dim not in dataset.dimensions]
    if absent:
        raise ParamnetError(
            f"source {source.name}",
            expected=f"horizontal dimensions {list(column)}",
            got=f"{list(dataset.dimensions)}",
            where=where,
            remedy="correct dims.column, or set grid.column if the grid file has other names for them",
        )
    return {dim: len(dataset.dimensions[dim]) for dim in column}


def _spread(
    dataset: Dataset, name: str, source: SourceConfig, shape: dict[str, int], where: str, limit: float = 0.0
) -> NDArray[np.float64]:
    """Return a variable at every column : (column); in degrees if a ``limit`` is given."""
    values, dims = read_constant(dataset, name, source.dims.time, where)
    if limit:
        values = in_degrees(values, units_of(dataset, name, source.unit_overrides), name, where, limit)
    return _on_columns(values, dims, shape, name, where)


def _on_columns(values: NDArray[np.float64], dims: list[str], shape: dict[str, int], name: str, where: str) -> NDArray[np.float64]:
    if not set(dims) <= set(shape):
        raise ParamnetError(
            name, expected=f"dimensions among {list(shape)}", got=str(dims), where=where, remedy="correct `grid` of the source"
        )
    present = [dim for dim in shape if dim in dims]
    values = values.transpose([dims.index(dim) for dim in present])
    values = values.reshape([size if dim in present else 1 for dim, size in shape.items()])
    return np.broadcast_to(values, tuple(shape.values())).ravel()


def gaussian_weights(latitude: NDArray[np.float64], where: str) -> NDArray[np.float64]:
    """Return the Gauss-Legendre weights (latitude) of Gaussian latitudes (degrees, in either order); they sum to 2.

    Raises ParamnetError if a latitude is further than 0.01 degrees from a Gaussian node.
    """
    nodes, weights = np.polynomial.legendre.leggauss(len(latitude))
    order = np.argsort(latitude)
    distance = np.abs(np.degrees(np.arcsin(nodes)) - latitude[order])
    if distance.max() > 0.01:
        at = int(distance.argmax())
        raise ParamnetError(
            "latitude",
            expected=f"the {len(latitude)} Gaussian latitudes, among them {np.degrees(np.arcsin(nodes[at])):.4f}",
            got=f"{latitude[order][at]:.4f} instead",
            where=where,
            remedy="name the area weights in `grid.area` of the source",
        )
    result = np.empty_like(latitude)
    result[order] = weights
    return result
