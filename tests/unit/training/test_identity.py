"""One output folder holds one run: settings that may change when it is resumed, and those that may not."""

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import configuration, same_bits

from paramnet.contract import Contract, ParamnetError
from paramnet.files import locked
from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.training import LossConfig, ScheduleConfig, TrainerConfig, train
from paramnet.training.identity import changes

Change = Callable[[Any], Any]


@pytest.fixture(scope="module")
def finished(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two epochs."""
    output = tmp_path_factory.mktemp("finished") / "run"
    train(configuration(convection_store, output))
    return output


@pytest.fixture
def used(finished: Path, tmp_path: Path) -> Path:
    """A copy of the folder of that run."""
    return Path(shutil.copytree(finished, tmp_path / "run"))


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.suffix != ".lock"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 7}, "seed: 1 → 7"),
        ({"loss": LossConfig("mae")}, 'loss.kind: "mse" → "mae"'),
        ({"model": ModelConfig(hidden=[32], activation="silu")}, "model.hidden: [16] → [32]"),
        ({"fit_on": ["train", "validation"], "validate_on": "test"}, "validate_on"),
        (
            {"trainer": TrainerConfig(batch_size=512, learning_rate=1e-5, schedule=ScheduleConfig("step"))},
            "trainer.learning_rate: 0.003 → 1e-05",
        ),
    ],
)
def test_other_settings_are_refused_by_name_and_the_folder_is_unchanged(
    used: Path, convection_store: Path, change: dict[str, Any], named: str
) -> None:
    before = files(used)
    with pytest.raises(ParamnetError) as error:
        train(replace(configuration(convection_store, used), **change))
    assert named in error.value.got and error.value.what == f"output {used}"
    assert "overwrite=true" in error.value.remedy
    assert files(used) == before


def test_another_store_is_refused(used: Path, convection: Contract, make_store: Callable[[Contract], Path]) -> None:
    with pytest.raises(ParamnetError) as error:
        train(configuration(make_store(convection), used))
    assert "store.content" in error.value.got


def test_settings_without_effect_on_the_result_may_change_and_more_epochs_resume(
    used: Path, convection_store: Path, tmp_path: Path
) -> None:
    moved = Path(shutil.copytree(convection_store, tmp_path / "moved"))
    train(configuration(moved, used, {"epochs": 3, "threads": 2, "checkpoint_every_minutes": 60.0}))
    assert load_checkpoint(used / "last.ckpt").meta["epoch"] == 2
    train(configuration(convection_store, tmp_path / "at_once", {"epochs": 3}))
    assert same_bits(used / "last.ckpt", tmp_path / "at_once" / "last.ckpt")


def test_a_finished_run_is_reported_and_not_started_again(used: Path, convection_store: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = files(used)
    with caplog.at_level(logging.INFO):
        result = train(configuration(convection_store, used))
    assert "already complete: 2 of 2 epochs" in caplog.text
    assert files(used) == before and len(list((used / "log").iterdir())) == 1
    assert result.best_checkpoint == used / "best.ckpt" and result.scores


@pytest.mark.parametrize("epochs", [2, 3])
@pytest.mark.parametrize("name", ["best.ckpt", "last.ckpt"])
def test_a_checkpoint_of_another_run_put_into_the_folder_is_refused(
    name: str, epochs: int, used: Path, convection_store: Path, tmp_path: Path
) -> None:
    train(configuration(convection_store, tmp_path / "other", {"epochs": 1}, seed=7))
    shutil.copy(tmp_path / "other" / "last.ckpt", used / name)
    if epochs == 3 and name == "best.ckpt":
        (used / "last.ckpt").unlink()
    if (epochs, name) == (2, "last.ckpt"):  # the finished run's result is intact
        assert train(configuration(convection_store, used)).best_checkpoint == used / "best.ckpt"
        return
    before = files(used)
    with pytest.raises(ParamnetError) as error:
        train(configuration(convection_store, used, {"epochs": epochs}))
    assert (error.value.what, error.value.got) == (f"checkpoint {used / name}", "others (seed: 7 → 1)")
    assert files(used) == before


def test_a_finished_run_whose_best_checkpoint_is_damaged_is_not_called_complete(used: Path, convection_store: Path) -> None:
    (used / "best.ckpt").write_bytes(b"")
    with pytest.raises(ParamnetError) as error:
        train(configuration(convection_store, used))
    assert error.value.what == f"output {used}" and error.value.got.startswith("best.ckpt damaged")
    assert "resume=never" in error.value.remedy


def test_a_resumed_run_logs_the_checkpoint_and_step(used: Path, convection_store: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        train(configuration(convection_store, used, {"epochs": 3}))
    assert f"resuming from {used / 'last.ckpt'}: 2 of 3 epochs done, step 22" in caplog.text


@pytest.mark.parametrize("how", [{"overwrite": True}, {"resume": "never"}])
def test_a_run_can_be_replaced_on_request(used: Path, convection_store: Path, tmp_path: Path, how: dict[str, Any]) -> None:
    train(replace(configuration(convection_store, used, seed=7), **how))
    train(configuration(convection_store, tmp_path / "fresh", seed=7))
    assert same_bits(used / "best.ckpt", tmp_path / "fresh" / "best.ckpt")
    assert json.loads((used / "identity.json").read_text())["seed"] == 7


def test_overwrite_does_not_start_the_same_run_again(used: Path, convection_store: Path) -> None:
    before = files(used)
    train(configuration(convection_store, used, overwrite=True))
    assert files(used) == before


def test_a_run_without_checkpoints_does_not_claim_its_folder(used: Path, convection_store: Path) -> None:
    for name in ("best.ckpt", "last.ckpt", "train.json"):
        (used / name).unlink()
    train(configuration(convection_store, used, seed=7))
    assert load_checkpoint(used / "best.ckpt").meta["training"]["seed"] == 7


def test_a_second_process_is_refused_with_the_name_of_the_first(used: Path, convection_store: Path) -> None:
    with locked(used / "train.lock", "the test"), pytest.raises(ParamnetError) as error:
        train(configuration(convection_store, used))
    assert error.value.got.startswith("process ")


def test_only_a_checkpoint_of_this_run_is_resumed_by_name(finished: Path, convection_store: Path, tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as error:
        train(configuration(convection_store, tmp_path / "a", {"learning_rate": 1e-5}, resume=str(finished / "last.ckpt")))
    assert "trainer.learning_rate" in error.value.got
    train(configuration(convection_store, tmp_path / "b", {"epochs": 3}, resume=str(finished / "last.ckpt")))
    assert load_checkpoint(tmp_path / "b" / "best.ckpt").meta["epoch"] == 2


def test_a_folder_of_an_older_version_is_identified_by_its_checkpoint(used: Path, convection_store: Path) -> None:
    (used / "identity.json").unlink()
    for path in used.glob("*.ckpt"):
        raw = torch.load(path, weights_only=True)
        for key in ("content", "statistics", "days", "time_units", "calendar"):
            raw["paramnet"]["store"].pop(key)
        raw["paramnet"].pop("base")
        torch.save(raw, path)
    with pytest.raises(ParamnetError) as error:
        train(configuration(convection_store, used, seed=7))
    assert error.value.got == "others (seed: 1 → 7)"
    train(configuration(convection_store, used, {"epochs": 3}))


def test_a_setting_unknown_to_an_older_version_has_its_default(used: Path, convection_store: Path) -> None:
    identity = json.loads((used / "identity.json").read_text())
    del identity["loss"]["bias_rate"], identity["trainer"]["restoring"]["days"]
    (used / "identity.json").write_text(json.dumps(identity))
    kept = {name: (used / name).read_bytes() for name in ("best.ckpt", "last.ckpt")}
    train(configuration(convection_store, used))
    assert kept == {name: (used / name).read_bytes() for name in kept}


def test_a_run_from_before_a_floor_is_not_continued_with_one(used: Path, convection_store: Path) -> None:
    identity = json.loads((used / "identity.json").read_text())
    del identity["inputs"]["floor_of_features"]
    (used / "identity.json").write_text(json.dumps(identity))
    with pytest.raises(ParamnetError) as error:
        train(configuration(convection_store, used, {"epochs": 3}))
    assert error.value.got == "others (inputs.floor_of_features: 0.0 → 1.0)"


def test_a_run_that_was_stopped_early_is_complete(convection_store: Path, tmp_path: Path) -> None:
    config = configuration(convection_store, tmp_path, {"epochs": 6, "early_stopping": 1, "learning_rate": 1e-12})
    with pytest.MonkeyPatch.context() as patch:
        from paramnet.training.module import SchemeTraining

        losses = iter([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        patch.setattr(SchemeTraining, "validation_scores", lambda *_: {"validation_loss": next(losses)})
        train(config)
    before = files(tmp_path)
    assert json.loads(before["train.json"])["epochs"] == 2
    train(config)
    assert files(tmp_path) == before


def test_the_linear_network_of_other_data_is_fitted_again(convection: Contract, convection_store: Path, tmp_path: Path) -> None:
    model = ModelConfig(kind="linear")
    train(configuration(convection_store, tmp_path, model=model))
    best = (tmp_path / "best.ckpt").read_bytes()
    train(configuration(convection_store, tmp_path, model=model))
    assert (tmp_path / "best.ckpt").read_bytes() == best
    with pytest.raises(ParamnetError) as error:
        train(configuration(convection_store, tmp_path, model=replace(model, ridge=0.5)))
    assert "model.ridge" in error.value.got


def test_a_run_of_a_renamed_feature_is_the_same_run() -> None:
    then, now = (
        {"store": {}, "features": [{"kind": kind}], "inputs": {"hidden_above": {kind: 1e4}}}
        for kind in ("relative_humidity", "relative_humidity_over_liquid")
    )
    assert changes(then, now) == {}
    assert list(changes({**then, "features": []}, now)) == ["features"]
