"""How long a pipeline will take: short runs of the host and a few batches of training, measured on this machine."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import torch
from omegaconf import DictConfig

from paramnet.cli.config import typed
from paramnet.cli.stages import STAGES
from paramnet.cli.staging import Stage, compose_command
from paramnet.contract import Contract
from paramnet.files import locked, write_json
from paramnet.scheme.networks import ModelConfig, build_network

SAMPLES_PER_SECOND_READ = 40_000.0  # preprocessing on two cores, within a factor of two
TRAINED_FRACTION = 0.8  # of the samples


def estimate(stages: list[Stage], measures: Mapping[str, tuple[str, ...]], folder: Path) -> dict[str, float]:
    """Minutes of each stage that has an estimate. measures : the overrides of a short run of each kind. The result is kept in ``folder``,
    where a later call with the same stages reads it."""
    kept = folder / "estimate.json"
    key = json.dumps([measures, [[stage.line, stage.samples, dict(stage.takes)] for stage in stages]])
    with suppress(OSError, ValueError, KeyError, TypeError):  # missing or damaged: measured again
        if (before := json.loads(kept.read_text(encoding="utf-8")))["key"] == key:
            return dict(before["minutes"])
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock", f"estimate below {folder.parent}"):
        seconds_per_day = {name: _seconds_per_day(overrides, folder / name) for name, overrides in measures.items()}
    minutes = {stage.name: minutes_of(stage, seconds_per_day) for stage in stages if stage.takes or stage.samples}
    write_json(kept, {"key": key, "minutes": minutes})
    return minutes


def minutes_of(stage: Stage, seconds_per_day: Mapping[str, float]) -> float:
    """Minutes of one stage: its days of each kind of run, and its samples read or trained on."""
    seconds = sum(days * seconds_per_day[kind] for kind, days in stage.takes.items())
    if stage.samples and stage.command == "train":
        training = compose_command(stage.command, stage.overrides)
        seconds += TRAINED_FRACTION * stage.samples * training.trainer.epochs / training_rate(training)
    elif stage.samples:
        seconds += stage.samples / SAMPLES_PER_SECOND_READ
    return seconds / 60.0


def training_rate(config: DictConfig, batches: int = 10) -> float:
    """Samples per second of forward and backward passes through the network that ``config`` trains, without its features."""
    contract, model = Contract.from_yaml(config.contract), typed(config.model, ModelConfig)
    noise = model.random_numbers(contract)
    network = build_network(model, contract, contract.n_in + noise, [1] * noise)
    x = torch.zeros(config.trainer.batch_size, contract.n_in + model.memory_numbers + noise)
    network(x).sum().backward()
    start = time.monotonic()
    for _ in range(batches):
        network(x).square().mean().backward()
    passes = config.loss.draws if noise else 1
    return batches * len(x) / (time.monotonic() - start) / passes


def _seconds_per_day(overrides: tuple[str, ...], folder: Path) -> float:
    """Seconds per simulated day of a short run, start of the model and files included; leaves nothing behind."""
    shutil.rmtree(folder, ignore_errors=True)  # of a measurement that was interrupted
    config = compose_command("online", (*overrides, f"output={folder}"))
    start = time.monotonic()
    STAGES["online"](config)
    took = time.monotonic() - start
    shutil.rmtree(folder)
    return took / float(config.days)
