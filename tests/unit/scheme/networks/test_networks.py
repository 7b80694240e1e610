"""Networks and their configuration."""

import pytest
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.networks import ModelConfig, build_network


def test_the_default_network_has_the_published_number_of_weights() -> None:
    contract = Contract.from_yaml("rasp2018")
    network = build_network(ModelConfig(), contract, contract.n_in)
    assert sum(weights.numel() for weights in network.parameters()) == 567_361


def test_a_closed_gate_makes_only_its_variable_zero(convection: Contract) -> None:
    network = build_network(ModelConfig(hidden=[8], gate="variable"), convection, 53)
    torch.nn.init.zeros_(network.gate.weight)
    network.gate.bias.data = torch.tensor([-200.0, 200.0, 200.0])
    y = network(torch.randn(5, 53))
    assert bool((y[:, :10] == 0).all()) and bool((y[:, 10:] != 0).all())


@pytest.mark.parametrize(("gate", "count"), [("column", 1), ("variable", 3), ("level", 30)])
def test_the_number_of_gates_is_as_configured(convection: Contract, gate: str, count: int) -> None:
    network = build_network(ModelConfig(hidden=[8], gate=gate), convection, 53)
    assert network.amplitude_and_logits(torch.randn(5, 53))[1].shape == (5, count)


def test_with_a_skip_path_a_network_with_a_zero_head_is_linear(convection: Contract) -> None:
    network = build_network(ModelConfig(hidden=[8], skip=True), convection, 53)
    torch.nn.init.zeros_(network.head.weight)
    torch.nn.init.zeros_(network.head.bias)
    x = torch.randn(4, 53)
    torch.testing.assert_close(network(2 * x), 2 * network(x))


@pytest.mark.parametrize(
    ("change", "what"), [({"kind": "cnn"}, "model.kind"), ({"hidden": []}, "model.hidden"), ({"gate": "all"}, "model.gate")]
)
def test_a_wrong_setting_is_named(change: dict, what: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        ModelConfig(**change)
    assert (refused.value.what, refused.value.got) == (what, repr(next(iter(change.values()))))


def test_a_stretched_gate_is_exactly_zero_and_one_at_its_ends(convection: Contract) -> None:
    network = build_network(ModelConfig(hidden=[8], gate="variable", gate_stretch=0.1), convection, 53)
    torch.nn.init.zeros_(network.gate.weight)
    network.gate.bias.data = torch.tensor([-3.0, 0.0, 3.0])  # probabilities .047, .5, .953
    x = torch.randn(5, 53)
    y, ungated = network(x), network.head(network.trunk(x))
    assert bool((y[:, :10] == 0).all())
    torch.testing.assert_close(y[:, 10:20], 0.5 * ungated[:, 10:20])
    torch.testing.assert_close(y[:, 20:], ungated[:, 20:], rtol=0, atol=0)
