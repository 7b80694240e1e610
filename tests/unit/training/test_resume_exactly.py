"""A run interrupted anywhere and resumed equals an uninterrupted one."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.training import AverageConfig, DataConfig, LossConfig, ScheduleConfig, TrainConfig, TrainerConfig, train
from paramnet.training.callbacks.average import TRAINING_WEIGHTS
from paramnet.training.callbacks.interruption import Interruption, TrainingInterrupted


def configuration(store: Path, output: Path, **trainer: Any) -> TrainConfig:
    loss = trainer.pop("loss", LossConfig())
    settings = {"epochs": 3, "batch_size": 512, "learning_rate": 3e-3, "progress_bar": False, "threads": 1, "input_noise": 0.05} | trainer
    model = ModelConfig(hidden=[16], activation="silu")
    return TrainConfig(str(store), str(output), model=model, loss=loss, trainer=TrainerConfig(**settings))


def cut_after(step: int, number: int = signal.SIGUSR1) -> Callable[[], Any]:
    """Send this process a signal in that step."""
    patch = pytest.MonkeyPatch()
    original = Interruption.on_train_batch_end

    def with_signal(self: Interruption, trainer: Any, module: Any, *arguments: Any) -> None:
        if trainer.global_step == step:
            os.kill(os.getpid(), number)
        original(self, trainer, module, *arguments)

    patch.setattr(Interruption, "on_train_batch_end", with_signal)
    return patch.undo


def everything(path: Path) -> dict[str, Any]:
    """The parts of a checkpoint that training resumes from."""
    raw = torch.load(path, weights_only=True)
    return {key: raw.get(key) for key in ("state_dict", "optimizer_states", "lr_schedulers", TRAINING_WEIGHTS)} | {
        "scores": raw["paramnet"]["scores"]
    }


def assert_same(left: Any, right: Any, where: str) -> None:
    assert type(left) is type(right), where
    if isinstance(left, torch.Tensor):
        assert torch.equal(left, right), where
    elif isinstance(left, dict):
        assert left.keys() == right.keys(), where
        for key in left:
            assert_same(left[key], right[key], f"{where}.{key}")
    elif isinstance(left, list):
        assert len(left) == len(right), where
        for number, pair in enumerate(zip(left, right, strict=True)):
            assert_same(*pair, f"{where}[{number}]")
    else:
        assert left == right, where


VARIANTS: dict[str, dict[str, Any]] = {
    "step": {"schedule": ScheduleConfig("step", every_epochs=1)},
    "plateau": {"schedule": ScheduleConfig("plateau", factor=0.5, patience=0)},
    "ema": {"average": AverageConfig("ema", decay=0.9), "gradient_clip": 0.5},
    "swa": {"average": AverageConfig("swa", start=0.3)},
    "unbiased": {"loss": LossConfig(kind="mae", bias_rate=0.02)},
    "streamed": {"data": DataConfig("stream", block=1536)},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_run_interrupted_within_an_epoch_and_resumed_is_the_same_bit_for_bit(
    variant: str, convection_store: Path, tmp_path: Path
) -> None:
    whole, cut = (configuration(convection_store, tmp_path / name, **VARIANTS[variant]) for name in ("whole", "cut"))
    train(whole)
    undo = cut_after(16)  # of 11 (streamed: 12) an epoch
    with pytest.raises(TrainingInterrupted) as interrupted:
        train(cut)
    undo()
    assert interrupted.value.what == f"SIGUSR1 after step 16: saved {tmp_path / 'cut' / 'last.ckpt'}" and interrupted.value.remedy
    assert not (tmp_path / "cut" / "train.json").exists()
    train(cut)
    for name in ("best.ckpt", "last.ckpt"):
        assert_same(everything(tmp_path / "whole" / name), everything(tmp_path / "cut" / name), name)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_last_step_of_an_epoch_waits_for_its_end(number: int, convection_store: Path, tmp_path: Path) -> None:
    whole, cut = (configuration(convection_store, tmp_path / name) for name in ("whole", "cut"))
    train(whole)
    undo = cut_after(11, number)
    with pytest.raises(TrainingInterrupted) as interrupted:
        train(cut)
    undo()
    assert interrupted.value.what.startswith(f"{signal.Signals(number).name} after step 11")
    assert load_checkpoint(tmp_path / "cut" / "last.ckpt").meta["epoch"] == 0
    train(cut)
    assert_same(everything(tmp_path / "whole" / "last.ckpt"), everything(tmp_path / "cut" / "last.ckpt"), "last.ckpt")


def test_a_checkpoint_is_written_within_an_epoch_when_it_is_due(convection_store: Path, tmp_path: Path) -> None:
    saved = []
    with pytest.MonkeyPatch.context() as patch:
        save = torch.save
        patch.setattr(torch, "save", lambda what, *rest, **named: (saved.append(what.get("global_step")), save(what, *rest, **named)))
        train(configuration(convection_store, tmp_path, epochs=1, checkpoint_every_minutes=1e-9))
    assert [step for step in saved if step] == [*range(1, 11), 11, 11]  # every step; at the end best and last


def test_the_average_is_saved_together_with_the_fitted_weights(convection_store: Path, tmp_path: Path) -> None:
    train(configuration(convection_store, tmp_path, epochs=1, average=AverageConfig("swa"), input_noise=0.0))
    raw = torch.load(tmp_path / "last.ckpt", weights_only=True)
    name = "scheme.network.head.weight"
    assert not torch.equal(raw["state_dict"][name], raw[TRAINING_WEIGHTS][name])
    scheme = load_checkpoint(tmp_path / "last.ckpt").scheme
    assert torch.equal(scheme.state_dict()["network.head.weight"], raw["state_dict"][name])
    assert raw["paramnet"]["training"]["weights"] == "equal average over the steps, begun after 75% of the run"


def test_a_run_stopped_before_its_linear_network_is_fitted_fits_the_same_bits(convection_store: Path, tmp_path: Path) -> None:
    """It is fitted with the configured number of threads, not with that of the resuming process."""
    config = configuration(convection_store, tmp_path / "run", epochs=1)
    train(config)
    linear = tmp_path / "run" / "linear" / "best.ckpt"
    before = torch.load(linear, weights_only=True)["state_dict"]
    linear.unlink()
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        train(config)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(threads)
    assert_same(torch.load(linear, weights_only=True)["state_dict"], before, "linear")
