"""Whose store this is: one that is whole already, an unfinished run to go on with, or somebody else's to be left alone."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.files import locked
from paramnet.preprocessing.config import PreprocessConfig
from paramnet.preprocessing.journal import Journal, read_claim, write_claim
from paramnet.preprocessing.provenance import code_digest, plain_config
from paramnet.store import StoreError, open_store

_log = logging.getLogger(__name__)
_LOCK = "lock"


def is_up_to_date(path: Path, identity: str, config: PreprocessConfig) -> bool:
    """Whether a store of this identity stands there; another one raises ParamnetError unless it may be overwritten."""
    if not path.exists():
        return False
    try:
        made = open_store(path).attributes["provenance"]
    except StoreError as error:
        if config.overwrite:
            return False
        raise StoreError(f"{error}; choose another `store`, or set overwrite=true to make it again") from error
    if made.get("fingerprint") == identity:
        shutil.rmtree(path / "work", ignore_errors=True)  # of a run killed as it ended
        if made.get("code_sha256") != code_digest():
            _log.warning("%s: kept, but made by another version of paramnet; remove it to have it made anew", path)
        return True
    if config.overwrite:
        return False
    raise ParamnetError(
        f"store {path}: expected none, or one made with these settings, got one that differs in {_difference(made, config)}; "
        "choose another `store` or set overwrite=true"
    )


def claim(aside: Path, identity: str, config: PreprocessConfig) -> Journal:
    """The journal of the run in ``aside``: an earlier one of the same identity, or a new one. Called while the folder is locked."""
    earlier = read_claim(aside)
    if earlier is not None and earlier["fingerprint"] != identity and not config.overwrite:
        raise ParamnetError(
            f"store {aside}",
            expected="no unfinished run, or one with these settings",
            got=f"one that differs in {_difference(earlier, config)}",
            remedy="finish it with its settings, choose another `store` or set overwrite=true to begin again",
        )
    if earlier is not None and earlier["fingerprint"] == identity:
        if earlier["code"] == code_digest():
            return Journal(aside / "work")
        _log.warning("%s: begun by another version of paramnet, which may read files otherwise; begun again", aside)
    _clear(aside, known=earlier is not None)
    return write_claim(aside, identity, plain_config(config), code_digest())


@contextmanager
def only_run(aside: Path) -> Iterator[None]:
    """Hold the unfinished store against a second run of it."""
    (aside / "work").mkdir(parents=True, exist_ok=True)
    with locked(aside / "work" / _LOCK, f"store {aside}"):
        yield


def _clear(aside: Path, known: bool) -> None:
    """Remove what an earlier run left; ParamnetError where the folder is not ``known`` to be one's and holds other things."""
    foreign = sorted(path.name for path in aside.iterdir() if path.name != "work")
    if foreign and not known:
        raise ParamnetError(
            f"store {aside}", expected="a folder that an unfinished run left", got=f"one with {foreign[:5]}", remedy="move or remove it"
        )
    for path in [*(aside / name for name in foreign), *(aside / "work").iterdir()]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != _LOCK:
            path.unlink()


def _difference(made: dict[str, Any], config: PreprocessConfig) -> str:
    then, now = made.get("config", {}), plain_config(config)
    return ", ".join(sorted(key for key in now if then.get(key) != now[key]) or ["the files, or the contract"])
