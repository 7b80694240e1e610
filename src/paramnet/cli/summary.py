"""The demo's last words: ``summary.json`` and the same as a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from paramnet.climate.table import climate_table
from paramnet.files import write_json
from paramnet.reporting.table import table

_OFFLINE = ("r2", "mae", "bias", "linear_mae", "linear_bias", "climatology_mae", "climatology_bias")


def write_summary(out: Path, seconds: dict[str, float], console: Console) -> Path:
    """Gather skill, climates, cost and times below ``out`` into ``out/summary.json`` and print them."""
    skill = json.loads((out / "evaluation" / "skill.json").read_text())
    comparison = json.loads((out / "online" / "comparison" / "comparison.json").read_text())
    summary = {
        "offline": {
            name: {key: scores[key] for key in _OFFLINE if key in scores}
            for name, scores in skill.items()
            if isinstance(scores, dict) and "r2" in scores
        },
        "online": comparison["online"],
        "cost": comparison["cost"],
        "seconds": {**{name: round(value, 1) for name, value in seconds.items()}, "total": round(sum(seconds.values()), 1)},
    }
    target = out / "summary.json"
    write_json(target, summary)
    _print(summary, comparison, console)
    console.print(f"report:  {out / 'online' / 'comparison' / 'report.html'}\nsummary: {target}", highlight=False)
    return target


def _shown(value: float | None, form: str) -> str:
    """A number, or a dash where a run that ended early has left none."""
    return "—" if value is None else format(value, form)


def _print(summary: dict[str, Any], comparison: dict[str, Any], console: Console) -> None:
    console.print(climate_table(comparison))
    rows = (
        [name, f"{row['r2']:.3f}", *(_error_and_bias(row, prefix) for prefix in ("", "linear_", "climatology_"))]
        for name, row in summary["offline"].items()
    )
    title = "Offline: mean absolute error (bias: prediction less truth) in W m-2 on unseen days"
    console.print(table(("variable", "R2", "network", "linear", "climatology"), rows, title, right=range(1, 5)))
    cost, online = summary["cost"], summary["online"]
    console.print(
        f"cost a call: teacher {_shown(cost['teacher_ms'], '.1f')} ms, learned {_shown(cost['learned_ms'], '.1f')} ms; "
        f"days {_shown(online['days'], 'd')}, not finite {_shown(online['nonfinite'], '.0f')}, "
        f"fallback {_shown(online['fallback_fraction'], '.2%')}, limited {_shown(online['limited_fraction'], '.2%')} of columns",
        highlight=False,
    )


def _error_and_bias(row: dict[str, Any], prefix: str) -> str:
    error, bias = row.get(f"{prefix}mae"), row.get(f"{prefix}bias")
    return "" if error is None else f"{error:.3g}" if bias is None else f"{error:.3g} ({bias:+.2g})"
