"""The counter of operations, compared with counts by hand."""

from pathlib import Path
from typing import Any

import pytest
import torch

from paramnet.contract import Contract
from paramnet.scheme.adapter_config import AdapterConfig
from paramnet.scheme.adapters import attach
from paramnet.scheme.networks import ModelConfig, build_network, flop_per_column, parameter_count
from paramnet.scheme.networks.cost import COUNTED


def count(contract: Contract, **model: object) -> int:
    return flop_per_column(build_network(ModelConfig(**model), contract, contract.n_in), contract.n_in)  # type: ignore[arg-type]


def test_a_dense_network_costs_two_operations_a_weight() -> None:
    rasp = Contract.from_yaml("rasp2018")
    assert count(rasp) == 2 * (94 * 256 + 8 * 256 * 256 + 256 * 65)


def test_an_ensemble_costs_its_members(convection: Contract) -> None:
    one = count(convection, kind="residual_mlp", width=16, depth=2)
    assert one == 2 * (53 * 16 + 4 * 16 * 16 + 16 * 30)
    assert count(convection, kind="residual_mlp", width=16, depth=2, members=3) == 3 * one


def test_recurrence_and_attention_are_counted_by_level(convection: Contract) -> None:
    # 5 profiles and 3 scalars in, 3 profiles out, on 10 levels, 16 channels.
    around = 2 * (10 * 5 * 16 + 3 * 16 + 10 * 16 * 3)
    assert count(convection, kind="column_bilstm", width=8, depth=1) == around + 10 * 2 * 2 * (4 * 8) * (16 + 8)
    layer = 10 * 2 * (16 * 48 + 16 * 16 + 2 * 16 * 32) + 4 * 10 * 10 * 16
    assert count(convection, kind="column_transformer", width=16, depth=1) == around + layer


def test_convolutions_are_counted_at_their_own_resolution(convection: Contract) -> None:
    w = 4
    around = 2 * (10 * 5 * w + 3 * w + 10 * w * 3)
    down, bottom = 10 * 2 * (w * w * 3), 5 * 2 * (2 * w * 2 * w * 3)
    halve, narrow = 5 * w * 2 * w * 3, 5 * 2 * w * w
    up = 10 * (2 * w * w * 3 + w * w * 3 + 2 * w * w)
    assert count(convection, kind="column_unet", width=w, depth=1) == around + 2 * (down + halve + bottom + narrow + up)


def test_counting_does_not_change_the_network(convection: Contract) -> None:
    network = build_network(ModelConfig(hidden=[4], dropout=0.5), convection, 53)
    flop_per_column(network, 53)
    assert network.training and not any(layer._forward_hooks for layer in network.modules())
    assert parameter_count(network) == 53 * 4 + 4 + 4 * 30 + 30


def test_no_layer_with_weights_is_left_out(convection: Contract) -> None:
    """Every trained matrix of every kind belongs to a layer that is counted."""
    for kind in ModelConfig.parts:
        network = build_network(ModelConfig.read({"kind": kind, "hidden": [4], "width": 8}), convection, 53)
        for layer in network.modules():
            if any(weights.dim() > 1 for weights in layer.parameters(recurse=False)):
                assert type(layer) in COUNTED or type(layer).__name__ == "ColumnInput", type(layer)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("features", [16, 64])
def test_fourier_features_are_counted(convection: Contract, features: int) -> None:
    assert count(convection, hidden=[8], fourier=features) == 2 * (53 * features + (53 + features) * 8 + 8 * 30)


def test_every_network_is_documented(repository: Path) -> None:
    text = (repository / "docs" / "reference" / "architectures.md").read_text()
    names = [path.stem for path in (repository / "conf" / "model").glob("*.yaml")]
    assert names and not [name for name in [*names, *ModelConfig.parts] if f"`{name}`" not in text]


@pytest.mark.parametrize("adapters", [{"kind": "lora", "rank": 2}, {"kind": "subspace", "dimension": 8}])
def test_adapted_layers_are_counted_as_plain_layers(convection: Contract, adapters: dict[str, Any]) -> None:
    network = build_network(ModelConfig(kind="column_unet", width=8, depth=1), convection, convection.n_in)
    merged = flop_per_column(network, convection.n_in)
    attach(network, AdapterConfig(base="base", **adapters))
    assert flop_per_column(network, convection.n_in) == merged > 0
