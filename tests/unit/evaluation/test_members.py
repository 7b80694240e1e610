"""Ensemble scores compared with their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import scoringrules

from paramnet.evaluation.members import MemberSums, Reliability, crps, energy_score


def test_crps_is_equal_to_its_double_sum() -> None:
    rng = np.random.default_rng(0)
    members, truth = rng.normal(size=(5, 20, 3)), rng.normal(size=(20, 3))
    pairs = sum(np.abs(a - b) for a in members for b in members) / (2 * 5 * 4)
    np.testing.assert_allclose(crps(members, truth), np.abs(members - truth).mean(axis=0) - pairs, rtol=1e-12)


@pytest.mark.parametrize("drawn", [True, False])
def test_scores_agree_with_those_of_scoringrules(drawn: bool) -> None:
    random = np.random.default_rng(7)
    members, truth = random.normal(size=(6, 40, 5)) * [1.0, 2.0, 0.1, 5.0, 1.0], random.normal(size=(40, 5))
    estimator = "fair" if drawn else "nrg"
    wanted = scoringrules.crps_ensemble(truth, np.moveaxis(members, 0, -1), estimator=estimator)
    np.testing.assert_allclose(crps(members, truth, drawn), wanted, rtol=1e-10)
    wanted = scoringrules.es_ensemble(truth, np.moveaxis(members, 0, 1), estimator=estimator)
    np.testing.assert_allclose(energy_score(members, truth, drawn), wanted, rtol=1e-10)


def test_draws_of_the_truths_distribution_have_half_of_the_climatologys_score_where_they_know_half() -> None:
    """Truth a + b of two normal numbers, of which the members know a: scores of N(0, 1) against N(0, 2), and of profiles of both."""
    random = np.random.default_rng(8)
    known, truth = random.normal(size=(20_000, 3)), random.normal(size=(20_000, 3))
    sums = MemberSums(3, 8, columns={"profile": slice(0, 3)})
    sums.add(np.ones(20_000), known + truth, known + random.normal(size=(8, 20_000, 3)))
    row = sums.summary(sums.columns)["profile"]
    assert row["crps_of_climatology"] / row["crps"] == pytest.approx(np.sqrt(2.0), rel=0.02)
    assert row["energy_score_of_mean"] > row["energy_score"] > row["crps"]


def test_crps_of_a_normal_ensemble_converges_to_the_closed_form() -> None:
    members = np.random.default_rng(1).normal(size=(4000, 1, 1))
    expected = 2 / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi)  # of N(0, 1) at y = 0 (Gneiting & Raftery 2007, eq. 21)
    assert crps(members, np.zeros((1, 1)))[0, 0] == pytest.approx(expected, abs=0.02)


def test_a_members_error_splits_into_that_of_the_mean_and_the_variance() -> None:
    rng = np.random.default_rng(2)
    members, truth, area = rng.normal(size=(4, 300, 2)), rng.normal(size=(300, 2)), rng.uniform(0.5, 2, 300)
    sums = MemberSums(2, 4)
    for part in np.array_split(np.arange(300), 3):
        sums.add(area[part], truth[part], members[:, part])
    row = sums.summary({"both": slice(0, 2)})["both"]
    direct = np.average(((members - truth) ** 2).mean(axis=0), axis=0, weights=area).sum()
    assert row["member_mean_square"] == pytest.approx(direct, rel=1e-12)
    assert row["member_mean_square"] == pytest.approx(row["ensemble_mean_square"] + row["member_variance"], rel=1e-12)


def test_an_ensemble_from_the_distribution_of_the_truth_has_a_spread_equal_to_its_error() -> None:
    rng = np.random.default_rng(4)
    sums = MemberSums(1, 10)
    sums.add(np.ones(20_000), rng.normal(size=(20_000, 1)), rng.normal(size=(10, 20_000, 1)))
    assert sums.summary({"x": slice(0, 1)})["x"]["spread_over_error"] == pytest.approx(1.0, abs=0.02)


def test_ranks_of_the_truth_are_uniform_among_members_like_it_and_shared_where_members_are_equal() -> None:
    random = np.random.default_rng(1)
    truth, members = random.standard_normal((20_000, 1)), random.standard_normal((4, 20_000, 1))
    sums = MemberSums(1, 4)
    sums.add(np.ones(20_000), truth, members)
    (row,) = sums.summary({"x": slice(0, 1)}).values()
    np.testing.assert_allclose(row["rank_histogram"], 0.2, atol=0.015)
    dry = MemberSums(1, 2)
    dry.add(np.array([2.0, 1.0]), np.zeros((2, 1)), np.array([[[0.0], [-1.0]], [[0.0], [1.0]]]))
    np.testing.assert_allclose(dry.ranks[0], [2 / 3, 2 / 3 + 1.0, 2 / 3])


def test_reliability_counts_rain_where_a_share_of_the_members_has_it() -> None:
    found = Reliability(2)
    found.add(np.array([1.0, 3.0, 2.0]), np.array([True, False, True]), np.array([[True, True, False], [True, False, False]]))
    table = found.summary(0.1)
    assert table["probability"] == [0.0, 0.5, 1.0] and table["frequency"] == [1.0, 0.0, 1.0]
    np.testing.assert_allclose(table["share"], [2 / 6, 3 / 6, 1 / 6])
