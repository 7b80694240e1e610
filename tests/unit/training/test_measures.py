"""Measures that a run logs every epoch."""

import csv
import logging
import re
from pathlib import Path

import pytest
from small_runs import configuration

from paramnet.contract import ParamnetError
from paramnet.training import train
from paramnet.training.module import SchemeTraining


def test_learning_rate_speed_and_every_setting_are_logged(convection_store: Path, tmp_path: Path) -> None:
    train(configuration(convection_store, tmp_path))
    folder = tmp_path / "log" / "version_0"
    rows = list(csv.DictReader((folder / "metrics.csv").open()))
    rates = [float(row["learning_rate"]) for row in rows if row["learning_rate"]]
    assert rates == [3e-3, 3e-3] and all(float(row["samples_per_second"]) > 0 for row in rows if row["samples_per_second"])
    settings = (folder / "hparams.yaml").read_text()
    assert "trainer.learning_rate: 0.003" in settings and "model.hidden:" in settings and "seed: 1" in settings


def test_a_threefold_jump_of_the_validation_loss_is_reported_also_after_resuming(
    convection_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    losses = iter([1.0, 2.9, 3.1])
    monkeypatch.setattr(SchemeTraining, "validation_scores", lambda *_: {"validation_loss": next(losses)})
    train(configuration(convection_store, tmp_path))
    assert "WARNING" not in caplog.text
    with caplog.at_level(logging.WARNING):
        train(configuration(convection_store, tmp_path, {"epochs": 3}))
    assert "validation loss 3.1 after epoch 3, the lowest was 1" in caplog.text and "trainer.learning_rate" in caplog.text


def test_a_loss_that_is_not_finite_ends_the_run_before_its_epoch_is_saved(
    convection_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([1.0, float("nan")])
    monkeypatch.setattr(SchemeTraining, "validation_scores", lambda *_: {"validation_loss": next(losses)})
    before = tmp_path / "last.ckpt"
    with pytest.raises(ParamnetError) as error:
        train(configuration(convection_store, tmp_path))
    assert error.value.what == "validation_loss of epoch 2" and error.value.got == "nan"
    import torch

    assert torch.load(before, weights_only=True)["epoch"] == 0


def test_a_log_tells_batches_rate_epoch_and_losses_also_of_a_resumed_run(
    convection_store: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        train(configuration(convection_store, tmp_path, {"progress_bar": True}))
        train(configuration(convection_store, tmp_path, {"progress_bar": True, "epochs": 3}))
    told = [record.getMessage() for record in caplog.records if record.getMessage().startswith("train: ")]
    assert [line.partition(" batches, ")[0] for line in told] == ["train: 22 of 22", "train: 33 of 33"]
    assert all(re.search(r" batches/\w+, took 0:00:\d\d, epoch \d/\d, train_loss [\d.]+, validation_loss [\d.]+$", line) for line in told)
