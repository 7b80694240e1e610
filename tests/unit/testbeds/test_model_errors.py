"""The missing term of a model: sparse regression, interpolation, analysis, the experiment."""

import numpy as np
import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.testbeds import ModelErrorsConfig, TwoLayers, discover
from paramnet.testbeds.model_errors.increments import analysed
from paramnet.testbeds.model_errors.interpolation import fourier_features, interpolate, tanh_features
from paramnet.testbeds.model_errors.library import NAMES, terms
from paramnet.testbeds.model_errors.regression import explained, few_terms, relevance


def test_the_relevance_vector_machine_keeps_the_two_columns_that_matter_at_any_scale() -> None:
    random = np.random.default_rng(2)
    scales = 10.0 ** np.arange(-12, 12, 3)
    columns = random.standard_normal((400, 8)) * scales
    target = 1e-6 * (3 * columns[:, 1] / scales[1] - 2 * columns[:, 6] / scales[6] + 0.1 * random.standard_normal(400))
    weights = few_terms(columns, target, 1e-3 * explained(columns, target))
    assert np.flatnonzero(weights).tolist() == [1, 6]
    assert (weights * scales)[[1, 6]] == pytest.approx([3e-6, -2e-6], rel=0.01)
    assert np.flatnonzero(np.abs(relevance(columns, target) * scales) > 1e-7).tolist() == [1, 6]


def test_relevance_is_that_of_one_column_by_hand() -> None:
    """The fixed point of section 2.3 for one column: precision a = gamma / m², noise 1 / b = |t - m x|² / (N - gamma)."""
    random = np.random.default_rng(3)
    x = random.standard_normal(50)
    target = 0.5 * x + 0.3 * random.standard_normal(50)
    mean, precision, beta, square = 0.1, 1.0, 1.0, x @ x
    for _ in range(2000):
        variance = 1 / (precision + beta * square)
        mean = beta * variance * (x @ target)
        gamma = 1 - precision * variance
        precision, beta = gamma / mean**2, (50 - gamma) / ((target - mean * x) ** 2).sum()
    assert relevance(x[:, None], target)[0] == pytest.approx(mean, rel=1e-3)


def test_nothing_is_found_in_noise() -> None:
    random = np.random.default_rng(4)
    columns, target = random.standard_normal((2000, 5)), random.standard_normal(2000)
    assert not few_terms(columns, target, 0.05 * (target**2).mean()).any()


def test_fourier_features_interpolate_small_scales_and_plain_units_do_not() -> None:
    generator = torch.Generator().manual_seed(0)
    sites, places = (torch.rand(count, 2, generator=generator, dtype=torch.float64) for count in (500, 200))

    def field(at: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.sin(2 * torch.pi * (5 * at[:, 0] + 2 * at[:, 1])), torch.cos(2 * torch.pi * (6 * at[:, 1]))])

    errors = [
        float((interpolate(field(sites), sites, places, features) - field(places)).std() / field(places).std())
        for features in (fourier_features(4000, 4.0, generator), tanh_features(400, generator))
    ]
    assert errors[0] < 0.1 < 0.3 < errors[1]


def test_the_library_has_its_terms() -> None:
    """One wave psi = a cos(k x + l y) in the upper layer: J(psi, lap psi) = 0, lap psi = -K² psi, |u|² = K² a² sin²."""
    system, n = TwoLayers(points=32), 32
    x = torch.arange(n, dtype=torch.float64) / n * system.length
    scale = 2 * torch.pi / system.length
    phase = scale * (2 * x[None] + 3 * x[:, None])
    psi = torch.stack([100 * torch.cos(phase), torch.zeros(n, n, dtype=torch.float64)])
    found = dict(zip(NAMES, terms(system, system.potential_vorticity(system.to_spectrum(psi)))[:, 0], strict=True))
    torch.testing.assert_close(found["psi"], psi[0])
    torch.testing.assert_close(found["lap psi"], -13 * scale**2 * psi[0])
    torch.testing.assert_close(found["dpsi/dx"], -200 * scale * torch.sin(phase))
    torch.testing.assert_close(found["|u|²"], 13 * scale**2 * 1e4 * torch.sin(phase) ** 2)
    assert float(found["J(psi, lap psi)"].abs().max()) < 1e-12 * float((found["lap psi"].abs().max()) * scale * 100)
    assert float(found["J(psi, q)"].abs().max()) < 1e-12 * float((found["q"].abs().max()) * scale * 100)


def test_the_analysis_is_nearer_to_the_truth_than_the_observations() -> None:
    system, generator = TwoLayers(points=32), torch.Generator().manual_seed(1)
    white = system.to_spectrum(torch.randn(4, 2, 32, 32, generator=generator, dtype=torch.float64))
    psi_hat = white * torch.exp(-system.squared * (system.length / 25) ** 2)
    analysis = system.to_field(system.streamfunction(analysed(system, system.potential_vorticity(psi_hat), 0.1, generator)))
    truth = system.to_field(psi_hat * (system.squared > 0))
    assert float((analysis - truth).std() / truth.std()) < 0.06


def test_the_experiment_finds_the_terms_and_fails_without_fourier_features() -> None:
    config = ModelErrorsConfig("x", points=32, spin_up_years=1.0, pairs=4, days_apart=5.0, sites=600, largest_wavenumber=8)
    rows = discover(config).rows
    assert rows["full"]["largest"] < 5 and rows["full"]["wrong_terms"] == 0
    assert rows["fourier"]["drag"] < 15 < rows["tanh"]["largest"]


@pytest.mark.parametrize("given", [{"sites": 5000}, {"noise": -1.0}, {"tolerance": 1.0}, {"interval_hours": 1.0}])
def test_impossible_experiments_are_refused(given: dict) -> None:
    with pytest.raises(ParamnetError) as error:
        ModelErrorsConfig("x", **given)
    assert next(iter(given)) in error.value.what
