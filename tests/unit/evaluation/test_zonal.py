"""Grouping of grid columns by latitude."""

import numpy as np
import pytest

from paramnet.evaluation.moments import ColumnMoments
from paramnet.evaluation.zonal import bands, r2_by_latitude


def moments(latitude: np.ndarray, truth: np.ndarray, predicted: np.ndarray) -> ColumnMoments:
    result = ColumnMoments(len(latitude), 1, ("learned",), np.zeros(1))
    for values, prediction in zip(truth, predicted, strict=True):
        result.add(np.arange(len(latitude)), np.ones(len(latitude)), latitude, values[:, None], {"learned": prediction[:, None]})
    return result


def test_a_regular_grid_keeps_its_own_latitudes() -> None:
    latitude = np.repeat([60.0, 0.0, -60.0], 20)
    where = bands(moments(latitude, np.zeros((1, 60)), np.zeros((1, 60))))
    np.testing.assert_allclose(where.edges, [-90, -30, 30, 90])
    np.testing.assert_array_equal(np.unique(where.member), [0, 1, 2])


def test_scattered_columns_are_grouped_in_bands_without_empty_ones() -> None:
    latitude = np.rad2deg(np.arcsin(np.random.default_rng(1).uniform(-1, 1, 400)))
    where = bands(moments(latitude, np.zeros((1, 400)), np.zeros((1, 400))))
    assert np.bincount(where.member).min() >= 15 and len(where.edges) == 21


def test_r2_of_a_band_is_about_its_own_mean() -> None:
    random = np.random.default_rng(2)
    latitude = np.repeat([45.0, -45.0], 40)
    truth = random.normal(0, 1, (6, 80)) + np.where(latitude > 0, 100.0, 0.0)
    predicted = truth + random.normal(0, 0.5, truth.shape)
    values = moments(latitude, truth, predicted)
    north, where = latitude > 0, bands(values)
    expected = 1 - np.mean((predicted - truth)[:, north] ** 2) / np.var(truth[:, north])
    assert r2_by_latitude(values, where)[1, 0] == pytest.approx(expected, rel=1e-9)
