"""The testbeds from nothing to their reports: the shipped scheme of Lorenz 96 in Fortran and in torch, and systems that are learned."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import Row, publish

COMMAND = ("paramnet", "testbed")


def run(name: str, folder: Path) -> tuple[dict, float]:
    """scores.json of a testbed and the seconds that the command took."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", *COMMAND, name, f"output={folder}", f"build={folder}/build"], check=True)
    seconds = time.perf_counter() - began
    path = next(path for path in (folder / "scores.json", folder / "scores" / "scores.json") if path.is_file())
    return json.loads(path.read_text(encoding="utf-8")), seconds


def of_scheme(folder: Path) -> list[Row]:
    """Lorenz 96, two tiers: the whole pipeline."""
    scores, seconds = run("lorenz96", folder)
    learned, how = scores["rows"]["learned"], "paramnet testbed lorenz96"
    complete = learned["climate"]["units"] if learned["climate"]["complete"] else 0.0
    return [
        Row("l96_offline_r2", learned["r2"], "1", ">= 0.92", how),
        Row("l96_hellinger_vs_polynomial", scores["hellinger_vs_cubic_ar1"], "1", "<= 0.5", how),
        Row("l96_units_without_blow_up", complete, "time units", ">= 10000", how),
        Row("l96_valid_time", learned["valid_lyapunov_times"], "Lyapunov times", "", how),
        Row("l96_valid_time_of_polynomial", scores["rows"]["cubic"]["valid_lyapunov_times"], "Lyapunov times", "", how),
        Row("l96_hellinger_forcing_24", learned["transfer"].get("hellinger", 1.0), "1", "", how),
        Row("l96_fortran_minus_torch", scores["fortran_minus_torch"], "1", "<= 1e-6", f"{how}, 100 steps"),
        Row("quickstart_seconds", seconds, "s", "<= 120", how),
    ]


def of_forecasts(name: str, prefix: str, folder: Path) -> list[Row]:
    """A system that is forecast. The targets of D2R2 are the echo state networks' results; that of the best row is published."""
    scores, seconds = run(name, folder)
    rows, how = scores["rows"], f"paramnet testbed {name}"
    network = max(("esn_low", "esn_high"), key=lambda one: rows[one]["valid"])
    best = f">= {scores['published']}" if scores["published"] else ""
    cost = rows["d2r2"]["cost"] / rows[network]["cost"]
    return [
        Row(f"{prefix}_d2r2_vpt", rows["d2r2"]["valid"], "Lyapunov times", f">= {rows[network]['valid']}", f"{how}, target: {network}"),
        Row(f"{prefix}_esn_vpt", rows[network]["valid"], "Lyapunov times", "", f"{how}, {network}"),
        Row(f"{prefix}_best_vpt", rows[scores["best"]]["valid"], "Lyapunov times", best, f"{how}, {scores['best']}"),
        Row(f"{prefix}_d2r2_cost_vs_esn", cost, "1", "<= 1", f"{how}, multiplications"),
        Row(f"{prefix}_seconds", seconds, "s", "<= 120", how),
    ]


def of_decisions(folder: Path) -> list[Row]:
    """The logistic map beyond its training, and the harvest."""
    maps, decisions = run("logistic", folder / "logistic")[0], run("harvest", folder / "harvest")[0]
    error = maps["rows"]["conditioned"]["accumulation_error"]
    return [
        Row("logistic_accumulation_error", 1.0 if error is None else error, "1", "<= 0.02", "paramnet testbed logistic"),
        Row("gp_policy_collapses", decisions["rows"]["process"]["collapses"], "of 100", "<= 0", "paramnet testbed harvest"),
        Row("best_fit_policy_collapses", decisions["rows"]["ricker"]["collapses"], "of 100", "", "paramnet testbed harvest"),
    ]


def of_model_errors(folder: Path) -> list[Row]:
    """Terms taken out of a quasi-geostrophic model: the largest error of their coefficients; a missing or extra term counts as 100 %."""
    rows, how = run("qg_errors", folder)[0]["rows"], "paramnet testbed qg_errors"
    error = {name: row["largest"] if not row["wrong_terms"] else max(100.0, row["largest"]) for name, row in rows.items()}
    return [
        Row("medida_full_error", error["full"], "%", "<= 5", how),
        Row("medida_sparse_error", error["fourier"], "%", "<= 15", f"{how}, random Fourier features"),
        Row("medida_sparse_error_without_fourier", error["tanh"], "%", ">= 15", f"{how}, must fail"),
        Row("medida_noisy_error", rows["noisy"]["largest"], "%", "", f"{how}, {rows['noisy']['wrong_terms']} missing or extra terms"),
    ]


def of_turbulence(folder: Path) -> list[Row]:
    """Closures of coarse quasi-geostrophic turbulence: one learned scheme in both cases. Targets: the best published one of each case."""
    scores, how = run("qg", folder)[0], "paramnet testbed qg, 128 to 48 points, runs of 2 years"
    rows, best = scores["rows"], scores["best"]
    bars = {"eddies": ">= 0.75", "jets": ">= 0.41"}

    def scored(row: str, case: str) -> float:
        return -99.0 if rows[row][case] is None else rows[row][case]

    return [
        *(Row(f"qg_{case}_similarity", scored(best, case), "1", bar, f"{how}, {best}") for case, bar in bars.items()),
        *(Row(f"qg_{case}_similarity_of_backscatter", scored("backscatter", case), "1", "", how) for case in bars),
    ]


def main() -> int:
    """Measure, print, and write runs/bench/testbeds.json. Returns 1 if a target is missed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = of_scheme(folder / "lorenz96")
        rows += of_forecasts("lorenz63", "l63", folder / "lorenz63")
        rows += of_forecasts("lorenz96_three", "l96_three", folder / "three")
        rows += of_decisions(folder)
        rows += of_model_errors(folder / "qg_errors")
        rows += of_turbulence(folder / "qg")
    return 0 if publish("testbeds", rows) else 1


if __name__ == "__main__":
    sys.exit(main())
