"""What was tried, and whether it was survived."""

from __future__ import annotations

import os
from pathlib import Path

from paramnet.files import write_json

MOMENTS = int(os.environ.get("PARAMNET_SYSTEM_MOMENTS", "1"))  # of each fault, for each command; 4 in `make test-system`
_ROWS: list[dict[str, object]] = []


def note(**row: object) -> None:
    """Add a row: ``command``, ``fault``, ``survived`` and what else there is to say."""
    _ROWS.append(row)


def publish() -> str:
    """Keep the rows in runs/system/tried.json; returns them summed by command and fault."""
    if not _ROWS:
        return ""
    folder = Path(os.environ.get("PARAMNET_RUNS", "runs")) / "system"
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "tried.json", _ROWS)
    kinds: dict[tuple[object, object], list[bool]] = {}
    for row in _ROWS:
        kinds.setdefault((row["command"], row["fault"]), []).append(bool(row["survived"]))
    lines = [f"{command!s:<12} {fault!s:<34}{len(tried):>5}{sum(tried):>9}" for (command, fault), tried in kinds.items()]
    total = f"{'all':<47}{len(_ROWS):>5}{sum(bool(row['survived']) for row in _ROWS):>9}"
    return "\n".join([f"{'command':<12} {'fault':<34}{'tried':>5}{'survived':>9}", *lines, total])
