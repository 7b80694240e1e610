"""Position and width of the tropical rain band."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TROPICS = 20.0  # degrees
PARTS = 10  # subdivisions of a latitude band of the grid, which is coarse compared with a rain band


def rain_band(latitude: Floats, rain: Floats, weight: Floats | None = None) -> dict[str, float]:
    """Position and width of the rain band in degrees, from zonal-mean rain (lat) in any units.

    weight : (lat), area fractions, sum to 1; None for Gaussian latitudes.

    position : the latitude that halves the rain between 20° S and 20° N (Frierson & Hwang 2012), north positive.
    width : distance between the latitudes with a quarter and three quarters of that rain to their south; 11.8 for uniform rain.
    peak : the largest rain within 20° of the equator, in its units.
    """
    order = np.argsort(latitude)
    rain = np.maximum(rain[order], 0.0)
    bands = np.polynomial.legendre.leggauss(len(latitude))[1] if weight is None else 2.0 * weight[order]
    area = np.repeat(bands / PARTS, PARTS)
    sine = np.concatenate([[0.0], np.cumsum(area)]) - 1.0  # of the boundaries of the subdivisions
    fallen = np.concatenate([[0.0], np.cumsum(_in_parts(rain) * area)])
    fine = np.linspace(-1.0, 1.0, 4001) * np.sin(np.deg2rad(TROPICS))
    share = np.interp(fine, sine, fallen)
    share = (share - share[0]) / (share[-1] - share[0])
    quarter, middle, three_quarters = np.rad2deg(np.arcsin(np.interp([0.25, 0.5, 0.75], share, fine)))
    peak = rain[np.abs(latitude[order]) <= TROPICS].max()
    return {"position": float(middle), "width": float(three_quarters - quarter), "peak": float(peak)}


def _in_parts(rain: Floats) -> Floats:
    """Piecewise linear rain that keeps the mean of each band; slopes are limited by both neighbours, so it is never negative."""
    ahead = np.diff(rain, append=rain[-1])
    behind = np.diff(rain, prepend=rain[0])
    steepest = 2.0 * np.minimum(np.abs(ahead), np.abs(behind))
    slope = np.where(ahead * behind > 0, np.sign(ahead) * np.minimum(steepest, 0.5 * np.abs(ahead + behind)), 0.0)
    place = (np.arange(PARTS) + 0.5) / PARTS - 0.5
    return (rain[:, None] + slope[:, None] * place).ravel()
