"""The complete pipeline in miniature: the demo's commands on a few days, and its promised results."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.host, pytest.mark.slow]

MINIATURE = [
    "timing=false",
    "record_days=4",
    "days=10",
    "first_day=0",
    "chunk_days=10",
    'preprocess=["splits.skip_days=1","splits.block_days=0.5","splits.gap_days=0.1","splits.train.fraction=0.5",'
    '"splits.validation.fraction=0.25","splits.test.fraction=0.25"]',
    'train=["trainer.epochs=1","model.hidden=[32]"]',
    'online=["~runs.off","~runs.learned_no_fallback","~runs.linear"]',
]


def demo(output: Path, runs: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "paramnet.cli.main", "run", "pipeline=demo", f"output={output}", f"paths.runs={runs}", *MINIATURE]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])


def test_the_demo_writes_its_summary_and_report_and_reuses_them(tmp_path: Path, repository: Path) -> None:
    if not (repository / "build" / "bridge" / "lib").is_dir():
        pytest.skip("the bridge is not built; run `make bridge` first")
    output = tmp_path / "demo"
    first = demo(output, tmp_path)
    assert first.returncode == 0, first.stdout[-3000:] + first.stderr[-3000:]
    summary = json.loads((output / "summary.json").read_text())
    assert summary["online"]["days"] == 10 and summary["online"]["nonfinite"] == 0
    for name in ("air_temperature", "specific_humidity", "eastward_wind", "precipitation_flux"):
        row = summary["online"]["fields"][name]
        assert all(math.isfinite(row[run]) and row[run] > 0 for run in ("learned", "floor")), name
    for name, row in summary["offline"].items():
        assert {"r2", "mae", "linear_mae", "climatology_mae"} <= set(row), name
    assert summary["cost"]["teacher_ms"] > 0 and summary["cost"]["learned_ms"] > 0
    assert (output / "online" / "comparison" / "report.html").stat().st_size > 100_000
    again = demo(output, tmp_path)
    assert again.returncode == 0 and again.stdout.count("reused") == len(summary["seconds"]) - 1
