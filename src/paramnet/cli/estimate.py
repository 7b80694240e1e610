"""How long an experiment will take: a day of each kind of run and a few batches of training, measured on this machine."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from omegaconf import DictConfig

from paramnet.cli.config import typed
from paramnet.cli.stages import STAGES
from paramnet.cli.staging import compose_command
from paramnet.contract import Contract
from paramnet.files import write_json
from paramnet.hosts.plasim.boundary import LATITUDES, LONGITUDES
from paramnet.scheme.networks import ModelConfig, build_network

COLUMNS = LATITUDES * LONGITUDES  # of the host's grid
STEPS_PER_DAY = 48
SAMPLES_PER_SECOND_READ = 40_000.0  # preprocessing on two cores, within a factor of two
BYTES_PER_SAMPLE_STEP = 4 * (10 * 10 + 11)  # a step of a column in an h1 file


@dataclass(frozen=True)
class Estimate:
    """Minutes by part, and gigabytes that stay on the disk."""

    minutes: dict[str, float]
    gigabytes: float

    @property
    def hours(self) -> float:
        """Of all parts."""
        return sum(self.minutes.values()) / 60.0


def estimate(config: DictConfig, host: tuple[str, ...], training: DictConfig, folder: Path) -> Estimate:
    """``host`` : what every coupled run shares, as overrides. training : the training's configuration. Kept in ``folder``, where a
    later call with the same plan reads it."""
    plan, epochs = config.pipeline, training.trainer.epochs
    kept = folder / "estimate.json"
    key = json.dumps([*host, plan.spin_up_days, plan.record_days, plan.linear, epochs])
    with suppress(OSError, ValueError, KeyError):  # missing or damaged: measured again
        if (before := json.loads(kept.read_text(encoding="utf-8")))["key"] == key:
            return Estimate(before["minutes"], before["gigabytes"])
    folder.mkdir(parents=True, exist_ok=True)
    crm_day, cheap_day = (_seconds_of_a_day(host, folder, mode) for mode in ("crm", "teacher"))
    expected = expect(plan, int(config.options.spcam_every), epochs, crm_day, cheap_day, training_rate(training))
    write_json(kept, {"key": key, **asdict(expected)})
    return expected


def expect(plan: DictConfig, every: int, epochs: int, crm_day: float, cheap_day: float, samples_per_second: float) -> Estimate:
    """What the plan takes. every : one step in so many is recorded, with the one before it. crm_day, cheap_day : seconds a day of
    the superparameterized model and of a cheap scheme takes. samples_per_second : of training."""
    kept_steps = min(1.0, 2.0 / every) if every > 1 else 1.0
    samples = plan.record_days * STEPS_PER_DAY * COLUMNS / every
    cheap_runs = 3 if plan.linear else 2
    minutes = {
        "spin-up": plan.spin_up_days * crm_day / 60.0,
        "recorded control": plan.record_days * crm_day / 60.0,
        "preprocessing": samples / SAMPLES_PER_SECOND_READ / 60.0,
        "training": 0.8 * samples * epochs / samples_per_second / 60.0,
        "second member": plan.record_days * crm_day / 60.0,
        "Kuo and networks": cheap_runs * plan.record_days * cheap_day / 60.0,
    }
    return Estimate(minutes, plan.record_days * STEPS_PER_DAY * kept_steps * COLUMNS * BYTES_PER_SAMPLE_STEP / 1e9)


def training_rate(config: DictConfig, batches: int = 10) -> float:
    """Samples a second of forward and backward passes through the network that ``config`` trains, without its features."""
    contract = Contract.from_yaml(config.contract)
    network = build_network(typed(config.model, ModelConfig), contract, contract.n_in)
    x = torch.zeros(config.trainer.batch_size, contract.n_in)
    network(x).sum().backward()
    start = time.monotonic()
    for _ in range(batches):
        network(x).square().mean().backward()
    return batches * len(x) / (time.monotonic() - start)


def _seconds_of_a_day(host: tuple[str, ...], folder: Path, mode: str) -> float:
    """Seconds of one day from rest, start of the model and files included; leaves nothing behind."""
    own = () if mode == "crm" else ("host=plasim_aquaplanet",)
    run = f"+runs.{mode}={{mode:{mode},seed:1}}"
    shutil.rmtree(folder / mode, ignore_errors=True)  # of a measurement that was interrupted
    start = time.monotonic()
    STAGES["online"](compose_command("online", (*host, *own, run, "days=1", f"output={folder}")))
    took = time.monotonic() - start
    shutil.rmtree(folder / mode)
    return took
