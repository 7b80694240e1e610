"""Quantiles of the training split from its first k stored samples.

Samples are stored in the order of random keys, so the first k are a random sample without replacement (bottom-k sketch), which
does not depend on the order of merging. The standard error of the rank of a quantile q is sqrt(q (1 - q) / k).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from paramnet.store import QUANTILE_LEVELS

_HELD_BYTES = 64 << 20


def quantile_tasks(root: zarr.Group, samples: int) -> list[tuple[str, int, int]]:
    """Return (side, first column, column after the last) of pieces with a bounded number of values."""
    tasks = []
    for side in ("inputs", "outputs"):
        rows, width = root[f"train/{side}"].shape  # type: ignore[union-attr]
        part = max(1, _HELD_BYTES // (4 * min(samples, rows)))
        tasks += [(side, first, min(first + part, width)) for first in range(0, width, part)]
    return tasks


def read_quantiles(task: tuple[str, int, int], unfinished: Path, samples: int) -> tuple[tuple[str, int, int], NDArray[np.float64]]:
    """Return quantiles (level, column) of some columns over the first ``samples`` rows."""
    side, first, last = task
    array: Any = zarr.open_group(unfinished, mode="r")[f"train/{side}"]
    rows, chunk = min(samples, array.shape[0]), array.chunks[0]
    values = np.empty((last - first, rows), dtype=np.float32)
    for start in range(0, rows, chunk):
        values[:, start : start + chunk] = array[start : min(start + chunk, rows)][:, first:last].T
    return task, quantiles(values, QUANTILE_LEVELS)


def quantiles(values: NDArray[np.float32], levels: tuple[float, ...]) -> NDArray[np.float64]:
    """Return quantiles (level, column) of ``values`` (column, sample), interpolated in float64; ``values`` is reordered in place."""
    place = np.asarray(levels) * (values.shape[1] - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, values.shape[1] - 1)
    values.partition(np.unique([low, high]), axis=1)
    below, above = values[:, low].astype(np.float64), values[:, high].astype(np.float64)
    share, step = place - low, above - below
    return np.where(share < 0.5, below + step * share, above - step * (1 - share)).T
