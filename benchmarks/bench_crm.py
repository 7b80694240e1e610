"""The embedded cloud-resolving model: wall time of one cell and step, one core, 8 points x 24 levels x 16 columns.

Days of radiative-convective equilibrium, the first left out (no clouds yet); the median of the others.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from report import Row, publish

DAYS = 9


def cost(nx: int) -> list[float]:
    """Microseconds per cell and step of every day but the first."""
    program = Path(os.environ.get("PARAMNET_BRIDGE_BUILD", "build/bridge-build")) / "crm" / "crm_single_column"
    if not program.is_file():
        sys.exit(f"{program}: not built; run `make bridge`, or give PARAMNET_BRIDGE_BUILD")
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "settings.nml"
        settings.write_text(f"&single_column nx={nx}, days={DAYS}, output='{folder}/profile.txt' /\n")
        printed = subprocess.run([program, settings], capture_output=True, text=True, check=True).stdout
    days = [line.split() for line in printed.splitlines() if line.split() and line.split()[0].isdigit()]
    return [float(day[-1]) for day in days[1:]]


def main() -> int:
    """Measure, print, write runs/bench/crm.json; 1 when a bar is missed."""
    how = f"median of {DAYS - 1} days of equilibrium, one core, 16 columns a block"
    eight, more = cost(8), cost(32)
    rows = [
        Row("crm_us_per_cell_step", statistics.median(eight), "us", "<= 0.1", how),
        Row("crm_us_per_cell_step_best_day", min(eight), "us", "", how.replace("median", "least")),
        Row("crm_us_per_cell_step_32_points", statistics.median(more), "us", "", how),
    ]
    return 0 if publish("crm", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
