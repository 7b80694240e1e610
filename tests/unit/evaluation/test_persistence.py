"""Autocorrelation in time within sequences."""

import numpy as np
import pytest

from paramnet.evaluation.persistence import LagSums


def test_an_autoregressive_process_has_its_autocorrelation() -> None:
    random, steps, persistence = np.random.default_rng(2), 9, np.array([0.8, 0.0])
    x = [random.standard_normal((4000, 2))]
    for _ in range(steps - 1):
        x.append(persistence * x[-1] + np.sqrt(1 - persistence**2) * random.standard_normal((4000, 2)))
    values, area = np.stack(x, axis=1).reshape(-1, 2), np.repeat(random.uniform(0.5, 1.5, 4000), steps)
    whole, parts = LagSums(steps), LagSums(steps)
    whole.add(area, {"truth": values})
    for part in (slice(0, 100 * steps), slice(100 * steps, None)):
        parts.add(area[part], {"truth": values[part]})
    found = whole.correlations()["truth"]
    assert whole.lags == [1, 2, 4, 8]
    np.testing.assert_allclose(found, parts.correlations()["truth"], rtol=1e-12)
    np.testing.assert_allclose(found, persistence ** np.array(whole.lags)[:, None], atol=0.04)


def test_pairs_do_not_cross_sequences_and_constants_have_none() -> None:
    sums = LagSums(2)
    sums.add(np.ones(4), {"learned": np.array([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]])})
    table = sums.summary({"a": slice(0, 1), "b": slice(1, 2)}, hours=0.5)
    assert table["hours"] == [0.5] and table["variables"]["a"]["learned"] == [[pytest.approx(1.0)]]
    assert np.isnan(table["variables"]["b"]["learned"][0][0])
