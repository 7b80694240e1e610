"""Statistics of the columns of the training split: float64, checked, with constant columns marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError

QUANTILE_LEVELS = (0.001, 0.01, 0.5, 0.99, 0.999)

SMALLEST = float(np.finfo(np.float32).tiny)  # a smaller std counts as zero: its inverse would be infinite in float32

FIELDS = ("mean", "std", "min", "max", "constant", "quantiles")


@dataclass(frozen=True)
class ColumnStatistics:
    """Statistics of the training split in the contract's units, one entry per tensor column.

    ``mean``, ``std`` (population), ``min``, ``max`` : (column), float64. ``constant`` : (column), bool, true if all training
    samples have the same value, or std is below the smallest normal float32 number (``std`` is then exactly zero).
    ``quantiles`` : (quantile level, column), float64, at ``quantile_levels``.

    Raises ParamnetError unless min <= mean <= max, all values are finite, and std is zero exactly in constant columns.
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
                "statistics",
                expected=expected,
                got=f"{shown} {getattr(self, shown)[column]!r} with min {self.min[column]!r} and max {self.max[column]!r}",
                where=f"column {column}",
                remedy="preprocess again",
            )
