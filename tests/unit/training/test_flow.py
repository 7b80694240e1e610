"""Flow matching: the velocity of a flow is trained, a few passes follow it, and a second training fits the passes."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_runs import configuration

from paramnet.contract import ParamnetError
from paramnet.evaluation import EvaluateConfig, evaluate
from paramnet.exporting import ExportConfig, export, read_manifest
from paramnet.scheme import load_checkpoint
from paramnet.scheme.adapter_config import AdapterConfig
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.noise import draws_of
from paramnet.store import open_store
from paramnet.training import LossConfig, train

TRAINER = {"epochs": 8, "learning_rate": 1e-2}


def flow() -> ModelConfig:
    return ModelConfig(kind="flow", hidden=[64, 64])


@pytest.fixture(scope="module")
def trained(convection_store, tmp_path_factory):
    config = configuration(convection_store, tmp_path_factory.mktemp("flow"), TRAINER, model=flow(), loss=LossConfig(kind="flow_matching"))
    return config, train(config).best_checkpoint


def energy_score(checkpoint, store, passes: int) -> float:
    """Of standardized outputs of the validation samples, from 8 draws: the fair estimate."""
    scheme, _, meta = load_checkpoint(checkpoint)
    scheme.network.set_passes(passes)
    split = open_store(store).split("validation")
    x, y = torch.from_numpy(split.inputs[:2048]), split.outputs[:2048]
    with torch.no_grad():
        draws = scheme.with_logits(x, None, draws_of(x, 8, scheme.noise, 5, 0))[0].numpy()
    std = np.array(meta["statistics"]["outputs"]["std"])
    live = std > 0
    draws, y = draws[..., live] / std[live], y[:, live] / std[live]
    error = np.linalg.norm(draws - y[:, None], axis=2).mean()
    pairs = [np.linalg.norm(draws[:, i] - draws[:, j], axis=1).mean() for i in range(8) for j in range(i)]
    return float(error - 0.5 * np.mean(pairs))


def test_draws_of_a_trained_flow_are_better_than_the_climate_and_than_one_pass(trained, convection_store) -> None:
    outputs = open_store(convection_store).split("validation").outputs[:2048].astype(float)
    outputs = outputs[:, outputs.std(0) > 0] / outputs.std(0)[outputs.std(0) > 0]
    shuffled = [np.random.default_rng(seed).permutation(outputs) for seed in range(2)]
    climate = np.linalg.norm(outputs - shuffled[0], axis=1).mean() - 0.5 * np.linalg.norm(shuffled[0] - shuffled[1], axis=1).mean()
    one, four = (energy_score(trained[1], convection_store, passes) for passes in (1, 4))
    print(climate, one, four)
    assert four < 0.9 * climate and four < one


def test_evaluation_has_the_scores_of_other_numbers_of_passes(trained, convection_store, tmp_path) -> None:
    folder = evaluate(EvaluateConfig(checkpoint=str(trained[1]), output=str(tmp_path / "skill"), draws=4, limit=2048, noise_samples=512))
    rows = {row["passes"]: row for row in json.loads((folder / "skill.json").read_text())["passes"]}
    assert [row["passes"] for row in rows.values() if row["trained"]] == [4]
    assert rows[1]["energy_score"] > rows[4]["energy_score"] and rows[1]["crps"] > rows[8]["crps"]


def test_a_second_training_on_crps_fits_the_passes(trained, convection_store, tmp_path) -> None:
    config = replace(
        trained[0],
        output=str(tmp_path / "passes"),
        loss=LossConfig(kind="crps", energy_share=0.5),
        adapters=AdapterConfig.read({"kind": "full", "base": str(trained[1])}),
    )
    checkpoint = train(config).best_checkpoint
    assert energy_score(checkpoint, convection_store, 4) < energy_score(trained[1], convection_store, 4)
    manifest = read_manifest(export(ExportConfig(checkpoint=str(checkpoint), output=str(tmp_path / "scheme.pt"))))
    assert manifest["native"]["program"] and manifest["random_numbers"] == load_checkpoint(checkpoint).scheme.noise


def test_a_flow_takes_a_random_number_for_each_output(trained, convection_store) -> None:
    assert load_checkpoint(trained[1]).scheme.noise == open_store(convection_store).contract.n_out
    with pytest.raises(ParamnetError) as refused:
        replace(flow(), noise=3)
    assert (refused.value.what, refused.value.got) == ("model.noise", "3")


@pytest.mark.parametrize("noise", [0, 3])
def test_flow_matching_is_for_a_flow(noise, convection_store, tmp_path) -> None:
    with pytest.raises(ParamnetError) as refused:
        train(configuration(convection_store, tmp_path, model=ModelConfig(hidden=[8], noise=noise), loss=LossConfig(kind="flow_matching")))
    assert (refused.value.what, refused.value.got) == ("loss.kind flow_matching", "ensemble" if noise else "deterministic")
