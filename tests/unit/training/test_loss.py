"""The loss in energy units."""

import numpy as np
import pytest
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.physics import to_watts_per_square_metre
from paramnet.scheme.constraints import ConstraintConfig, build_constraint
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.networks.head import Head
from paramnet.store import open_store
from paramnet.training import LossConfig
from paramnet.training.loss.energy import EnergyLoss, EnergyScale, SoftClosure, balance_weights, energy_spread

ONE = torch.ones(1)
RAIN = "convective_precipitation_production"


def test_the_scale_is_the_conversion_in_the_physics_package(convection: Contract, convection_columns: np.ndarray) -> None:
    random = np.random.default_rng(0)
    y = random.normal(size=(2000, 30)).astype(np.float32) * 1e-6
    pressure = convection_columns[:, convection.input_columns["surface_air_pressure"]][:, 0]
    got = EnergyScale(convection)(torch.from_numpy(convection_columns)).numpy() * y
    np.testing.assert_allclose(got, to_watts_per_square_metre(convection, y, pressure), rtol=1e-5)


def test_fluxes_are_not_weighted_by_mass() -> None:
    contract = Contract.from_yaml("climsim_v1")
    x = torch.zeros(1, contract.n_in)
    x[:, contract.input_columns["surface_air_pressure"]] = 1e5
    scale = EnergyScale(contract)(x)[0]
    assert float(scale[contract.output_columns["surface_net_downward_shortwave_flux"]]) == 1.0
    assert float(scale[contract.output_columns["precipitation_rate"]]) == pytest.approx(1000 * 2.501e6)


def test_plain_energy_loss_is_proportional_to_squared_watts(convection: Contract, convection_store, convection_columns: np.ndarray) -> None:
    statistics = open_store(convection_store).statistics("outputs")
    loss = EnergyLoss(LossConfig(balance="none"), ModelConfig(), convection, statistics)
    x, target = torch.from_numpy(convection_columns), torch.zeros(2000, 30)
    warmer, moister = target.clone(), target.clone()
    warmer[:, 5] = 1.0 / convection.constants["specific_heat_of_dry_air"]  # 1 J kg-1 s-1 in one level, either way
    moister[:, 15] = 1.0 / convection.constants["latent_heat_of_vaporization"]
    logits, area = x[:, :0], torch.ones(2000)
    torch.testing.assert_close(loss(x, warmer, target, logits, area), loss(x, moister, target, logits, area), rtol=1e-4, atol=0)


@pytest.mark.parametrize("balance", ["none", "variable", "column"])
def test_predicting_the_mean_costs_one_when_balanced(convection: Contract, convection_store, balance: str) -> None:
    store = open_store(convection_store)
    split, statistics = store.split("train"), store.statistics("outputs")
    x, y = torch.from_numpy(split.inputs[:]), torch.from_numpy(split.outputs[:])
    x[:, convection.input_columns["surface_air_pressure"]] = 1e5
    guess = torch.tensor(statistics.mean, dtype=torch.float32).expand_as(y)
    cost = float(EnergyLoss(LossConfig(balance=balance), ModelConfig(), convection, statistics)(x, guess, y, y[:, :0], torch.ones(len(y))))
    assert cost == pytest.approx(1.0, rel=1e-3)


def test_constant_outputs_do_not_count(convection: Contract, convection_store) -> None:
    statistics = open_store(convection_store).statistics("outputs")
    assert statistics.constant[[0, 10, 20]].all()
    for balance in ("none", "variable", "column"):
        assert balance_weights(balance, convection, statistics)[[0, 10, 20]].tolist() == [0.0, 0.0, 0.0]


def test_huber_is_squared_near_zero_and_linear_far_away(convection: Contract, convection_store) -> None:
    loss = EnergyLoss(
        LossConfig(kind="huber", huber_delta=1.0), ModelConfig(), convection, open_store(convection_store).statistics("outputs")
    )
    error, zero = torch.tensor([[0.5, 1.0, 3.0]]), torch.zeros(1, 3)
    torch.testing.assert_close(loss.penalty(error, zero, torch.ones(1, 3)), torch.tensor([[0.25, 1.0, 5.0]]))


def test_a_right_gate_has_no_cost_and_a_wrong_one_has(convection: Contract, convection_store) -> None:
    config, model = LossConfig(gate_weight=1.0), ModelConfig(hidden=[4], gate="variable")
    loss = EnergyLoss(config, model, convection, open_store(convection_store).statistics("outputs"))
    x, y = torch.full((1, 53), 1e5), torch.zeros(1, 30)
    y[:, 25] = 1e-8
    right, wrong = torch.tensor([[-20.0, -20.0, 20.0]]), torch.tensor([[20.0, -20.0, 20.0]])
    assert float(loss(x, y, y, right, ONE)) < 1e-6
    assert float(loss(x, y, y, wrong, ONE)) == pytest.approx(20.0 / 3, rel=1e-3)


