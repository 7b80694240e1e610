"""Columns to check an imported network on: the user's own, or drawn from what is known of its inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError

Array = NDArray[np.float64]


def read_columns(file: Path, contract: Contract) -> Array:
    """Columns of a .npy file : (column, n_in), contract units; ParamnetError where it is none or of another width."""
    if not file.is_file():
        raise ParamnetError(f"columns {file}: no such file; leave columns empty to draw them from the envelope")
    try:
        columns = np.load(file, allow_pickle=False)
    except ValueError as error:
        raise ParamnetError(f"columns {file}: expected a .npy array of (column, {contract.n_in}), could not read it ({error})") from error
    if columns.ndim != 2 or columns.shape[1] != contract.n_in or len(columns) < 2:
        raise ParamnetError(f"columns {file}: expected (column, {contract.n_in}) as contract {contract.name} has, got {columns.shape}")
    return columns.astype(np.float32).astype(np.float64)


def draw_columns(contract: Contract, low: Array, high: Array, samples: int) -> Array:
    """Columns between ``low`` and ``high`` : (column of the tensor), the levels of a variable moving mostly together.

    Each value is exact in float32, so that no difference found comes from rounding the input. Seeded: the same each time.
    """
    random = np.random.default_rng(20180330)
    place = np.empty((samples, contract.n_in))
    for columns in contract.input_columns.values():
        size = columns.stop - columns.start
        place[:, columns] = random.uniform(0, 1, (samples, 1)) + random.normal(0, 0.05, (samples, size))
    return (low + (high - low) * np.clip(place, 0, 1)).astype(np.float32).astype(np.float64)


def assumed_range(contract: Contract, subtract: Array, divide: Array) -> tuple[Array, Array]:
    """Where nobody kept a range: one divisor around what is subtracted, within the contract's physical ranges."""
    low, high = (
        np.concatenate(
            [np.full(c.stop - c.start, v.valid_range[side]) for v, c in zip(contract.inputs, contract.input_columns.values(), strict=True)]
        )
        for side in (0, 1)
    )
    if np.any(subtract != 0) or np.any(divide != 1):
        return np.clip(subtract - np.abs(divide), low, high), np.clip(subtract + np.abs(divide), low, high)
    return low, high
