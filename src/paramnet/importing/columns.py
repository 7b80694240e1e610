"""Columns to check an imported network on: the user's own, or drawn from the known ranges of its inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError

Array = NDArray[np.float64]


def read_columns(file: Path, contract: Contract) -> Array:
    """Columns of a .npy file : (column, n_in), contract units; raise ParamnetError if unreadable or of another shape."""
    expected = f"a .npy array of (column, {contract.n_in}) as in contract {contract.name}, with two columns or more"
    remedy = "correct the file, or set columns= to nothing to draw columns from the envelope"
    if not file.is_file():
        raise ParamnetError("columns", expected=expected, got=f"no file {file}", remedy=remedy)
    try:
        columns = np.load(file, allow_pickle=False)
    except ValueError as error:
        raise ParamnetError("columns", expected=expected, got=f"an unreadable file ({error})", where=str(file), remedy=remedy) from error
    if columns.ndim != 2 or columns.shape[1] != contract.n_in or len(columns) < 2:
        raise ParamnetError("columns", expected=expected, got=str(columns.shape), where=str(file), remedy=remedy)
    return columns.astype(np.float32).astype(np.float64)


def draw_columns(contract: Contract, low: Array, high: Array, samples: int) -> Array:
    """Draw columns between ``low`` and ``high`` : (column of the tensor), with highly correlated levels in each variable.

    Every value is exact in float32, so input rounding causes no differences. The seed is fixed.
    """
    random = np.random.default_rng(20180330)
    place = np.empty((samples, contract.n_in))
    for columns in contract.input_columns.values():
        size = columns.stop - columns.start
        place[:, columns] = random.uniform(0, 1, (samples, 1)) + random.normal(0, 0.05, (samples, size))
    return (low + (high - low) * np.clip(place, 0, 1)).astype(np.float32).astype(np.float64)


def assumed_range(contract: Contract, subtract: Array, divide: Array) -> tuple[Array, Array]:
    """The range for unknown training data: ``subtract`` ± ``divide``, clipped to the contract's valid ranges."""
    low, high = (
        np.concatenate(
            [np.full(c.stop - c.start, v.valid_range[side]) for v, c in zip(contract.inputs, contract.input_columns.values(), strict=True)]
        )
        for side in (0, 1)
    )
    if np.any(subtract != 0) or np.any(divide != 1):
        return np.clip(subtract - np.abs(divide), low, high), np.clip(subtract + np.abs(divide), low, high)
    return low, high
