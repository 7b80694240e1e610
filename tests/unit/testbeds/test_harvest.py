"""Decisions under an uncertain model: population, Gaussian process, dynamic programming, runs."""

import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.testbeds import HarvestConfig, harvest
from paramnet.testbeds.harvest.gaussian_process import GaussianProcess, fit_gaussian_process
from paramnet.testbeds.harvest.policy import best_stock, transitions
from paramnet.testbeds.harvest.population import Population, fit_ricker, observe

RANDOM = np.random.default_rng(3)


def test_the_population_is_at_rest_at_capacity_and_threshold_and_dies_out_below() -> None:
    truth = Population(noise=0.0)
    x = truth.next_state(np.array([truth.capacity, truth.threshold, 3.9, 6.0]), RANDOM)
    assert x[:2].tolist() == [pytest.approx(8.0), pytest.approx(4.0)] and x[2] < 3.9 and x[3] > 6.0


def test_the_ricker_map_is_found_in_its_own_data() -> None:
    own = Population(growth=1.2, capacity=6.0, threshold=0.0, noise=0.1)
    stock = RANDOM.uniform(1, 8, 4000)
    found = fit_ricker(stock, own.next_state(stock, RANDOM))
    assert (found.growth, found.capacity, found.noise) == (
        pytest.approx(1.2, abs=0.03),
        pytest.approx(6, abs=0.1),
        pytest.approx(0.1, abs=0.01),
    )


def test_the_gaussian_process_has_the_formulas_of_the_book() -> None:
    stock = np.array([1.0, 2.0, 4.0])
    after = stock * np.exp([0.3, 0.1, -0.2])
    process = GaussianProcess(stock, after, length=1.5, amplitude=0.4, noise=0.1)
    covariance = 0.16 * np.exp(-((stock[:, None] - stock) ** 2) / 4.5) + 0.01 * np.eye(3)
    y, place = np.array([0.3, 0.1, -0.2]), np.array([3.0, 50.0])
    across = 0.16 * np.exp(-((place[:, None] - stock) ** 2) / 4.5)
    mean, std = process.predict(place)
    np.testing.assert_allclose(mean, across @ np.linalg.solve(covariance, y))
    np.testing.assert_allclose(std**2, 0.17 - np.einsum("ij,ij->i", across, np.linalg.solve(covariance, across.T).T))
    assert (mean[1], std[1]) == (pytest.approx(0.0), pytest.approx(np.sqrt(0.17)))
    likelihood = -0.5 * (y @ np.linalg.solve(covariance, y) + np.linalg.slogdet(2 * np.pi * covariance)[1])
    assert process.log_likelihood == pytest.approx(likelihood)


def test_the_likeliest_process_has_the_noise_of_the_data() -> None:
    stock = RANDOM.uniform(2, 8, 200)
    after = stock * np.exp(0.2 * np.sin(stock) + 0.1 * RANDOM.standard_normal(200))
    assert fit_gaussian_process(stock, after).noise == 0.1


def test_transitions_are_probabilities_and_lognormal() -> None:
    grid = np.linspace(0, 20, 2001)
    probability = transitions(grid, np.full(2001, 0.1), np.full(2001, 0.2))
    np.testing.assert_allclose(probability.sum(1), 1.0)
    assert probability[0, 0] == 1.0
    assert probability[500] @ grid == pytest.approx(5.0 * np.exp(0.1 + 0.02), rel=1e-3)


def test_the_best_stock_without_noise_has_the_slope_of_the_discount() -> None:
    """The stock s to leave solves discount f'(s) = 1; below it, nothing is harvested."""
    grid, own = np.linspace(0, 12, 601), Population(growth=1.0, capacity=8.0, threshold=0.0)
    left = best_stock(grid, transitions(grid, own.log_growth(grid), np.full(601, 0.01)), 0.95)
    wanted = float(np.interp(left[-1], grid[1:], np.gradient(grid[1:] * np.exp(own.log_growth(grid[1:])), grid[1:])))
    assert wanted == pytest.approx(1 / 0.95, abs=0.03)
    assert left[grid < left[-1] - 0.1].tolist() == grid[grid < left[-1] - 0.1].tolist()


def test_light_harvest_is_survived_and_seen() -> None:
    stock, after = observe(Population(), 40, np.random.default_rng(0))
    assert stock.shape == after.shape == (40,) and after.min() > 5.0 and (stock[1:] <= after[:-1]).all()


def test_the_policy_of_the_best_fit_collapses_and_that_of_the_process_does_not() -> None:
    rows = harvest(HarvestConfig("x", seeds=2, replicates=20, years=60)).rows
    assert rows["ricker"]["collapses"] == 100.0 and rows["process"]["collapses"] == 0.0 == rows["none"]["collapses"]
    assert rows["truth"]["harvest"] > rows["process"]["harvest"] > 3 * rows["ricker"]["harvest"] > 0


@pytest.mark.parametrize("given", [{"years_seen": 2}, {"discount": 1.0}, {"population": Population(threshold=9.0)}])
def test_impossible_decisions_are_refused(given: dict) -> None:
    with pytest.raises(ParamnetError) as error:
        HarvestConfig("x", **given)
    assert next(iter(given)) in error.value.what
