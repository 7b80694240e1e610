"""Mean and variance of columns, merged block by block in float64 (Chan, Golub & LeVeque 1983)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.files import stored
from paramnet.store import QUANTILE_LEVELS, ColumnStatistics

_PIECE_VALUES = 1 << 16


@stored
@dataclass(frozen=True)
class Moments:
    """Moments of ``count`` samples: per column the mean, sum of squared deviations from it, minimum and maximum, float64."""

    count: int
    mean: NDArray[np.float64]
    squares: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]

    @classmethod
    def of(cls, values: NDArray[np.floating]) -> Moments:
        """Compute the moments of ``values`` (sample, column), at least one sample, in pieces that fit the cache of a core."""
        samples, width = values.shape
        part = max(16, _PIECE_VALUES // width)
        pieces = [cls._of_piece(values[start : start + part]) for start in range(0, samples, part)]
        return cls.merged(pieces)

    @classmethod
    def _of_piece(cls, values: NDArray[np.floating]) -> Moments:
        wide = values.astype(np.float64)
        ones = np.ones(len(wide))
        mean = ones @ wide / len(wide)
        wide -= mean
        rest = ones @ wide / len(wide)  # rounding error of the mean
        squares = np.einsum("ij,ij->j", wide, wide) - len(wide) * rest**2
        return cls(len(wide), mean + rest, squares, values.min(axis=0).astype(np.float64), values.max(axis=0).astype(np.float64))

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both sets of samples together."""
        count = self.count + other.count
        delta = other.mean - self.mean
        return Moments(
            count,
            self.mean + delta * (other.count / count),
            self.squares + other.squares + delta**2 * (self.count * other.count / count),
            np.minimum(self.min, other.min),
            np.maximum(self.max, other.max),
        )

    @classmethod
    def merged(cls, parts: Iterable[Moments]) -> Moments:
        """Merge in the given order, on which the last bits depend."""
        iterator = iter(parts)
        total = next(iterator, None)
        if total is None:
            raise no_training_samples()
        for part in iterator:
            total = total.merge(part)
        return total

    def statistics(self, quantiles: NDArray[np.float64]) -> ColumnStatistics:
        """Return checked statistics. A column is constant if minimum and maximum are equal; its std is then exactly zero."""
        constant = self.min == self.max
        slack = 1e-12 * np.maximum(np.abs(self.min), np.abs(self.max))  # allows only for rounding in nearly constant columns
        near = (self.mean >= self.min - slack) & (self.mean <= self.max + slack)
        mean = np.where(near, np.clip(self.mean, self.min, self.max), self.mean)
        std = np.where(constant, 0.0, np.sqrt(np.maximum(self.squares, 0.0) / self.count))
        return ColumnStatistics(mean, std, self.min, self.max, constant, quantiles, QUANTILE_LEVELS)


def no_training_samples() -> ParamnetError:
    """Return the error of a training split without samples."""
    return ParamnetError(
        "statistics",
        expected="training samples",
        got="none, as all of them were dropped as invalid",
        remedy="fix the files, or correct valid_range in the contract",
    )
