"""Two-layer turbulence: inversion, conserved quantities, baroclinic instability, time steps."""

import math

import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.testbeds import TwoLayers

RANDOM = torch.Generator().manual_seed(6)


def smooth(system: TwoLayers, *shape: int) -> torch.Tensor:
    """q_hat of random fields without wavenumbers whose products are aliased: up to a third of the points."""
    q_hat = torch.fft.rfft2(1e-6 * torch.randn(*shape, 2, system.points, system.points, generator=RANDOM, dtype=torch.float64))
    k, meridional = (one.abs() * system.length / (2 * math.pi) for one in system.wavenumbers)
    return q_hat * (k < system.points / 3) * (meridional < system.points / 3) * (system.squared > 0)


def test_inversion_gives_back_the_streamfunction_and_derivatives_are_those_of_a_wave() -> None:
    system = TwoLayers(points=16)
    psi = system.streamfunction(smooth(system, 3))
    torch.testing.assert_close(system.streamfunction(system.potential_vorticity(psi)), psi, rtol=1e-12, atol=1e-12)
    x = torch.arange(16, dtype=torch.float64) / 16 * 2 * math.pi
    wave = torch.sin(3 * x)[None, None, :] * torch.cos(2 * x)[None, :, None].expand(2, 16, 16)
    u, v = system.velocities(system.to_spectrum(wave))
    scale = 2 * math.pi / system.length
    torch.testing.assert_close(v[0], 3 * scale * torch.cos(3 * x)[None] * torch.cos(2 * x)[:, None])
    torch.testing.assert_close(u[1], 2 * scale * torch.sin(3 * x)[None] * torch.sin(2 * x)[:, None])


def test_without_drag_and_shear_energy_and_the_enstrophy_of_each_layer_are_conserved() -> None:
    """Tendencies are at right angles to psi and q: on the beta plane energy, without beta also enstrophy."""
    for beta in (0.0, 1.5e-11):
        system = TwoLayers(points=32, beta=beta, drag=0.0, upper_flow=0.0)
        q_hat = smooth(system, 2)
        tendency, q, psi = (system.to_field(one) for one in (system.tendency(q_hat), q_hat, system.streamfunction(q_hat)))
        shares = torch.tensor(system.shares, dtype=torch.float64)[:, None, None]
        size = (shares * psi.abs() * tendency.abs()).mean()
        assert float((shares * psi * tendency).mean((-3, -2, -1)).abs().max() / size) < 1e-12
        exchange = ((q * tendency).mean((-1, -2)).abs() / (q.abs() * tendency.abs()).mean((-1, -2))).max()
        assert float(exchange) < (1e-12 if beta == 0 else 1.0)


def test_drag_removes_kinetic_energy_of_the_lower_layer() -> None:
    """dE/dt = -r (H_2 / H) mean of u_2² + v_2²."""
    system = TwoLayers(points=32, upper_flow=0.0)
    q_hat = smooth(system)
    q_hat.requires_grad_()
    psi_hat = system.streamfunction(q_hat)
    u, v = system.velocities(psi_hat)
    expected = -system.drag * system.shares[1] * (u[1] ** 2 + v[1] ** 2).mean()
    _, change = torch.func.jvp(system.energy, (q_hat.detach(),), (system.tendency(q_hat).detach(),))
    torch.testing.assert_close(change, expected.detach(), rtol=1e-10, atol=0)


def test_energy_and_enstrophy_drift_only_by_the_time_step() -> None:
    """Third order: half the step leaves an eighth of the drift or less."""
    system, drifts = TwoLayers(points=32, beta=0.0, drag=0.0, upper_flow=0.0), []
    system.__dict__["filter"] = torch.ones(())  # which would damp
    start = smooth(system) * torch.exp(-system.squared * (system.length / (8 * math.pi)) ** 2)
    for steps in (20, 40):
        q_hat, before = start, ()
        for _ in range(steps):
            q_hat, before = system.step(q_hat, before, 8.0e5 / steps)
        drifts.append(abs(float(system.energy(q_hat) / system.energy(start)) - 1))
    assert drifts[1] < drifts[0] / 3 < 1e-4


