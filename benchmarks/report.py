"""Shared by all benchmarks: a table on the screen, and ``runs/bench/<name>.json``."""

from __future__ import annotations

import json
import operator
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

_RELATIONS = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True)
class Row:
    """One measured value. ``bar`` : the target, ``"<= 1.1"``, ``">= 2"`` or both, ``">= 0.9, <= 1.1"``; empty if there is none.

    Without a target ``ok`` is true.
    """

    name: str
    value: float
    unit: str
    bar: str
    how: str

    @property
    def ok(self) -> bool:
        """True if the value meets its target."""
        if not self.bar:
            return True
        limits = (one.split() for one in self.bar.split(", "))
        return all(bool(_RELATIONS[relation](self.value, float(limit))) for relation, limit in limits)


def median_seconds(task: Callable[[], object], repeats: int, warmup: int = 2) -> float:
    """Median wall time of ``task`` in seconds over ``repeats`` runs after ``warmup`` uncounted ones."""
    for _ in range(warmup):
        task()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        task()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def publish(name: str, rows: list[Row]) -> bool:
    """Print the table, write the JSON list, and return True if every target is met."""
    table = Table(title=f"bench {name}")
    for column in ("name", "value", "unit", "bar", "ok", "how"):
        table.add_column(column, justify="right" if column == "value" else "left", overflow="fold")
    for row in rows:
        mark = "yes" if row.ok else "[red]no[/red]"
        table.add_row(row.name, f"{row.value:.4g}", row.unit, row.bar, mark if row.bar else "", row.how)
    Console().print(table)
    folder = Path(os.environ.get("PARAMNET_RUNS", "runs")) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    target, temporary = folder / f"{name}.json", folder / f".{name}.json.part"
    temporary.write_text(json.dumps([{**asdict(row), "ok": row.ok} for row in rows], indent=1))
    temporary.rename(target)
    print(f"written: {target}")
    return all(row.ok for row in rows)
