"""The demo's last table."""

import json
from pathlib import Path

from rich.console import Console

from paramnet.cli.summary import write_summary


def test_the_summary_gives_a_bias_with_each_mean_absolute_error(tmp_path: Path) -> None:
    row = {"r2": 0.9, "mae": 2.0, "bias": -0.75, "linear_mae": 4.0, "linear_bias": 0.5, "climatology_mae": 8.0, "climatology_bias": 0.25}
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "skill.json").write_text(json.dumps({"rain": row, "samples": 3}))
    comparison = tmp_path / "online" / "comparison"
    comparison.mkdir(parents=True)
    online = {"fields": {}, "days": 1, "nonfinite": 0, "fallback_fraction": 0.0, "limited_fraction": 0.0}
    told = {"online": online, "cost": {"teacher_ms": 1.0, "learned_ms": 2.0}, "runs": {}, "window_days": [1, 2]}
    (comparison / "comparison.json").write_text(json.dumps(told))
    files = {"skill": str(tmp_path / "evaluation" / "skill.json"), "comparison": str(comparison / "comparison.json")}
    console = Console(width=120, record=True, quiet=False)
    summary = json.loads(write_summary(tmp_path, files, {"train": 1.0}, console).read_text())
    assert summary["offline"]["rain"] == row
    shown = " ".join(console.export_text().split())
    assert "2 (-0.75)" in shown and "4 (+0.5)" in shown and "8 (+0.25)" in shown


def test_a_pipeline_without_skill_or_comparison_has_its_times(tmp_path: Path) -> None:
    summary = json.loads(write_summary(tmp_path, {}, {"host": 2.0, "record": 3.0}, Console(record=True)).read_text())
    assert summary == {"seconds": {"host": 2.0, "record": 3.0, "total": 5.0}}
