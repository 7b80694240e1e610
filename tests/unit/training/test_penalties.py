"""Each loss compared with its definition, evaluated in NumPy and float64."""

import numpy as np
import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.scheme.networks.head import Head, best_estimate
from paramnet.scheme.noise import input_noise
from paramnet.training.loss.penalties import EnsembleCrps, GaussianCrps, GaussianLikelihood, Pinball

ONE = torch.ones(1, 1, dtype=torch.float64)


def crps_by_integration(distribution, observed: float) -> float:
    """Integral of (F(x) - [x >= y])^2, the definition (Matheson & Winkler 1976)."""
    x = np.linspace(-40, 40, 2_000_001)
    return float(np.trapezoid((distribution(x) - (x >= observed)) ** 2, x))


def normal(x: np.ndarray, mean: float, sigma: float) -> np.ndarray:
    return 0.5 * (1 + torch.erf(torch.from_numpy((x - mean) / sigma / np.sqrt(2))).numpy())


@pytest.mark.parametrize(("mean", "sigma", "observed"), [(0.3, 1.0, -1.2), (2.0, 0.25, 2.1), (-1.0, 3.0, 5.0)])
def test_the_gaussian_crps_is_the_integral(mean: float, sigma: float, observed: float) -> None:
    spread = 2.0
    predicted = torch.tensor([[[mean], [2 * np.log(sigma / spread)]]], dtype=torch.float64)
    got = GaussianCrps(torch.tensor([spread], dtype=torch.float64))(predicted, observed * ONE, 5.0 * ONE)
    assert float(got) == pytest.approx(5.0 * crps_by_integration(lambda x: normal(x, mean, sigma), observed), rel=1e-4)


