"""Splits by location: boxes of latitude and longitude are assigned to training, validation and test, with gaps between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.preprocessing.splits.assignment import deal
from paramnet.preprocessing.splits.rules import SplitConfig
from paramnet.sources.grid.horizontal import Columns
from paramnet.store import SPLITS

_AT_A_TIME = 1 << 22  # distances in memory


def assign_columns(columns: Columns, config: SplitConfig) -> NDArray[np.int8]:
    """Return the split of each column as an index into ``SPLITS``, -1 inside a gap.

    All test columns are kept. Validation columns within the gap of test columns are dropped, and training columns within the gap of
    either. Raises ParamnetError if a requested split has no column.
    """
    size = config.box_degrees
    row = np.floor((columns.latitude + 90.0) / size).astype(np.int64)
    box = row * 100_000 + np.floor(np.mod(columns.longitude, 360.0) / size).astype(np.int64)
    boxes, owner = np.unique(box, return_inverse=True)
    names = deal(len(boxes), config.rules)
    code = np.array([SPLITS.index(name) for name in names], dtype=np.int8)[owner]
    for dropped_from, kept in ((1, (2,)), (0, (1, 2))):
        candidates, others = np.flatnonzero(code == dropped_from), np.flatnonzero(np.isin(code, kept))
        if len(candidates) and len(others):
            code[candidates[nearest_degrees(columns, candidates, others) < config.gap_degrees]] = -1
    for number, name in enumerate(SPLITS):
        if config.rules[name].fraction and not np.any(code == number):
            raise ParamnetError(
                f"split {name}",
                expected="at least one column",
                got=f"none of {len(columns)} in {len(boxes)} boxes",
                remedy="set a smaller box_degrees or gap_degrees, or other fractions",
            )
    return code


def describe_columns(columns: Columns, code: NDArray[np.int8], config: SplitConfig) -> dict[str, Any]:
    """Return the description for the store: columns of each split, and the smallest distance, which must not be below the gap."""
    smallest = smallest_distance(columns, code)
    if smallest is not None and smallest < config.gap_degrees * (1 - 1e-9):
        raise ParamnetError(
            "splits", expected=f"columns of different splits at least {config.gap_degrees} degrees apart", got=f"{smallest} degrees"
        )
    counts = {name: int((code == number).sum()) for number, name in enumerate(SPLITS)}
    return {
        "columns": counts | {"left_out": int((code < 0).sum())},
        "gap_degrees": config.gap_degrees,
        "smallest_distance_degrees": smallest,
    }


def smallest_distance(columns: Columns, code: NDArray[np.int8]) -> float | None:
    """Return the distance of the two nearest columns of different splits in degrees; None if there is only one split."""
    nearest = [
        float(nearest_degrees(columns, np.flatnonzero(code == number), np.flatnonzero((code >= 0) & (code != number))).min())
        for number in range(len(SPLITS))
        if np.any(code == number) and np.any((code >= 0) & (code != number))
    ]
    return min(nearest, default=None)


def nearest_degrees(columns: Columns, chosen: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each column of ``chosen`` the great-circle distance to the nearest of ``others``, degrees."""
    latitude, longitude = np.radians(columns.latitude), np.radians(columns.longitude)
    place = np.stack([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], axis=1)
    part = max(1, _AT_A_TIME // len(others))
    cosines = [(place[chosen[at : at + part]] @ place[others].T).max(axis=1) for at in range(0, len(chosen), part)]
    return np.degrees(np.arccos(np.clip(np.concatenate(cosines), -1.0, 1.0)))
