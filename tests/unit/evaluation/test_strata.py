"""Skill by stratum compared with a plain loop over the samples of each."""

from __future__ import annotations

import numpy as np
import pytest

from paramnet.evaluation.moments import powers
from paramnet.evaluation.strata import Grouping, StratumSums


def test_strata_streamed_in_chunks_have_the_scores_of_their_samples() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(300.0, 2.0, (500, 3))
    predicted = truth + rng.normal(0.4, 1.0, truth.shape)
    values, area = rng.uniform(0, 3, 500), rng.uniform(0.5, 1.5, 500)
    grouping = Grouping("x", "X", ("low", "middle", "high"), np.array([1.0, 2.0]))
    sums = StratumSums(grouping, truth[:10].mean(axis=0))
    for part in np.array_split(np.arange(500), 7):
        sums.add(values[part], area[part], truth[part], {"learned": powers(predicted[part], truth[part])})
    table = sums.summary({"a": slice(0, 2), "b": slice(2, 3)}, "learned")
    for name, low, high in (("low", -1, 1), ("middle", 1, 2), ("high", 2, 3)):
        chosen = (values > low) & (values <= high)
        t, p, w = truth[chosen][:, :2], predicted[chosen][:, :2], area[chosen]
        anomaly = t - np.average(t, axis=0, weights=w)
        r2 = 1 - np.average((p - t) ** 2, axis=0, weights=w).sum() / np.average(anomaly**2, axis=0, weights=w).sum()
        assert table[name]["a"]["r2"] == pytest.approx(r2, rel=1e-9)
        assert table[name]["a"]["bias"] == pytest.approx(np.average(p - t, axis=0, weights=w).mean(), rel=1e-9)
        assert table[name]["samples"] == chosen.sum()
        assert table[name]["share"] == pytest.approx(w.sum() / area.sum())


def test_a_value_on_a_limit_is_in_the_stratum_below_and_one_beyond_all_in_the_last() -> None:
    grouping = Grouping("x", "X", ("low", "high"), np.array([1.0]))
    assert grouping.member(np.array([1.0, np.nextafter(1.0, 2.0), 9.0])).tolist() == [0, 1, 1]
