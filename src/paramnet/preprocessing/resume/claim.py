"""State of the output folder: a complete store to keep, an unfinished run to resume, or other contents to leave alone."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.files import code_digest, locked
from paramnet.preprocessing.config import PreprocessConfig
from paramnet.preprocessing.provenance import STORE_CODE, plain_config
from paramnet.preprocessing.resume.journal import Journal, read_claim, write_claim
from paramnet.store import StoreError, open_store

_log = logging.getLogger(__name__)
_LOCK = "lock"


def is_up_to_date(path: Path, identity: str, config: PreprocessConfig) -> bool:
    """Return True if a store with this fingerprint exists; raise ParamnetError for another one unless ``overwrite`` is set."""
    if not path.exists():
        return False
    try:
        made = open_store(path).attributes["provenance"]
    except StoreError as error:
        if config.overwrite:
            return False
        remedy = "choose another `store`, or set overwrite=true to make it again"
        raise StoreError(
            error.what,
            expected=error.expected,
            got=error.got,
            where=error.where,
            remedy=f"{error.remedy}; {remedy}" if error.remedy else remedy,
        ) from error
    if made.get("fingerprint") == identity:
        shutil.rmtree(path / "work", ignore_errors=True)  # of a run killed at its very end
        if made.get("code_sha256") != code_digest(*STORE_CODE):
            _log.warning("%s: kept, but made by another version of paramnet; remove it to make it again", path)
        return True
    if config.overwrite:
        return False
    raise ParamnetError(
        f"store {path}",
        expected="none, or one made with these settings",
        got=f"one that differs in {_difference(made, config)}",
        remedy="choose another `store`, or set overwrite=true",
    )


def claim(unfinished: Path, identity: str, config: PreprocessConfig) -> Journal:
    """Return the journal of the run in ``unfinished``, a locked folder: an earlier one with the same fingerprint, or a new one."""
    earlier = read_claim(unfinished)
    if earlier is not None and earlier["fingerprint"] != identity and not config.overwrite:
        raise ParamnetError(
            f"store {unfinished}",
            expected="no unfinished run, or one with these settings",
            got=f"one that differs in {_difference(earlier, config)}",
            remedy="finish it with its settings, choose another `store`, or set overwrite=true to start again",
        )
    if earlier is not None and earlier["fingerprint"] == identity:
        if earlier["code"] == code_digest(*STORE_CODE):
            return Journal(unfinished / "work")
        _log.warning("%s: started by another version of paramnet, which may read files differently; starting again", unfinished)
    _clear(unfinished, known=earlier is not None)
    return write_claim(unfinished, identity, plain_config(config), code_digest(*STORE_CODE))


@contextmanager
def only_run(unfinished: Path) -> Iterator[None]:
    """Lock the unfinished store against a second run."""
    (unfinished / "work").mkdir(parents=True, exist_ok=True)
    with locked(unfinished / "work" / _LOCK, f"store {unfinished}"):
        yield


def _clear(unfinished: Path, known: bool) -> None:
    """Remove the files of an earlier run; raise ParamnetError if the folder is not ``known`` to be from a run and has other files."""
    foreign = sorted(path.name for path in unfinished.iterdir() if path.name != "work")
    if foreign and not known:
        raise ParamnetError(
            f"store {unfinished}", expected="the folder of an unfinished run", got=f"one with {foreign[:5]}", remedy="move or remove it"
        )
    for path in [*(unfinished / name for name in foreign), *(unfinished / "work").iterdir()]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != _LOCK:
            path.unlink()


def _difference(made: dict[str, Any], config: PreprocessConfig) -> str:
    then, now = made.get("config", {}), plain_config(config)
    return ", ".join(sorted(key for key in then.keys() | now.keys() if then.get(key) != now.get(key)) or ["the files, or the contract"])
