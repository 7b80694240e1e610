"""Intervals of offline scores: those of scores computed from resampled samples, and the reason where there are none."""

import numpy as np
import pytest

from paramnet.evaluation.intervals import Days, PartSums, Replicates
from paramnet.evaluation.moments import ColumnMoments, powers
from paramnet.evaluation.scores import Scores, scores

N, DAYS, COLUMNS = 3000, 20, {"a": slice(0, 2), "b": slice(2, 3)}


def samples() -> tuple[np.ndarray, ...]:
    """day, column, area, truth and two predictions, the second of which is worse."""
    rng = np.random.default_rng(8)
    day, column = rng.integers(DAYS, size=N), rng.integers(4, size=N)
    truth = rng.normal(5.0, 2.0, (N, 3)) + rng.normal(0.0, 1.0, DAYS)[day, None]
    learned = truth + rng.normal(0.2, 0.8, (N, 3)) * (1.0 + 0.3 * rng.standard_normal(DAYS))[day, None]
    return day, column, np.array([1.0, 2.0, 0.5, 1.5])[column], truth, learned, learned + rng.normal(0.0, 0.5, (N, 3))


def part_sums(day: np.ndarray, column: np.ndarray, area: np.ndarray, truth: np.ndarray, **predicted: np.ndarray) -> PartSums:
    sums = PartSums(Days(day, np.bincount(column), DAYS), truth[:10].mean(axis=0))
    for chunk in np.array_split(np.arange(len(day)), 7):
        errors = {name: powers(values[chunk], truth[chunk]) for name, values in predicted.items()}
        sums.add(column[chunk], area[chunk], truth[chunk], errors)
    return sums


def overall(column: np.ndarray, area: np.ndarray, truth: np.ndarray, learned: np.ndarray) -> Scores:
    moments = ColumnMoments(4, 3, ("learned",), truth.mean(axis=0))
    moments.add(column, area, np.zeros(len(area)), truth, {"learned": learned})
    return scores(moments, "learned")


def test_all_parts_together_have_the_scores_of_the_evaluation() -> None:
    day, column, area, truth, learned, _ = samples()
    sums, wanted = part_sums(day, column, area, truth, learned=learned), overall(column, area, truth, learned)
    total = sums.weight.sum()
    error, absolute, square = (its.sum(axis=0) / total for its in sums.errors["learned"])
    np.testing.assert_allclose(error, wanted.bias)
    np.testing.assert_allclose(absolute, wanted.mae)
    np.testing.assert_allclose(square, wanted.mean_square)
    np.testing.assert_allclose(sums.truth_square.sum(axis=0) / total - (sums.truth.sum(axis=0) / total) ** 2, wanted.variance)


def test_replicates_have_the_scores_of_their_days() -> None:
    day, column, area, truth, learned, worse = samples()
    found = Replicates.of(part_sums(day, column, area, truth, learned=learned, worse=worse), COLUMNS, "learned")
    assert found is not None
    for row in (0, 411):
        weight = found.resampled.counts[row][day] * area / np.bincount(column)[column]
        mean = [np.average(values, axis=0, weights=weight) for values in ((learned - truth) ** 2, truth, learned - truth)]
        variance = np.average((truth - mean[1]) ** 2, axis=0, weights=weight)
        assert found.of_variable("r2", "learned", "a")[row] == pytest.approx(1 - mean[0][:2].sum() / variance[:2].sum())
        assert found.of_variable("rmse_pooled", "learned", "a")[row] == pytest.approx(np.sqrt(mean[0][:2]).mean())
        assert found.of_variable("bias", "learned", "b")[row] == pytest.approx(mean[2][2])
        assert found.by_level("r2", "learned")[row] == pytest.approx(1 - mean[0] / variance)


def test_intervals_enclose_the_scores_and_tell_a_worse_scheme_apart() -> None:
    day, column, area, truth, learned, worse = samples()
    found = Replicates.of(part_sums(day, column, area, truth, learned=learned, worse=worse), COLUMNS, "learned")
    assert found is not None
    limits, wanted = found.limits("a", "learned"), overall(column, area, truth, learned)
    for score, value in (("r2", wanted.pooled_r2(slice(0, 2))), ("mae", wanted.mae[:2].mean()), ("bias", wanted.bias[:2].mean())):
        assert limits["low"][score] < value < limits["high"][score]
    assert {"worse_r2", "worse_bias", "rmse_pooled"} <= set(limits["low"]) == set(limits["high"])
    assert limits["learned_minus"]["worse"]["r2"]["low"] > 0 and limits["learned_minus"]["worse"]["mae"]["high"] < 0


def test_too_few_days_and_no_sums_have_no_replicates() -> None:
    day, column, area, truth, learned, _ = samples()
    assert Replicates.of(part_sums(day // 4, column, area, truth, learned=learned), COLUMNS, "learned") is None
    assert Replicates.of(None, COLUMNS, "learned") is None
