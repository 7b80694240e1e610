"""A stochastic scheme is judged by its draws: their mean, their spread, and one of them, from a checkpoint and from its scheme.pt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from paramnet.contract import ParamnetError
from paramnet.evaluation import EvaluateConfig, evaluate
from paramnet.exporting import ExportConfig, export
from paramnet.scheme.networks import ModelConfig
from paramnet.training import LossConfig, TrainConfig, TrainerConfig, train


@pytest.fixture(scope="module")
def trained(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    trainer = TrainerConfig(epochs=3, batch_size=256, learning_rate=5e-3, progress_bar=False, threads=1)
    model = ModelConfig(hidden=[32], activation="silu", noise=3)
    config = TrainConfig(
        store=str(convection_store), output=str(tmp_path_factory.mktemp("stochastic")), model=model, trainer=trainer,
        loss=LossConfig(kind="crps"), linear_baseline=False,
    )  # fmt: skip
    return Path(train(config).best_checkpoint)


def judged(folder: Path, **options: Any) -> dict[str, Any]:
    evaluate(EvaluateConfig(output=str(folder), jacobian_columns=3, noise_samples=64, draws=8, **options))
    skill: dict[str, Any] = json.loads((folder / "skill.json").read_text())
    return skill


@pytest.fixture(scope="module")
def skill(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return judged(tmp_path_factory.mktemp("skill") / "out", checkpoint=str(trained))


def test_the_mean_of_the_draws_and_one_draw_have_their_scores(skill: dict[str, Any]) -> None:
    row, draws = skill["column_heating"], skill["ensemble"]
    assert draws["members"] == 8 and draws["drawn"]
    assert 0 < draws["variables"]["column_heating"]["crps"] < row["mae"] < row["draw_mae"]
    # A draw has the error of the mean and its own deviation from it.
    member, mean = (draws["variables"]["column_heating"][name] for name in ("member_mean_square", "ensemble_mean_square"))
    assert mean < member and row["draw_rmse_pooled"] ** 2 == pytest.approx(member, rel=0.2)
    assert set(skill["regimes"]) >= {"learned", "draw"}
    ranks = draws["variables"]["column_heating"]["rank_histogram"]
    assert len(ranks) == 9 and sum(ranks) == pytest.approx(1.0)
    rain = draws["reliability"]
    assert len(rain["probability"]) == 9 and sum(rain["share"]) == pytest.approx(1.0) and rain["frequency"][0] < rain["frequency"][-1]
    assert skill["jacobian"]["columns"] == 3 and skill["noise"]["variables"]["column_heating"]["change"][0] == 0


def test_chunks_do_not_change_the_draws(trained: Path, skill: dict[str, Any], tmp_path: Path) -> None:
    again = judged(tmp_path / "out", checkpoint=str(trained), chunk=300)
    assert again["column_heating"]["draw_mae"] == pytest.approx(skill["column_heating"]["draw_mae"], rel=1e-9)


def test_an_exported_scheme_has_the_same_draws(trained: Path, skill: dict[str, Any], convection_store: Path, tmp_path: Path) -> None:
    scheme = export(ExportConfig(checkpoint=str(trained), output=str(tmp_path / "scheme.pt")))
    exported = judged(tmp_path / "out", checkpoint="", scheme=str(scheme), store=str(convection_store))
    for key in ("mae", "draw_mae", "draw_r2"):
        assert exported["column_heating"][key] == pytest.approx(skill["column_heating"][key], rel=1e-4)
    assert exported["ensemble"]["variables"]["column_heating"]["crps"] == pytest.approx(
        skill["ensemble"]["variables"]["column_heating"]["crps"], rel=1e-4
    )


def test_members_are_not_for_stochastic_schemes(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        judged(tmp_path / "out", checkpoint=str(trained), members=[str(trained)])
    assert refused.value.what == "members"


@pytest.mark.parametrize("draws", [0, 1])
def test_a_distribution_needs_two_draws(draws: int) -> None:
    with pytest.raises(ParamnetError) as refused:
        EvaluateConfig(checkpoint="best.ckpt", output="out", draws=draws)
    assert refused.value.what == "draws"
