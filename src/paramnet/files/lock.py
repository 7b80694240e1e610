"""One process at a time in an output folder."""

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
    """Hold the lock file ``path`` for the block. The system releases it when the process exits, even if killed.

    what : what is protected, for the message. wait : for the other process to finish, with a line in the log.
    Raises ParamnetError naming the host and process that holds the lock, unless told to wait.
    Where the file system cannot lock, a warning is logged and the block runs unprotected.
    """
    with Path(path).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "one that holds its lock"
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
            _log.warning("%s: this file system cannot lock; make sure that no second process writes there", what)
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield
