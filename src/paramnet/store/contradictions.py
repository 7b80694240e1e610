"""Warnings about statistics that contradict each other."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from paramnet.store.statistics import ColumnStatistics

SLACK = 1.0e-6  # of the range: float32 data, float64 sums

_log = logging.getLogger(__name__)
_warned: set[tuple[str, str]] = set()


def warn_of_contradictions(statistics: ColumnStatistics, side: str, where: str) -> None:
    """Log a warning for each contradiction, once per side and store."""
    if (side, where) in _warned:
        return
    _warned.add((side, where))
    for sentence in contradictions(statistics, side):
        _log.warning("%s: %s; the statistics may be of other samples: preprocess again if in doubt", where, sentence)


def contradictions(statistics: ColumnStatistics, side: str) -> list[str]:
    """Return a sentence for each kind of contradiction, with the first column (of the ``side``'s tensor) and their number.

    The kinds are: a standard deviation above half the range (Popoviciu 1935), quantiles that decrease with their level, and
    quantiles outside the range. ``ColumnStatistics`` itself refuses a mean outside min ... max.
    """
    range_ = statistics.max - statistics.min
    slack = SLACK * np.maximum(range_, np.maximum(np.abs(statistics.min), np.abs(statistics.max)))
    std, quantiles = statistics.std, statistics.quantiles
    outside = np.any((quantiles < statistics.min - slack) | (quantiles > statistics.max + slack), axis=0)
    found = [
        _sentence(std > 0.5 * range_ + slack, f"a standard deviation of {side} above half its range", std, statistics),
        _sentence(np.any(np.diff(quantiles, axis=0) < -slack, axis=0), f"quantiles of {side} that decrease", quantiles[0], statistics),
        _sentence(outside, f"quantiles of {side} outside its range", quantiles[0], statistics),
    ]
    return [sentence for sentence in found if sentence]


def _sentence(wrong: NDArray[np.bool_], what: str, shown: NDArray[np.float64], statistics: ColumnStatistics) -> str:
    if not wrong.any():
        return ""
    first = int(np.argmax(wrong))
    return (
        f"{what}: {shown[first]:g} in column {first} with min {statistics.min[first]:g}, max {statistics.max[first]:g} "
        f"({int(wrong.sum())} such columns)"
    )
