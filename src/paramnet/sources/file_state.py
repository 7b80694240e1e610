"""State of a source file: what is recorded of it, and the check that it has not changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from paramnet.contract import ParamnetError

__all__ = ["FileState", "require_unchanged"]

_HEAD_BYTES = 1 << 16


class FileState(NamedTuple):
    """Name, size in bytes and time of last change (s); the last two are 0 for a missing file."""

    name: str
    size: int
    modified: float

    @classmethod
    def of(cls, path: Path) -> FileState:
        """Return the current state of a file."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return cls(path.name, 0, 0.0)  # a missing partner is reported when the files are checked
        return cls(path.name, status.st_size, status.st_mtime)


def require_unchanged(paths: Sequence[Path], states: Sequence[FileState]) -> None:
    """Raise ParamnetError naming the first file whose state has changed."""
    for path, state in zip(paths, states, strict=True):
        now = FileState.of(path)
        if state != now:
            raise ParamnetError(
                path.name,
                expected=f"the file that was checked ({state.size} bytes)",
                got=f"one that was changed while it was read ({now.size} bytes)",
                where=str(path.parent),
                remedy="run again with overwrite=true when nothing writes to it",
            )


def describe_file(path: Path) -> dict[str, Any]:
    """Return name, size in bytes, time of last change (s) and SHA-256 of the first 64 KiB."""
    status = path.stat()
    with path.open("rb") as stream:
        digest = hashlib.sha256(stream.read(_HEAD_BYTES)).hexdigest()
    return {"name": path.name, "size": status.st_size, "modified": status.st_mtime, "sha256_head": digest}