def growth(system: TwoLayers, wave: int) -> torch.Tensor:
    """The two eigenvalues of the linear tendency at k = wave, l = 0, s-1, taken from the code by its derivative at rest."""
    n = system.points
    columns = []
    for layer in range(2):
        one = torch.zeros(2, n, n // 2 + 1, dtype=torch.complex128)
        one[layer, 0, wave] = 1.0
        columns.append(torch.func.jvp(system.tendency, (torch.zeros_like(one),), (one,))[1][:, 0, wave])
    return torch.linalg.eigvals(torch.stack(columns, 1))


@pytest.mark.parametrize(("beta", "wave"), [(0.0, 4), (0.0, 9), (0.0, 14), (6e-12, 4), (6e-12, 7), (2e-10, 7)])
def test_growth_rates_are_those_of_the_phillips_model(beta: float, wave: int) -> None:
    """Vallis (2017), Atmospheric and Oceanic Fluid Dynamics, section 9.6: layers of one thickness with flows U and -U."""
    flow, radius = 0.02, 1.5e4
    system = TwoLayers(points=32, beta=beta, thickness_ratio=1.0, upper_flow=flow, lower_flow=-flow, drag=0.0, deformation_radius=radius)
    k, deformation = 2 * math.pi * wave / system.length, 1 / radius
    if beta:
        part = deformation**2 / (2 * k**2)
        root = complex(1 + 4 * k**4 * (k**4 - deformation**4) / ((beta / flow) ** 2 * deformation**4)) ** 0.5
        speeds = [-beta / (k**2 + deformation**2) * (1 + part + sign * part * root) for sign in (1, -1)]
    else:
        root = flow * complex((k**2 - deformation**2) / (k**2 + deformation**2)) ** 0.5
        speeds = [root, -root]
    found = sorted((complex(one) / (k * flow) for one in growth(system, wave)), key=lambda one: (round(one.real, 9), one.imag))
    expected = sorted((-1j * speed / flow for speed in speeds), key=lambda one: (round(one.real, 9), one.imag))
    assert max(abs(one - other) for one, other in zip(found, expected, strict=True)) < 1e-9


def test_shear_below_the_critical_one_is_stable() -> None:
    """Unstable if U > beta R² for flows U and -U (Vallis 2017, section 9.6)."""
    critical = 1.5e-11 * 1.5e4**2

    def fastest(flow: float) -> float:
        system = TwoLayers(points=64, thickness_ratio=1.0, upper_flow=flow, lower_flow=-flow, drag=0.0)
        return max(float(growth(system, wave).real.max()) for wave in range(1, 31))

    assert fastest(0.98 * critical) < 1e-15 < 1e-9 < fastest(1.5 * critical)


def test_a_run_from_a_small_wave_grows_at_the_linear_rate() -> None:
    system = TwoLayers(points=32)
    rates = [float(growth(system, wave).real.max()) for wave in range(1, 10)]
    wave = rates.index(max(rates)) + 1
    q_hat = torch.zeros(2, 32, 17, dtype=torch.complex128)
    q_hat[:, 0, wave] = torch.tensor([1e-12, 2e-12])
    before, sizes = (), []
    for step in range(4001):
        q_hat, before = system.step(q_hat, before, 7200.0)
        if step in (3000, 4000):
            sizes.append(float(q_hat.abs().max()))
    assert math.log(sizes[1] / sizes[0]) / (1000 * 7200.0) == pytest.approx(max(rates), rel=1e-3)


def test_the_step_is_differentiable() -> None:
    system = TwoLayers(points=8)
    q = 1e-6 * torch.randn(2, 8, 8, generator=RANDOM, dtype=torch.float64)

    def stepped(scaled: torch.Tensor) -> torch.Tensor:
        q_hat, before = system.step(system.to_spectrum(1e-6 * scaled), (), 7200.0)
        return 1e6 * system.to_field(system.step(q_hat, before, 7200.0)[0])

    assert torch.autograd.gradcheck(stepped, (1e6 * q.requires_grad_(),))


def test_impossible_systems_are_refused() -> None:
    for given in ({"points": 7}, {"points": 4}, {"length": 0.0}):
        with pytest.raises(ParamnetError) as error:
            TwoLayers(**given)
        assert error.value.what == "system"
