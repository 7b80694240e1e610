"""Closures of two-layer turbulence: coarse graining, closures, similarity, the fitted ones, the experiment."""

import numpy as np
import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.testbeds import TurbulenceConfig, TwoLayers, parameterize
from paramnet.testbeds.turbulence.closures import Backscatter, Biharmonic, Leith, Smagorinsky, energy_input
from paramnet.testbeds.turbulence.coarsening import Coarsening, resized
from paramnet.testbeds.turbulence.equation import Equation, fit_equation, parts
from paramnet.testbeds.turbulence.network import train
from paramnet.testbeds.turbulence.similarity import distances, similarities, statistics
from paramnet.testbeds.turbulence.truths import records

RANDOM = torch.Generator().manual_seed(8)


def eddies(system: TwoLayers, count: int = 3) -> torch.Tensor:
    """q_hat of smooth random fields : (sample, layer, y, x // 2 + 1)."""
    noise = 1e-5 * torch.randn(count, 2, system.points, system.points, generator=RANDOM, dtype=torch.float64)
    return system.to_spectrum(noise) * torch.exp(-system.squared * system.deformation_radius**2) * (system.squared > 0)


def test_resizing_keeps_the_waves_of_both_grids() -> None:
    def wave(points: int) -> torch.Tensor:
        x = torch.arange(points, dtype=torch.float64) / points * 2 * torch.pi
        return 1 + torch.sin(3 * x)[None] * torch.cos(2 * x)[:, None] + torch.cos(4 * x[:, None] - x[None])

    torch.testing.assert_close(torch.fft.irfft2(resized(torch.fft.rfft2(wave(32)), 12)), wave(12))
    torch.testing.assert_close(torch.fft.irfft2(resized(torch.fft.rfft2(wave(12)), 32)), wave(32))


def test_the_forcing_of_operator_1_is_zero_for_waves_that_the_coarse_grid_resolves() -> None:
    """Products of wavenumbers up to 3 are exact on 32 points, whose filter leaves 10 alone; operator 2 smooths products, so is not zero."""
    fine = TwoLayers(points=64)
    q_hat = eddies(fine) * (fine.squared.sqrt() * fine.length / (2 * torch.pi) < 3.5)
    sizes = [float(Coarsening(fine, 32, operator).forcing(q_hat).abs().max() / fine.tendency(q_hat).abs().max()) for operator in (1, 2)]
    assert sizes[0] < 1e-14 < 1e-4 < sizes[1]


def test_operators_that_are_unknown_are_refused() -> None:
    with pytest.raises(ParamnetError) as error:
        Coarsening(TwoLayers(points=32), 16, 3)
    assert error.value.got == "3, 16"


def test_viscosities_remove_energy_and_leith_removes_enstrophy() -> None:
    system = TwoLayers(points=32)
    q_hat = eddies(system)
    psi_hat, q = system.streamfunction(q_hat), system.to_field(q_hat)
    assert float(energy_input(system, psi_hat, Smagorinsky()(system, q_hat)).max()) < 0
    leith = system.to_field(Leith()(system, q_hat))
    assert float((q * leith).mean((-2, -1)).max()) < 0


def test_smagorinsky_dissipates_what_its_stress_does_and_is_linear_viscosity_for_uniform_strain_rate() -> None:
    """Energy loss is the thickness-weighted mean of viscosity times |D|²."""
    system = TwoLayers(points=32)
    q_hat = eddies(system)
    psi_hat = system.streamfunction(q_hat)
    k, meridional = system.derivatives
    rate = system.to_field(-2 * k * meridional * psi_hat) ** 2 + system.to_field((k**2 - meridional**2) * psi_hat) ** 2
    expected = -((0.1 * system.length / 32) ** 2 * rate**1.5).mean((-2, -1)) @ torch.tensor(system.shares, dtype=torch.float64)
    torch.testing.assert_close(energy_input(system, psi_hat, Smagorinsky(0.1)(system, q_hat)), expected, rtol=1e-6, atol=0)


def test_backscatter_returns_its_share_of_the_energy() -> None:
    system = TwoLayers(points=32)
    q_hat = eddies(system)
    psi_hat = system.streamfunction(q_hat)
    removed = energy_input(system, psi_hat, Biharmonic()(system, q_hat))
    assert float(removed.max()) < 0
    net = energy_input(system, psi_hat, Backscatter(Biharmonic(), 0.9)(system, q_hat))
    torch.testing.assert_close(net, 0.1 * removed, rtol=1e-9, atol=0)


