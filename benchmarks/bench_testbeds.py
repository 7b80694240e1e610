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
WITHOUT_MEMORY = ("train=[inputs.memory=false]", "noise_hours=[43]")


def run(folder: Path, *overrides: str) -> tuple[dict, float]:
    """scores.json and the seconds that the command took."""
    began = time.perf_counter()
    words = [sys.executable, "-m", *COMMAND, f"output={folder}", f"build={folder}/build", *overrides]
    subprocess.run(words, check=True)
    return json.loads((folder / "scores" / "scores.json").read_text(encoding="utf-8")), time.perf_counter() - began


def main() -> int:
    """Measure, print, and write runs/bench/testbeds.json. Returns 1 if a target is missed."""
    with tempfile.TemporaryDirectory() as folder:
        scores, seconds = run(Path(folder) / "memory")
        plain, _ = run(Path(folder) / "plain", *WITHOUT_MEMORY)
    learned, how, how_plain = scores["rows"]["learned"], " ".join(COMMAND), " ".join([*COMMAND, *map(repr, WITHOUT_MEMORY)])
    complete = learned["climate"]["units"] if learned["climate"]["complete"] else 0.0
    rows = [
        Row("l96_offline_r2", plain["rows"]["learned"]["r2"], "1", ">= 0.92", how_plain),
        Row("l96_offline_r2_with_memory", learned["r2"], "1", "", how),
        Row("l96_offline_r2_of_persistence", scores["persistence_r2"], "1", "", how),
        Row("l96_hellinger_vs_polynomial", scores["hellinger_vs_cubic_ar1"], "1", "<= 0.5", how),
        Row("l96_hellinger_vs_polynomial_without_memory", plain["hellinger_vs_cubic_ar1"], "1", "", how_plain),
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
