"""The summary of a pipeline: ``summary.json``, and the same as tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from paramnet.climate.table import climate_table
from paramnet.files import write_json
from paramnet.reporting.table import table

_OFFLINE = ("r2", "mae", "bias", "linear_mae", "linear_bias", "climatology_mae", "climatology_bias")


def write_summary(out: Path, files: Mapping[str, str], seconds: Mapping[str, float], console: Console) -> Path:
    """Write skill, climates, cost and times to ``out/summary.json`` and print them.

    files : ``skill`` and ``comparison``, the JSON files of an evaluation and of coupled runs; either may be missing.
    """
    skill, comparison = (_read(files, name) for name in ("skill", "comparison"))
    summary: dict[str, Any] = {}
    if skill:
        summary["offline"] = {
            name: {key: scores[key] for key in _OFFLINE if key in scores}
            for name, scores in skill.items()
            if isinstance(scores, dict) and "r2" in scores
        }
    summary |= {name: comparison[name] for name in ("online", "cost") if comparison}
    summary["seconds"] = {**{name: round(value, 1) for name, value in seconds.items()}, "total": round(sum(seconds.values()), 1)}
    target = out / "summary.json"
    write_json(target, summary)
    if comparison:
        console.print(climate_table(comparison))
    if skill:
        console.print(_offline_table(summary["offline"]))
    if comparison:
        _print_cost(summary["cost"], summary["online"], console)
        console.print(f"report:  {Path(files['comparison']).parent / 'report.html'}", highlight=False)
    console.print(f"summary: {target}", highlight=False)
    return target


def _read(files: Mapping[str, str], name: str) -> dict[str, Any]:
    return dict(json.loads(Path(files[name]).read_text(encoding="utf-8"))) if files.get(name) else {}


def _shown(value: float | None, form: str) -> str:
    """A number, or a dash where a run that ended early has left none."""
    return "—" if value is None else format(value, form)


def _offline_table(offline: Mapping[str, dict[str, Any]]) -> Table:
    rows = (
        [name, f"{row['r2']:.3f}", *(_error_and_bias(row, prefix) for prefix in ("", "linear_", "climatology_"))]
        for name, row in offline.items()
    )
    title = "Offline: mean absolute error (bias: prediction less truth) in W m-2 on unseen days"
    return table(("variable", "R2", "network", "linear", "climatology"), rows, title, right=range(1, 5))


def _print_cost(cost: dict[str, Any], online: dict[str, Any], console: Console) -> None:
    console.print(
        f"cost a call: teacher {_shown(cost['teacher_ms'], '.1f')} ms, learned {_shown(cost['learned_ms'], '.1f')} ms; "
        f"days {_shown(online['days'], 'd')}, not finite {_shown(online['nonfinite'], '.0f')}, "
        f"fallback {_shown(online['fallback_fraction'], '.2%')}, limited {_shown(online['limited_fraction'], '.2%')} of columns",
        highlight=False,
    )


def _error_and_bias(row: dict[str, Any], prefix: str) -> str:
    error, bias = row.get(f"{prefix}mae"), row.get(f"{prefix}bias")
    return "" if error is None else f"{error:.3g}" if bias is None else f"{error:.3g} ({bias:+.2g})"
