"""``paramnet demo``: the commands of the pipeline in order, each timed; what is complete is not repeated."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig

from paramnet.bridge.paths import checkout_source
from paramnet.cli.config import run_with_hydra
from paramnet.cli.staging import Stage, console, run_stages
from paramnet.cli.summary import write_summary
from paramnet.climate.climate import require_window
from paramnet.files import require_writable_folder


def demo_stages(config: DictConfig) -> list[Stage]:
    """The stages in order; everything they leave is below ``config.output``."""
    out = Path(config.output)
    store, learned = out / "store", out / "train"
    best, linear, skill = learned / "best.ckpt", learned / "linear" / "best.ckpt", out / "evaluation" / "skill.json"
    schemes = (out / "scheme.pt", out / "linear.pt")
    # What a stage reads and leaves: one that changes, or is missing, is a reason to repeat it.
    files: dict[str, tuple[tuple[Path, ...], tuple[Path, ...]]] = {
        "host": ((), ()),
        "record": ((), (out / "record" / "summary.json",)),
        "preprocess": ((out / "record" / "run.json",), (store / "zarr.json",)),
        "train": ((store / "zarr.json",), (best, linear)),
        "evaluate": ((best, linear), (skill,)),
        "export": ((best,), (schemes[0],)),
        "export_linear": ((linear,), (schemes[1],)),
        "online": (schemes, (out / "online" / "comparison" / "comparison.json",)),
    }

    def stage(name: str, explanation: str, command: str, *overrides: str) -> Stage:
        return Stage(name, explanation, command, overrides, *files[name])

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
            "train", "experiment=plasim_demo", f"store={store}", f"output={learned}", "overwrite=true", *config.train,
        ),
        stage(
            "evaluate", "Judge it offline, on days it has not seen",
            "evaluate", f"checkpoint={learned}/best.ckpt", f"store={store}", f"output={out}/evaluation", "overwrite=true",
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
    checkout_source("demo")
    require_window(config.first_day, config.days, "first_day, days")
    out = require_writable_folder(Path(str(config.output)), "output")
    return write_summary(out, run_stages(demo_stages(config), out / "stages"), console)


def main(name: str) -> None:
    """Run the demo with the configuration of its name."""

    def task(config: DictConfig) -> None:
        run_demo(config)

    run_with_hydra(name, task)
