"""The small systems have the properties that are known of them: conserved quantities, fixed points, exponents, statistics."""

import math

import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.testbeds import Lorenz63, Lorenz96, ThreeTiers
from paramnet.testbeds.integration import leading_exponent, runge_kutta
from paramnet.testbeds.logistic import logistic, logistic_exponent

RANDOM = torch.Generator().manual_seed(4)


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=RANDOM, dtype=torch.float64)


def test_advection_of_lorenz_96_conserves_energy_and_damping_removes_twice_as_much() -> None:
    system, x = Lorenz96(forcing=0.0), normal(5, 8)
    torch.testing.assert_close((x * system.resolved(x)).sum(-1), -(x**2).sum(-1))


def test_the_coupling_of_two_tiers_conserves_energy() -> None:
    """Without forcing, d/dt (sum X² + sum Y²) / 2 = -sum X² - c sum Y²."""
    system, x, y = Lorenz96(forcing=0.0), normal(3, 8), normal(3, 8, 32)
    dx, dy = system.tendency(x, y)
    change = (x * dx).sum(-1) + (y * dy).sum((-1, -2))
    torch.testing.assert_close(change, -(x**2).sum(-1) - system.time_ratio * (y**2).sum((-1, -2)))


def test_the_couplings_of_three_tiers_conserve_energy() -> None:
    """Also with Z, whose damping is g e."""
    system, x, y, z = ThreeTiers(forcing=0.0), normal(8), normal(8, 8), normal(8, 8, 8)
    parts = zip((x, y, z), system.tendencies(x, y, z), strict=True)
    change = sum(float((one * tendency).sum()) for one, tendency in parts)
    damping = system.smallest_damping * system.smallest_time_ratio
    assert change == pytest.approx(-float((x**2).sum() + system.time_ratio * (y**2).sum() + damping * (z**2).sum()), rel=1e-12)


def test_two_tiers_without_coupling_are_the_system_of_one_tier_whose_uniform_state_is_fixed() -> None:
    system = Lorenz96(coupling=0.0, forcing=8.0)
    x, _, mean = system.truth_step(torch.full((8,), 8.0, dtype=torch.float64), torch.zeros(8, 32, dtype=torch.float64))
    assert x.tolist() == [8.0] * 8 and not mean.any()


def test_one_tier_of_forty_points_at_forcing_eight_has_its_published_exponent_and_mean() -> None:
    """Leading exponent 1.67 (Karimi & Paul 2010: 1.67; Lorenz & Emanuel 1998: doubling in 2.1 days, 0.42 units); mean 2.35, std 3.64."""
    system, values = Lorenz96(forcing=8.0, sectors=40), []

    def step(x: torch.Tensor) -> torch.Tensor:
        values.append(x[:16])
        return system.resolved_step(x, 0.0, 0.05)

    exponent = leading_exponent(step, 8.0 + normal(16, 40), steps=600, spin_up=200) / 0.05
    series = torch.stack(values[200:])
    assert exponent == pytest.approx(1.67, abs=0.06)
    assert (float(series.mean()), float(series.std())) == (pytest.approx(2.35, abs=0.08), pytest.approx(3.64, abs=0.08))


def test_the_resolved_step_is_of_order_four_and_differentiable() -> None:
    system, x = Lorenz96(), 5.0 * normal(2, 8)
    fine = x
    for _ in range(64):
        fine = system.resolved_step(fine, -1.0, 0.02 / 64)
    errors = []
    for count in (1, 2):
        state = x
        for _ in range(count):
            state = system.resolved_step(state, -1.0, 0.02 / count)
        errors.append(float((state - fine).norm()))
    assert 12 < errors[0] / errors[1] < 40
    assert torch.autograd.gradcheck(lambda one: system.resolved_step(one, 0.5), (x.requires_grad_(),))


def test_lorenz_63_has_its_fixed_points_divergence_and_exponent() -> None:
    """Divergence -(s + 1 + b) = -41/3; leading exponent 0.906 (Sprott 2003)."""
    system = Lorenz63()
    assert float(system.tendency(system.fixed_points()).abs().max()) < 1e-12
    jacobian = torch.func.jacrev(system.tendency)(normal(3))
    assert float(jacobian.trace()) == pytest.approx(-41 / 3)
    start = 5.0 * normal(64, 3) + 1.0
    exponent = leading_exponent(system.step, start, steps=4000, spin_up=3000) / 0.01  # at first, some orbits stay near one roll
    assert exponent == pytest.approx(0.906, abs=0.03)


def test_the_logistic_map_has_its_fixed_point_cycle_and_exponent() -> None:
    assert float(logistic(torch.tensor(1 - 1 / 3.2, dtype=torch.float64), 3.2)) == pytest.approx(1 - 1 / 3.2)
    x = torch.tensor(0.3, dtype=torch.float64)
    for _ in range(2000):
        x = logistic(x, 3.2)
    pair = sorted([float(x), float(logistic(x, 3.2))])
    assert pair == [pytest.approx((4.2 - math.sqrt(4.2 * 0.2)) / 6.4), pytest.approx((4.2 + math.sqrt(4.2 * 0.2)) / 6.4)]
    start = torch.linspace(0.1, 0.9, 2000, dtype=torch.float64)
    assert logistic_exponent(start, 4.0, 500) == pytest.approx(math.log(2), abs=0.01)


def test_runge_kutta_takes_several_variables() -> None:
    """An oscillator, dx/dt = v, dv/dt = -x, for a quarter of its period."""
    state = (torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64))
    for _ in range(100):
        state = runge_kutta(lambda x, v: (v, -x), state, math.pi / 200)
    assert [float(part) for part in state] == [pytest.approx(0.0, abs=1e-8), pytest.approx(-1.0, abs=1e-8)]


def test_sizes_without_neighbours_are_refused() -> None:
    with pytest.raises(ParamnetError) as error:
        Lorenz96(sectors=3)
    assert error.value.what == "system"
