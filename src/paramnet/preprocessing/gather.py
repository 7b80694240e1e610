"""Second pass: ranges of rows of the store, each gathered from all blocks and written as whole chunks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from paramnet.preprocessing.grid import Columns
from paramnet.preprocessing.shuffle import gather_range, range_bounds


@dataclass(frozen=True)
class RowRange:
    """Rows from ``start`` on of a split: the samples whose keys lie in [low, high)."""

    split: str
    start: int
    low: int
    high: int


def plan_ranges(split: str, paths: list[Path], dtype: np.dtype, rows_per_range: int) -> list[RowRange]:
    """Ranges that cover a split; ``rows_per_range`` is a multiple of the chunk, so that no two write the same chunk."""
    bounds = range_bounds(paths, dtype, rows_per_range)
    return [RowRange(split, index * rows_per_range, low, high) for index, (low, high) in enumerate(pairwise(bounds))]


def write_range(task: RowRange, store: Path, paths: dict[str, list[Path]], dtype: np.dtype, columns: Columns) -> None:
    """Gather one range and write its rows of every array."""
    rows = gather_range(paths[task.split], dtype, task.low, task.high)
    group: Any = zarr.open_group(store, mode="r+")[task.split]
    place = slice(task.start, task.start + len(rows))
    column = rows["column_index"]
    values: dict[str, NDArray] = {name: rows[name] for name in ("inputs", "outputs", "file_index", "time_index", "column_index", "time")}
    values |= {name: getattr(columns, name)[column] for name in ("latitude", "longitude", "area_weight")}
    for name, array in values.items():
        group[name][place] = np.ascontiguousarray(array, dtype=group[name].dtype)


def read_quantiles(array: zarr.Array, samples: int, levels: tuple[float, ...]) -> NDArray[np.float64]:
    """Quantiles (level, column) of the first ``samples`` rows: stored samples are shuffled, so these are drawn at random."""
    values = np.asarray(array[:samples])
    width, part = values.shape[1], 16
    slices = [values[:, start : start + part].astype(np.float64) for start in range(0, width, part)]
    return np.concatenate([np.quantile(piece, levels, axis=0) for piece in slices], axis=1)