def test_the_likelihood_is_twice_the_negative_logarithm_of_the_density() -> None:
    mean, sigma, observed, spread = 0.3, 0.7, 1.1, 2.0
    predicted = torch.tensor([[[mean], [2 * np.log(sigma / spread)]]], dtype=torch.float64)
    got = float(GaussianLikelihood(torch.tensor([spread], dtype=torch.float64), beta=0.0)(predicted, observed * ONE, ONE))
    density = np.exp(-0.5 * ((observed - mean) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    assert got / spread**2 == pytest.approx(-2 * np.log(density) - np.log(2 * np.pi) - 2 * np.log(spread), rel=1e-12)


def test_beta_scales_the_gradient_and_not_the_optimum() -> None:
    predicted = torch.tensor([[[0.5], [1.0]]], dtype=torch.float64, requires_grad=True)
    spread = torch.ones(1, dtype=torch.float64)
    slopes = [torch.autograd.grad(GaussianLikelihood(spread, beta)(predicted, 0 * ONE, ONE).sum(), predicted)[0] for beta in (0.0, 0.5)]
    torch.testing.assert_close(slopes[1], slopes[0] * np.exp(0.5))


@pytest.mark.parametrize("members", [2, 3, 7])
def test_the_plain_ensemble_crps_is_the_integral_over_the_step_function(members: int) -> None:
    values, observed = np.random.default_rng(members).normal(size=members) * 2, 0.4
    got = EnsembleCrps(fairness=0.0)(torch.from_numpy(values)[None, :, None], observed * ONE, ONE)
    expected = crps_by_integration(lambda x: np.mean(x[:, None] >= values, axis=1), observed)
    assert float(got) == pytest.approx(expected, abs=2e-4)


def test_the_fair_crps_does_not_depend_on_the_number_of_members() -> None:
    random = np.random.default_rng(1)
    observed = torch.from_numpy(random.normal(size=(40_000, 1)))
    scores = {}
    for fairness in (1.0, 0.0):
        for members in (2, 8):
            drawn = torch.from_numpy(random.normal(size=(40_000, members, 1)))
            scores[fairness, members] = float(EnsembleCrps(fairness)(drawn, observed, torch.ones_like(observed)).mean())
    assert scores[1.0, 2] == pytest.approx(1 / np.sqrt(np.pi), abs=0.01)  # the CRPS of a perfect standard normal
    assert scores[1.0, 8] == pytest.approx(scores[1.0, 2], abs=0.01)
    assert scores[0.0, 2] > scores[0.0, 8] + 0.1


def test_the_pinball_loss_is_least_at_the_quantiles() -> None:
    observed = torch.from_numpy(np.random.default_rng(1).normal(size=(20_001, 1)))
    levels = (0.1, 0.5, 0.9)
    best = torch.quantile(observed[:, 0], torch.tensor(levels, dtype=torch.float64))
    penalty = Pinball(levels).double()

    def cost(quantiles: torch.Tensor) -> float:
        return float(penalty(quantiles[None, :, None].expand(len(observed), -1, 1), observed, torch.ones_like(observed)).mean())

    least = cost(best)
    for index in range(3):
        for step in (-0.05, 0.05):
            moved = best.clone()
            moved[index] += step
            assert cost(moved) > least
    assert float(Pinball((0.5,)).double()(best[1] * torch.ones(1, 1, 1), 3 * ONE, 2 * ONE)) == pytest.approx(2 * abs(3 - float(best[1])))


def test_the_best_estimate_of_every_head() -> None:
    predicted = torch.arange(6.0).reshape(1, 3, 2)
    assert best_estimate(predicted[:, 0], Head()).tolist() == [[0.0, 1.0]]
    assert best_estimate(predicted[:, :2], Head("heteroscedastic")).tolist() == [[0.0, 1.0]]
    assert best_estimate(predicted, Head("quantile", (0.05, 0.5, 0.95))).tolist() == [[2.0, 3.0]]
    assert best_estimate(predicted, Head("ensemble", members=3)).tolist() == [[2.0, 3.0]]


@pytest.mark.parametrize(
    "head", [{"kind": "mean"}, {"kind": "quantile"}, {"kind": "quantile", "quantiles": (0.9, 0.1)}, {"kind": "ensemble"},
             {"kind": "deterministic", "quantiles": (0.5,)}]
)  # fmt: skip
def test_an_invalid_head_is_refused(head: dict) -> None:
    with pytest.raises(ParamnetError) as refused:
        Head(**head)
    assert refused.value.what.startswith("head") and refused.value.expected and refused.value.got


def test_noise_has_the_configured_size_and_depends_only_on_seed_and_step() -> None:
    columns, shown = torch.zeros(5000, 20), torch.arange(24) < 22
    noisy = input_noise(columns, shown, 0.1, seed=3, step=17)
    assert noisy.shape == (5000, 24) and not noisy[:, 22:].any()
    noisy = noisy[:, :22]
    assert float(noisy.std()) == pytest.approx(0.1, rel=0.02) and abs(float(noisy.mean())) < 1e-3
    torch.manual_seed(99)
    assert torch.equal(input_noise(columns, shown, 0.1, seed=3, step=17)[:, :22], noisy)
    assert not torch.equal(input_noise(columns, shown, 0.1, seed=3, step=18)[:, :22], noisy)


def test_the_energy_score_is_that_of_its_formula_and_the_crps_of_a_single_output() -> None:
    random = np.random.default_rng(0)
    drawn, observed, scale = random.standard_normal((5, 3, 4)), random.standard_normal((5, 4)), random.uniform(0.5, 2.0, (5, 4))
    x, y = drawn * scale[:, None] / 2.0, observed * scale / 2.0  # over the square root of 4 outputs
    pairs = np.linalg.norm(x[:, :, None] - x[:, None], axis=3).sum(axis=(1, 2)) / (3 * 2)
    expected = np.linalg.norm(x - y[:, None], axis=2).mean(axis=1) - 0.5 * pairs
    tensors = [torch.from_numpy(values) for values in (drawn, observed, scale)]
    got = EnsembleCrps(fairness=1.0, energy_share=1.0)(*tensors)
    np.testing.assert_allclose(np.broadcast_to(got.numpy(), (5, 4)), np.repeat(expected[:, None], 4, axis=1), rtol=1e-12)
    one = [tensors[0][..., :1], tensors[1][:, :1], tensors[2][:, :1]]
    torch.testing.assert_close(EnsembleCrps(1.0, 1.0)(*one), EnsembleCrps(1.0)(*one))
    torch.testing.assert_close(EnsembleCrps(1.0, 0.25)(*tensors), 0.75 * EnsembleCrps(1.0)(*tensors) + 0.25 * got)


def test_the_energy_score_has_a_gradient_where_draws_are_equal() -> None:
    drawn = torch.ones((2, 2, 3), requires_grad=True)
    EnsembleCrps(1.0, 0.5)(drawn, torch.zeros(2, 3), torch.ones(2, 3)).sum().backward()
    assert drawn.grad is not None and torch.isfinite(drawn.grad).all()
