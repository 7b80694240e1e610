"""Cost of the embedded cloud-resolving model: wall time per cell and step on one core (8 points x 24 levels x 16 columns), and
simulated days per hour of a climate model with one in every column on two cores.

The cost per cell is the median over days of radiative-convective equilibrium without the first, which has no clouds yet. The climate
model is spun up for one day. `bench_crm.py cells` measures the cost per cell only.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import Row, publish

from paramnet.hosts.plasim.build import HostBuild, build_host
from paramnet.hosts.plasim.run import HostRun, last_status, run_host
from paramnet.hosts.plasim.setup import HostSetup
from paramnet.hosts.scheme_options import SchemeOptions

DAYS = 9
ROOT = Path(__file__).resolve().parents[1]
RANKS = 2


def cost(nx: int) -> list[float]:
    """Microseconds per cell and step, for each day except the first."""
    program = Path(os.environ.get("PARAMNET_BRIDGE_BUILD", "build/bridge-build")) / "crm" / "crm_single_column"
    if not program.is_file():
        sys.exit(f"{program}: not built; run `make bridge`, or give PARAMNET_BRIDGE_BUILD")
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "settings.nml"
        settings.write_text(f"&single_column nx={nx}, days={DAYS}, output='{folder}/profile.txt' /\n")
        printed = subprocess.run([program, settings], capture_output=True, text=True, check=True).stdout
    days = [line.split() for line in printed.splitlines() if line.split() and line.split()[0].isdigit()]
    return [float(day[-1]) for day in days[1:]]


def days_per_hour() -> dict[float, float]:
    """Simulated days per hour of wall time for each acceleration, from one day each that starts from the same state."""
    build = build_host(ROOT / "fortran_bridge" / "hosts" / "plasim", ROOT / "build" / "plasim", ranks=RANKS, rank_independent=True)
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "first"
        _day(build, first, 4.0, None)
        return {factor: 3600.0 / _day(build, Path(folder) / f"{factor:g}", factor, last_status(first)) for factor in (4.0, 1.0)}


def _day(build: HostBuild, output: Path, acceleration: float, start: Path | None) -> float:
    """Wall time in seconds."""
    host = HostSetup.from_yaml(ROOT / "conf" / "host" / "plasim_sp_aquaplanet.yaml")
    began = time.perf_counter()
    run_host(HostRun(output, host, SchemeOptions(mode="crm", crm_acceleration=acceleration), days=1, start=start), build)
    return time.perf_counter() - began


def main() -> int:
    """Measure, print, and write runs/bench/crm.json. Returns 1 if a target is missed."""
    how = f"median of {DAYS - 1} days of equilibrium, one core, 16 columns a block"
    eight, more = cost(8), cost(32)
    rows = [
        Row("crm_us_per_cell_step", statistics.median(eight), "us", "<= 0.055", how),
        Row("crm_us_per_cell_step_best_day", min(eight), "us", "", how.replace("median", "least")),
        Row("crm_us_per_cell_step_32_points", statistics.median(more), "us", "", how),
    ]
    if sys.argv[1:] != ["cells"]:
        rate, how = days_per_hour(), "one day from a day of its own, T21L10, 8 points of 4 km, 20 s, two ranks on two cores"
        rows += [Row("sp_days_per_hour", rate[1.0], "days", ">= 60", how), Row("sp_days_per_hour_accelerated", rate[4.0], "days", "", how)]
    return 0 if publish("crm", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
