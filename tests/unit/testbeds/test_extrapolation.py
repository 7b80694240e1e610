"""Maps learned at some parameters and run at others."""

import math

import numpy as np
import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.testbeds import ExtrapolationConfig, extrapolate
from paramnet.testbeds.extrapolation.bifurcations import accumulation, cascade, hump, orbits, superstable
from paramnet.testbeds.extrapolation.experiment import judged, polynomial, series
from paramnet.testbeds.extrapolation.network import Conditioned, ParameterizationNetwork, train
from paramnet.testbeds.logistic import logistic


def test_the_cascade_of_the_logistic_map_is_the_published_one() -> None:
    """r of period 1 is 2, of period 2 is 1 + sqrt 5; they accumulate at 3.5699457; period 3 is superstable at 3.8318741."""
    found = cascade(logistic)
    assert found[:2] == [pytest.approx(2.0), pytest.approx(1 + math.sqrt(5))]
    assert (found[3] - found[2]) / (found[4] - found[3]) == pytest.approx(4.669, abs=0.01)
    assert accumulation(found) == pytest.approx(3.5699457, abs=1e-6)
    assert superstable(logistic, 3, 3.75, 3.9) == pytest.approx(3.8318741, abs=1e-6)
    assert math.isnan(superstable(logistic, 3, 2.1, 2.5))


def test_the_hump_of_a_cubic_map_is_found() -> None:
    rate = torch.tensor([2.0, 3.0], dtype=torch.float64)
    place = hump(lambda x, r: r * x**2 * (1 - x), rate)
    torch.testing.assert_close(place, torch.full((2,), 2 / 3, dtype=torch.float64), atol=1e-7, rtol=0)


def test_orbits_that_leave_are_not_numbers() -> None:
    kept = orbits(lambda x, r: r * x, torch.tensor([0.5, 3.0]), torch.tensor([0.5]), 2, 5)
    assert kept.shape == (5, 2, 1) and torch.isfinite(kept[:, 0]).all() and torch.isnan(kept[-1, 1]).all()


def test_the_weights_of_a_conditioned_layer_are_polynomials_of_the_condition() -> None:
    layer = Conditioned(2, 3, 2)
    for part in layer.parts:
        torch.nn.init.normal_(part.weight)
    x, c = torch.randn(5, 2, dtype=torch.float64), 0.7
    weight = sum(c**power * part.weight for power, part in enumerate(layer.parts))
    bias = sum(c**power * part.bias for power, part in enumerate(layer.parts))
    torch.testing.assert_close(layer(x, torch.full((5, 1), c, dtype=torch.float64)), x @ weight.T + bias)


def test_a_network_trained_without_chaos_finds_the_accumulation_point() -> None:
    config = ExtrapolationConfig("x")
    torch.manual_seed(1)
    network = ParameterizationNetwork(8, 1, 2.6)
    assert train(network, *series(config, 0), steps=400) < 1e-3
    with torch.no_grad():
        scores = judged(network)
    assert scores["accumulation_error"] < 0.02 and scores["r2"] > 0.99


def test_a_cubic_polynomial_contains_the_map_and_a_linear_one_does_not() -> None:
    data = series(ExtrapolationConfig("x"), 0)
    x, rate = torch.tensor([0.2, 0.7], dtype=torch.float64), torch.tensor([3.9, 1.0], dtype=torch.float64)
    torch.testing.assert_close(polynomial(data, 3)(x, rate), logistic(x, rate), atol=1e-9, rtol=0)
    assert float((polynomial(data, 1)(x, rate) - logistic(x, rate)).abs().max()) > 0.1


def test_the_experiment_scores_every_row() -> None:
    findings = extrapolate(ExtrapolationConfig("x", hidden=[8], degrees=[1], seeds=1, steps=60))
    assert list(findings.rows) == ["none", "linear", "cubic", "input", "conditioned"]
    assert findings.rows["cubic"]["accumulation_error"] < 1e-6 and findings.rows["none"]["accumulation_error"] is None
    assert np.isfinite(findings.rows["conditioned"]["hellinger"])


@pytest.mark.parametrize("given", [{"highest": 3.6}, {"spacing": 1.0}, {"held_out": 0.9}])
def test_training_in_chaos_or_on_too_little_is_refused(given: dict) -> None:
    with pytest.raises(ParamnetError) as error:
        ExtrapolationConfig("x", **given)
    assert next(iter(given)) in error.value.what
