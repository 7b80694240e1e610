"""From where a run goes on, and whether there is anything left to do."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.files import write_json
from paramnet.store import Store
from paramnet.training.checkpoint import MEMBER, read_checkpoint, require_checkpoint_of
from paramnet.training.config import TrainConfig
from paramnet.training.identity import identity_of, require_same_run

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainResult:
    """Where a run left its work: the best (by validation loss) and the last checkpoint, and the scores of the best."""

    best_checkpoint: Path
    last_checkpoint: Path
    scores: dict[str, float]


def read_result(output: Path) -> TrainResult:
    """What a finished run left in its folder."""
    summary = json.loads((output / "train.json").read_text())
    best, last = (output / Path(summary[name]).name for name in ("best", "last"))
    return TrainResult(best, last, summary["scores"])


def write_result(result: TrainResult, output: Path, epochs: int = 0, asked: dict[str, int] | None = None) -> TrainResult:
    """``train.json``; ``epochs`` done, and what was ``asked`` for."""
    summary = {"best": str(result.best_checkpoint), "last": str(result.last_checkpoint), "scores": result.scores}
    write_json(output / "train.json", summary | {"epochs": epochs, "asked": asked or {}})
    return result


def asked_of(config: TrainConfig) -> dict[str, int]:
    """How long a run was asked to go on."""
    return {"epochs": config.trainer.epochs, "early_stopping": config.trainer.early_stopping}


def finished(config: TrainConfig, identity: dict[str, Any]) -> bool:
    """Whether the run in ``config.output``, which is this one, has done what it was asked for; says so.

    Raises ParamnetError where its best checkpoint does not read any more, or is another run's.
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
    """The best checkpoint of a finished run, which nothing but another training could make again."""
    try:
        return read_checkpoint(output / "best.ckpt")
    except ParamnetError as error:
        raise ParamnetError(
            f"output {output}",
            expected="the best checkpoint of a finished run",
            got=f"best.ckpt damaged ({error.got or error})",
            remedy="put it back from a copy, or set resume=never to start again",
        ) from error


def _require_own(path: Path, raw: dict[str, Any], identity: dict[str, Any]) -> None:
    """A checkpoint that was put into the folder from elsewhere is none of this run's."""
    require_same_run(
        identity_of(raw[MEMBER]), identity, f"checkpoint {path}", "", "put back this run's own, or set resume=never to start again"
    )


def resume_path(config: TrainConfig, store: Store, identity: dict[str, Any]) -> Path | None:
    """The checkpoint to go on from, or None for a start; says which, and at which step.

    ``last.ckpt``, or ``best.ckpt`` where that is missing or does not read. Raises ParamnetError when neither reads, and when
    a named checkpoint is missing, of another contract, or of a run of other settings or data.
    """
    if config.resume == "never":
        return None
    if (named := read_named(config, store, identity)) is not None:
        return _said(Path(config.resume), named, config)
    output, unread = Path(config.output), []
    for path in (output / "last.ckpt", output / "best.ckpt"):
        if not path.is_file():
            continue
        try:
            raw = read_checkpoint(path)
        except ParamnetError as error:
            _log.warning("%s; trying the one before", error)
            unread.append(path.name)
            continue
        require_checkpoint_of(path, store)
        _require_own(path, raw, identity)
        return _said(path, raw, config)
    if unread:
        raise ParamnetError(
            f"output {output}",
            expected="a checkpoint that reads",
            got=f"{' and '.join(unread)} damaged",
            remedy="put them back from a copy, or set resume=never to start again",
        )
    return None


def read_named(config: TrainConfig, store: Store, identity: dict[str, Any]) -> dict[str, Any] | None:
    """The checkpoint that ``resume`` names, which must be of this very run; None where it names none."""
    if config.resume in ("auto", "never"):
        return None
    path = Path(config.resume)
    require_checkpoint_of(path, store)
    raw = read_checkpoint(path)
    remedy = "give the settings it was made with; adapters=full adapters.base=… starts from its weights alone"
    require_same_run(identity_of(raw[MEMBER]), identity, f"resume {path}", "", remedy)
    return raw


def _said(path: Path, raw: dict[str, Any], config: TrainConfig) -> Path:
    done, step = _epochs_done(raw), raw.get("global_step", 0)
    _log.info("going on from %s: %d of %d epochs done, step %d", path, done, config.trainer.epochs, step)
    before, kind = raw[MEMBER]["training"]["trainer"]["epochs"], config.trainer.schedule.kind
    if before != config.trainer.epochs and kind in ("one_cycle", "cosine"):
        _log.warning(
            "WARNING: trainer.epochs %d → %d: the learning rate of %s depends on it, so the result is not that of %d epochs at once",
            *(before, config.trainer.epochs, kind, config.trainer.epochs),
        )
    return path


def _epochs_done(raw: dict[str, Any]) -> int:
    """Epochs completed when a checkpoint was saved."""
    progress = raw.get("loops", {}).get("fit_loop", {}).get("epoch_progress", {}).get("current", {})
    return int(progress.get("processed", (raw.get("epoch") or 0)))
