"""Resuming a run: the checkpoint it continues from, and the check for a complete run."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.files import write_json
from paramnet.scheme.checkpoint import MEMBER, read_checkpoint, require_checkpoint_of
from paramnet.store import Store
from paramnet.training.config import TrainConfig
from paramnet.training.identity import identity_of, require_same_run

__all__ = ["read_result"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainResult:
    """Result of a run: the best (by validation loss) and the last checkpoint, and the scores of the best one."""

    best_checkpoint: Path
    last_checkpoint: Path
    scores: dict[str, float]


def read_result(output: Path) -> TrainResult:
    """Read the result of a finished run from its folder."""
    summary = json.loads((output / "train.json").read_text())
    best, last = (output / Path(summary[name]).name for name in ("best", "last"))
    return TrainResult(best, last, summary["scores"])


def write_result(result: TrainResult, output: Path, epochs: int = 0, asked: dict[str, int] | None = None) -> TrainResult:
    """Write ``train.json``, with the ``epochs`` done and the length that was ``asked`` for."""
    summary = {"best": str(result.best_checkpoint), "last": str(result.last_checkpoint), "scores": result.scores}
    write_json(output / "train.json", summary | {"epochs": epochs, "asked": asked or {}})
    return result


def asked_of(config: TrainConfig) -> dict[str, int]:
    """The settings that determine the length of a run."""
    return {"epochs": config.trainer.epochs, "early_stopping": config.trainer.early_stopping}


def finished(config: TrainConfig, identity: dict[str, Any]) -> bool:
    """Return True, and log it, if this run is already complete in ``config.output``.

    Raises ParamnetError if its best checkpoint is unreadable or belongs to another run.
    """
    output = Path(config.output)
    if config.resume != "auto" or not all((output / name).is_file() for name in ("train.json", "best.ckpt", "last.ckpt")):
        return False
    try:
        summary = json.loads((output / "train.json").read_text())
    except ValueError:
        return False
    done = summary.get("epochs") or _epochs_done(read_checkpoint(output / "last.ckpt"))
    enough = done >= config.trainer.epochs
    if not enough and summary.get("asked") != asked_of(config):
        return False
    _require_own(output / "best.ckpt", read_best(output), identity)
    stopped = "" if enough else ", ended by trainer.early_stopping"
    _log.info("%s: already complete: %d of %d epochs%s; nothing to do", output, done, config.trainer.epochs, stopped)
    return True


def read_best(output: Path) -> dict[str, Any]:
    """Read the best checkpoint of a finished run. Raises ParamnetError if it is damaged, as only training could replace it."""
    try:
        return read_checkpoint(output / "best.ckpt")
    except ParamnetError as error:
        raise ParamnetError(
            f"output {output}",
            expected="the best checkpoint of a finished run",
            got=f"best.ckpt damaged ({error.got or error})",
            remedy="restore it from a copy, or set resume=never to start from the beginning",
        ) from error


def _require_own(path: Path, raw: dict[str, Any], identity: dict[str, Any]) -> None:
    """Raise ParamnetError for a checkpoint that was copied into the folder from another run."""
    remedy = "restore the checkpoint of this run, or set resume=never to start from the beginning"
    require_same_run(identity_of(raw[MEMBER]), identity, f"checkpoint {path}", "", remedy)


@dataclass(frozen=True)
class Resumed:
    """The checkpoint that a run resumes from, and the optimizer steps done in it."""

    path: Path
    step: int


def resumed_from(config: TrainConfig, store: Store, identity: dict[str, Any]) -> Resumed | None:
    """Return the checkpoint to resume from, or None to start from the beginning; logs the file and its step.

    This is ``last.ckpt``, or ``best.ckpt`` if that is missing or unreadable. Raises ParamnetError if neither is readable, or if
    a named checkpoint is missing, of another contract, or of a run of other settings or data.
    """
    if config.resume == "never":
        return None
    if (named := read_named(config, store, identity)) is not None:
        return _logged(Path(config.resume), named, config)
    output, unread = Path(config.output), []
    for path in (output / "last.ckpt", output / "best.ckpt"):
        if not path.is_file():
            continue
        try:
            raw = read_checkpoint(path)
        except ParamnetError as error:
            _log.warning("%s; trying the checkpoint before it", error)
            unread.append(path.name)
            continue
        require_checkpoint_of(path, store)
        _require_own(path, raw, identity)
        return _logged(path, raw, config)
    if unread:
        raise ParamnetError(
            f"output {output}",
            expected="a readable checkpoint",
            got=f"{' and '.join(unread)} damaged",
            remedy="restore them from a copy, or set resume=never to start from the beginning",
        )
    return None


def read_named(config: TrainConfig, store: Store, identity: dict[str, Any]) -> dict[str, Any] | None:
    """Read the checkpoint named by ``resume``, which must be of this run; None if it names none."""
    if config.resume in ("auto", "never"):
        return None
    path = Path(config.resume)
    require_checkpoint_of(path, store)
    raw = read_checkpoint(path)
    remedy = "give the settings it was made with, or use adapters=full adapters.base=… to start from its weights alone"
    require_same_run(identity_of(raw[MEMBER]), identity, f"resume {path}", "", remedy)
    return raw


def _logged(path: Path, raw: dict[str, Any], config: TrainConfig) -> Resumed:
    done, step = _epochs_done(raw), int(raw.get("global_step", 0))
    _log.info("resuming from %s: %d of %d epochs done, step %d", path, done, config.trainer.epochs, step)
    before, kind = raw[MEMBER]["training"]["trainer"]["epochs"], config.trainer.schedule.kind
    if before != config.trainer.epochs and kind in ("one_cycle", "cosine"):
        _log.warning(
            "trainer.epochs %d → %d: the schedule %s depends on it, so the result differs from that of one run of %d epochs",
            *(before, config.trainer.epochs, kind, config.trainer.epochs),
        )
    return Resumed(path, step)


def _epochs_done(raw: dict[str, Any]) -> int:
    """Epochs completed when a checkpoint was saved."""
    progress = raw.get("loops", {}).get("fit_loop", {}).get("epoch_progress", {}).get("current", {})
    return int(progress.get("processed", (raw.get("epoch") or 0)))
