"""Jacobians compared with finite differences, and the evaluation of ensembles, strata and noise."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.evaluation import EvaluateConfig, evaluate
from paramnet.evaluation.sensitivity import jacobian
from paramnet.exporting.gradients import gradients
from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.store import open_store
from paramnet.training import LossConfig, TrainConfig, TrainerConfig, train


@pytest.fixture(scope="module")
def checkpoints(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("members")
    found = []
    for seed in (1, 2, 3):
        trainer = TrainerConfig(epochs=1, batch_size=256, progress_bar=False)
        model = ModelConfig(hidden=[16], activation="silu")
        config = TrainConfig(store=str(convection_store), output=str(folder / str(seed)), model=model, trainer=trainer, seed=seed)
        found.append(str(train(config).best_checkpoint))
    return found


def test_the_jacobian_is_equal_to_finite_differences(checkpoints: list[str], convection_store: Path) -> None:
    checkpoint = load_checkpoint(checkpoints[0])
    contract = checkpoint.contract
    inputs = np.asarray(open_store(convection_store).split("test").inputs[:4], dtype=np.float32)
    its = jacobian(contract, gradients(checkpoint.scheme, inputs), checkpoint.statistics("inputs"), checkpoint.statistics("outputs"))
    block = next(b for b in its.blocks if "temperature" in b.output and b.input == "air_temperature")
    scheme = copy.deepcopy(checkpoint.scheme).double()
    level = 6
    column, step = contract.input_columns["air_temperature"].start + level, 1e-4
    with torch.no_grad():
        up, down = (torch.from_numpy(inputs.astype(np.float64)) for _ in range(2))
        up[:, column] += step
        down[:, column] -= step
        difference = ((scheme(up) - scheme(down)) / (2 * step)).mean(dim=0).numpy()
    deviation = checkpoint.statistics("inputs").std[column]
    expected = 86400.0 * deviation * difference[contract.output_columns[block.output]]
    np.testing.assert_allclose(block.mean[:, level], expected, rtol=1e-4, atol=1e-8 * np.abs(expected).max())
    assert (its.singular_values > 0).all()


def test_an_evaluated_ensemble_has_spread_strata_and_noise(checkpoints: list[str], tmp_path: Path) -> None:
    config = EvaluateConfig(checkpoints[0], str(tmp_path / "out"), members=checkpoints[1:], chunk=300, jacobian_columns=3)
    evaluate(config)
    skill = json.loads((tmp_path / "out" / "skill.json").read_text())
    row = skill["ensemble"]["variables"]["column_heating"]
    assert skill["ensemble"]["members"] == 3 and 0 < row["crps"] < skill["column_heating"]["mae"]
    assert row["member_mean_square"] == pytest.approx(row["ensemble_mean_square"] + row["member_variance"])
    assert {"latitude", "rain", "distance"} <= set(skill["by"])
    for strata in skill["by"].values():
        assert sum(each["share"] for each in strata.values()) == pytest.approx(1.0)
    change = skill["noise"]["variables"]["column_heating"]["change"]
    assert change[0] == 0 and change[-1] > change[1] > 0, "more noise, more change"
    assert "ensemble of 3" in (tmp_path / "out" / "report.html").read_text()


def test_probes_can_be_omitted(checkpoints: list[str], tmp_path: Path) -> None:
    config = EvaluateConfig(checkpoints[0], str(tmp_path / "out"), jacobian_columns=0, noise_samples=0, envelope_samples=0)
    evaluate(config)
    skill = json.loads((tmp_path / "out" / "skill.json").read_text())
    assert not {"jacobian", "linear_response", "noise"} & set(skill) and "distance" not in skill["by"]
    with pytest.raises(ParamnetError) as refused:
        replace(config, noise_samples=-1)
    assert (refused.value.what, refused.value.got) == ("noise_samples", "-1")


LONG = [pytest.param(changes, marks=pytest.mark.long) for changes in ({"head": "heteroscedastic"}, {"head": "quantile"})]


@pytest.mark.parametrize("changes", [{"members": 3}, *LONG])
def test_a_scheme_that_predicts_its_own_error_is_scored_on_it(changes: dict[str, Any], convection_store: Path, tmp_path: Path) -> None:
    loss = {"heteroscedastic": "gaussian_crps", "quantile": "pinball"}.get(changes.get("head", ""), "mse")
    model = ModelConfig(hidden=[16], activation="silu", **changes)
    trainer = TrainerConfig(epochs=2, batch_size=256, progress_bar=False)
    config = TrainConfig(str(convection_store), str(tmp_path / "run"), model, loss=LossConfig(kind=loss), trainer=trainer)
    best = train(config).best_checkpoint
    evaluate(EvaluateConfig(str(best), str(tmp_path / "out"), jacobian_columns=2))
    skill = json.loads((tmp_path / "out" / "skill.json").read_text())
    row = skill["ensemble"]["variables"]["column_heating"]
    assert skill["ensemble"]["drawn"] == ("members" in changes)
    assert 0 < row["crps"] < 1.02 * skill["column_heating"]["mae"] and row["spread_over_error"] > 0
    assert skill["column_heating"]["linear_r2"] is not None, "training writes a linear network next to every other"
