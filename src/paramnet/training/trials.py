"""The trials of a search: settings, offline scores and cost per column."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.files import flattened
from paramnet.scheme.checkpoint import load_checkpoint
from paramnet.scheme.networks import ModelConfig, flop_per_column, parameter_count

__all__ = ["Trial", "read_trial", "read_trials", "varying"]


@dataclass(frozen=True)
class Trial:
    """One trial, read from its folder. ``settings`` by dotted key; ``scores`` as logged by Lightning; ``flop`` per column."""

    name: str
    finished: bool
    settings: dict[str, Any]
    scores: dict[str, float]
    parameters: int
    flop: int
    epoch: int

    def value(self, key: str) -> float:
        """A score by name, or ``flop`` or ``parameters``. Raises ParamnetError for an unknown name."""
        known = {**self.scores, "flop": float(self.flop), "parameters": float(self.parameters)}
        if key not in known:
            raise ParamnetError("search.objective", expected=f"one or more of {sorted(known)}", got=repr(key))
        return known[key]


def read_trial(folder: Path) -> Trial:
    """Read a trial from its best checkpoint; ``finished`` is False if the run has not ended."""
    scheme, _, meta = load_checkpoint(folder / "best.ckpt")
    model = ModelConfig.completed(meta["model"])
    settings = {**meta["training"], "model": model, "features": meta["features"], "constraints": meta["constraints"]}
    finished = folder / "train.json"
    scores = json.loads(finished.read_text())["scores"] if finished.is_file() else meta["scores"]
    cost = flop_per_column(scheme, scheme.width)
    return Trial(folder.name, finished.is_file(), flattened(settings), scores, parameter_count(scheme), cost, meta["epoch"] or 0)


def read_trials(folder: str | Path, objective: str = "validation_loss") -> list[Trial]:
    """Read the trials in a folder, best first: by the lowest ``objective``, the highest R2 or the smallest absolute bias.

    Raises ParamnetError if there are none.
    """
    folder = Path(folder)
    trials = [read_trial(path.parent) for path in sorted(folder.glob("*/best.ckpt"))]
    if not trials:
        raise ParamnetError(
            f"trials {folder}", expected="folders with a best.ckpt", got="none", remedy="make them with `paramnet train -m sweep=mlp`"
        )
    return sorted(trials, key=lambda trial: rank(objective, trial.value(objective)))


def rank(objective: str, value: float) -> float:
    """A number that is smaller for a better value: R² is maximized, a bias is compared by its size."""
    return -value if "r2" in objective else abs(value) if "bias" in objective else value


def varying(trials: list[Trial]) -> list[str]:
    """Settings that differ between trials, without paths."""
    keys = dict.fromkeys(key for trial in trials for key in trial.settings if key not in ("output", "store"))
    return [key for key in keys if len({json.dumps(trial.settings.get(key)) for trial in trials}) > 1]
