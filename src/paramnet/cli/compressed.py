"""The table of ``paramnet compress``: the large network, the pruned one, and that after distillation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from paramnet.reporting.table import console, table

SIZES = {
    "parameters": ("weights", ",d"),
    "mflop_per_column": ("MFLOP per column", ".3g"),
    "microseconds_per_column": ("µs per column", ".3g"),
}


def show_comparison(path: Path) -> None:
    """Print size, cost and R2 of each network, one column for each, from ``compress.json``."""
    record = json.loads(path.read_text(encoding="utf-8"))
    networks: list[dict[str, Any]] = list(record["networks"].values())
    lines = [[label, *(format(network[key], form) for network in networks)] for key, (label, form) in SIZES.items()]
    lines += [[f"R² {name}", *(f"{network['r2'][name]:.3f}" for network in networks)] for name in networks[0]["r2"]]
    console().print(table(["", *record["networks"]], lines, right=range(1, len(networks) + 1)))
