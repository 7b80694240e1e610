"""Histograms and the table of regimes."""

import numpy as np
import pytest

from paramnet.evaluation.distributions import Histogram, JointHistogram, RegimeTable, stretched_edges


def test_zero_is_in_the_middle_class() -> None:
    edges = stretched_edges(100.0, 0.5)
    np.testing.assert_allclose(edges, -edges[::-1])
    assert len(edges) % 2 == 0 and edges[len(edges) // 2 - 1] < 0 < edges[len(edges) // 2]


def test_a_joint_histogram_counts_values_beyond_its_limits_in_the_outer_classes() -> None:
    joint = JointHistogram(np.array([-1.0, 0.0, 1.0]))
    joint.add(np.array([-50.0, 0.5, 99.0]), np.array([0.5, 0.5, 0.5]))
    np.testing.assert_array_equal(joint.counts, [[0, 1], [0, 2]])


def test_a_histogram_has_weighted_counts_and_moments() -> None:
    histogram = Histogram(np.array([0.0, 1.0, 10.0]))
    histogram.add(np.array([0.5, 3.0]), np.array([1.0, 3.0]))
    np.testing.assert_array_equal(histogram.counts, [1.0, 3.0])
    assert histogram.summary() == pytest.approx({"mean": 9.5 / 4, "rms": np.sqrt(27.25 / 4), "mae": 9.5 / 4})


def test_regimes_are_distinguished_by_activity_and_rain() -> None:
    table = RegimeTable(active_watts=5.0, raining=0.1)
    truth = (np.array([0.0, 0.0, 20.0, 300.0]), np.array([0.0, 0.0, 0.0, 4.0]))
    predicted = (np.array([1.0, 30.0, 20.0, 300.0]), np.array([0.0, 1.0, 0.0, 4.0]))
    table.add(truth, predicted, np.ones(4))
    np.testing.assert_array_equal(table.counts, [[1, 0, 1], [0, 1, 0], [0, 0, 1]])
    summary = table.summary()
    assert summary["accuracy"] == 0.75 and summary["exactly_zero_truth"] == 0.5
    assert summary["hit_rate"] == {"none": 0.5, "dry": 1.0, "raining": 1.0}
