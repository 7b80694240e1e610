"""``paramnet testbed NAME``: the stages of a small system in order, or one of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from omegaconf import DictConfig

from paramnet.cli.config import run_with_hydra
from paramnet.cli.overrides import with_keys
from paramnet.cli.pipeline import run_pipeline
from paramnet.cli.stages import run_stage
from paramnet.reporting.table import console, table


def run_testbed(config: DictConfig) -> Path:
    """Run the action that the configuration chooses; after all stages or an experiment, print the table of scores. Returns the folder of
    the results."""
    if config.action in ("record", "score"):
        return run_stage("testbed", config)
    from paramnet.testbeds import lines, table_of

    if config.action == "all":
        run_pipeline(config)
        folder = Path(str(config.output)) / "scores"
    else:
        folder = run_stage("testbed", config)
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    headings, rows = lines(scores) if config.action == "all" else table_of(scores)
    console().print(table(headings, rows, "", right=range(1, len(headings))))
    print(f"report: {folder / 'report.html'}")
    return folder


def main(name: str) -> None:
    """Command line of ``paramnet testbed``."""
    sys.argv[1:] = with_keys(name, sys.argv[1:])

    def task(config: DictConfig) -> None:
        run_testbed(config)

    run_with_hydra(name, task)
