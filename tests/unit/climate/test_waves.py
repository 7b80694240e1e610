"""Synthetic waves must appear at their wavenumber and frequency."""

from __future__ import annotations

import numpy as np
import pytest

from paramnet.climate.dispersion import gravity_frequency, kelvin_frequency, mixed_frequency, rossby_frequency
from paramnet.climate.waves import WaveSpectrum, wave_spectrum
from paramnet.contract import ParamnetError

NODES = np.polynomial.legendre.leggauss(32)[0][::-1]
LATITUDE = np.rad2deg(np.arcsin(NODES))
LONGITUDE = 2 * np.pi * np.arange(64) / 64
PER_DAY = 8


def wave(wavenumber: int, cycles_per_day: float, odd: bool = False, days: int = 96, noise: float = 0.1) -> np.ndarray:
    """cos(k x - w t): eastward for k > 0; even in latitude unless ``odd``."""
    time = np.arange(days * PER_DAY) / PER_DAY
    phase = wavenumber * LONGITUDE[None, None, :] - 2 * np.pi * cycles_per_day * time[:, None, None]
    shape = (np.sin if odd else np.cos)(np.deg2rad(4 * LATITUDE))[None, :, None]
    return shape * np.cos(phase) + noise * np.random.default_rng(0).standard_normal((len(time), 32, 64))


def peak(power: np.ndarray, spectrum: WaveSpectrum) -> tuple[int, float]:
    row, column = np.unravel_index(power.argmax(), power.shape)
    return int(spectrum.wavenumber[column]), float(spectrum.frequency[row])


@pytest.mark.parametrize(("wavenumber", "frequency"), [(4, 0.25), (2, 0.125), (-3, 0.0625), (-1, 0.5)])
def test_a_wave_appears_at_its_wavenumber_and_frequency_in_its_own_part_only(wavenumber: int, frequency: float) -> None:
    for odd in (False, True):
        spectrum = wave_spectrum(wave(wavenumber, frequency, odd), LATITUDE, PER_DAY, segment_days=32)
        own, other = (spectrum.antisymmetric, spectrum.symmetric) if odd else (spectrum.symmetric, spectrum.antisymmetric)
        assert peak(own, spectrum) == (wavenumber, pytest.approx(frequency, abs=1 / 32))
        assert other.max() < 1e-3 * own.max()
        assert spectrum.segments == 5


def test_a_kelvin_wave_is_counted_as_one_and_a_westward_one_is_not() -> None:
    frequency = float(kelvin_frequency(4, 25.0))
    eastward, westward = (wave_spectrum(wave(k, frequency), LATITUDE, PER_DAY, 96).kelvin_signal() for k in (4, -4))
    assert eastward > 2.0 * westward


def test_noise_does_not_exceed_the_background() -> None:
    noise = np.random.default_rng(1).standard_normal((96 * PER_DAY, 32, 64))
    spectrum = wave_spectrum(noise, LATITUDE, PER_DAY, segment_days=24)
    assert np.mean(spectrum.symmetric / spectrum.background) == pytest.approx(1.0, abs=0.1)
    assert spectrum.kelvin_signal() == pytest.approx(1.0, abs=0.2)


def test_power_adds_up_to_the_variance() -> None:
    """For amplitude 1 the variance is 1/2 on the latitudes used, less the effect of the taper."""
    spectrum = wave_spectrum(wave(4, 0.25, noise=0.0), LATITUDE, PER_DAY, segment_days=96)
    near = np.abs(LATITUDE) <= 15
    variance = 0.5 * np.mean(np.cos(np.deg2rad(4 * LATITUDE[near])) ** 2)
    assert 2 * spectrum.symmetric.sum() == pytest.approx(variance, rel=0.15)


def test_mean_and_trend_are_not_waves() -> None:
    drifting = np.ones((96 * PER_DAY, 32, 64)) * np.linspace(0, 50, 96 * PER_DAY)[:, None, None] + np.cos(LONGITUDE)
    spectrum = wave_spectrum(drifting, LATITUDE, PER_DAY, segment_days=48)
    assert spectrum.symmetric.max() < 1e-20


def test_dispersion_curves_have_their_known_limits() -> None:
    assert kelvin_frequency(1, 25.0) == pytest.approx(15.66 * 86400 / (2 * np.pi * 6.371e6), rel=1e-3)  # √(gh) = 15.66 m/s
    k = np.array([-8, -4, -2])
    assert np.all(rossby_frequency(k, 25.0) < mixed_frequency(k, 25.0))
    assert np.all(mixed_frequency(k, 25.0) < gravity_frequency(k, 25.0))
    long_rossby = rossby_frequency(-1, 25.0)
    assert long_rossby == pytest.approx(kelvin_frequency(1, 25.0) / 3, rel=0.02)  # long waves: a third of Kelvin's speed
    assert np.isnan(rossby_frequency(2, 25.0))  # none eastward


@pytest.mark.parametrize(("latitude", "length", "expected"), [(LATITUDE + 1, 96, "symmetric"), (LATITUDE, 4, "8 samples")])
def test_asymmetric_latitudes_and_short_records_are_refused(latitude: np.ndarray, length: int, expected: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        wave_spectrum(np.zeros((length, 32, 64)), latitude, PER_DAY, 96)
    assert refused.value.what == "wave spectrum" and expected in refused.value.expected and refused.value.got
