"""Scores of small systems on series whose scores are known."""

import math

import numpy as np
import pytest

from paramnet.testbeds.baselines import fit_polynomials
from paramnet.testbeds.scores import autocorrelation, climate_scores, density, energy_distance, hellinger, power_spectrum, valid_times

RANDOM = np.random.default_rng(8)


def test_distances_of_two_normal_densities_are_those_of_the_formulas() -> None:
    """Hellinger: H² = 1 - exp(-m²/8). Energy: 2 E|X-Y| - 2 E|X-X'| with E|N(m, 2)| known."""
    edges = np.linspace(-9, 10, 4001)
    middles, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    one, other = (np.exp(-((middles - mean) ** 2) / 2) for mean in (0.0, 1.0))
    one, other = one / one.sum(), other / other.sum()
    assert hellinger(one, other) == pytest.approx(math.sqrt(1 - math.exp(-1 / 8)), abs=1e-5)
    assert hellinger(one, one) == 0.0
    apart = 2 / math.sqrt(math.pi) * math.exp(-1 / 4) + math.erf(1 / 2)
    assert energy_distance(one, other, width) == pytest.approx(math.sqrt(2 * apart - 4 / math.sqrt(math.pi)), abs=1e-4)


def test_what_is_outside_the_bins_counts_in_the_outermost() -> None:
    assert density(np.array([-5.0, 0.2, 0.7, 9.0]), np.array([0.0, 0.5, 1.0])).tolist() == [0.5, 0.5]


def test_autocorrelation_of_an_autoregressive_process_is_a_power() -> None:
    noise, series = RANDOM.standard_normal((20_000, 1, 8)), np.zeros((20_000, 1, 8))
    for step in range(1, len(series)):
        series[step] = 0.8 * series[step - 1] + 0.6 * noise[step]
    np.testing.assert_allclose(autocorrelation(series, 5), 0.8 ** np.arange(5), atol=0.02)


def test_the_spectrum_has_the_power_of_a_wave_and_its_scores_are_zero_for_the_truth() -> None:
    wave = 3.0 * np.cos(2 * np.pi * 2 * np.arange(8) / 8)[None, None] + np.zeros((10, 1, 8))
    np.testing.assert_allclose(power_spectrum(wave), [0, 0, 18, 0, 0], atol=1e-12)
    truth = RANDOM.standard_normal((5000, 1, 8))
    assert set(climate_scores(truth, truth, 10).values()) == {0.0}
    moved = climate_scores(2 * truth + 1, truth, 10)
    assert moved["mean_error"] == pytest.approx(1.0, abs=0.1)
    assert moved["spectrum_rmse_db"] > 6.0 and moved["hellinger"] > 0.3


def test_forecasts_are_valid_until_their_error_is_above_the_threshold() -> None:
    truth = np.ones((11, 2, 4))  # of size 2
    forecast = truth + 0.05 * np.arange(11)[:, None, None] * np.array([1.0, 0.0])[None, :, None]
    assert valid_times(forecast, truth, 0.3).tolist() == pytest.approx([6.0, 10.0])


def test_polynomials_and_their_noise_are_found() -> None:
    x, e = RANDOM.uniform(-5, 10, (40_000, 1, 8)), np.zeros((40_000, 1, 8))
    for step in range(1, len(e)):
        e[step] = 0.9 * e[step - 1] + math.sqrt(1 - 0.81) * 2.0 * RANDOM.standard_normal((1, 8))
    u = 1.0 - 2.0 * x + 0.1 * x**2 - 0.01 * x**3 + e
    records = np.stack([x, u], axis=1)
    found = fit_polynomials(records, records[:20_000])
    np.testing.assert_allclose(found["cubic"].coefficients, [1.0, -2.0, 0.1, -0.01], atol=0.05)
    assert (found["cubic_ar1"].noise_std, found["cubic_ar1"].noise_persistence) == (
        pytest.approx(2.0, abs=0.03),
        pytest.approx(0.9, abs=0.01),
    )
    assert (found["cubic"].noise_std, len(found["linear"].coefficients)) == (0.0, 2)
