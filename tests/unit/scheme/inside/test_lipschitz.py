"""The bound of a network's slope holds and is tight where it can be; kinks are counted."""

from typing import Any

import pytest
import torch
from torch import nn

from paramnet.contract import Contract
from paramnet.scheme.inside import Unbounded, kinks_met, lipschitz_bound
from paramnet.scheme.networks import ModelConfig, build_network

BOUNDED: list[dict[str, Any]] = [
    {"kind": "linear"},
    {"kind": "mlp", "hidden": [20, 20], "activation": "gelu", "skip": True},
    {"kind": "mlp", "hidden": [20, 20], "ranks": [4, 0, 5]},
    {"kind": "mlp", "hidden": [20], "fourier": 8, "activation": "silu"},
    {"kind": "mlp", "hidden": [20], "head": "quantile"},
    {"kind": "mlp", "hidden": [20], "members": 3},
    {"kind": "residual_mlp", "width": 20, "depth": 2},
]


def built(settings: dict[str, Any]) -> tuple[nn.Module, int]:
    contract = Contract.from_yaml("plasim_convection")
    torch.manual_seed(3)
    network = build_network(ModelConfig(**settings), contract, contract.n_in).double().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return network, contract.n_in


@pytest.mark.parametrize("settings", BOUNDED, ids=str)
def test_no_measured_slope_is_above_the_bound(settings: dict[str, Any]) -> None:
    network, n_in = built(settings)
    bound = lipschitz_bound(network)
    x = 3 * torch.randn(30, n_in, dtype=torch.float64)
    jacobians = torch.func.vmap(torch.func.jacrev(lambda one: network(one[None])[0]))(x)
    slopes = torch.linalg.matrix_norm(jacobians, 2)
    assert slopes.max() <= bound and (settings["kind"] != "linear" or float(slopes.max().detach()) == pytest.approx(bound, rel=1e-5))


def test_the_bound_is_the_product_of_what_the_layers_can_do() -> None:
    network = nn.Sequential(nn.Linear(3, 3, bias=False), nn.LeakyReLU(2.0), nn.Linear(3, 3, bias=False))
    with torch.no_grad():
        network[0].weight.copy_(torch.diag(torch.tensor([3.0, 1.0, 2.0])))
        network[2].weight.copy_(torch.diag(torch.tensor([-5.0, 1.0, 4.0])))
    assert lipschitz_bound(network) == pytest.approx(3.0 * 2.0 * 5.0, rel=1e-5)


def test_two_matrices_without_activation_between_are_one() -> None:
    network = nn.Sequential(nn.Linear(1, 2, bias=False), nn.Linear(2, 1, bias=False))
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[3.0], [4.0]]))
        network[1].weight.copy_(torch.tensor([[4.0, -3.0]]))
    assert lipschitz_bound(network) < 1e-6  # and not 25


@pytest.mark.parametrize(
    ("settings", "part"),
    [({"kind": "mlp", "gate": "variable"}, "gates"), ({"kind": "column_unet"}, "ColumnUNet"), ({"kind": "flow"}, "Flow")],
    ids=["gates", "convolutions", "flow"],
)
def test_a_network_without_bound_says_which_part_has_none(settings: dict[str, Any], part: str) -> None:
    with pytest.raises(Unbounded) as refused:
        lipschitz_bound(built(settings)[0])
    assert str(refused.value) == part


def test_kinks_are_units_that_change_side() -> None:
    network = nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 1))
    with torch.no_grad():
        network[0].weight.fill_(1.0)
        network[0].bias.copy_(torch.tensor([-0.5, -1.5, -2.5, -9.0]))
    z, noise = torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0], [2.0]])
    assert kinks_met(network, z, noise) == (2.0, 4)  # 0 -> 2 crosses 0.5 and 1.5; 1 -> 3 crosses 1.5 and 2.5
    assert kinks_met(nn.Sequential(nn.Linear(1, 4), nn.SiLU()), z, noise) == (0.0, 0)


def test_the_largest_slopes_of_smooth_activations_are_not_exceeded() -> None:
    x = torch.linspace(-8, 8, 400_001, dtype=torch.float64, requires_grad=True)
    for activation in (nn.GELU(approximate="tanh"), nn.SiLU()):
        (slope,) = torch.autograd.grad(activation(x).sum(), x)
        largest = float(slope.max())
        assert largest <= lipschitz_bound(activation) < largest + 2e-4
