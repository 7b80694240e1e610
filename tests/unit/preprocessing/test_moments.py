"""Statistics merged block by block."""

import math

import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.preprocessing.passes.moments import Moments

NO_QUANTILES = np.zeros((5, 1))


def merged(values: np.ndarray, blocks: int) -> Moments:
    return Moments.merged(Moments.of(part) for part in np.array_split(values, blocks))


def test_merged_statistics_agree_with_numpy_in_float64() -> None:
    values = np.random.default_rng(0).normal([98000.0, 1e-8], [1500.0, 1e-9], (10007, 2)).astype("float32")
    result = merged(values, 37).statistics(np.zeros((5, 2)))
    np.testing.assert_allclose(result.mean, values.astype("float64").mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(result.std, values.astype("float64").std(axis=0), rtol=1e-12)
    np.testing.assert_array_equal(result.max, values.max(axis=0))


def test_the_mean_of_surface_pressure_stays_right_where_float32_sums_fail() -> None:
    values = np.random.default_rng(0).uniform(97000, 99000, (2_000_000, 1)).astype("float32")
    exact = values.astype("float64").mean()
    assert merged(values, 50).mean[0] == pytest.approx(exact, rel=1e-13)
    assert abs(np.cumsum(values[:, 0], dtype="float32")[-1] / len(values) / exact - 1) > 1e-5


@pytest.mark.long
@pytest.mark.slow
def test_the_mean_of_a_hundred_million_surface_pressures_is_right_to_1e_9() -> None:
    parts, sums = [], []
    for number in range(100):
        values = np.random.default_rng(number).normal(98000.0, 1500.0, (1_000_000, 1)).astype("float32")
        parts.append(Moments.of(values))
        sums.append(math.fsum(values[:, 0].astype("float64").reshape(1000, 1000).sum(axis=1)))
    total, exact = Moments.merged(parts), math.fsum(sums) / 1e8
    assert total.count == 10**8
    assert abs(total.mean[0] / exact - 1) < 1e-12  # required: 1e-9


def test_a_column_of_one_value_is_constant_with_zero_std() -> None:
    result = merged(np.full((1000, 1), 0.1, "float32"), 7).statistics(NO_QUANTILES)
    assert result.constant[0] and result.std[0] == 0.0
    assert result.mean[0] == np.float32(0.1)


def test_a_mean_outside_its_range_is_refused() -> None:
    broken = Moments(10, np.array([5.0]), np.array([1.0]), np.array([1.0]), np.array([3.0]))
    with pytest.raises(ParamnetError) as refused:
        broken.statistics(NO_QUANTILES)
    assert (refused.value.what, refused.value.expected) == ("statistics", "min <= mean <= max")


def test_no_samples_are_an_error() -> None:
    with pytest.raises(ParamnetError) as refused:
        Moments.merged([])
    assert (refused.value.what, refused.value.expected) == ("statistics", "training samples")