def test_a_weight_for_an_unknown_output_is_refused(convection: Contract, convection_store) -> None:
    with pytest.raises(ParamnetError) as refused:
        EnergyLoss(LossConfig(weights={"rain": 2.0}), ModelConfig(), convection, open_store(convection_store).statistics("outputs"))
    assert (refused.value.what, refused.value.got) == ("loss.weights", "['rain']")
    assert convection.name in refused.value.expected and RAIN in refused.value.expected


@pytest.mark.parametrize("kind", ["mse", "mae", "huber"])
def test_a_weight_multiplies_the_loss_of_its_variable(convection: Contract, convection_store, kind: str) -> None:
    statistics = open_store(convection_store).statistics("outputs")
    name = "convective_precipitation_production"
    x, y, wrong = torch.full((1, 53), 1e5), torch.zeros(1, 30), torch.zeros(1, 30)
    wrong[:, 25] = 1e-9
    share = []
    for factor in (1.0, 3.0):
        loss = EnergyLoss(LossConfig(kind=kind, balance="column", weights={name: factor}), ModelConfig(), convection, statistics)
        everything = torch.tensor(statistics.std, dtype=torch.float32)[None]
        share.append(float(loss(x, wrong, y, y[:, :0], ONE)) / float(loss(x, everything, y, y[:, :0], ONE)))
    columns = 27  # outputs that vary: nine levels of three variables
    assert share[1] / share[0] == pytest.approx(3.0 * columns / (columns + 2 * 9), rel=1e-3)


def test_inactive_samples_have_a_weight_of_their_own(convection: Contract, convection_store) -> None:
    statistics = open_store(convection_store).statistics("outputs")
    y = torch.zeros(2, 30)
    y[1, 25] = 1e-8  # the second sample acts, though only in rain
    wrong = y + torch.tensor(statistics.std, dtype=torch.float32)

    def loss(sample: int, **changes: float | dict[str, float]) -> float:
        module = EnergyLoss(LossConfig(**changes), ModelConfig(), convection, statistics)
        chosen = slice(sample, sample + 1)
        return float(module(torch.full((1, 53), 1e5), wrong[chosen], y[chosen], y[chosen, :0], ONE))

    assert [loss(k, inactive_weight=0.25) / loss(k) for k in (0, 1)] == pytest.approx([0.25, 1.0])
    no_rain = {"convective_precipitation_production": 0.0}
    assert loss(1, inactive_weight=0.25, weights=no_rain) == pytest.approx(0.25 * loss(1, weights=no_rain))
    with pytest.raises(ParamnetError) as refused:
        LossConfig(inactive_weight=-1.0)
    assert (refused.value.what, refused.value.got) == ("loss.inactive_weight", "-1.0")


def test_a_loss_with_all_weights_zero_is_refused(convection: Contract, convection_store) -> None:
    none = dict.fromkeys(convection.output_columns, 0.0)
    with pytest.raises(ParamnetError) as refused:
        EnergyLoss(LossConfig(weights=none), ModelConfig(), convection, open_store(convection_store).statistics("outputs"))
    assert refused.value.what == "loss.weights" and convection.name in refused.value.expected and refused.value.got == str(none)


def test_a_loss_for_another_head_is_refused_with_those_that_apply(convection: Contract, convection_store) -> None:
    statistics = open_store(convection_store).statistics("outputs")
    with pytest.raises(ParamnetError) as refused:
        EnergyLoss(LossConfig(kind="crps"), ModelConfig(), convection, statistics, Head("quantile", (0.1, 0.5, 0.9)))
    assert (refused.value.what, refused.value.got) == ("loss.kind crps", "quantile")
    assert "ensemble" in refused.value.expected and "pinball" in refused.value.remedy


