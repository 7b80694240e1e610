"""The guard's distance: usual for columns like those of the training, large for combinations never seen."""

import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.exporting.envelope import MOST_COMPONENTS, distance, fit_distance


@pytest.fixture(scope="module")
def columns() -> np.ndarray:
    """5000 columns of 40 inputs that depend on three numbers and noise; the last input never varies."""
    random = np.random.default_rng(0)
    values = random.normal(size=(5000, 3)) @ random.normal(size=(3, 40)) + 0.05 * random.normal(size=(5000, 40))
    values = values * 10.0 ** random.integers(-8, 5, 40) + 3.0
    values[:, -1] = 1013.0
    return values


@pytest.fixture(scope="module")
def table(columns: np.ndarray) -> dict:
    std = np.where(np.ptp(columns, axis=0) > 0, columns.std(axis=0), 0.0)
    return fit_distance(columns, columns.mean(axis=0), std)


def test_inputs_that_depend_on_few_numbers_need_few_components(table: dict) -> None:
    assert len(table["components"]) <= 3 and len(table["components"][0]) == 40
    gram = np.asarray(table["components"]) @ np.asarray(table["components"]).T
    np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-12)


def test_with_every_component_it_is_the_mahalanobis_distance() -> None:
    random = np.random.default_rng(1)
    values = random.normal(size=(4000, 4)) @ random.normal(size=(4, 4)) + 7.0
    table = fit_distance(values, values.mean(axis=0), values.std(axis=0))
    if len(table["components"]) < 4:  # the rest, alone in its direction, is its own scale
        assert len(table["components"]) == 3
    centred = values - values.mean(axis=0)
    exact = np.sqrt(np.einsum("ni,ij,nj->n", centred, np.linalg.inv(np.cov(values.T, bias=True)), centred))
    np.testing.assert_allclose(distance(table, values), exact, rtol=1e-9)


def test_the_mean_square_distance_is_the_number_of_varying_inputs(table: dict, columns: np.ndarray) -> None:
    assert np.mean(distance(table, columns) ** 2) == pytest.approx(39.0, rel=1e-9)


def test_its_quantiles_are_those_of_the_training_columns(table: dict, columns: np.ndarray) -> None:
    measured = distance(table, columns)
    assert table["quantile_levels"][-1] == 1.0 and table["quantiles"][-1] == measured.max() and table["columns"] == 5000
    assert np.mean(measured <= table["quantiles"][1]) == pytest.approx(0.99, abs=1e-3)


def test_a_combination_never_seen_is_far_although_each_number_is_usual(table: dict, columns: np.ndarray) -> None:
    shuffled = np.random.default_rng(2).permuted(columns, axis=0)  # every input from another column
    assert np.all(shuffled.min(axis=0) >= columns.min(axis=0)) and np.all(shuffled.max(axis=0) <= columns.max(axis=0))
    assert np.mean(distance(table, shuffled) > table["quantiles"][-1]) > 0.99


def test_an_input_that_never_varied_does_not_count(table: dict, columns: np.ndarray) -> None:
    other = columns.copy()
    other[:, -1] = 900.0
    np.testing.assert_array_equal(distance(table, other), distance(table, columns))


def test_noise_gets_no_more_components_than_a_guard_can_afford() -> None:
    values = np.random.default_rng(3).normal(size=(3000, 60))
    assert len(fit_distance(values, values.mean(axis=0), values.std(axis=0))["components"]) == MOST_COMPONENTS


def test_columns_that_are_not_finite_are_refused(columns: np.ndarray) -> None:
    broken = columns.copy()
    broken[17, 3] = np.nan
    with pytest.raises(ParamnetError) as refused:
        fit_distance(broken, columns.mean(axis=0), columns.std(axis=0))
    assert (refused.value.what, refused.value.got) == ("training inputs", "NaN or infinity")
    with pytest.raises(ParamnetError) as refused:
        fit_distance(columns, columns.mean(axis=0), np.zeros(40))
    assert (refused.value.what, refused.value.got) == ("training inputs", "constants")
