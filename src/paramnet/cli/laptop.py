"""``paramnet online experiment=rasp2018_laptop``: a superparameterized model, the network trained on it, the network in its place."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from paramnet.cli.config import typed
from paramnet.cli.estimate import Estimate, estimate
from paramnet.cli.staging import Stage, compose_command, console, run_stages
from paramnet.cli.summary import write_summary
from paramnet.climate.climate import require_window
from paramnet.contract import ParamnetError
from paramnet.preprocessing import PreprocessConfig
from paramnet.preprocessing.splits.assignment import deal
from paramnet.preprocessing.splits.rules import SplitConfig

KNOWN = ("spin_up_days", "record_days", "first_day", "linear", "timing", "preprocess", "train", "compare")
CONTRACT = "rasp2018_plasim"  # and the experiment of this name


def laptop_stages(config: DictConfig) -> list[Stage]:
    """The stages in order, the host's build first; everything they leave is below ``config.output``."""
    plan = config.pipeline
    out = Path(config.output)
    spin_up, runs, store, schemes = out / "spin_up", out / "online", out / "store", (out / "scheme.pt", out / "linear.pt")
    host = _host_overrides(config)
    coupled = (*host, f"start={spin_up}", f"days={plan.record_days}", f"output={runs}")
    learned, linear = out / "train" / "best.ckpt", out / "train" / "linear" / "best.ckpt"
    status, skill = spin_up / "run.json", out / "evaluation" / "skill.json"
    members = () if plan.linear else ("~runs.linear",)
    return [
        Stage("host", "Fetch PlaSim, a published Fortran climate model, and compile it with our adapter", "host", _build_overrides(config)),
        Stage(
            "spin_up",
            f"Run it {plan.spin_up_days} days from rest with a cloud-resolving model in every column",
            "online", (*host, "+runs.spin_up={mode:crm,seed:1}", f"days={plan.spin_up_days}", f"output={out}"),
        ),
        Stage("record", f"Run on for {plan.record_days} days, writing its steps for training: the control", "online",
              ("experiment=sp_record", *coupled), (status,)),
        Stage("preprocess", "Shuffle its steps into a training store: contract, statistics, splits", "preprocess",
              ("source=spcam", f"source.contract={CONTRACT}", f"input={runs}/control/h1", f"store={store}", *plan.preprocess),
              (runs / "control" / "run.json",)),
        Stage("train", "Train the network of Rasp et al., nine layers of 256, and the linear one every other is judged against", "train",
              (f"experiment={CONTRACT}", f"store={store}", f"output={learned.parent}", "overwrite=true", *plan.train),
              (store / "zarr.json",)),
        Stage("evaluate", "Judge it offline, on days it has not seen", "evaluate",
              (f"checkpoint={learned}", f"store={store}", f"output={out}/evaluation", "overwrite=true"), (learned, linear), (skill,)),
        Stage("export", "Write scheme.pt: normalization, network and contract in one file", "export",
              (f"checkpoint={learned}", f"store={store}", f"skill={skill}", f"output={schemes[0]}"), (learned,), (schemes[0],)),
        Stage("export_linear", "The same for the linear network", "export",
              (f"checkpoint={linear}", f"store={store}", f"output={schemes[1]}"), (linear,), (schemes[1],)),
        Stage(
            "online",
            f"Run {plan.record_days} days from the same spun-up state: another member of the model, Kuo, the networks; compare all",
            "online",
            ("experiment=sp_climate", *coupled, f"compare.first_day={plan.first_day}", f"scheme={schemes[0]}",
             f"linear_scheme={schemes[1]}", f"compare.skill={skill}", *members, *plan.compare),
            schemes,
        ),
    ]  # fmt: skip


def run_laptop(config: DictConfig) -> Path:
    """Say what it will take, run what is missing, write ``summary.json``; returns its path."""
    unknown = sorted(set(config.pipeline) - set(KNOWN))
    if unknown:
        raise ParamnetError("pipeline", expected=f"keys among {', '.join(KNOWN)}", got=", ".join(unknown))
    out = Path(config.output)
    out.mkdir(parents=True, exist_ok=True)
    stages = laptop_stages(config)
    composed = {stage.name: compose_command(stage.command, stage.overrides) for stage in stages if stage.name in ("preprocess", "train")}
    require_window(config.pipeline.first_day, config.pipeline.record_days, "pipeline.first_day, pipeline.record_days")
    _require_splits(config.pipeline.record_days, typed(composed["preprocess"], PreprocessConfig).splits)
    run_stages(stages[:1], out / "stages")
    if config.pipeline.timing:
        _tell(estimate(config, _host_overrides(config), composed["train"], out / "timing"))
    return write_summary(out, run_stages(stages, out / "stages"), console)


def _require_splits(days: float, splits: SplitConfig) -> None:
    """Before hours are spent: the days recorded make blocks enough for training, validation and test."""
    if {rule.kind for rule in splits.rules.values()} != {"fraction"}:
        return
    blocks = math.ceil(days / splits.block_days)
    if missing := sorted(set(splits.rules) - set(deal(blocks, splits.rules))):
        raise ParamnetError(
            "pipeline.record_days",
            expected=f"days for every split, also {' and '.join(missing)}",
            got=f"{days} days, which are {blocks} blocks of {splits.block_days:g}",
            remedy='increase record_days or shorten the blocks (pipeline.preprocess=["splits.block_days=…"])',
        )


def _tell(expected: Estimate) -> None:
    console.print(
        f"[bold]expected, from a day of each kind on this machine as it is now:[/bold] {expected.hours:.1f} hours", highlight=False
    )
    for name, value in expected.minutes.items():
        console.print(f"  {name:<28}{value:8.0f} min", highlight=False)
    console.print(f"  disk                        {expected.gigabytes:8.1f} GB", highlight=False)


def _build_overrides(config: DictConfig) -> tuple[str, ...]:
    return (f"host={config.host.name}", f"ranks={config.ranks}", f"rank_independent={config.rank_independent}", f"build={config.build}")


def _host_overrides(config: DictConfig) -> tuple[str, ...]:
    """Overrides that every coupled run shares: the settings that differ from the shipped ones."""
    options: Any = OmegaConf.to_container(config.options, resolve=True)
    shipped = compose_command("online", ()).options
    given = tuple(f"options.{name}={value}" for name, value in options.items() if value != shipped.get(name))
    return (*_build_overrides(config), f"parallel={config.parallel}", f"chunk_days={config.chunk_days}", *given)
