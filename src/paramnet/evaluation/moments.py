"""Sums per grid column from which all scores are computed, in float64, merged chunk by chunk."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Powers = tuple[Floats, Floats, Floats]


def powers(predicted: Floats, truth: Floats) -> Powers:
    """Prediction minus truth, its absolute value and its square."""
    error = predicted - truth
    return error, np.abs(error), error**2


@dataclass
class ErrorSums:
    """Sums over the samples of each grid column of prediction minus truth : (column, score), in the scores' units."""

    error: Floats
    absolute: Floats
    square: Floats

    @classmethod
    def zeros(cls, shape: tuple[int, int]) -> ErrorSums:
        """Empty sums."""
        return cls(np.zeros(shape), np.zeros(shape), np.zeros(shape))


@dataclass
class ColumnMoments:
    """Moments of the truth and of each predictor's error, per grid column.

    n_columns : grid columns. n_scores : scored quantities (outputs in W m-2, then derived ones). predictors : their names.
    ``shift`` : (score), any value near the mean, subtracted from the truth before squaring to keep the precision of a variance
    that is small compared with the mean. ``count``, ``area``, ``latitude`` : (column). Sums : (column, score).
    """

    n_columns: int
    n_scores: int
    predictors: tuple[str, ...]
    shift: Floats
    count: Floats = field(init=False)
    area: Floats = field(init=False)
    latitude: Floats = field(init=False)
    truth: Floats = field(init=False)
    truth_square: Floats = field(init=False)
    errors: dict[str, ErrorSums] = field(init=False)

    def __post_init__(self) -> None:
        shape = (self.n_columns, self.n_scores)
        self.count = np.zeros(self.n_columns)
        self.area, self.latitude = np.zeros(self.n_columns), np.zeros(self.n_columns)
        self.truth, self.truth_square = np.zeros(shape), np.zeros(shape)
        self.errors = {name: ErrorSums.zeros(shape) for name in self.predictors}

    def add(self, column: NDArray[np.integer], area: Floats, latitude: Floats, truth: Floats, predicted: dict[str, Floats]) -> None:
        """Merge a chunk. column : (sample), index of the grid column; area, latitude : (sample); truth, predicted : (sample, score)."""
        by_column = ColumnGroups(column)
        self.count[by_column.columns] += by_column.sizes
        self.area[by_column.columns] = by_column.first(area)
        self.latitude[by_column.columns] = by_column.first(latitude)
        anomaly = truth - self.shift
        self.truth[by_column.columns] += by_column.sum(anomaly)
        self.truth_square[by_column.columns] += by_column.sum(anomaly**2)
        for name, values in predicted.items():
            error, sums = values - truth, self.errors[name]
            sums.error[by_column.columns] += by_column.sum(error)
            sums.absolute[by_column.columns] += by_column.sum(np.abs(error))
            sums.square[by_column.columns] += by_column.sum(error**2)

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Columns with at least one sample."""
        return self.count > 0


class ColumnGroups:
    """The samples of a chunk sorted by grid column, so that one ``reduceat`` sums each column."""

    def __init__(self, column: NDArray[np.integer]) -> None:
        self.order = np.argsort(column, kind="stable")
        self.columns, self.starts, self.sizes = np.unique(column[self.order], return_index=True, return_counts=True)

    def sum(self, values: Floats) -> Floats:
        """Sums over the samples of each column present: (present column, score)."""
        return np.add.reduceat(values[self.order], self.starts, axis=0)

    def first(self, values: NDArray) -> Floats:
        """One value per column present, of a quantity that does not vary within a column."""
        return values[self.order[self.starts]].astype(np.float64)
