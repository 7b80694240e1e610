"""The commands of the pipeline in miniature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import fingerprints

BUILD = Path(__file__).parents[3] / "build"
HOST = f"paths.build={BUILD}"  # the host that make built


@dataclass
class Stage:
    """A command of the pipeline. ``arguments`` : made from its output folder. ``results`` : fingerprint of its output folder."""

    name: str
    arguments: Callable[[Path], list[str]]
    results: Callable[[Path], str]
    megabytes: float = 40.0  # more than it writes


def preprocess(folder: Path, output: Path) -> list[str]:
    splits = ["splits.skip_days=1", "splits.block_days=0.5", "splits.gap_days=0.1", "splits.train.fraction=0.5"]
    rest = ["splits.validation.fraction=0.25", "splits.test.fraction=0.25", "block_megabytes=1", "cluster=inline"]
    return ["preprocess", "source=plasim", f"input={folder}/record", f"store={output}", *splits, *rest]


def train(folder: Path, output: Path) -> list[str]:
    return [
        *("train", "experiment=plasim_demo", f"store={folder}/store", f"output={output}"),
        *("trainer.epochs=3", "model.hidden=[32]", "trainer.threads=1"),
    ]


def evaluate(folder: Path, output: Path) -> list[str]:
    return ["evaluate", f"checkpoint={folder}/train/best.ckpt", f"store={folder}/store", f"output={output}"]


def export(folder: Path, output: Path) -> list[str]:
    return ["export", f"checkpoint={folder}/train/best.ckpt", f"store={folder}/store", f"output={output}/scheme.pt"]


def online(folder: Path, output: Path) -> list[str]:
    return [
        *("online", "mode=learned", f"scheme={folder}/export/scheme.pt", "days=3", "chunk_days=1", f"output={output}"),
        *("options.fallback_limit=1.0", HOST),
    ]


def demo(output: Path) -> list[str]:
    return [
        *(
            "run",
            "pipeline=demo",
            "timing=false",
            HOST,
            f"output={output}",
            f"paths.runs={output}",
            "record_days=4",
            "days=10",
            "first_day=0",
            "chunk_days=4",
        ),
        'preprocess=["splits.skip_days=1","splits.block_days=0.5","splits.gap_days=0.1","splits.train.fraction=0.5",'
        '"splits.validation.fraction=0.25","splits.test.fraction=0.25"]',
        'train=["trainer.epochs=1","model.hidden=[32]","trainer.threads=1"]',
    ]


def stages(folder: Path) -> list[Stage]:
    """Every command of the pipeline, with its inputs in ``folder``."""
    return [
        Stage("preprocess", lambda output: preprocess(folder, output / "store"), lambda output: fingerprints.of_store(output / "store")),
        Stage("train", lambda output: train(folder, output / "run"), lambda output: fingerprints.of_training(output / "run")),
        Stage("evaluate", lambda output: evaluate(folder, output / "skill"), lambda output: fingerprints.of_evaluation(output / "skill")),
        Stage("export", lambda output: export(folder, output), lambda output: fingerprints.of_scheme(output / "scheme.pt")),
        Stage("demo", lambda output: demo(output / "demo"), lambda output: fingerprints.of_demo(output / "demo"), 400.0),
        Stage("online", lambda output: online(folder, output / "run"), lambda output: fingerprints.of_histories(output / "run"), 120.0),
    ]
