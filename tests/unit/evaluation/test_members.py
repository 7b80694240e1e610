"""Ensemble scores compared with their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from paramnet.evaluation.members import MemberSums, crps


def test_crps_is_equal_to_its_double_sum() -> None:
    rng = np.random.default_rng(0)
    members, truth = rng.normal(size=(5, 20, 3)), rng.normal(size=(20, 3))
    pairs = sum(np.abs(a - b) for a in members for b in members) / (2 * 5 * 4)
    np.testing.assert_allclose(crps(members, truth), np.abs(members - truth).mean(axis=0) - pairs, rtol=1e-12)


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
