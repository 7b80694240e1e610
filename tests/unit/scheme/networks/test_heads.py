"""Heads and ensembles: predictions in addition to the one number a host gets."""

import pytest
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.networks import Ensemble, ModelConfig, Quantile, build_network

SMALL = {"hidden": [8], "activation": "silu"}


def test_quantiles_never_cross_and_the_median_is_the_output() -> None:
    head = Quantile(3, [0.1, 0.25, 0.5, 0.9])
    raw = 5 * torch.randn(50, 12)
    quantiles = head.quantiles(raw)
    assert quantiles.shape == (50, 4, 3) and bool((quantiles.diff(dim=1) >= 0).all())
    torch.testing.assert_close(quantiles[:, 2], head(raw), rtol=0, atol=0)


def test_the_mean_of_a_heteroscedastic_head_is_the_first_of_its_two_numbers(convection: Contract) -> None:
    network = build_network(ModelConfig(head="heteroscedastic", **SMALL), convection, 53)
    x = torch.randn(4, 53)
    raw = network.body(x)
    assert raw.shape == (4, 60)
    torch.testing.assert_close(network(x), raw[:, :30])
    torch.testing.assert_close(network.head.log_variance(raw), raw[:, 30:])


def test_an_ensemble_is_the_mean_of_members_that_differ(convection: Contract) -> None:
    network = build_network(ModelConfig(members=3, **SMALL), convection, 53)
    assert isinstance(network, Ensemble)
    x = torch.randn(4, 53)
    each = torch.stack([member(x) for member in network.members])
    torch.testing.assert_close(network(x), each.mean(dim=0))
    torch.testing.assert_close(network.spread(x), each.std(dim=0))
    assert bool((network.spread(x) > 0).all())


def test_fourier_features_are_drawn_once_and_not_trained(convection: Contract) -> None:
    network = build_network(ModelConfig(fourier=16, **SMALL), convection, 53)
    assert not any("fourier" in name for name, _ in network.named_parameters()) and "fourier.weight" in network.state_dict()
    features = network.fourier(torch.randn(20_000, 53))
    assert bool(((features.square().mean(dim=0) - 1).abs() < 0.8).all())


@pytest.mark.parametrize(
    ("change", "what", "expected"),
    [
        ({"kind": "linear", "members": 2}, "model.members", "kind linear"),
        ({"head": "quantile", "quantiles": [0.1, 0.9]}, "model.quantiles", "0.5"),
        ({"gate": "column", "head": "heteroscedastic"}, "model.gate", "none"),
        ({"kind": "column_transformer", "width": 10, "attention_heads": 4}, "model.width", "a multiple of attention_heads 4"),
        ({"kind": "column_unet", "kernel": 4}, "model.kernel", "odd"),
        ({"dropout": 1.0}, "model.dropout", "[0, 1)"),
        ({"members": 0}, "model.members", "at least 1"),
    ],
)
def test_settings_that_exclude_each_other_are_refused(change: dict, what: str, expected: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        ModelConfig(**change)
    assert refused.value.what == what and expected in refused.value.expected
