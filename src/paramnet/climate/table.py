"""The comparison as a table for the terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from paramnet.climate.climate import AIMS, RUNS
from paramnet.reporting.table import table

__all__ = ["climate_table"]

HEADINGS = {"floor": "second control", "learned_no_fallback": "no fallback", "kuo": "Kuo", "off": "no convection"}


def climate_table(comparison: dict[str, Any]) -> Table:
    """RMSE against the control by field and run, and the ratio learned / floor, green if it meets its target."""
    fields = comparison["online"]["fields"]
    names = comparison.get("members", comparison["runs"])
    runs = [*(name for name in RUNS if name in names), *(name for name in names if name not in (*RUNS, "control"))]
    first, last = comparison["window_days"]
    headings = ["field", *(HEADINGS.get(name, name) for name in runs), "units", "learned / floor"]
    rows = (
        [row["long_name"], *(_cell(comparison, row, run) for run in runs), row["units"], _ratio(name, row)] for name, row in fields.items()
    )
    title = f"RMSE of zonal means against control, days {first}–{last}"
    return table(headings, rows, title, right=[*range(1, len(runs) + 1), len(headings) - 1])


def _cell(comparison: dict[str, Any], row: dict[str, Any], run: str) -> str:
    value = row.get(run)
    return f"{value:.3g}" if value is not None else f"ended on day {comparison['runs'][run]['days']}"


def _ratio(name: str, row: dict[str, Any]) -> str:
    if not row.get("floor") or row.get("learned") is None:
        return "—"
    ratio = row["learned"] / row["floor"]
    if name not in AIMS:
        return f"{ratio:.2f}"
    colour = "green" if ratio <= AIMS[name] else "red"
    return f"[{colour}]{ratio:.2f}[/{colour}]"
