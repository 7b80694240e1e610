"""The interaction basis, and the smaller network made with it."""

import pytest
import torch
from torch import nn

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.inside import compressed
from paramnet.scheme.inside.interaction import Interaction, directions, kept_units, measured
from paramnet.scheme.networks import ModelConfig, build_network


def dependent_layer() -> Interaction:
    """Four units of which the last is the sum of the first two, and the third has no effect."""
    torch.manual_seed(0)
    free = torch.randn(5000, 3, dtype=torch.float64)
    h = torch.cat([free, free[:, :1] + free[:, 1:2]], dim=1) + 2.0
    gradients = torch.diag(torch.tensor([1.0, 1.0, 0.0, 1.0], dtype=torch.float64))
    return Interaction(h.mean(dim=0), torch.cov(h.T, correction=0), gradients)


def test_units_that_depend_on_others_or_have_no_effect_are_left_out() -> None:
    layer = dependent_layer()
    kept, replaced = kept_units(layer, 1e-6 * layer.total)
    assert len(kept) == 2 and 2 not in kept
    error = layer.covariance - replaced @ layer.covariance[kept]
    assert float((layer.gradients * error).sum()) < 1e-6 * layer.total


def test_the_basis_has_uncorrelated_directions_whose_importances_add_up() -> None:
    layer = dependent_layer()
    basis = directions(layer)
    assert torch.allclose(basis.to @ layer.covariance @ basis.to.T, torch.eye(len(basis.to), dtype=torch.float64), atol=1e-8)
    assert torch.allclose(basis.back.T @ layer.gradients @ basis.back, torch.diag(basis.importance), atol=1e-8)
    assert float(basis.importance.sum()) == pytest.approx(layer.total) and len(basis.importance) == 3
    assert basis.needed(1e-9) == 2 and basis.needed(10 * layer.total) == 1
    one = basis.first(1)
    lost = torch.eye(4, dtype=torch.float64) - one.back @ one.to
    assert float((layer.gradients * (lost @ layer.covariance @ lost.T)).sum()) == pytest.approx(float(basis.importance[1:].sum()), rel=1e-6)


def test_measured_interactions_of_a_linear_network_are_exact() -> None:
    torch.manual_seed(1)
    first, activation, second = nn.Linear(5, 4), nn.Identity(), nn.Linear(4, 3)
    z = torch.randn(40_000, 5)
    (inputs, hidden), variance = measured(nn.Sequential(first, activation, second), z, [activation], torch.ones(3), probes=4)
    exact = (second.weight.T @ second.weight).detach().double()
    torch.testing.assert_close(hidden.gradients, exact, rtol=0.05, atol=0.02 * float(exact.max()))
    torch.testing.assert_close(inputs.covariance, torch.cov(z.T.double(), correction=0), rtol=1e-4, atol=1e-5)
    outputs = nn.Sequential(first, activation, second)(z).detach().double()
    assert variance == pytest.approx(float(outputs.var(dim=0, correction=0).sum()), rel=1e-4)
    assert hidden.total == pytest.approx(variance, rel=0.05)  # exact for a linear map


@pytest.mark.parametrize("settings", [{}, {"skip": True}, {"gate": "variable"}, {"head": "heteroscedastic"}, {"dropout": 0.1}], ids=str)
def test_redundant_units_and_directions_vanish_without_a_change(settings: dict[str, object]) -> None:
    """Of 12 hidden units 6 repeat the others, and inputs vary in 7 directions: half of the units and the rank are enough."""
    contract = Contract.from_yaml("plasim_convection")
    torch.manual_seed(2)
    model = ModelConfig("mlp", hidden=[12, 40], activation="relu", **settings)
    network = build_network(model, contract, contract.n_in).eval()
    first = next(layer for layer in network.modules() if isinstance(layer, nn.Linear))
    with torch.no_grad():
        first.weight[6:], first.bias[6:] = 2 * first.weight[:6], 2 * first.bias[:6]
    z = torch.randn(4000, 7) @ torch.randn(7, contract.n_in)
    made = compressed(network, model, z, torch.ones(contract.n_out, dtype=torch.bool), 1e-7, 2, lambda done: None)
    assert (made.model.hidden[0] == 6 and made.model.ranks == [0, 0, 0]) or made.model.ranks == []
    smaller = build_network(made.model, contract, contract.n_in).eval()
    smaller.load_state_dict(made.weights)
    before, after = network(z).detach(), smaller(z).detach()
    assert float((before - after).square().mean()) < 1e-4 * float(before.var())


def test_a_low_rank_is_used_where_it_is_cheaper() -> None:
    contract = Contract.from_yaml("plasim_convection")
    torch.manual_seed(2)
    model = ModelConfig("mlp", hidden=[40], activation="relu")
    network = build_network(model, contract, contract.n_in).eval()
    z = torch.randn(4000, 3) @ torch.randn(3, contract.n_in)
    made = compressed(network, model, z, torch.ones(contract.n_out, dtype=torch.bool), 1e-7, 2, lambda done: None)
    assert made.model.ranks[0] == 3 and made.layers[0]["rank"] == 3
    smaller = build_network(made.model, contract, contract.n_in).eval()
    smaller.load_state_dict(made.weights)
    torch.testing.assert_close(smaller(z), network(z), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("settings", [{"kind": "residual_mlp"}, {"kind": "mlp", "members": 2}, {"kind": "mlp", "fourier": 4}], ids=str)
def test_other_networks_are_refused(settings: dict[str, object]) -> None:
    contract = Contract.from_yaml("plasim_convection")
    model = ModelConfig(**settings)
    with pytest.raises(ParamnetError) as refused:
        z = torch.zeros(2, contract.n_in)
        compressed(build_network(model, contract, contract.n_in), model, z, torch.ones(contract.n_out), 0.01, 1, lambda done: None)
    assert (refused.value.what, refused.value.got.partition(",")[0]) == ("checkpoint", settings["kind"])
