"""Check of the folders that a command will write to."""

from __future__ import annotations

import os
from pathlib import Path

from paramnet.contract import ParamnetError


def require_writable_folder(folder: Path, key: str) -> Path:
    """Create ``folder`` with its parents, and return it.

    key : its configuration key, for errors. Raises ParamnetError if it cannot be created or written to.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".paramnet-probe-{os.getpid()}"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise ParamnetError(
            f"{key} {folder}",
            expected="a folder that can be written to",
            got=repr(error.strerror or str(error)),
            remedy=f"set {key} to a folder with write permission",
        ) from error
    return folder
