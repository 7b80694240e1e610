"""Training runs: learning, output files, resuming and refused configurations."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from paramnet.contract import Contract, ContractMismatch, ParamnetError
from paramnet.scheme import load_checkpoint
from paramnet.scheme.constraints import ConstraintConfig
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.normalization import FeatureConfig
from paramnet.store import open_store
from paramnet.training import DataConfig, ScheduleConfig, TrainConfig, TrainerConfig, train

RAIN = "convective_precipitation_production"
STATE = {"temperature": "air_temperature", "humidity": "specific_humidity"}


def configuration(store: Path, output: Path, epochs: int = 4, **changes: Any) -> TrainConfig:
    trainer = TrainerConfig(
        epochs=epochs, batch_size=256, learning_rate=3e-3, schedule=ScheduleConfig("cosine", warmup=0.1), progress_bar=False
    )
    config = TrainConfig(
        store=str(store),
        output=str(output),
        model=ModelConfig(hidden=[32, 32], activation="silu", gate="variable"),
        features=[FeatureConfig("relative_humidity_over_liquid", STATE)],
        constraints=[ConstraintConfig("non_negative", {"variable": RAIN})],
        trainer=trainer,
    )
    return replace(config, **changes)


@pytest.fixture(scope="module")
def trained(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of four epochs."""
    output = tmp_path_factory.mktemp("trained")
    train(configuration(convection_store, output))
    return output


def weights(path: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(path).scheme.state_dict()


def test_training_learns_the_synthetic_convection(trained: Path) -> None:
    _, _, meta = load_checkpoint(trained / "best.ckpt")
    assert meta["scores"][f"validation_r2/{RAIN}"] > 0.5


def test_a_finished_run_writes_best_last_and_a_csv_log(trained: Path) -> None:
    assert (trained / "best.ckpt").is_file() and (trained / "last.ckpt").is_file()
    rows = list(csv.DictReader((trained / "log" / "version_0" / "metrics.csv").open()))
    assert len([row for row in rows if row["validation_loss"]]) == 4


def test_the_checkpoint_contains_its_metadata(trained: Path, convection: Contract, convection_store: Path) -> None:
    scheme, contract, meta = load_checkpoint(trained / "best.ckpt")
    assert contract == convection and not scheme.training
    assert meta["model"]["gate"] == "variable" and meta["store"]["source"] == "synthetic"
    stored = open_store(convection_store).statistics("inputs")
    assert load_checkpoint(trained / "best.ckpt").statistics("inputs").quantiles.tolist() == stored.quantiles.tolist()


def test_an_interrupted_and_resumed_run_equals_an_uninterrupted_one(trained: Path, convection_store: Path, tmp_path: Path) -> None:
    class PowerCut(Exception):
        pass

    from paramnet.training.callbacks.saving import LastCheckpoint

    saved, save = [], LastCheckpoint.on_train_epoch_end

    def cut_after_two(self: LastCheckpoint, trainer: Any, module: Any) -> None:
        save(self, trainer, module)
        saved.append(trainer.current_epoch)
        if len(saved) == 2:
            raise PowerCut

    with pytest.MonkeyPatch.context() as patch, pytest.raises(PowerCut):
        patch.setattr(LastCheckpoint, "on_train_epoch_end", cut_after_two)
        train(configuration(convection_store, tmp_path))
    assert load_checkpoint(tmp_path / "last.ckpt").meta["epoch"] == 1
    train(configuration(convection_store, tmp_path))
    for name, tensor in weights(trained / "last.ckpt").items():
        assert torch.equal(tensor, weights(tmp_path / "last.ckpt")[name]), name


def test_the_same_command_again_changes_nothing(trained: Path, convection_store: Path) -> None:
    before = weights(trained / "last.ckpt")
    train(configuration(convection_store, trained))
    assert all(torch.equal(tensor, before[name]) for name, tensor in weights(trained / "last.ckpt").items())


def test_float64_in_gives_float64_out(trained: Path, convection_columns: Any) -> None:
    scheme, _, _ = load_checkpoint(trained / "best.ckpt")
    assert scheme(torch.from_numpy(convection_columns).double()).dtype == torch.float64


def other_contract(contract: Contract) -> Contract:
    return replace(contract, constants={**contract.constants, "gravity": 9.81})


def test_a_checkpoint_of_another_contract_is_not_resumed(
    trained: Path, convection: Contract, make_store: Callable[[Contract], Path]
) -> None:
    store = make_store(other_contract(convection))
    with pytest.raises(ContractMismatch) as refused:
        train(configuration(store, trained))
    assert (refused.value.what, refused.value.got) == ("constants.gravity", "9.81")
    assert refused.value.expected == f"9.80665 as in checkpoint {trained / 'last.ckpt'}"


def test_a_store_with_another_contract_than_configured_is_refused(convection_store: Path, tmp_path: Path) -> None:
    with pytest.raises(ContractMismatch) as refused:
        train(configuration(convection_store, tmp_path, contract="climsim_v1"))
    assert "contract climsim_v1" in refused.value.expected


def test_a_missing_checkpoint_and_a_foreign_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as missing:
        load_checkpoint(tmp_path / "none.ckpt")
    assert (missing.value.what, missing.value.got) == (f"checkpoint {tmp_path / 'none.ckpt'}", "no such file")
    (tmp_path / "foreign.ckpt").write_text("not a checkpoint")
    with pytest.raises(ParamnetError) as error:
        load_checkpoint(tmp_path / "foreign.ckpt")
    assert error.value.expected == "a checkpoint of `paramnet train`" and "another format" in error.value.got
    torch.save({"state_dict": {}}, tmp_path / "plain.ckpt")
    with pytest.raises(ParamnetError) as plain:
        load_checkpoint(tmp_path / "plain.ckpt")
    assert (plain.value.what, plain.value.got) == (f"checkpoint {tmp_path / 'plain.ckpt'}", "a file without contract")


@pytest.mark.parametrize(
    ("change", "what"), [({"validate_on": "train"}, "validate_on"), ({"fit_on": []}, "fit_on"), ({"resume": ""}, "resume")]
)
def test_a_wrong_setting_is_named(tmp_path: Path, change: dict[str, Any], what: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        configuration(tmp_path, tmp_path, **change)
    assert (refused.value.what, refused.value.got) == (what, repr(change[what]))


@pytest.mark.parametrize(
    "key", ["input_noise", "gradient_clip", "weight_decay", "checkpoint_every_minutes", "data.block", "data.blocks_ahead"]
)
def test_a_negative_setting_of_the_trainer_is_named(key: str) -> None:
    group, name = (DataConfig, key.removeprefix("data.")) if key.startswith("data.") else (TrainerConfig, key)
    with pytest.raises(ParamnetError) as refused:
        group(**{name: -1})
    assert (refused.value.what, refused.value.got) == (f"trainer.{key}", "-1")
