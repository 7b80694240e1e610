"""Space–time spectra of the tropics after Wheeler & Kiladis (1999, J. Atmos. Sci. 56, 374)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.climate.dispersion import kelvin_frequency
from paramnet.contract import ParamnetError

Floats = NDArray[np.float64]
LATITUDE = 15.0  # degrees on either side of the equator
# Background: power smoothed with 1-2-1 filters, N passes in wavenumber below each frequency (cycles per day), then over
# frequencies. Longer segments resolve frequencies better and need more passes for the same width.
WAVENUMBER_PASSES = ((0.1, 5), (0.2, 10), (0.3, 20), (np.inf, 40))
FREQUENCY_WIDTH = 0.023  # cycles per day, standard deviation: ten passes over segments of 96 days
KELVIN_DEPTHS = (8.0, 90.0)  # m, equivalent depths that bound the Kelvin wave region
KELVIN_WAVENUMBERS = (1, 8)


@dataclass(frozen=True)
class WaveSpectrum:
    """Power (frequency, wavenumber) in squares of the field's units. frequency : cycles per day, > 0; wavenumber : positive
    eastward. ``background`` : smoothed mean of both parts; a ratio of power to background above 1 marks a wave.
    """

    frequency: Floats
    wavenumber: NDArray[np.int64]
    symmetric: Floats
    antisymmetric: Floats
    background: Floats
    segments: int

    def kelvin_signal(self) -> float:
        """Symmetric power over background power in the Kelvin wave region; NaN if the spectrum has no frequency there."""
        k, f = np.meshgrid(self.wavenumber, self.frequency)
        slow, fast = (kelvin_frequency(k, depth) for depth in KELVIN_DEPTHS)
        region = (k >= KELVIN_WAVENUMBERS[0]) & (k <= KELVIN_WAVENUMBERS[1]) & (f >= slow) & (f <= fast)
        return float(self.symmetric[region].sum() / self.background[region].sum()) if region.any() else float("nan")


def wave_spectrum(field: Floats, latitude: Floats, per_day: int, segment_days: int, overlap: float = 0.5) -> WaveSpectrum:
    """Spectrum of a field (time, lat, lon) on latitudes symmetric about the equator and equally spaced longitudes eastward.

    per_day : samples a day. segment_days : length of a segment (96 in the paper; a shorter record is one segment).
    overlap : fraction shared by successive segments. Each segment is detrended and tapered; powers are averaged over segments
    and latitudes. Raises ParamnetError for latitudes that are not symmetric, or too few samples.
    """
    near = np.abs(latitude) <= LATITUDE
    tropics, lat = field[:, near], latitude[near]
    if not np.allclose(lat, -lat[::-1], atol=1e-3):
        raise ParamnetError("wave spectrum", expected="latitudes symmetric about the equator", got=str(lat.tolist()))
    length = min(segment_days * per_day, len(field))
    if length < 8:
        raise ParamnetError("wave spectrum", expected="8 samples a segment or more", got=str(length), remedy="compare more days")
    starts = range(0, len(field) - length + 1, max(1, int(length * (1 - overlap))))
    mirrored = tropics[:, ::-1]
    parts = [0.5 * (tropics + mirrored), 0.5 * (tropics - mirrored)]
    powers = [np.stack([_power(part[start : start + length]) for start in starts]).mean(axis=0, dtype=np.float64) for part in parts]
    frequency = np.arange(1, length // 2 + 1, dtype=np.float64) * (per_day / length)
    n = field.shape[2]
    wavenumber = np.arange(-(n // 2) + 1, n // 2)
    return WaveSpectrum(frequency, wavenumber, powers[0], powers[1], _background(0.5 * (powers[0] + powers[1]), frequency), len(starts))


def _power(segment: Floats) -> Floats:
    """Power (frequency > 0, wavenumber from -n/2+1 to n/2-1), mean over latitudes. A wave cos(kx - wt), w > 0, moves east: it is at +k."""
    times, _, n = segment.shape
    time = np.linspace(-1.0, 1.0, times)[:, None, None]
    centred = segment - segment.mean(axis=0)
    centred = centred - time * (centred * time).sum(axis=0) / (time**2).sum()
    coefficients = np.fft.fft(np.fft.rfft(centred * _taper(times)[:, None, None], axis=0), axis=2) / (times * n)
    power = (np.abs(coefficients[1:]) ** 2).mean(axis=1)
    # exp(i (k x + w t)) moves west: eastward wavenumbers are the negative ones of this transform
    return np.stack([power[:, -k % n] for k in range(-(n // 2) + 1, n // 2)], axis=1)


def _taper(times: int, share: float = 0.1) -> Floats:
    """Window of ones with half-cosine ramps to zero over a fraction ``share`` of the record at each end."""
    ramp = max(1, int(share * times))
    window = np.ones(times)
    window[:ramp] = 0.5 * (1 - np.cos(np.pi * (np.arange(ramp) + 0.5) / ramp))
    window[-ramp:] = window[:ramp][::-1]
    return window


def _background(power: Floats, frequency: Floats) -> Floats:
    lowest = 0.0
    smooth = power.copy()
    for highest, passes in WAVENUMBER_PASSES:
        rows = (frequency >= lowest) & (frequency < highest)
        smooth[rows] = _smoothed(power[rows], passes, axis=1)
        lowest = highest
    # the variance of one pass is half a grid step squared
    return _smoothed(smooth, max(1, round(2.0 * (FREQUENCY_WIDTH / frequency[0]) ** 2)), axis=0)


def _smoothed(power: Floats, passes: int, axis: int) -> Floats:
    for _ in range(passes):
        padded = np.pad(power, [(1, 1) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        below, above = (np.take(padded, np.arange(power.shape[axis]) + shift, axis=axis) for shift in (0, 2))
        power = 0.25 * below + 0.5 * power + 0.25 * above
    return power
