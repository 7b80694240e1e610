"""Learned time steps: regression, features, forecasts and their scores on systems whose solution is known."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.testbeds import ForecastConfig, Lorenz63, forecast
from paramnet.testbeds.forecasting import regression
from paramnet.testbeds.forecasting.features import FAR, NEAR, Monomials, RandomMaps, Reservoir
from paramnet.testbeds.forecasting.judging import Judge, climate, persistence
from paramnet.testbeds.forecasting.model import Model, Sites
from paramnet.testbeds.forecasting.truths import lorenz63, three_tiers

GENERATOR = torch.Generator().manual_seed(2)


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=GENERATOR, dtype=torch.float64)


def rotations(records: int, members: int = 3) -> torch.Tensor:
    """Points that turn by 0.1 a step, (record, member, 2)."""
    angle = 0.1 * torch.arange(records, dtype=torch.float64)[:, None] + torch.arange(members)
    return (1.0 + torch.arange(members))[None, :, None] * torch.stack([angle.cos(), angle.sin()], -1)


def test_the_regression_is_that_of_the_normal_equations_whatever_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regression, "CHUNK", 30)
    x, y, found = normal(200, 4), normal(200, 2), regression.Regression(4, 2)
    for part, target in zip(x.split(17), y.split(17), strict=True):
        found.add(part, target)
    for ridge in (0.0, 0.3):
        wanted = torch.linalg.inv(x.T @ x + ridge * 200 * torch.eye(4)) @ x.T @ y
        torch.testing.assert_close(found.solve(ridge), wanted)


def test_monomials_are_all_products_up_to_the_degree() -> None:
    features = Monomials(3)
    assert features.prepare(torch.zeros(1, 2), GENERATOR) == 10
    a, b = 2.0, 5.0
    values, _ = features(torch.tensor([[a, b]]), torch.zeros(1, 0))
    assert values[0].tolist() == [1, a, b, a * a, a * b, b * b, a**3, a * a * b, a * b * b, b**3]
    assert features.cost == 7


def test_random_maps_are_neither_linear_nor_saturated_on_the_sample() -> None:
    features, sample = RandomMaps(200), normal(500, 3)
    assert features.prepare(sample, GENERATOR) == 204
    arguments = (sample @ features.weights + features.bias).abs()
    assert float(arguments.min()) >= NEAR - 1e-9 and float(arguments.max()) <= FAR + 1e-9
    signs = (sample @ features.weights + features.bias).sign()
    assert ((signs == signs[0]).all(0)).all() and 50 < int((signs[0] > 0).sum()) < 150


def test_a_reservoir_has_its_spectral_radius_and_forgets_its_start() -> None:
    features = Reservoir(radius=0.4, nodes=60)
    features.prepare(normal(10, 2), GENERATOR)
    assert float(torch.linalg.eigvals(features.recurrent).abs().max()) == pytest.approx(0.4)
    one, other = features.start(1), torch.ones(1, 60, dtype=torch.float64)
    for _ in range(100):
        inputs = normal(1, 2)
        (_, one), (values, other) = features(inputs, one), features(inputs, other)
    torch.testing.assert_close(one, other, atol=1e-12, rtol=0)
    torch.testing.assert_close(values[0, 3:], torch.where(torch.arange(60) % 2 == 0, one[0] ** 2, one[0]))


@pytest.mark.parametrize("features", [Monomials(1), Reservoir(0.1, 0.1, 20), RandomMaps(20)], ids=["monomials", "reservoir", "maps"])
def test_a_linear_system_is_learned_and_forecast_without_end(features: Monomials | Reservoir | RandomMaps) -> None:
    series, model = rotations(300), Model(features, Sites(), 0.0)
    model = model.solved(model.learn(series[:200]), 1e-20)
    run = model.forecast(series[: model.before + 1], 190 - model.before)
    torch.testing.assert_close(run, series[model.before : 191], atol=1e-4, rtol=0)


def test_quadratic_regression_finds_the_steps_of_lorenz_63_by_euler() -> None:
    system, states = Lorenz63(), [5.0 * normal(20, 3) + 20.0]
    for _ in range(60):
        states.append(states[-1] + 0.002 * system.tendency(states[-1]))
    series, model = torch.stack(states), Model(Monomials(2), Sites(), 0.0)
    model = model.solved(model.learn(series[:30]), 0.0)
    torch.testing.assert_close(model.forecast(series[30:31], 30), series[30:], rtol=1e-8, atol=1e-8)


def test_a_local_model_treats_all_points_of_the_ring_alike() -> None:
    series, model = normal(40, 4, 8), Model(Monomials(2), Sites(1, 1), 0.0)
    model = model.solved(model.learn(series), 1e-2)
    assert model.weights.shape == (28, 1)
    history = series[:2]
    torch.testing.assert_close(model.forecast(history.roll(3, -1), 5), model.forecast(history, 5).roll(3, -1))


def test_noise_has_its_size_and_persistence_and_a_run_that_overflows_is_infinite() -> None:
    series, model = rotations(100), Model(Monomials(1), Sites(), 0.0)
    model = model.solved(model.learn(series), 0.0)
    model.weights = torch.zeros_like(model.weights)
    model.noise = (0.5, 0.8)
    steps = model.forecast(torch.zeros(1, 4000, 2, dtype=torch.float64), 3).diff(dim=0) / model.scale
    assert float(steps.std()) == pytest.approx(0.5, rel=0.05)
    assert float((steps[0] * steps[1]).mean() / steps.pow(2).mean()) == pytest.approx(0.8, abs=0.03)
    model.noise, model.weights = (0.0, 0.0), torch.full_like(model.weights, 1e4)
    run = model.forecast(series[:1], 50)
    assert torch.isinf(run[-1]).all() and not torch.isnan(run).any()


def test_a_judge_scores_valid_time_climate_and_residual() -> None:
    series = rotations(300)
    judge = Judge(series, 110, 0.3, 0.5)
    scores = judge.scores(persistence)
    sizes = series[0].norm(dim=-1)
    wanted = np.mean([2 * math.asin(min(1.0, 0.15 * float(sizes.pow(2).mean().sqrt() / size))) / 0.1 * 0.5 for size in sizes])
    assert scores["valid"] == pytest.approx(wanted, rel=0.02)
    assert scores["crossings_error"] == -1.0
    assert max(map(abs, climate(judge.future, judge.future).values())) < 1e-7
    model = Model(Monomials(1), Sites(), 0.0)
    model = model.solved(model.learn(series), 0.0)
    assert judge.increment_r2(model) == pytest.approx(1.0)
    assert judge.residual_noise(model)[0] < 1e-8


def test_three_tiers_have_a_stationary_mean_and_series_are_those_of_their_seed() -> None:
    truth = three_tiers()
    truth.spin_up = 300
    series = truth.series(6, 300, seed=5)
    assert series.shape == (300, 6, 8) and torch.isfinite(series).all()
    assert float(series.mean()) == pytest.approx(2.5, abs=1.0) and 3.0 < float(series.std()) < 8.0
    one, other = (lorenz63().series(2, 5, seed=seed) for seed in (5, 5))
    assert torch.equal(one, other)


def test_the_experiment_has_every_row_and_better_features_are_valid_for_longer() -> None:
    config = ForecastConfig("x", members=4, length=250, starts=6, validation_starts=4, horizon=220, nodes=20, seeds=2, ridges=[1e-14])
    findings = forecast(config)
    assert list(findings.rows) == ["none", "linear", "cubic", "cubic_ar1", "esn_low", "esn_high", "random", "d2r2"]
    valid = [findings.rows[name]["valid"] for name in ("linear", "cubic", "d2r2")]
    assert all(one < other for one, other in pairwise(valid))
    assert findings.numbers["best"] in findings.rows and len(findings.numbers["runs"]["d2r2"]) == 2


@pytest.mark.parametrize(("what", "given"), [("equations", {"equations": "x"}), ("ridges, threshold, nodes", {"ridges": []}),
                                             ("members, starts, length, horizon", {"length": 100})])  # fmt: skip
def test_impossible_forecasts_are_refused(what: str, given: dict) -> None:
    with pytest.raises(ParamnetError) as error:
        ForecastConfig("x", **given)
    assert error.value.what == what
