"""The report of a testbed: one table of scores and figures in one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from paramnet.reporting.html import number, render
from paramnet.reporting.picture import Picture, numbered
from paramnet.reporting.style import figure_style
from paramnet.testbeds import figures
from paramnet.testbeds.judged import Judged
from paramnet.testbeds.lorenz96 import TIME_STEP

CLIMATE = {
    "hellinger": "Hellinger distance",
    "energy_distance": "energy distance",
    "autocorrelation_rmse": "autocorrelation, RMSE",
    "spectrum_rmse_db": "spectrum, RMSE, dB",
    "mean_error": "mean error",
    "std_error": "error of the standard deviation",
}


def draw_figures(judged: Judged, interval: int, lag_units: float, folder: Path) -> list[Picture]:
    """Draw all figures into ``folder``. interval : time steps between records."""
    x = np.linspace(judged.training[:, 0].min(), judged.training[:, 0].max(), 200)
    curves = {name: np.stack([x, judged.polynomials[name](x)], 1) for name in ("linear", "cubic")}
    times = {name: records * interval * TIME_STEP / judged.lyapunov_time for name, records in judged.errors.items()}
    climates = {name: series for name, series in judged.climates.items() if len(series) > 1}
    lags = min(round(lag_units / TIME_STEP / interval), *(len(series) // 2 for series in climates.values()))
    with figure_style():
        drawn: list[tuple[Path | None, str, str, str, str]] = [
            (figures.tendencies(judged.training, curves, folder), "scores", "The tendency to be learned",
             "U against X in the training data. What scatters about a curve of X alone is known only from the other points, or not at all.",
             "U falls as X rises, with scatter of about a third of its range."),
            (figures.densities(climates, folder), "scores", "Climate",
             "Density of X in the long runs, and its ratio to the truth's.", "Densities of X by row of the table."),
            (figures.variability(climates, lags, interval, folder), "scores", "Variability",
             "Left: correlation of X with itself later. Right: power of the wavenumbers of the ring.",
             "Autocorrelation and spectrum by row of the table."),
            (figures.valid(times, folder), "scores", "Forecasts",
             "Share of the starts whose error is still below the threshold.", "Share of valid forecasts by lead time."),
        ]  # fmt: skip
    return numbered(drawn)


def write_report(scores: dict[str, Any], judged: Judged, folder: Path, interval: int, lag_units: float) -> Path:
    """Write ``report.html`` and its figures into ``folder``."""
    return render(
        "testbed_report.html",
        folder / "report.html",
        ("paramnet.testbeds",),
        title="Testbed Lorenz 96",
        scores=scores,
        climate=CLIMATE,
        pictures=draw_figures(judged, interval, lag_units, folder / "figures"),
        files=[("scores.json", "all numbers of this report"), ("figures", "the figures, one file each")],
    )


def lines(scores: dict[str, Any]) -> tuple[tuple[str, ...], list[list[str]]]:
    """Headings and rows of the table on the terminal."""
    rows = [
        [
            row["label"],
            number(row["r2"]),
            number(row["valid_lyapunov_times"]),
            number(row["climate"].get("hellinger")),
            number(row["climate"].get("energy_distance")),
            number(row["transfer"].get("hellinger")),
        ]
        for row in scores["rows"].values()
    ]
    transfer = f"Hellinger, F = {scores['settings']['transfer_forcing']:g}"
    return ("", "offline R²", "valid time", "Hellinger", "energy distance", transfer), rows
