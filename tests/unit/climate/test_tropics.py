from __future__ import annotations

import numpy as np
import pytest

from paramnet.climate.tropics import rain_band

LATITUDE = np.rad2deg(np.arcsin(np.polynomial.legendre.leggauss(64)[0]))[::-1]


def test_uniform_rain_is_centred_and_half_of_the_tropics_wide() -> None:
    band = rain_band(LATITUDE, np.full(64, 3.0))
    quarter = np.rad2deg(np.arcsin(0.5 * np.sin(np.deg2rad(20.0))))
    assert band["position"] == pytest.approx(0.0, abs=1e-6)
    assert band["width"] == pytest.approx(2 * quarter, rel=1e-6)
    assert band["peak"] == 3.0


@pytest.mark.parametrize(("centre", "spread"), [(5.0, 3.0), (-7.0, 2.5)])
def test_a_normal_band_lies_at_its_centre_and_is_its_interquartile_range_wide(centre: float, spread: float) -> None:
    """Quartiles of a normal distribution lie 0.6745 standard deviations from its middle; the sphere's cosine hardly matters here."""
    band = rain_band(LATITUDE, np.exp(-0.5 * ((LATITUDE - centre) / spread) ** 2))
    assert band["position"] == pytest.approx(centre, abs=0.1)
    assert band["width"] == pytest.approx(2 * 0.6745 * spread, rel=0.05)


def test_rain_outside_the_tropics_does_not_count() -> None:
    rain = np.exp(-0.5 * ((LATITUDE - 4.0) / 3.0) ** 2)
    stormy = rain + 5.0 * (np.abs(LATITUDE) > 35)
    assert rain_band(LATITUDE, stormy) == pytest.approx(rain_band(LATITUDE, rain))
