"""Claim an output folder for a run: it may be new, hold this run (to be resumed or complete), or hold another run."""

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
from paramnet.scheme.checkpoint import MEMBER, read_checkpoint
from paramnet.store import Store
from paramnet.training.config import TrainConfig
from paramnet.training.identity import changes, identity_of, require_same_run
from paramnet.training.processes import first_process

_log = logging.getLogger(__name__)

IDENTITY = "identity.json"
CLAIMED = "PARAMNET_CLAIMED_OUTPUT"  # folder claimed by the process that started this one
REMEDY = "give another output, or set overwrite=true to replace the run there"


@contextmanager
def claimed(config: TrainConfig, store: Store, identity: dict[str, Any]) -> Iterator[None]:
    """Lock ``config.output`` for this run, which starts or resumes in it.

    Raises ParamnetError if another process uses the folder, or if it holds a run of other settings or data and neither
    ``overwrite`` nor ``resume=never`` allows replacing that run. Of several processes the first one claims for all.
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
    """Compare with the run in the folder; the first process removes it if it is to be replaced."""
    resumed_here = config.resume not in ("auto", "never") and Path(config.resume).resolve().parent == output.resolve()
    replaces = (config.overwrite and not resumed_here) or config.resume == "never"
    earlier = earlier_identity(output)
    if earlier is not None and not replaces:
        require_contract_of(output, store)
        require_same_run(earlier, identity, f"output {output}", str(output / IDENTITY), REMEDY)
    if not first:
        return
    if config.resume == "never" or (earlier is not None and changes(earlier, identity)):
        _discard(output)
    for leftover in output.glob(".*.part"):
        leftover.unlink(missing_ok=True)  # temporary file of a process killed while writing
    write_json(output / IDENTITY, identity)


def earlier_identity(output: Path) -> dict[str, Any] | None:
    """Identity of the run whose checkpoints are in ``output``; None if there are none."""
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
            str(output / IDENTITY),
            expected="the record of a run",
            got=f"{type(error).__name__}: {error}",
            remedy="remove it; the checkpoints hold the same information",
        ) from error
    return found


def _from_checkpoint(paths: list[Path]) -> dict[str, Any] | None:
    """Identity from the first readable checkpoint."""
    for path in paths:
        try:
            return identity_of(read_checkpoint(path)[MEMBER])
        except ParamnetError:
            continue
    return None


def require_contract_of(output: Path, store: Store) -> None:
    """Raise ContractMismatch if a checkpoint in ``output`` has another contract."""
    for path in (output / "last.ckpt", output / "best.ckpt"):
        if path.is_file():
            try:
                contract = Contract.from_dict(read_checkpoint(path)[MEMBER]["contract"])
            except ParamnetError:
                continue
            store.require_contract(contract, f"checkpoint {path}")


def _discard(output: Path) -> None:
    """Remove a run's checkpoints and records. Its logs stay; the new run begins its own."""
    for name in (IDENTITY, "train.json", "last.ckpt", "best.ckpt"):
        (output / name).unlink(missing_ok=True)
    shutil.rmtree(output / "linear", ignore_errors=True)
    _log.info("%s: removed the earlier run, starting from the beginning", output)
