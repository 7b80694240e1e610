"""Quality statistics of an archive, collected by block: counts, profiles and histograms that merge exactly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, Variable
from paramnet.files import stored
from paramnet.sources.derive import FILL_SIZE, Fields

BINS = 120
_MANY_COLUMNS, _EVERY_COLUMN = 300, 7  # histograms of large grids use every seventh column, which is no divisor of usual grid sizes
_BITS = 16  # leading bits of a float32 that determine its bin: sign, exponent, seven of the mantissa (1/128 relative)
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@stored
@dataclass(frozen=True)
class VariableQuality:
    """Statistics of one variable. Arrays are (level), of length one for a variable without levels; ``histogram`` is (bin).

    ``values`` : number examined. ``missing`` : not finite or fill values. ``below``, ``above`` : outside the valid range.
    ``minimum``, ``maximum`` and ``total`` (sum) are over the values that are not missing, in or out of range.
    """

    values: Counts
    missing: Counts
    below: Counts
    above: Counts
    minimum: Floats
    maximum: Floats
    total: Floats
    histogram: Counts
    filled: int

    def merge(self, other: VariableQuality) -> VariableQuality:
        """Return the statistics of both sets of values."""
        return VariableQuality(
            self.values + other.values,
            self.missing + other.missing,
            self.below + other.below,
            self.above + other.above,
            np.minimum(self.minimum, other.minimum),
            np.maximum(self.maximum, other.maximum),
            self.total + other.total,
            self.histogram + other.histogram,
            self.filled + other.filled,
        )

    @property
    def mean(self) -> Floats:
        """Mean by level of the values that are not missing; NaN without any."""
        present = self.values - self.missing
        return np.divide(self.total, present, out=np.full(len(present), np.nan), where=present > 0)


@stored
@dataclass(frozen=True)
class Quality:
    """Number of ``selected`` samples, number of ``valid`` ones among them, and statistics of every variable."""

    selected: int
    valid: int
    variables: dict[str, VariableQuality]

    @classmethod
    def merged(cls, parts: Iterable[Quality]) -> Quality:
        """Merge blocks in the given order; at least one."""
        iterator = iter(parts)
        total = next(iterator)
        for part in iterator:
            variables = {name: one.merge(part.variables[name]) for name, one in total.variables.items()}
            total = cls(total.selected + part.selected, total.valid + part.valid, variables)
        return total


def observe(contract: Contract, fields: Fields, wanted: NDArray[np.bool_] | None, valid: NDArray[np.bool_]) -> Quality:
    """Return the quality of one block; ``wanted`` (None: all) and ``valid`` are (step, column)."""
    asked = np.ones_like(valid) if wanted is None else wanted
    variables = {}
    for variable in (*contract.inputs, *contract.outputs):
        values = fields[variable.name]
        levels = values.swapaxes(0, 1) if variable.is_profile else values[None]  # (level, step, column)
        sampled = levels[..., :: histogram_stride(valid.shape[1])]
        if not asked.all():
            sampled = sampled[:, asked[:, :: histogram_stride(valid.shape[1])]]
            levels = levels[:, asked]
        variables[variable.name] = _observe_one(variable, levels, sampled, fields.filled.get(variable.name, 0))
    return Quality(int(asked.sum()), int((asked & valid).sum()), variables)


def histogram_stride(columns: int) -> int:
    """Return n if histograms use every n-th column."""
    return _EVERY_COLUMN if columns >= _MANY_COLUMNS else 1


def _observe_one(variable: Variable, levels: NDArray[np.floating], sampled: NDArray[np.floating], filled: int) -> VariableQuality:
    """Return the statistics of ``levels`` : (level, ...); ``sampled`` : the same for the columns used in the histogram."""
    axes, count = tuple(range(1, levels.ndim)), int(np.prod(levels.shape[1:]))
    zero = np.zeros(len(levels), dtype=np.int64)
    if count == 0:
        empty = np.full(len(levels), np.inf)
        return VariableQuality(zero, zero, zero, zero, empty, -empty, np.zeros(len(levels)), np.zeros(BINS + 2, np.int64), filled)
    low, high = variable.valid_range
    minimum, maximum = levels.min(axis=axes), levels.max(axis=axes)
    missing, below, above = zero, zero, zero
    total = levels.sum(axis=axes, dtype=np.float64)
    if not (low <= minimum.min() and maximum.max() <= high):  # also for NaN
        lost = ~(np.abs(levels) < FILL_SIZE)
        missing, below, above = (np.count_nonzero(mask, axis=axes) for mask in (lost, ~lost & (levels < low), ~lost & (levels > high)))
        minimum = np.where(lost, np.inf, levels).min(axis=axes)
        maximum = np.where(lost, -np.inf, levels).max(axis=axes)
        total = np.where(lost, 0.0, levels).sum(axis=axes, dtype=np.float64)
        sampled = sampled[np.abs(sampled) < FILL_SIZE]
    histogram = _histogram(sampled, low, high)
    values = np.full(len(levels), count, dtype=np.int64)
    return VariableQuality(values, missing, below, above, minimum.astype("f8"), maximum.astype("f8"), total, histogram, filled)


def bin_edges(low: float, high: float) -> Floats:
    """Return bin edges (bin + 1) over a valid range: uniform if it excludes zero, uniform in asinh(x / linear) if it includes zero.

    linear / largest absolute value = 1e-5 for variables with values below 1 (humidities, tendencies), else 1e-3 (fluxes, winds).
    """
    if low > 0 or high < 0:
        return np.linspace(low, high, BINS + 1)
    largest = max(-low, high)
    linear = largest * (1e-5 if largest < 1 else 1e-3)
    return linear * np.sinh(np.linspace(np.arcsinh(low / linear), np.arcsinh(high / linear), BINS + 1))


def _histogram(values: NDArray[np.floating], low: float, high: float) -> Counts:
    """Count values below, in and above the edges : (bin + 2), from the leading bits of each value (relative precision 1/128)."""
    bits = np.ascontiguousarray(values, dtype=np.float32).ravel().view(np.uint32) >> np.uint32(32 - _BITS)
    fine = np.bincount(bits, minlength=1 << _BITS)
    return np.bincount(_bin_of_bits(low, high), weights=fine, minlength=BINS + 2).astype(np.int64)


@lru_cache(maxsize=512)
def _bin_of_bits(low: float, high: float) -> NDArray[np.int64]:
    """Return the bin of every pattern of leading bits, from the midpoint of the values that share it."""
    patterns = np.arange(1 << _BITS, dtype=np.uint32) << np.uint32(32 - _BITS)
    with np.errstate(invalid="ignore"):  # some patterns are signalling NaN
        nearest, middles = ((patterns + half).view(np.float32).astype(np.float64) for half in (np.uint32(0), np.uint32(1 << (31 - _BITS))))
    bins = np.searchsorted(bin_edges(low, high), middles, side="right")
    return np.where((nearest >= low) & (nearest <= high), np.clip(bins, 1, BINS), bins)  # the limits are in range
