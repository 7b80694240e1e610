"""Atomic writing of files: a reader never sees an incomplete file, even after a kill or on a full disk."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_LONGEST_NAME = 255  # bytes, on the file systems in use


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of ``target``; sync it to disk and rename it to ``target`` when the block succeeds.

    The temporary name is unique to this thread. It is on the same file system as ``target``, so the rename is atomic. If the block
    fails, the temporary file is removed and ``target`` is unchanged.
    """
    target = Path(target)
    temporary = target.with_name(_temporary_name(target.name))
    try:
        yield temporary
        put_in_place(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def put_in_place(made: Path, target: Path) -> None:
    """Rename a complete file or folder to ``target``, on the same file system. A file is synced to disk first.

    An existing file is replaced atomically; an existing folder is renamed to ``<target>.replaced``, and removed at the end.
    """
    replaced = target.with_name(target.name + ".replaced") if made.is_dir() else None
    if replaced is None:
        sync(made)
    else:
        shutil.rmtree(replaced, ignore_errors=True)
        if target.exists():
            target.rename(replaced)
    made.replace(target)
    with suppress(OSError):  # some file systems cannot sync a folder
        sync(target.parent)
    if replaced is not None:
        shutil.rmtree(replaced, ignore_errors=True)


def _temporary_name(name: str) -> str:
    """A hidden name no longer than file systems allow: where the target's leaves no space, a hash of it."""
    own = f".{socket.gethostname()[:64]}.{os.getpid()}.{threading.get_ident()}.part"
    fits = len(os.fsencode(f".{name}{own}")) <= _LONGEST_NAME
    return f".{name if fits else hashlib.sha256(os.fsencode(name)).hexdigest()}{own}"


def write_text(target: Path, text: str) -> None:
    """Write ``text`` (UTF-8) to ``target``, replacing it atomically."""
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(target: Path, values: Any, indent: int = 1) -> None:
    """Write ``values`` as JSON to ``target``, replacing it atomically; raises ValueError for NaN and infinities, which JSON lacks."""
    write_text(target, json.dumps(values, indent=indent, allow_nan=False) + "\n")


def sync(path: Path) -> None:
    """Write what the system holds of a file, or of the names in a folder, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
