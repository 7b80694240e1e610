"""The loss in energy units."""

import numpy as np
import pytest
import torch

from paramnet.architectures import ModelConfig
from paramnet.contract import Contract, ParamnetError
from paramnet.physics import to_watts_per_square_metre
from paramnet.store import open_store
from paramnet.training.config import LossConfig
from paramnet.training.loss import EnergyLoss, EnergyScale, balance_weights

ONE = torch.ones(1)


def test_the_scale_is_the_conversion_of_the_physics_room(convection: Contract, convection_columns: np.ndarray) -> None:
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
        assert balance_weights(LossConfig(balance=balance), convection, statistics)[[0, 10, 20]].tolist() == [0.0, 0.0, 0.0]


def test_huber_is_squared_near_zero_and_linear_far_away(convection: Contract, convection_store) -> None:
    loss = EnergyLoss(
        LossConfig(kind="huber", huber_delta=1.0), ModelConfig(), convection, open_store(convection_store).statistics("outputs")
    )
    torch.testing.assert_close(loss._penalty(torch.tensor([0.5, 1.0, 3.0])), torch.tensor([0.25, 1.0, 5.0]))


def test_a_right_gate_costs_nothing_and_a_wrong_one_much(convection: Contract, convection_store) -> None:
    config, model = LossConfig(gate_weight=1.0), ModelConfig(hidden=[4], gate="variable")
    loss = EnergyLoss(config, model, convection, open_store(convection_store).statistics("outputs"))
    x, y = torch.full((1, 53), 1e5), torch.zeros(1, 30)
    y[:, 25] = 1e-8
    right, wrong = torch.tensor([[-20.0, -20.0, 20.0]]), torch.tensor([[20.0, -20.0, 20.0]])
    assert float(loss(x, y, y, right, ONE)) < 1e-6
    assert float(loss(x, y, y, wrong, ONE)) == pytest.approx(20.0 / 3, rel=1e-3)


def test_a_weight_for_an_unknown_output_is_refused(convection: Contract, convection_store) -> None:
    with pytest.raises(ParamnetError, match=r"loss.weights: expected outputs of contract plasim_convection .* got \['rain'\]"):
        balance_weights(LossConfig(weights={"rain": 2.0}), convection, open_store(convection_store).statistics("outputs"))