@pytest.mark.parametrize(
    ("kind", "head"),
    [("gaussian_nll", Head("heteroscedastic")), ("gaussian_crps", Head("heteroscedastic")), ("crps", Head("ensemble", members=3)),
     ("pinball", Head("quantile", (0.25, 0.5, 0.75)))],
)  # fmt: skip
def test_every_head_has_a_loss_with_gradients(convection: Contract, convection_columns: np.ndarray, convection_store, kind, head) -> None:
    statistics = open_store(convection_store).statistics("outputs")
    loss = EnergyLoss(LossConfig(kind=kind, balance="column"), ModelConfig(), convection, statistics, head)
    x, random = torch.from_numpy(convection_columns), torch.Generator().manual_seed(2)
    y = torch.randn(2000, 30, generator=random) * torch.tensor(statistics.std, dtype=torch.float32)
    predicted = torch.randn(2000, head.parameters, 30, generator=random) * torch.tensor(statistics.std, dtype=torch.float32)
    predicted.requires_grad_()
    cost = loss(x, predicted, y, y[:, :0], torch.ones(2000))
    cost.backward()
    assert 0.1 < float(cost.detach()) < 10
    assert predicted.grad is not None and bool(torch.isfinite(predicted.grad).all())


class TestSoftClosure:
    """The penalty for budgets that do not close, compared with the budget."""

    WATER = ConstraintConfig("column_water_closure", {"tendency": "tendency_of_specific_humidity_due_to_convection", "sink": RAIN})

    def test_it_is_the_squared_residual_over_the_spread_of_the_profile(
        self, convection: Contract, convection_columns, convection_store
    ) -> None:
        statistics = open_store(convection_store).statistics("outputs")
        random = np.random.default_rng(4)
        y = (random.normal(size=(2000, 30)) * 1e-8).astype(np.float32)
        penalty = SoftClosure(self.WATER, convection, energy_spread(convection, statistics))
        got = penalty(torch.from_numpy(convection_columns), torch.from_numpy(y)).numpy()
        latent, gravity = convection.constants["latent_heat_of_vaporization"], convection.constants["gravity"]
        thickness = np.diff(convection.vertical_grid.b_interface)
        ps = convection_columns[:, convection.input_columns["surface_air_pressure"]].astype(np.float64)
        residual = latent * ((y[:, 10:20].astype(np.float64) + y[:, 20:]) * thickness * ps / gravity).sum(axis=1)
        spread = np.sqrt(np.sum((latent * statistics.std[10:20] * thickness * 1e5 / gravity) ** 2))
        np.testing.assert_allclose(got, (residual / spread) ** 2, rtol=1e-4)

    def test_it_is_zero_for_outputs_of_the_closure_layer(self, convection: Contract, convection_columns, convection_store) -> None:
        statistics = open_store(convection_store).statistics("outputs")
        x, y = torch.from_numpy(convection_columns), torch.randn(2000, 30, generator=torch.Generator().manual_seed(1)) * 1e-8
        closed, area = build_constraint(self.WATER, convection)(x, y), torch.ones(2000)
        plain = EnergyLoss(LossConfig(), ModelConfig(), convection, statistics)
        soft = EnergyLoss(LossConfig(closure_weight=10.0, closures=[self.WATER]), ModelConfig(), convection, statistics)
        logits, target = x[:, :0], torch.zeros(2000, 30)
        torch.testing.assert_close(soft(x, closed, target, logits, area), plain(x, closed, target, logits, area))
        assert float(soft(x, y, target, logits, area)) > 1.01 * float(plain(x, y, target, logits, area))

    def test_it_applies_to_each_member_of_an_ensemble(self, convection: Contract, convection_columns, convection_store) -> None:
        statistics = open_store(convection_store).statistics("outputs")
        config = LossConfig(kind="crps", closure_weight=1.0, closures=[self.WATER])
        loss = EnergyLoss(config, ModelConfig(), convection, statistics, Head("ensemble", members=2))
        x, y = torch.from_numpy(convection_columns), torch.zeros(2000, 30)
        leak = y.clone()
        leak[:, 15] = 1e-8
        opposite = loss(x, torch.stack([leak, -leak], dim=1), y, x[:, :0], torch.ones(2000))
        plain = EnergyLoss(LossConfig(kind="crps"), ModelConfig(), convection, statistics, Head("ensemble", members=2))
        assert float(opposite) > float(plain(x, torch.stack([leak, -leak], dim=1), y, x[:, :0], torch.ones(2000)))

    def test_a_weight_without_closures_or_a_layer_that_is_not_a_closure_is_refused(self) -> None:
        with pytest.raises(ParamnetError) as refused:
            LossConfig(closure_weight=1.0)
        assert (refused.value.what, refused.value.expected, refused.value.got) == ("loss.closure_weight", "0 without loss.closures", "1.0")
        with pytest.raises(ParamnetError) as refused:
            LossConfig(closure_weight=1.0, closures=[ConstraintConfig("non_negative", {"variable": RAIN})])
        assert (refused.value.what, refused.value.got) == ("loss.closures", "'non_negative'")
        assert "column_water_closure" in refused.value.expected
