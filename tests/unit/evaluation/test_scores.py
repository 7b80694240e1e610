"""Scores compared with hand calculations."""

import numpy as np
import pytest

from paramnet.evaluation.moments import ColumnGroups, ColumnMoments
from paramnet.evaluation.scores import DEFINITIONS, scores

RANDOM = np.random.default_rng(3)
COLUMN = RANDOM.integers(0, 5, 400)
AREA = np.array([0.5, 1.0, 2.0, 0.75, 0.75])
TRUTH = 1e3 + RANDOM.normal(0, 2, (400, 3)) * [1.0, 3.0, 0.0]
PREDICTED = TRUTH + RANDOM.normal(0.5, 1, (400, 3))


def moments(chunk: int = 400) -> ColumnMoments:
    result = ColumnMoments(6, 3, ("learned",), TRUTH[:7].mean(axis=0))  # column 5 is never seen
    for start in range(0, 400, chunk):
        part = slice(start, start + chunk)
        result.add(COLUMN[part], AREA[COLUMN[part]], 10.0 * COLUMN[part], TRUTH[part], {"learned": PREDICTED[part]})
    return result


def by_column(values: np.ndarray) -> np.ndarray:
    """Mean over the samples of each column, (column, score)."""
    return np.stack([values[column == COLUMN].mean(axis=0) for column in range(5)])


def area_mean(values: np.ndarray) -> np.ndarray:
    return np.average(values, axis=0, weights=AREA)


def test_scores_do_not_depend_on_the_chunks() -> None:
    whole, chunked = scores(moments(), "learned"), scores(moments(chunk=33), "learned")
    for name in ("mae", "rmse", "bias", "mean_square", "variance", "r2_climsim", "hor_r2"):
        np.testing.assert_allclose(getattr(chunked, name), getattr(whole, name), rtol=1e-11, err_msg=name)


def test_errors_are_averaged_over_time_and_then_over_area() -> None:
    error, its = PREDICTED - TRUTH, scores(moments(), "learned")
    np.testing.assert_allclose(its.mae, area_mean(by_column(np.abs(error))), rtol=1e-12)
    np.testing.assert_allclose(its.rmse, area_mean(np.sqrt(by_column(error**2))), rtol=1e-12)
    np.testing.assert_allclose(its.bias, area_mean(by_column(error)), rtol=1e-10)


def test_r2_is_one_minus_squared_error_over_squared_anomaly() -> None:
    error, its = PREDICTED - TRUTH, scores(moments(), "learned")
    mean = area_mean(by_column(TRUTH))
    anomaly = area_mean(by_column((TRUTH - mean) ** 2))
    np.testing.assert_allclose(its.r2[:2], 1 - area_mean(by_column(error**2))[:2] / anomaly[:2], rtol=1e-9)
    assert np.isnan(its.r2[2]), "a truth without variance has no R²"
    square = area_mean(by_column(error**2))
    assert its.pooled_r2(slice(0, 2)) == pytest.approx(1 - square[:2].sum() / anomaly[:2].sum(), rel=1e-9)


def test_horizontal_r2_of_rasp_gives_every_column_the_same_weight() -> None:
    mse, mean, second = by_column((PREDICTED - TRUTH) ** 2), by_column(TRUTH), by_column(TRUTH**2)
    expected = 1 - mse.mean(axis=0)[:2] / (second.mean(axis=0) - mean.mean(axis=0) ** 2)[:2]
    np.testing.assert_allclose(scores(moments(), "learned").hor_r2[:2], expected, rtol=1e-6)


def test_climsim_r2_is_computed_over_time_in_each_column() -> None:
    own_mean = by_column(TRUTH)[COLUMN]
    expected = area_mean(1 - by_column((PREDICTED - TRUTH) ** 2)[:, :2] / by_column((TRUTH - own_mean) ** 2)[:, :2])
    np.testing.assert_allclose(scores(moments(), "learned").r2_climsim[:2], expected, rtol=1e-8)


def test_a_perfect_prediction_scores_one_and_a_constant_offset_is_all_bias() -> None:
    result = ColumnMoments(1, 1, ("perfect", "offset"), np.zeros(1))
    truth = np.array([[1.0], [2.0], [6.0]])
    result.add(np.zeros(3, int), np.ones(3), np.zeros(3), truth, {"perfect": truth, "offset": truth - 2.0})
    assert scores(result, "perfect").r2[0] == 1.0
    offset = scores(result, "offset")
    assert (offset.mae[0], offset.rmse[0], offset.bias[0]) == (2.0, 2.0, -2.0)
    assert offset.r2[0] == pytest.approx(1 - 4.0 / (14.0 / 3.0))


def test_columns_are_summed_in_any_order_of_samples() -> None:
    groups = ColumnGroups(np.array([4, 1, 4, 4]))
    np.testing.assert_array_equal(groups.columns, [1, 4])
    np.testing.assert_array_equal(groups.sum(np.array([[1.0], [10.0], [2.0], [3.0]])), [[10.0], [6.0]])


def test_every_headline_score_has_its_formula() -> None:
    assert {"mae", "rmse", "bias", "r2", "r2_climsim", "hor_r2", "rmse_pooled"} <= set(DEFINITIONS)
