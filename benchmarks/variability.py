"""Results of pipeline=variability as the benchmarks' rows: how a stochastic network varies beside its teacher and beside Kuo.

python benchmarks/variability.py COMPARISON [--long RUN --teacher RUN ...]

COMPARISON : the folder that ``paramnet compare`` wrote, with roles ``stochastic`` and ``kuo`` and several runs of the teacher.
--long : a coupled run of years, whose zonal means are compared with those of the --teacher runs. Writes runs/bench/variability.json.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from report import Row, publish

from paramnet.climate.climate import Climate, root_mean_square, summarise
from paramnet.climate.history import read_run

OURS, PEER = "stochastic", "kuo"
HOW = "paramnet run pipeline=rasp2018; paramnet run pipeline=variability; python benchmarks/variability.py"
YEAR = {
    "air_temperature": ("zonal_temperature_year", "K", 0.41),
    "specific_humidity": ("zonal_humidity_year", "g/kg", 0.076),
    "eastward_wind": ("zonal_wind_year", "m/s", 1.39),
    "precipitation_flux": ("zonal_rain_year", "mm/day", 0.60),
}  # bars: of the deterministic network


def mean(roles: dict[str, Any], name: str, role: str) -> float:
    """Mean over the members of a role; of ``teacher`` over control and floor together."""
    if role != "teacher":
        return float(roles[name][role]["mean"])
    rows = [roles[name][one] for one in ("control", "floor")]
    return float(np.average([row["mean"] for row in rows], weights=[row["members"] for row in rows]))


def variability(table: dict[str, Any]) -> list[Row]:
    """Rows of the window: distances and ratios to the teacher, and the number of diagnostics that are closer to it than Kuo's."""
    roles, distances = table["diagnostics"]["roles"], table["diagnostics"]["role_distances"]

    def ratio(name: str) -> float:
        return mean(roles, name, OURS) / mean(roles, name, "teacher")

    dry = abs(mean(roles, "dry_day_share", OURS) - mean(roles, "dry_day_share", "teacher"))
    closer = closer_than_peer(table)
    return [
        Row("wave_spectrum_distance", distances["wave_power_log10"][OURS]["rms"], "log10 of power", "<= 0.6", HOW),
        Row("dry_day_share_difference", dry, "1", "<= 0.05", HOW),
        Row("heating_std_ratio", ratio("heating_std"), "1", ">= 0.95, <= 1.05", HOW),
        Row("tropical_rain_variance_ratio", ratio("tropical_rain_variance"), "1", ">= 0.81, <= 1.21", HOW),
        Row("rain_999_ratio", ratio("rain_999"), "1", ">= 0.95, <= 1.05", HOW),
        Row("rain_9999_ratio", ratio("rain_9999"), "1", ">= 0.95, <= 1.05", HOW),
        Row("rain_belt_peak_ratio", ratio("rain_band_peak"), "1", ">= 0.95, <= 1.05", HOW),
        Row("column_energy_rms", mean(roles, "column_energy_rms", OURS), "W/m²", "<= 3.5", HOW),
        Row("diagnostics_closer_than_kuo", sum(closer.values()), "1", f">= {len(closer)}", HOW + "; not: " + listed(closer)),
        Row("diagnostics_in_all", len(closer), "1", "", HOW),
    ]


def listed(closer: dict[str, bool]) -> str:
    """The diagnostics in which Kuo's run is as close or closer."""
    return ", ".join(name for name, nearer in closer.items() if not nearer) or "none"


def closer_than_peer(table: dict[str, Any]) -> dict[str, bool]:
    """Diagnostic -> True if the stochastic runs are closer to the teacher than Kuo's: scalars, distances and zonal means."""
    roles, distances, fields = table["diagnostics"]["roles"], table["diagnostics"]["role_distances"], table["online"]["fields"]
    found = {}
    for name, rows in roles.items():
        if OURS in rows and PEER in rows:
            wanted = mean(roles, name, "teacher")
            found[name] = abs(mean(roles, name, OURS) - wanted) < abs(mean(roles, name, PEER) - wanted)
    for name, rows in distances.items():
        if OURS in rows and PEER in rows:
            found[f"distance of {name}"] = rows[OURS]["rms"] < rows[PEER]["rms"]
    for name, row in fields.items():
        if row.get(OURS) is not None and row.get(PEER) is not None:
            found[f"zonal mean of {name}"] = row[OURS] < row[PEER]
    return found


def long_run(run: Path, teachers: list[Path], first_day: int, last_day: int) -> list[Row]:
    """Zonal means of a long run beside the mean of the teacher's runs, and the years that it lasted."""
    history = read_run("long", run)
    days = history.recorded_days
    mine = summarise(history, first_day, days)
    theirs = [summarise(read_run(f"teacher {number}", folder), first_day, last_day) for number, folder in enumerate(teachers)]
    how = f"paramnet online mode=learned days={days}, days {first_day + 1} to {days}; the teacher's {len(theirs)} runs to day {last_day}"
    rows = [Row(name, error(mine, theirs, field), unit, f"<= {bar}", how) for field, (name, unit, bar) in YEAR.items()]
    return [*rows, Row("years_stable", days / 365.0, "years", ">= 3", how)]


def error(mine: Climate, theirs: list[Climate], name: str) -> float:
    """Root mean square difference of the zonal time means."""
    wanted = np.mean([one.zonal_mean(name, one.window) for one in theirs if one.window], axis=0)
    assert mine.window is not None
    return root_mean_square(mine.grid, mine.zonal_mean(name, mine.window) - wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("comparison", type=Path)
    parser.add_argument("--long", type=Path)
    parser.add_argument("--teacher", type=Path, nargs="+", default=[])
    given = parser.parse_args()
    table = json.loads((given.comparison / "comparison.json").read_text(encoding="utf-8"))
    rows = variability(table)
    if given.long:
        rows += long_run(given.long, given.teacher, *table["window_days"])
    publish("variability", rows)


if __name__ == "__main__":
    main()
