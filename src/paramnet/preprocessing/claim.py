"""Whose store this is: one that is whole already, an unfinished run to go on with, or somebody else's to be left alone."""

from __future__ import annotations

import fcntl
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.preprocessing.config import PreprocessConfig
from paramnet.preprocessing.journal import Journal, read_claim, write_claim
from paramnet.preprocessing.provenance import plain_config
from paramnet.store import StoreError, open_store

_log = logging.getLogger(__name__)


def is_up_to_date(path: Path, identity: str, config: PreprocessConfig) -> bool:
    """Whether a store of this identity stands there; another one raises ParamnetError unless it may be overwritten."""
    if not path.exists():
        return False
    try:
        made = open_store(path).attributes["provenance"]
    except StoreError:
        made = {}
    if made.get("fingerprint") == identity:
        shutil.rmtree(path / "work", ignore_errors=True)  # of a run killed as it ended
        return True
    if config.overwrite:
        return False
    raise ParamnetError(
        f"store {path}: expected none, or one made with these settings, got one that differs in {_difference(made, config)}; "
        "choose another `store` or set overwrite=true"
    )


def claim(aside: Path, identity: str, config: PreprocessConfig) -> Journal:
    """The journal of the run in ``aside``: an earlier one of the same identity, or a new one."""
    earlier = read_claim(aside)
    if earlier is not None and earlier["fingerprint"] != identity and not config.overwrite:
        raise ParamnetError(
            f"store {aside}: expected no unfinished run, or one with these settings, got one that differs in "
            f"{_difference(earlier, config)}; finish it with its settings, choose another `store` or set overwrite=true"
        )
    if earlier is not None and earlier["fingerprint"] == identity:
        return Journal(aside / "work")
    shutil.rmtree(aside, ignore_errors=True)
    return write_claim(aside, identity, plain_config(config))


@contextmanager
def only_run(aside: Path) -> Iterator[None]:
    """Hold the store against a second run of it on this machine; the system lets go when the process ends, however it ends."""
    with (aside / "work" / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ParamnetError(
                f"store {aside}: expected no other run of it, got one that is still working; wait for it or stop it"
            ) from error
        except OSError:
            _log.info("%s: this file system cannot lock; see to it that no second run writes there", aside)
        yield


def _difference(made: dict[str, Any], config: PreprocessConfig) -> str:
    then, now = made.get("config", {}), plain_config(config)
    return ", ".join(sorted(key for key in now if then.get(key) != now[key]) or ["the files, or the contract"])
