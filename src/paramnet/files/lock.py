"""Lock files: one process at a time in an output folder."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paramnet.contract import ParamnetError

_log = logging.getLogger(__name__)


@contextmanager
def locked(path: Path, what: str, wait: bool = False) -> Iterator[None]:
    """Hold the lock file ``path`` for the block. The operating system releases it when the process exits, even if killed.

    what : what is protected, for errors. wait : wait for the other process, with a line in the log, instead of raising
    ParamnetError with the host and process that hold the lock.
    If the file system does not support locks, a warning is logged and the block runs without a lock.
    """
    with Path(path).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "an unknown process with its lock"
            if not wait:
                raise ParamnetError(
                    what,
                    expected="no other process at work in it",
                    got=holder,
                    where=str(path),
                    remedy="wait for it, stop it, or choose another folder",
                ) from error
            _log.info("%s: waiting for %s", what, holder)
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            _log.warning("%s: this file system does not support locks; make sure that no other process writes to it", what)
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield
