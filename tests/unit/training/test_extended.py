"""Stochastic networks and networks with memory that begin as a trained network without either."""

from dataclasses import replace

import pytest
import torch
from small_runs import configuration

from paramnet.contract import ParamnetError
from paramnet.exporting import ExportConfig, export, read_manifest
from paramnet.scheme import load_checkpoint
from paramnet.scheme.adapter_config import AdapterConfig
from paramnet.scheme.extending import extend
from paramnet.scheme.networks import ModelConfig, build_network
from paramnet.store import open_store
from paramnet.training import LossConfig, train

BASE = ModelConfig(hidden=[16, 16], activation="silu")
CRPS = LossConfig(kind="crps", balance="column")
NOISY = [
    replace(BASE, noise=3),
    replace(BASE, noise=3, noise_enters="scales"),
    replace(BASE, noise=3, noise_enters="outputs"),
    replace(BASE, noise=1, noise_enters="factors"),
    ModelConfig(kind="column_memory", hidden=[16, 16], activation="silu", memory=4, noise=2),
    ModelConfig(kind="column_memory", hidden=[16, 16], activation="silu", memory=4),
]


@pytest.fixture(scope="module")
def base(convection_store, tmp_path_factory):
    return train(configuration(convection_store, tmp_path_factory.mktemp("base"), model=BASE)).best_checkpoint


@pytest.mark.parametrize("model", NOISY, ids=lambda model: f"{model.kind} {getattr(model, 'noise_enters', '')} {model.noise}")
def test_without_noise_and_memory_it_begins_as_the_base(model, convection) -> None:
    plain = build_network(BASE, convection, convection.n_in)
    own = build_network(model, convection, convection.n_in + model.noise, [1] * model.noise)
    extend(own, plain)
    x = torch.randn(20, convection.n_in)
    more = own.dense_layers()[0].in_features - convection.n_in if model.kind == "column_memory" else model.noise
    with torch.no_grad():
        found = own(torch.cat([x, torch.zeros(20, more)], dim=1))[:, : convection.n_out]
        torch.testing.assert_close(found, plain(x))
        noisy = own(torch.cat([x, torch.randn(20, more)], dim=1))[:, : convection.n_out]
    assert not torch.equal(noisy, found)


def test_it_is_trained_from_the_base_with_its_normalization_and_exported(base, convection_store, tmp_path) -> None:
    adapters = AdapterConfig.read({"kind": "extended", "base": str(base)})
    config = configuration(convection_store, tmp_path, model=NOISY[1], loss=CRPS, adapters=adapters)
    checkpoint = train(config).best_checkpoint
    found, before = load_checkpoint(checkpoint), load_checkpoint(base)
    assert found.scheme.noise == 3 and (found.statistics("inputs").mean == before.statistics("inputs").mean).all()
    fresh = train(replace(config, adapters=AdapterConfig(), output=str(tmp_path / "fresh"))).best_checkpoint
    split = open_store(convection_store).split("test")
    x, y = torch.from_numpy(split.inputs[:2048]), torch.from_numpy(split.outputs[:2048])
    errors = []
    for scheme in (found.scheme, load_checkpoint(fresh).scheme):
        with torch.no_grad():
            mean = scheme(torch.cat([x, torch.zeros(len(x), 3)], dim=1))
        errors.append(float(((mean - y) / (y.std(dim=0) + 1e-30)).clamp(-9, 9).square().mean()))
    assert errors[0] < errors[1]
    assert read_manifest(export(ExportConfig(checkpoint=str(checkpoint), output=str(tmp_path / "scheme.pt"))))["random_numbers"] == 3


@pytest.mark.parametrize(
    "change",
    [{"hidden": [16]}, {"activation": "relu"}, {"gate": "variable", "noise_enters": "inputs"}, {"skip": True, "noise_enters": "inputs"}],
)
def test_a_model_of_other_layers_is_refused(change, base, convection_store, tmp_path) -> None:
    adapters = AdapterConfig.read({"kind": "extended", "base": str(base)})
    config = configuration(convection_store, tmp_path, model=replace(NOISY[1], **change), loss=CRPS, adapters=adapters)
    with pytest.raises(ParamnetError) as refused:
        train(config)
    assert (refused.value.what, refused.value.where) == ("model", str(base))


def test_a_base_with_noise_is_refused(convection_store, tmp_path) -> None:
    noisy = train(configuration(convection_store, tmp_path / "noisy", model=NOISY[0], loss=CRPS)).best_checkpoint
    adapters = AdapterConfig.read({"kind": "extended", "base": str(noisy)})
    with pytest.raises(ParamnetError) as refused:
        train(configuration(convection_store, tmp_path / "extended", model=NOISY[1], loss=CRPS, adapters=adapters))
    assert (refused.value.what, refused.value.got) == ("adapters.base", "{'noise': 3}")
