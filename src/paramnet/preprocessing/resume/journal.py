"""Journal of finished work, with which the same command resumes a run that was killed.

``<store>.incomplete/`` is the unfinished store. Its folder ``work`` has the claim (fingerprint and settings of the run), the plan,
and one small file per finished task, which is renamed into place after all results of the task are in place.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.files import load_record, save_record, write_json


@dataclass(frozen=True)
class Journal:
    """Records in ``folder`` by kind and number. All processes of a run may write; a record that exists is complete."""

    folder: Path

    def path(self, kind: str, number: int) -> Path:
        """Return the path of a record."""
        return self.folder / kind / f"{number:08d}"

    def open_kinds(self, *kinds: str) -> None:
        """Create the folders of the kinds, and remove temporary files of a killed run."""
        for kind in kinds:
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
            for leftover in (self.folder / kind).glob(".*.part"):
                leftover.unlink(missing_ok=True)

    def record(self, kind: str, number: int, what: Any = None) -> None:
        """Record that a task is done, with its result."""
        save_record(self.path(kind, number), what)

    def load(self, kind: str, number: int, result: type = object) -> Any:
        """Return the recorded result of a task, which must be of the class ``result``."""
        return load_record(self.path(kind, number), result)

    def done(self, kind: str) -> set[int]:
        """Return the numbers of the finished tasks."""
        return {int(path.name) for path in (self.folder / kind).iterdir() if path.name.isdigit()}


def read_claim(unfinished: Path) -> dict[str, Any] | None:
    """Return fingerprint, configuration and code digest of an unfinished run; None if no run was started."""
    path = unfinished / "work" / "claim.json"
    if not path.is_file():
        return None
    try:
        claim = json.loads(path.read_text(encoding="utf-8"))
        return {"fingerprint": str(claim["fingerprint"]), "config": dict(claim["config"]), "code": claim.get("code", "")}
    except (ValueError, KeyError, TypeError) as error:
        raise ParamnetError(
            path.name,
            expected="a JSON record of an unfinished run",
            got=f"a damaged one ({error})",
            where=str(path.parent),
            remedy=f"remove {unfinished}",
        ) from error


def write_claim(unfinished: Path, fingerprint: str, config: dict[str, Any], code: str) -> Journal:
    """Claim the folder for a run with this fingerprint."""
    write_json(unfinished / "work" / "claim.json", {"fingerprint": fingerprint, "config": config, "code": code})
    return Journal(unfinished / "work")


@contextmanager
def space_needed(store: Path) -> Iterator[None]:
    """Turn "no space left" into a ParamnetError with a remedy; finished work is kept."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise ParamnetError(
            f"store {store}",
            expected="disk space for twice the size of the store",
            got=repr(error.strerror),
            remedy="free some space and run the same command again; it resumes where it stopped",
        ) from error
