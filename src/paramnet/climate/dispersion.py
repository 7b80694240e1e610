"""Frequencies of free equatorial shallow-water waves of a given equivalent depth (Matsuno 1966)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paramnet.physics import SECONDS_PER_DAY

Floats = NDArray[np.float64]
RADIUS = 6.371e6  # m
ROTATION = 7.292e-5  # s-1
GRAVITY = 9.80665  # m s-2
BETA = 2.0 * ROTATION / RADIUS


def kelvin_frequency(wavenumber: ArrayLike, depth: float) -> Floats:
    """Frequency of a Kelvin wave in cycles per day: ω = k √(g h). wavenumber : zonal, positive eastward."""
    return _cycles(np.asarray(wavenumber, dtype=np.float64) / RADIUS * np.sqrt(GRAVITY * depth))


def rossby_frequency(wavenumber: ArrayLike, depth: float, mode: int = 1) -> Floats:
    """Frequency of an equatorial Rossby wave in cycles per day, for westward (negative) wavenumbers: the low root."""
    return _roots(np.asarray(wavenumber, dtype=np.float64), depth, mode)[0]


def gravity_frequency(wavenumber: ArrayLike, depth: float, mode: int = 1) -> Floats:
    """Frequency of an inertio-gravity wave in cycles per day, westward for negative wavenumbers: the high root."""
    return _roots(np.asarray(wavenumber, dtype=np.float64), depth, mode)[1]


def mixed_frequency(wavenumber: ArrayLike, depth: float) -> Floats:
    """Frequency of the mixed Rossby–gravity wave (westward) and its eastward continuation in cycles per day: ω/c - k = β/ω, ω > 0."""
    k, speed = np.asarray(wavenumber, dtype=np.float64) / RADIUS, np.sqrt(GRAVITY * depth)
    return _cycles(0.5 * speed * (k + np.sqrt(k**2 + 4.0 * BETA / speed)))


def _roots(wavenumber: Floats, depth: float, mode: int) -> tuple[Floats, Floats]:
    """Positive roots of ω³ - (c² k² + (2n + 1) β c) ω - β k c² = 0: (lower, upper) for westward waves, (NaN, upper) for eastward ones."""
    k, speed = wavenumber / RADIUS, np.sqrt(GRAVITY * depth)
    low, high = np.full(k.shape, np.nan), np.full(k.shape, np.nan)
    for place, value in np.ndenumerate(k):
        roots = np.roots([1.0, 0.0, -((speed * value) ** 2 + (2 * mode + 1) * BETA * speed), -BETA * value * speed**2])
        positive = np.sort(roots.real[roots.real > 0])
        high[place] = positive[-1]
        if len(positive) > 1:
            low[place] = positive[0]
    return _cycles(low), _cycles(high)


def _cycles(angular: Floats) -> Floats:
    return angular * SECONDS_PER_DAY / (2.0 * np.pi)
