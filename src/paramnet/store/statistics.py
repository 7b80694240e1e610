"""Statistics of every column of the training split, as stored: float64, checked, constant columns marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError

QUANTILE_LEVELS = (0.001, 0.01, 0.5, 0.99, 0.999)

SMALLEST = float(np.finfo(np.float32).tiny)  # a spread that float32 cannot hold is none: its inverse would be infinite

FIELDS = ("mean", "std", "min", "max", "constant", "quantiles")


@dataclass(frozen=True)
class ColumnStatistics:
    """Statistics of the training split in the contract's units, one entry per tensor column.

    ``mean``, ``std`` (population), ``min``, ``max`` : (column), float64. ``constant`` : (column), bool, true where every
    training sample has the same value, or the same to float32's smallest number (then ``std`` is exactly zero).
    ``quantiles`` : (quantile level, column), float64, at ``quantile_levels``.

    Raises ParamnetError unless min <= mean <= max, everything is finite, and std is zero exactly where constant.
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    constant: NDArray[np.bool_]
    quantiles: NDArray[np.float64]
    quantile_levels: tuple[float, ...] = QUANTILE_LEVELS

    def __post_init__(self) -> None:
        for name in ("mean", "std", "min", "max"):
            self._require(np.isfinite(getattr(self, name)), f"finite {name}", name)
        self._require((self.min <= self.mean) & (self.mean <= self.max), "min <= mean <= max", "mean")
        self._require((self.std == 0) == self.constant, "std > 0 except in constant columns", "std")
        varies = self.std >= SMALLEST
        object.__setattr__(self, "std", np.where(varies, self.std, 0.0))
        object.__setattr__(self, "constant", ~varies)

    def _require(self, holds: NDArray[np.bool_], expected: str, shown: str) -> None:
        if not np.all(holds):
            column = int(np.argmin(holds))
            raise ParamnetError(
                f"statistics: expected {expected}, got {shown} {getattr(self, shown)[column]!r} with min {self.min[column]!r} "
                f"and max {self.max[column]!r} in column {column}; preprocess again"
            )
