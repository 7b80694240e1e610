"""Latitude–pressure figures of offline skill: R², the mean tendency and its bias."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import BoundaryNorm, Colormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paramnet.contract import Contract, Variable, same_units
from paramnet.evaluation.judge import LEARNED, Judge
from paramnet.evaluation.moments import ColumnMoments
from paramnet.evaluation.quantities import is_heat, is_moistening, is_rain
from paramnet.physics import SECONDS_PER_DAY
from paramnet.reporting.html import typeset
from paramnet.reporting.style import (
    class_ticks,
    diverging_classes,
    doubling_levels,
    edges_from_middles,
    latitude_axis,
    level_axis,
    nice_step,
    save,
)

Floats = NDArray[np.float64]
COLUMNS_A_BAND = 20  # a grid with fewer columns per latitude is not a latitude-longitude grid: use bands of this many columns


def short_title(contract: Contract, name: str) -> str:
    """Short title of a variable for a figure."""
    for variable in contract.outputs:
        if variable.name == name:
            if is_heat(variable):
                return "Heating"
            if is_moistening(variable):
                return "Moistening"
            if variable.is_profile and is_rain(variable):
                return "Rain production"
            return name.replace("_", " ").removesuffix(" in air").removesuffix(" flux").capitalize()
    return name.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Bands:
    """Grid columns grouped by latitude. edges : (band + 1), degrees. member : (column), band of each, −1 without samples."""

    edges: Floats
    member: NDArray[np.int64]

    def sum(self, values: Floats, weight: Floats) -> Floats:
        """Weighted sums (band, score) of values (column, score). weight : (column)."""
        total = np.zeros((len(self.edges) - 1, values.shape[1]))
        seen = self.member >= 0
        np.add.at(total, self.member[seen], values[seen] * weight[seen, None])
        return total


def bands(moments: ColumnMoments) -> Bands:
    """The grid's own latitudes, or bands of COLUMNS_A_BAND columns if its latitudes are scattered."""
    latitude = moments.latitude[moments.seen]
    distinct = np.unique(np.round(latitude, 4))
    count = int(np.clip(len(latitude) // COLUMNS_A_BAND, 1, 60))
    if len(distinct) <= count or len(distinct) == 1:
        edges = edges_from_middles(distinct, -90, 90)
    else:
        within = np.quantile(latitude, np.linspace(0, 1, count + 1))[1:-1]
        edges = np.unique(np.concatenate([[-90.0], within, [90.0]]))
    member = np.clip(np.searchsorted(edges, moments.latitude, side="right") - 1, 0, len(edges) - 2)
    return Bands(edges, np.where(moments.seen, member, -1))


def r2_by_latitude(moments: ColumnMoments, where: Bands) -> Floats:
    """R² of the learned scheme within each band about the band's own mean : (band, score); nan without variance."""
    weight = moments.area / np.maximum(moments.count, 1)
    square = where.sum(moments.errors[LEARNED].square, weight)
    size = where.sum(moments.count[:, None], weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = where.sum(moments.truth, weight) / size
        second = where.sum(moments.truth_square, weight) / size
        variance = second - mean**2
        return np.where(variance > 1e-12 * second, 1.0 - square / size / variance, np.nan)


def r2_map(judge: Judge, folder: Path) -> Path:
    """R² of each profile variable by latitude and level."""
    names = [v.name for v in judge.contract.outputs if v.is_profile]
    where = bands(judge.energy)
    r2 = r2_by_latitude(judge.energy, where)
    figure, axes = plt.subplots(1, len(names), figsize=(3.6 * len(names) + 0.8, 3.0), sharey=True, layout="constrained", squeeze=False)
    limits = np.array([0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0])
    colours = plt.get_cmap("viridis").with_extremes(under="#e3e3e3", bad="white")
    norm = BoundaryNorm(limits, colours.N, extend="min")
    for axis, name in zip(axes.flat, names, strict=True):
        mesh = _section(axis, judge.contract, where, r2[:, judge.columns[name]], colours, norm)
        axis.set_title(short_title(judge.contract, name))
    figure.colorbar(mesh, ax=axes, label="R² (grey: below 0)", ticks=limits, extend="min", fraction=0.03, pad=0.01)
    return save(figure, folder, "r2_latitude_pressure")


def daily_by_latitude(moments: ColumnMoments, where: Bands) -> tuple[Floats, Floats]:
    """The teacher's mean and the learned scheme's bias in each band : (band, output), contract units per day. moments : daily."""
    weight = moments.area / np.maximum(moments.count, 1)
    size = where.sum(moments.count[:, None], weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        return where.sum(moments.truth, weight) / size, where.sum(moments.errors[LEARNED].error, weight) / size


def bias_map(judge: Judge, folder: Path) -> Path:
    """The teacher's mean tendency and the learned scheme's bias, contract units per day, on the same scale."""
    profiles = [v for v in judge.contract.outputs if v.is_profile]
    where = bands(judge.daily)
    means, biases = daily_by_latitude(judge.daily, where)
    figure, axes = plt.subplots(
        2, len(profiles), figsize=(3.6 * len(profiles) + 0.8, 5.4), sharex=True, sharey=True, layout="constrained", squeeze=False
    )
    for column, variable in enumerate(profiles):
        factor, units = _shown_units(variable)
        chosen = judge.columns[variable.name]
        mean, bias = factor * means[:, chosen], factor * biases[:, chosen]
        _mean_and_bias(figure, axes[:, column], judge.contract, where, mean, bias, units)
        axes[0, column].set_title(f"{short_title(judge.contract, variable.name)}: teacher's mean")
        axes[1, column].set_title("learned − teacher")
    return save(figure, folder, "bias_latitude_pressure")


def _shown_units(variable: Variable) -> tuple[float, str]:
    """Factor from contract units per day to those shown, and these: tendencies per day, what is no energy in its own units."""
    if is_heat(variable):
        return 1.0, "K day⁻¹"
    if same_units(variable.units, "kg kg-1 s-1"):
        return 1e3, "g kg⁻¹ day⁻¹"
    if variable.scored_units != "W m-2":
        return 1.0 / SECONDS_PER_DAY, typeset(variable.units)
    return 1.0, f"{typeset(variable.units)} s day⁻¹"


def _mean_and_bias(figure: Figure, axes: NDArray, contract: Contract, where: Bands, mean: Floats, bias: Floats, units: str) -> None:  # type: ignore[type-arg]
    levels = doubling_levels(nice_step(float(np.nanmax(np.abs(mean))) / 40.0), 5)
    colours, norm = diverging_classes(levels)
    for axis, values in zip(axes, (mean, bias), strict=True):
        mesh = _section(axis, contract, where, values, colours, norm)
    bar = figure.colorbar(mesh, ax=list(axes), label=units, extend="both", location="bottom", shrink=0.9, aspect=25, pad=0.02)
    class_ticks(bar, levels, fontsize=6.5, rotation=45)


def _section(axis: Axes, contract: Contract, where: Bands, values: Floats, colours: Colormap, norm: BoundaryNorm) -> QuadMesh:
    coordinate = contract.vertical_grid.coordinate
    mesh = axis.pcolormesh(where.edges, np.maximum(coordinate.interface, 1e-3), values.T, cmap=colours, norm=norm, rasterized=True)
    level_axis(axis, coordinate)
    axis.grid(False)
    place = axis.get_subplotspec()
    latitude_axis(axis, label=place is not None and place.is_last_row())
    if place is not None and place.is_first_col():
        axis.set_ylabel(f"{coordinate.name}, {coordinate.units}")
    return mesh
