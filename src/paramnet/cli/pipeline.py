"""``paramnet run pipeline=NAME``: commands of paramnet in order, as a file of ``conf/pipeline`` lists them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from paramnet.bridge.paths import require_source
from paramnet.cli.config import run_with_hydra, typed
from paramnet.cli.estimate import estimate
from paramnet.cli.stages import STAGES
from paramnet.cli.staging import Stage, compose_command, console, run_stages
from paramnet.cli.summary import write_summary
from paramnet.climate.climate import require_window
from paramnet.contract import ParamnetError
from paramnet.files import require_writable_folder
from paramnet.preprocessing import PreprocessConfig
from paramnet.preprocessing.splits.assignment import deal
from paramnet.preprocessing.splits.rules import SplitConfig

_NAME = re.compile(r"[\w-]+")
OF_HOST = ("host", "online")  # commands that need the host's sources


@dataclass
class StageConfig:
    """A stage as YAML has it.

    about : one sentence for the terminal. command, overrides : what is run; an override may be a list of overrides, or a table that is
    written with dotted keys. inputs, outputs : see ``Stage``. days : of the data it splits. samples : that it reads. takes : days of
    each kind of run in ``measures``.
    """

    about: str
    command: str
    overrides: list[Any] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    days: float = 0.0
    samples: float = 0.0
    takes: dict[str, float] = field(default_factory=dict)


def _plain(table: DictConfig) -> dict[str, Any]:
    values: Any = OmegaConf.to_container(table, resolve=True)
    return dict(values)


def overrides_of(items: Any) -> Iterator[str]:
    """Overrides as they are typed, from texts, lists of them, and tables: ``{options: {threads: 2}}`` is ``options.threads=2``."""
    for item in items:
        if isinstance(item, list):
            yield from overrides_of(item)
        elif isinstance(item, dict):
            yield from _assignments(item, "")
        else:
            yield str(item)


def _assignments(table: dict[str, Any], prefix: str) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _assignments(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}={'null' if value is None else str(value).lower() if isinstance(value, bool) else value}"


def stages_of(config: DictConfig) -> list[Stage]:
    """The stages of a pipeline, in order. Raises ParamnetError for a stage or a command that cannot be run."""
    if not config.stages:
        raise ParamnetError("stages", expected="at least one stage", got="none", remedy="choose pipeline=demo, or your own")
    for group in ("stages", "measures"):
        if wrong := [name for name in config[group] if not _NAME.fullmatch(str(name))]:  # they name files and folders
            raise ParamnetError(group, expected="names of letters, digits, '_' and '-'", got=", ".join(map(repr, wrong)))
    stages = []
    for name, entry in _plain(config.stages).items():
        stage = typed(OmegaConf.create(entry), StageConfig, f"stages.{name}")
        if stage.command not in STAGES:
            raise ParamnetError(f"stages.{name}.command", expected=f"one of {', '.join(STAGES)}", got=repr(stage.command))
        if unmeasured := sorted(set(stage.takes) - set(config.measures)):
            expected = f"kinds of run among {', '.join(config.measures) or 'none, as measures is empty'}"
            raise ParamnetError(f"stages.{name}.takes", expected=expected, got=", ".join(unmeasured))
        inputs, outputs = (tuple(Path(path) for path in given) for given in (stage.inputs, stage.outputs))
        overrides = tuple(overrides_of(stage.overrides))
        stages.append(Stage(name, stage.about, stage.command, overrides, inputs, outputs, stage.days, stage.samples, stage.takes))
    return stages


def require_composable(stages: list[Stage]) -> None:
    """Before hours are spent: every command composes, every comparison has its days, and every split has data."""
    for stage in stages:
        config = compose_command(stage.command, stage.overrides)
        if stage.command == "online" and config.compare.control:
            require_window(config.compare.first_day, config.days, f"stages.{stage.name}: first_day, days")
        if stage.command == "preprocess" and stage.days:
            _require_splits(stage, typed(config, PreprocessConfig).splits)


def _require_splits(stage: Stage, splits: SplitConfig) -> None:
    if {rule.kind for rule in splits.rules.values()} != {"fraction"}:
        return
    blocks = math.ceil(stage.days / splits.block_days)
    if missing := sorted(set(splits.rules) - set(deal(blocks, splits.rules))):
        raise ParamnetError(
            f"stages.{stage.name}.days",
            expected=f"days for every split, also {' and '.join(missing)}",
            got=f"{stage.days:g} days, which are {blocks} blocks of {splits.block_days:g}",
            remedy='record more days or shorten the blocks (preprocess=["splits.block_days=…"])',
        )


def run_pipeline(config: DictConfig) -> Path:
    """Check all stages, estimate their time, run what is missing and write ``summary.json``; returns its path."""
    stages = stages_of(config)
    if {stage.command for stage in stages} & {*OF_HOST}:
        require_source("run")
    require_composable(stages)
    out = require_writable_folder(Path(str(config.output)), "output")
    expected: dict[str, float] = {}
    if config.timing and config.measures:
        run_stages([stage for stage in stages if stage.command == "host"][:1], out / "stages")
        measures = {str(name): tuple(overrides_of(given)) for name, given in _plain(config.measures).items()}
        expected = estimate(stages, measures, out / "timing")
        _print(expected, config.gigabytes)
    seconds = run_stages(stages, out / "stages", expected)
    return write_summary(out, dict(config.summary), seconds, console)


def _print(minutes: dict[str, float], gigabytes: float | None) -> None:
    console.print(f"[bold]expected on this machine as it is now:[/bold] {sum(minutes.values()) / 60:.1f} hours", highlight=False)
    for name, value in minutes.items():
        console.print(f"  {name:<28}{value:8.0f} min", highlight=False)
    if gigabytes is not None:
        console.print(f"  disk                        {gigabytes:8.1f} GB", highlight=False)


def main(name: str) -> None:
    """Run the pipeline that the command line chooses."""

    def task(config: DictConfig) -> None:
        run_pipeline(config)

    run_with_hydra(name, task)
