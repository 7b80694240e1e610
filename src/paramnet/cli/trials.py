"""``paramnet trials FOLDER``: the table of a search, on the terminal, as CSV and as HTML."""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramnet.files import replacing
from paramnet.reporting.html import render
from paramnet.reporting.table import console, table

if TYPE_CHECKING:
    from paramnet.training.trials import Trial

_SHOWN = 30  # rows on a terminal; the files have all


def main(name: str) -> None:
    """Command line of ``paramnet trials``."""
    parser = argparse.ArgumentParser(
        prog=f"paramnet {name}", description="The trials below a folder, best first: skill and cost per column."
    )
    parser.add_argument("folder", help="output of a sweep of paramnet train")
    parser.add_argument("--by", default="validation_loss", help="a score, flop or parameters (default: %(default)s)")
    arguments = parser.parse_args()
    show_trials(Path(arguments.folder), arguments.by)


def show_trials(folder: Path, objective: str = "validation_loss") -> Path:
    """Print the table and write ``trials.csv`` and ``trials.html`` into ``folder``; returns the latter's path."""
    from paramnet.training.trials import read_trials, varying  # imports torch

    trials = read_trials(folder, objective)
    settings = varying(trials)
    headings, rows = table_of(trials, settings)
    with replacing(folder / "trials.csv") as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([headings, *rows])
    brief = [index for index, heading in enumerate(headings) if not heading.startswith(("validation_r2/", "validation_bias/"))]
    listed = ([_short(row[index]) for index in brief] for row in rows[:_SHOWN])
    names = [headings[index].rpartition(".")[2] for index in brief]
    out = console()
    out.print(table(names, listed, f"Trials in {folder}, best {objective} first", right=range(1, len(brief))))
    best = trials[0]
    out.print(f"best: {folder / best.name / 'best.ckpt'}\ntable: {folder / 'trials.html'}, trials.csv", highlight=False)
    shown = [[_short(value) for value in row] for row in rows]
    return render("trials.html", folder / "trials.html", ["paramnet.cli"], title="Trials", folder=folder, headings=headings, rows=shown)


def table_of(trials: list[Trial], settings: list[str]) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows of the trials: scores, cost per column, and the settings that differ."""
    scores = sorted({name for trial in trials for name in trial.scores if name.startswith("validation_")})
    scores = ["validation_loss", *(name for name in scores if name != "validation_loss")] if "validation_loss" in scores else scores
    headings = ["trial", "state", *scores, "mean R2", "largest bias, W m-2", "MFLOP per column", "parameters", *settings]
    rows = []
    for trial in trials:
        state = "finished" if trial.finished else f"epoch {trial.epoch + 1}"
        values_given = [_plain(trial.settings.get(key)) for key in settings]
        skill = [trial.scores[name] for name in trial.scores if name.startswith("validation_r2/")]
        mean = sum(skill) / len(skill) if skill else ""
        bias = max((trial.scores[name] for name in trial.scores if name.startswith("validation_bias/")), key=abs, default="")
        values = [trial.scores.get(name, "") for name in scores]
        rows.append([trial.name, state, *values, mean, bias, trial.flop / 1e6, trial.parameters, *values_given])
    return headings, rows


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)
