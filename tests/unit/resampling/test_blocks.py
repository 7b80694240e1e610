"""Block bootstrap: replicates are made of whole blocks, intervals cover what they should, for series with a memory."""

import numpy as np
import pytest

from paramnet.resampling import account, interval, lag_1_autocorrelation, parts_of, resample
from paramnet.resampling.blocks import LEVEL, REPLICATES, block_length


def autoregressive(n: int, r: float, rng: np.random.Generator, warm_up: int = 50) -> np.ndarray:
    noise = rng.standard_normal(n + warm_up)
    for time in range(1, n + warm_up):
        noise[time] += r * noise[time - 1]
    return noise[warm_up:]


def covered(n: int, r: float, trials: int, memory: bool) -> float:
    """Share of series whose interval of the mean contains the true mean, 0."""
    rng, hits = np.random.default_rng(5), 0
    for _ in range(trials):
        series = autoregressive(n, r, rng)
        resampled = resample(n, lag_1_autocorrelation(series[:, None]) if memory else 0.0)
        assert resampled is not None
        low, high = interval(resampled.counts @ series / n)
        hits += low <= 0.0 <= high
    return hits / trials


def test_intervals_of_a_series_with_memory_cover_its_mean_and_single_days_do_not() -> None:
    assert 0.82 <= covered(120, 0.6, 60, memory=True) <= 1.0
    assert covered(120, 0.6, 60, memory=False) < 0.8


def test_replicates_have_the_length_of_the_series_and_consist_of_blocks_around_its_end() -> None:
    resampled = resample(50, 0.7)
    assert resampled is not None and resampled.counts.shape == (REPLICATES, 50) and resampled.block > 3
    np.testing.assert_array_equal(resampled.counts.sum(axis=1), 50)
    assert resampled.counts.mean(axis=0) == pytest.approx(1.0, abs=0.15), "the first and last days are drawn as often as others"
    single = resample(50, 0.0)
    assert single is not None and single.block == 1


def test_block_lengths_solve_the_equation_of_wilks() -> None:
    for n, r in ((90, 0.5), (135, 0.8), (365, 0.9)):
        length = block_length(n, r)
        exponent = 2.0 / 3.0 * (1.0 - (1.0 - r) / (1.0 + r))
        assert length == pytest.approx((n - length + 1.0) ** exponent, abs=1.0)
    assert block_length(100, -0.3) == block_length(100, 0.0) == 1


def test_parts_are_consecutive_days_of_about_the_same_number() -> None:
    parts = parts_of(100, 64)
    assert set(np.diff(parts)) <= {0, 1} and set(np.bincount(parts)) <= {1, 2} and len(np.bincount(parts)) == 64
    np.testing.assert_array_equal(parts_of(12, 64), np.arange(12))


def test_autocorrelation_counts_quantities_alike_and_passes_over_constant_ones() -> None:
    rng = np.random.default_rng(2)
    series = np.stack([autoregressive(20_000, 0.5, rng), 1e6 * autoregressive(20_000, 0.1, rng), np.full(20_000, 3.0)], axis=1)
    assert lag_1_autocorrelation(series) == pytest.approx(0.3, abs=0.02)
    assert lag_1_autocorrelation(series[:, 2:]) == 0.0


def test_too_few_days_have_no_interval_and_the_account_says_so() -> None:
    assert resample(9, 0.5) is None
    assert "9 days" in account(9)["not_applicable"]
    assert account(30, 2.0)["block_days"] == 2.0 and account(30)["level"] == LEVEL
