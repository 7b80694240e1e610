"""What a run has finished, on disk beside the store it makes: the same command continues from there after any kill.

``<store>.incomplete/`` is the store being made; in its folder ``work`` stand the claim (what is being made, of what), the
plan, and one small file for each finished piece of work, renamed into place when all it speaks of is in place.
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
from paramnet.files import write_json
from paramnet.preprocessing.records import load_record, save_record


@dataclass(frozen=True)
class Journal:
    """Records in ``folder``, by kind and number. Every process of a run may write; a record, once there, is whole."""

    folder: Path

    def path(self, kind: str, number: int) -> Path:
        """Where a record stands."""
        return self.folder / kind / f"{number:08d}"

    def open_kinds(self, *kinds: str) -> None:
        """Make the folders of the kinds, and clear what a killed run left half written."""
        for kind in kinds:
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
            for leftover in (self.folder / kind).glob(".*.part"):
                leftover.unlink(missing_ok=True)

    def record(self, kind: str, number: int, what: Any = None) -> None:
        """Note that a piece of work is done, with its result."""
        save_record(self.path(kind, number), what)

    def load(self, kind: str, number: int, result: type = object) -> Any:
        """The result noted for a piece of work, which must be an object of the class ``result``."""
        return load_record(self.path(kind, number), result)

    def done(self, kind: str) -> set[int]:
        """Numbers of the pieces of work that are done."""
        return {int(path.name) for path in (self.folder / kind).iterdir() if path.name.isdigit()}


def read_claim(aside: Path) -> dict[str, Any] | None:
    """What an unfinished run says it is making: fingerprint, configuration and code; None where no run has begun."""
    path = aside / "work" / "claim.json"
    if not path.is_file():
        return None
    try:
        claim = json.loads(path.read_text(encoding="utf-8"))
        return {"fingerprint": str(claim["fingerprint"]), "config": dict(claim["config"]), "code": claim.get("code", "")}
    except (ValueError, KeyError, TypeError) as error:
        raise ParamnetError(
            str(path), expected="a JSON record of an unfinished run", got=f"a damaged one ({error})", remedy=f"remove {aside}"
        ) from error


def write_claim(aside: Path, fingerprint: str, config: dict[str, Any], code: str) -> Journal:
    """Take the folder for a run of this fingerprint."""
    write_json(aside / "work" / "claim.json", {"fingerprint": fingerprint, "config": config, "code": code})
    return Journal(aside / "work")


@contextmanager
def room_needed(store: Path) -> Iterator[None]:
    """Turn "no space left" into an error that says what to do; the work done so far stays."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise ParamnetError(
            f"store {store}: expected room for the store and as much again while it is made, got '{error.strerror}'; "
            "make room and run the same command again: it continues where it stopped"
        ) from error
