"""Whose output folder this is: a new run's, an unfinished one's to go on with, a finished one's, or another run's."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from paramnet.contract import Contract, ParamnetError
from paramnet.files import locked, require_writable_folder, write_json
from paramnet.store import Store
from paramnet.training.checkpoint import MEMBER, read_checkpoint
from paramnet.training.config import TrainConfig
from paramnet.training.identity import changes, identity_of, require_same_run
from paramnet.training.processes import first_process

_log = logging.getLogger(__name__)

IDENTITY = "identity.json"
CLAIMED = "PARAMNET_CLAIMED_OUTPUT"  # of the process that started this one
REMEDY = "give another output, or set overwrite=true to start again there"


@contextmanager
def claimed(config: TrainConfig, store: Store, identity: dict[str, Any]) -> Iterator[None]:
    """Hold ``config.output`` for this run, which may start or go on in it.

    Raises ParamnetError where another process works in it, or where it holds a run of other settings or data and neither
    ``overwrite`` nor ``resume=never`` says that this one may go. Of several processes the first claims for all.
    """
    output = require_writable_folder(Path(config.output), "output")
    own = str(output.absolute())
    if os.environ.get(CLAIMED) == own:
        yield
        return
    first = first_process()
    with locked(output / "train.lock", f"output {output}") if first else nullcontext():
        _settle(config, store, identity, output, first)
        if first:
            os.environ[CLAIMED] = own
        try:
            yield
        finally:
            os.environ.pop(CLAIMED, None)


def _settle(config: TrainConfig, store: Store, identity: dict[str, Any], output: Path, first: bool) -> None:
    """Compare, and let the first process put away what is not gone on with."""
    gone_on_with = config.resume not in ("auto", "never") and Path(config.resume).resolve().parent == output.resolve()
    replaces = (config.overwrite and not gone_on_with) or config.resume == "never"
    earlier = earlier_identity(output)
    if earlier is not None and not replaces:
        require_contract_of(output, store)
        require_same_run(earlier, identity, f"output {output}", str(output / IDENTITY), REMEDY)
    if not first:
        return
    if config.resume == "never" or (earlier is not None and changes(earlier, identity)):
        _discard(output)
    for leftover in output.glob(".*.part"):
        leftover.unlink(missing_ok=True)  # of a process that was killed as it wrote
    write_json(output / IDENTITY, identity)


def earlier_identity(output: Path) -> dict[str, Any] | None:
    """Of the run whose checkpoints are in ``output``; None where there are none: then there is nothing to lose."""
    checkpoints = [output / name for name in ("last.ckpt", "best.ckpt") if (output / name).is_file()]
    if not checkpoints:
        return None
    if not (output / IDENTITY).is_file():
        return _from_checkpoint(checkpoints)
    try:
        found: dict[str, Any] = json.loads((output / IDENTITY).read_text(encoding="utf-8"))
        found["store"], found["contract"]
    except (ValueError, KeyError, TypeError) as error:
        raise ParamnetError(
            str(output / IDENTITY), expected="the record of a run", got=f"{error}", remedy="remove it: checkpoints say the same"
        ) from error
    return found


def _from_checkpoint(paths: list[Path]) -> dict[str, Any] | None:
    """From the first checkpoint that reads."""
    for path in paths:
        try:
            return identity_of(read_checkpoint(path)[MEMBER])
        except ParamnetError:
            continue
    return None


def require_contract_of(output: Path, store: Store) -> None:
    """Raise ContractMismatch, which names the first difference, where a checkpoint in ``output`` is of another contract."""
    for path in (output / "last.ckpt", output / "best.ckpt"):
        if path.is_file():
            try:
                contract = Contract.from_dict(read_checkpoint(path)[MEMBER]["contract"])
            except ParamnetError:
                continue
            store.require_contract(contract, f"checkpoint {path}")


def _discard(output: Path) -> None:
    """Remove a run's checkpoints and records; its logs stay, one folder for each start."""
    for name in (IDENTITY, "train.json", "last.ckpt", "best.ckpt"):
        (output / name).unlink(missing_ok=True)
    shutil.rmtree(output / "linear", ignore_errors=True)
    _log.info("%s: starting again", output)
