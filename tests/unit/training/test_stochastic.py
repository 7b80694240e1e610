"""Stochastic schemes: random numbers as further inputs of a network, trained on the CRPS of several draws."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_runs import configuration, same_bits

from paramnet.contract import ParamnetError
from paramnet.exporting import ExportConfig, export, read_manifest
from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.networks.factors import RandomFactors
from paramnet.scheme.networks.noisy_outputs import NoisyOutputs
from paramnet.scheme.noise import draws_of
from paramnet.store import open_store
from paramnet.training import LossConfig, train

MODEL = ModelConfig(hidden=[32], activation="silu", noise=3)
SCALED = ModelConfig(hidden=[32, 16], activation="silu", noise=3, noise_enters="scales")


@pytest.fixture(scope="module")
def trained(convection_store, tmp_path_factory):
    output = tmp_path_factory.mktemp("stochastic")
    loss = LossConfig(kind="crps", balance="column")
    config = configuration(convection_store, output, {"epochs": 8, "learning_rate": 1e-2}, model=MODEL, loss=loss)
    return config, train(config)


def test_the_spread_of_the_draws_is_the_error_of_their_mean(trained, convection_store) -> None:
    scheme, _, meta = load_checkpoint(trained[1].best_checkpoint)
    split = open_store(convection_store).split("validation")
    x, y = torch.from_numpy(split.inputs[:4096]), split.outputs[:4096].astype(float)
    with torch.no_grad():
        draws = scheme.with_logits(x, None, draws_of(x, 16, 3, 5, 0))[0].double().numpy()
    std = np.array(meta["statistics"]["outputs"]["std"])
    live = std > 0
    error = np.sqrt(np.square(((draws.mean(axis=1) - y)[:, live]) / std[live]).mean())
    spread = np.sqrt((draws[..., live] / std[live]).var(axis=1, ddof=1).mean() * 17 / 16)
    print(spread, error)
    assert 0.6 < spread / error < 1.2


def test_the_program_takes_the_numbers_after_the_inputs(trained, convection_store) -> None:
    scheme = load_checkpoint(trained[1].best_checkpoint).scheme
    x = torch.from_numpy(open_store(convection_store).split("validation").inputs[:5])
    draws = draws_of(x, 2, 3, 5, 0)
    assert draws is not None and scheme.width == x.shape[1] + 3
    with torch.no_grad():
        expected = scheme.with_logits(x, None, draws)[0]
        for draw in range(2):
            torch.testing.assert_close(scheme(torch.cat([x, draws[:, draw]], dim=1)), expected[:, draw])


def test_the_same_run_again_draws_the_same_numbers(trained, convection_store, tmp_path) -> None:
    short = replace(trained[0], trainer=replace(trained[0].trainer, epochs=1))
    results = [train(replace(short, output=str(tmp_path / name))).last_checkpoint for name in ("one", "two")]
    assert same_bits(*results)


@pytest.mark.parametrize("kind", ["mse", "mae", "huber"])
def test_a_loss_of_one_number_is_refused(kind, convection_store, tmp_path) -> None:
    with pytest.raises(ParamnetError) as refused:
        train(configuration(convection_store, tmp_path, model=MODEL, loss=LossConfig(kind=kind)))
    assert (refused.value.what, refused.value.got) == (f"loss.kind {kind}", "ensemble")


@pytest.mark.parametrize("change", [{"members": 2}, {"head": "heteroscedastic"}, {"noise": -1}])
def test_noise_is_for_one_network_with_one_number_per_output(change) -> None:
    with pytest.raises(ParamnetError) as refused:
        ModelConfig(**{"hidden": [4], "noise": 3, **change})
    assert refused.value.what == "model.noise"


@pytest.mark.parametrize("enters", ["scales", "outputs", "factors"])
def test_noise_of_layers_and_outputs_is_trained_and_exported_to_the_native_program(enters, convection_store, tmp_path) -> None:
    model = replace(SCALED, noise_enters=enters)
    config = configuration(convection_store, tmp_path, model=model, loss=LossConfig(kind="crps", energy_share=0.5))
    checkpoint = train(config).best_checkpoint
    scheme = load_checkpoint(checkpoint).scheme
    x = torch.from_numpy(open_store(convection_store).split("validation").inputs[:5])
    with torch.no_grad():
        draws = scheme.with_logits(x, None, draws_of(x, 4, 3, 5, 0))[0]
    assert (draws.std(dim=1)[:, draws.std(dim=(0, 1)) > 0] > 0).all()
    manifest = read_manifest(export(ExportConfig(checkpoint=str(checkpoint), output=str(tmp_path / "scheme.pt"))))
    assert manifest["native"]["program"] and manifest["random_numbers"] == 3


def test_noise_of_outputs_has_the_loadings_times_an_amplitude_that_depends_on_the_column() -> None:
    network = NoisyOutputs(8, 4, [16], torch.nn.SiLU(), 3)
    torch.nn.init.normal_(network.head.weight)
    x, r = torch.randn(5, 5), torch.randn(5, 3)
    mean, drawn = network(torch.cat([x, torch.zeros(5, 3)], 1)), network(torch.cat([x, r], 1))
    twice = network(torch.cat([x, 2 * r], 1))
    torch.testing.assert_close(twice - mean, 2 * (drawn - mean))
    amplitude = (drawn - mean) / (r @ network.loadings.weight.T)
    assert (amplitude > 0).all() and amplitude.std(dim=0).min() > 0


def test_factors_multiply_the_mean_and_leave_it_without_noise() -> None:
    network = RandomFactors(6, 4, [16], torch.nn.SiLU(), 1)
    torch.nn.init.normal_(network.factors.weight)
    torch.nn.init.normal_(network.offsets.weight)
    x, r = torch.randn(5, 5), torch.randn(5, 1)
    mean, drawn = network(torch.cat([x, torch.zeros(5, 1)], 1)), network(torch.cat([x, r], 1))
    torch.testing.assert_close(mean, network.mean(x))
    torch.testing.assert_close(drawn, mean + r * (mean * network.factors.weight[:, 0] + network.offsets.weight[:, 0]))


@pytest.mark.parametrize("change", [{"noise": 0}, {"skip": True}, {"gate": "variable"}, {"noise_enters": "layers"}])
def test_scales_are_for_a_plain_network_with_noise(change) -> None:
    with pytest.raises(ParamnetError) as refused:
        ModelConfig(**{"hidden": [4], "noise": 3, "noise_enters": "scales", **change})
    assert refused.value.what == "model.noise_enters"
