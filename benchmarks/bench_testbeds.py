"""The testbed Lorenz 96 from nothing to its report: seconds, offline skill and climate of the shipped scheme, Fortran against torch."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import Row, publish

COMMAND = ("paramnet", "testbed", "lorenz96")


def run(folder: Path) -> tuple[dict, float]:
    """scores.json and the seconds that the command took."""
    began = time.perf_counter()
    words = [sys.executable, "-m", *COMMAND, f"output={folder}", f"build={folder}/build"]
    subprocess.run(words, check=True)
    return json.loads((folder / "scores" / "scores.json").read_text(encoding="utf-8")), time.perf_counter() - began


def main() -> int:
    """Measure, print, and write runs/bench/testbeds.json. Returns 1 if a target is missed."""
    with tempfile.TemporaryDirectory() as folder:
        scores, seconds = run(Path(folder))
    learned, how = scores["rows"]["learned"], " ".join(COMMAND)
    complete = learned["climate"]["units"] if learned["climate"]["complete"] else 0.0
    rows = [
        Row("l96_offline_r2", learned["r2"], "1", ">= 0.92", how),
        Row("l96_hellinger_vs_polynomial", scores["hellinger_vs_cubic_ar1"], "1", "<= 0.5", how),
        Row("l96_units_without_blow_up", complete, "time units", ">= 10000", how),
        Row("l96_valid_time", learned["valid_lyapunov_times"], "Lyapunov times", "", how),
        Row("l96_valid_time_of_polynomial", scores["rows"]["cubic"]["valid_lyapunov_times"], "Lyapunov times", "", how),
        Row("l96_hellinger_forcing_24", learned["transfer"].get("hellinger", 1.0), "1", "", how),
        Row("l96_fortran_minus_torch", scores["fortran_minus_torch"], "1", "<= 1e-6", f"{how}, 100 steps"),
        Row("quickstart_seconds", seconds, "s", "<= 120", how),
    ]
    return 0 if publish("testbeds", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
