"""Table of the faults tried, and whether the command survived; one line each in a file, since tests run in several processes."""

from __future__ import annotations

import json
import os
from pathlib import Path

from paramnet.files import write_json

MOMENTS = int(os.environ.get("PARAMNET_SYSTEM_MOMENTS", "1"))  # of each fault, for each command; 4 in `make test-system`
FOLDER = Path(os.environ.get("PARAMNET_RUNS", "runs")).absolute() / "system"


def clear() -> None:
    """Remove the rows of earlier sessions."""
    (FOLDER / "tried.jsonl").unlink(missing_ok=True)


def note(**row: object) -> None:
    """Add a row: ``command``, ``fault``, ``survived`` and other facts."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "tried.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n")


def publish() -> str:
    """Write the rows to runs/system/tried.json and return their sums by command and fault."""
    file = FOLDER / "tried.jsonl"
    if not file.is_file():
        return ""
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    write_json(FOLDER / "tried.json", rows)
    kinds: dict[tuple[str, str], list[bool]] = {}
    for row in sorted(rows, key=lambda row: (row["command"], row["fault"])):
        kinds.setdefault((row["command"], row["fault"]), []).append(bool(row["survived"]))
    lines = [f"{command:<12} {fault:<34}{len(tried):>5}{sum(tried):>9}" for (command, fault), tried in kinds.items()]
    total = f"{'all':<47}{len(rows):>5}{sum(bool(row['survived']) for row in rows):>9}"
    return "\n".join([f"{'command':<12} {'fault':<34}{'tried':>5}{'survived':>9}", *lines, total])
