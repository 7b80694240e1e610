"""Runs with several processes: the same result, and errors before they start."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from paramnet.contract import ParamnetError
from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.training import TrainConfig, TrainerConfig, train
from paramnet.training.processes import accelerator_of, quiet_unless_first


def configuration(store: Path, output: Path, **trainer: Any) -> TrainConfig:
    settings = TrainerConfig(**{"epochs": 2, "batch_size": 500, "learning_rate": 1e-3, "progress_bar": False, "threads": 1} | trainer)
    return TrainConfig(str(store), str(output), model=ModelConfig(hidden=[16], activation="silu"), trainer=settings)


@pytest.mark.slow
def test_two_processes_give_the_result_of_one_to_rounding_and_only_the_first_reports_progress(
    convection_store: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    one = train(configuration(convection_store, tmp_path / "one"))
    with caplog.at_level(logging.INFO, "paramnet"):
        two = train(configuration(convection_store, tmp_path / "two", devices=2, progress_bar=True))
    assert capfd.readouterr().out.count("train: 24 of 24 batches") == 1
    weights = [load_checkpoint(result.last_checkpoint).scheme.state_dict() for result in (one, two)]
    for name, tensor in weights[0].items():
        torch.testing.assert_close(weights[1][name], tensor, rtol=1e-4, atol=2e-6, msg=lambda text, name=name: f"{name}: {text}")
    assert one.scores.keys() == two.scores.keys()
    for name, score in one.scores.items():
        assert two.scores[name] == pytest.approx(score, rel=1e-4, abs=1e-5), name


def test_a_batch_that_does_not_divide_is_refused_before_anything_starts(convection_store: Path, tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        train(configuration(convection_store, tmp_path, devices=3))
    assert "trainer.batch_size" in str(refused.value) and "500" in str(refused.value)


def test_several_machines_need_a_launcher(convection_store: Path, tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        train(configuration(convection_store, tmp_path, nodes=2))
    assert refused.value.what == "trainer.nodes=2" and "launcher" in refused.value.expected and "srun" in refused.value.remedy


def test_the_linear_network_is_fitted_by_one_process(convection_store: Path, tmp_path: Path) -> None:
    config = replace(configuration(convection_store, tmp_path, devices=2), model=ModelConfig(kind="linear"))
    with pytest.raises(ParamnetError) as refused:
        train(config)
    assert (refused.value.what, refused.value.expected, refused.value.got) == ("model=linear", "one process", "2")


@pytest.mark.parametrize(("rank", "levels"), [("0", ["WARNING", "ERROR"]), ("1", ["ERROR"])])
def test_other_processes_than_the_first_log_only_errors(
    rank: str, levels: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LOCAL_RANK", rank)
    logger = logging.getLogger("paramnet")
    monkeypatch.setattr(logger, "level", logging.NOTSET)
    quiet_unless_first()
    log = logging.getLogger("paramnet.somewhere")
    log.warning("twice")
    log.error("of one process")
    logger.setLevel(logging.NOTSET)
    assert [record.levelname for record in caplog.records] == levels


@pytest.mark.parametrize(("asked", "found", "expected"), [("auto", 0, "cpu"), ("auto", 2, "gpu"), ("gpu", 1, "gpu"), ("cpu", 2, "cpu")])
def test_auto_selects_a_gpu_if_there_is_one(asked: str, found: int, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: found > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: found)
    assert accelerator_of(TrainerConfig(accelerator=asked)) == expected
    assert TrainerConfig().accelerator == "auto"


@pytest.mark.parametrize(("found", "devices", "got"), [(0, 1, "none that torch"), (1, 4, "1 that torch")])
def test_missing_gpus_are_reported_before_anything_starts(
    found: int, devices: int, got: str, convection_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: found > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: found)
    with pytest.raises(ParamnetError) as error:
        train(configuration(convection_store, tmp_path / "run", accelerator="gpu", devices=devices))
    assert error.value.what == f"trainer.accelerator=gpu, trainer.devices={devices}" and error.value.got.startswith(got)
    assert not (tmp_path / "run").exists()


@pytest.mark.long
def test_two_processes_claim_their_folder_once_and_their_error_keeps_its_fields(convection_store: Path, tmp_path: Path) -> None:
    config = configuration(convection_store, tmp_path, devices=2, epochs=1)
    train(config)
    train(config)
    assert len(list((tmp_path / "log").iterdir())) == 1
    with pytest.raises(ParamnetError) as error:
        train(replace(config, seed=7))
    assert "seed: 1 → 7" in error.value.got
    (tmp_path / "last.ckpt").write_bytes(b"")
    (tmp_path / "best.ckpt").write_bytes(b"")
    (tmp_path / "train.json").unlink()
    with pytest.raises(ParamnetError) as error:
        train(config)
    assert (error.value.what, error.value.got) == (f"output {tmp_path}", "last.ckpt and best.ckpt damaged")
    assert "resume=never" in error.value.remedy