def test_the_fit_finds_the_weights_of_an_equation() -> None:
    system, weights = TwoLayers(points=24), torch.tensor([-0.1, 0.02, 0.003, -0.01, 0.004], dtype=torch.float64)
    q_hat = eddies(system)
    forcing = torch.einsum("t...,t->...", parts(system, q_hat), weights.to(q_hat.dtype))
    torch.testing.assert_close(fit_equation([(system, q_hat, forcing)]).weights, weights, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(Equation(weights)(system, q_hat), forcing)


def test_the_network_learns_a_local_forcing_and_moves_with_the_fields() -> None:
    system = TwoLayers(points=24)
    q = system.to_field(eddies(system, 20))
    forcing = 1e-6 * (q.roll(1, -1) - q.roll(-1, -1))
    network = train(q, forcing, 8, 300, 1, rate=5e-3)
    q_hat = system.to_spectrum(q)
    found = system.to_field(network(system, q_hat))
    assert float(((found - forcing) ** 2).mean() / (forcing**2).mean()) < 0.05
    moved = system.to_field(network(system, system.to_spectrum(q.roll((3, 5), (-1, -2)))))
    torch.testing.assert_close(moved, found.roll((3, 5), (-1, -2)), rtol=1e-3, atol=1e-3 * float(found.std()))


def test_similarity_is_one_for_the_truth_zero_for_the_coarse_run_and_negative_beyond() -> None:
    system = TwoLayers(points=24)
    truth, coarse, far = (statistics(system, factor * eddies(system), None, 8) for factor in (1.0, 2.0, 4.0))
    assert set(similarities(truth, truth, coarse).values()) == {1.0} and set(similarities(coarse, truth, coarse).values()) == {0.0}
    assert max(similarities(far, truth, coarse).values()) < 0 and len(truth) == 18


def test_distances_are_those_of_wasserstein_and_of_spectra_by_hand() -> None:
    one, other = np.arange(4.0), np.arange(4.0) + 2.5
    found = distances({"q 1": other, "spectrum of x": other}, {"q 1": one, "spectrum of x": one})
    assert found == {"q 1": pytest.approx(2.5), "spectrum of x": pytest.approx(2.5)}


def test_spectra_add_up_to_means_over_the_square() -> None:
    system = TwoLayers(points=24)
    q_hat = eddies(system) * (system.squared.sqrt() * system.length / (2 * torch.pi) < 7.5)  # so that nothing is aliased
    found = statistics(system, q_hat, None, 16)
    u, v = system.velocities(system.streamfunction(q_hat))
    assert found["spectrum of kinetic energy 2"].sum() == pytest.approx(float((u**2 + v**2)[:, 1].mean()), rel=1e-6)
    assert found["spectrum of drag"].sum() == pytest.approx(-system.drag * system.shares[1] * float((u**2 + v**2)[:, 1].mean()), rel=1e-6)
    energy = sum(found[f"spectrum of {name}"].sum() for name in ("kinetic energy flux", "potential energy flux"))
    assert abs(energy) < 1e-6 * np.abs(found["spectrum of kinetic energy flux"]).sum()  # advection moves energy only
    loss = energy_input(system, system.streamfunction(q_hat), system.tendency(q_hat)).mean()
    assert found["spectrum of generation"].sum() + found["spectrum of drag"].sum() == pytest.approx(float(loss), rel=1e-6)


def test_a_run_that_blows_up_is_none() -> None:
    system = TwoLayers(points=16)
    assert records(system, eddies(system)[0], 0.2, lambda _, q_hat: 1e-3 * q_hat) is None


@pytest.mark.slow
def test_the_experiment_has_all_rows() -> None:
    config = TurbulenceConfig("x", truth_points=24, points=16, spin_up_years=0.5, training_years=1, truth_years=1, run_spin_up_years=0,
                              run_years=1, channels=4, steps=20)  # fmt: skip
    findings = parameterize(config)
    rows = findings.rows
    assert rows["none"]["eddies"] == 0.0 == rows["none"]["jets"] == rows["none"]["eddies_r2"]
    assert rows["equation"]["eddies_r2"] > 0.1 and findings.numbers["best"] in rows and rows["halves"]["jets"] < 1


@pytest.mark.parametrize("given", [{"points": 200}, {"points": 15}, {"operator": 3}, {"steps": 0}])
def test_impossible_experiments_are_refused(given: dict) -> None:
    with pytest.raises(ParamnetError) as error:
        TurbulenceConfig("x", **given)
    assert next(iter(given)) in error.value.what
