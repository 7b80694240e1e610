"""``paramnet demo``: the commands of the road one after the other, each timed, none repeated that is done."""

from __future__ import annotations

import hashlib
import json
import shlex
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import compose
from hydra.core.global_hydra import GlobalHydra
from hydra.initialize import initialize_config_module
from omegaconf import DictConfig
from rich.console import Console

from paramnet.cli.config import run_with_hydra
from paramnet.cli.stages import STAGES
from paramnet.cli.summary import write_summary

# Piped into a file, a console is 80 columns wide, which cuts the tables' words.
console = Console(width=None if sys.stdout.isatty() else 130)


@dataclass(frozen=True)
class Stage:
    """One step of the demo: a command of the command line with its overrides, and why it is there."""

    name: str
    explanation: str
    command: str
    overrides: tuple[str, ...]

    @property
    def line(self) -> str:
        """What a user would type."""
        return shlex.join(["paramnet", self.command, *self.overrides])


def demo_stages(config: DictConfig) -> list[Stage]:
    """The stages in order; everything they leave is below ``config.output``."""
    out = Path(config.output)
    store, learned = out / "store", out / "train"

    def stage(name: str, explanation: str, command: str, *overrides: str) -> Stage:
        return Stage(name, explanation, command, overrides)

    return [
        stage("host", "Fetch PlaSim, a published Fortran climate model, and compile it with our adapter", "host"),
        stage(
            "record",
            f"Run it {config.record_days} days with its own convection scheme, the teacher, and record what goes in and out",
            "online", "mode=record", f"days={config.record_days}", "seed=11", f"output={out}", f"chunk_days={config.record_days}",
        ),
        stage(
            "preprocess", "Shuffle the records into a training store: contract, statistics, splits",
            "preprocess", "source=plasim", f"input={out}/record", f"store={store}", *config.preprocess,
        ),
        stage(
            "train", "Train the network, and the linear one that every other is judged against",
            "train", "experiment=plasim_demo", f"store={store}", f"output={learned}", *config.train,
        ),
        stage(
            "evaluate", "Judge it offline, on days it has not seen",
            "evaluate", f"checkpoint={learned}/best.ckpt", f"store={store}", f"output={out}/evaluation",
        ),
        stage(
            "export", "Write scheme.pt: normalization, network, constraints and contract in one file",
            "export", f"checkpoint={learned}/best.ckpt", f"store={store}", f"skill={out}/evaluation/skill.json",
            f"output={out}/scheme.pt",
        ),
        stage(
            "export_linear", "The same for the linear network",
            "export", f"checkpoint={learned}/linear/best.ckpt", f"store={store}", f"output={out}/linear.pt",
        ),
        stage(
            "online", f"Run the climate model {config.days} days with each scheme in turn and compare its climates",
            "online", "experiment=plasim_climate", f"days={config.days}", f"chunk_days={config.chunk_days}",
            f"parallel={config.parallel}", f"compare.first_day={config.first_day}", f"output={out}/online",
            f"scheme={out}/scheme.pt", f"linear_scheme={out}/linear.pt", f"compare.skill={out}/evaluation/skill.json",
        ),
    ]  # fmt: skip


def run_demo(config: DictConfig) -> Path:
    """Run what is missing of the demo and write ``summary.json``; returns its path."""
    out = Path(config.output)
    out.mkdir(parents=True, exist_ok=True)
    stages = demo_stages(config)
    seconds: dict[str, float] = {}
    chain = ""
    for number, stage in enumerate(stages, start=1):
        chain = hashlib.sha256(f"{chain}{stage.line}".encode()).hexdigest()
        console.rule(f"[bold]{number}/{len(stages)}  {stage.name}", align="left")
        console.print(f"{stage.explanation}.\n[dim]$ {stage.line}[/dim]", highlight=False, soft_wrap=True)
        seconds[stage.name] = _run_once(stage, chain, out / "stages")
    return write_summary(out, seconds, console)


def _run_once(stage: Stage, chain: str, folder: Path) -> float:
    """Seconds the stage took, now or when it was done before; done means with this command, after these stages."""
    marker = folder / f"{stage.name}.json"
    if marker.is_file():
        before: dict[str, Any] = json.loads(marker.read_text())
        if before["chain"] == chain:
            console.print(f"done before in {before['seconds']:.0f} s, reused")
            return float(before["seconds"])
    start = time.monotonic()
    STAGES[stage.command](_compose("online" if stage.command == "host" else stage.command, stage.overrides))
    took = time.monotonic() - start
    folder.mkdir(exist_ok=True)
    aside = marker.with_suffix(".part")
    aside.write_text(json.dumps({"chain": chain, "seconds": took, "line": stage.line}))
    aside.rename(marker)
    console.print(f"{took:.0f} s")
    return took


def _compose(name: str, overrides: tuple[str, ...]) -> DictConfig:
    GlobalHydra.instance().clear()  # Hydra knows one composition at a time; the demo's own is done
    with initialize_config_module("paramnet.conf", version_base="1.3"):
        return compose(name, overrides=list(overrides))


def main(name: str) -> None:
    """Run the demo with the configuration of its name."""

    def task(config: DictConfig) -> None:
        run_demo(config)

    run_with_hydra(name, task)
