"""Compare coupled runs with the teacher's: RMSE of zonal time means, rain, budgets and cost, with figures and a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from paramnet import __version__
from paramnet.climate.budgets import budgets
from paramnet.climate.climate import FIELDS, PERCENTILES, PHYSICS_FIELDS, Climate, root_mean_square, summarise
from paramnet.climate.compare_config import CONTROL, CompareConfig
from paramnet.climate.diagnostics import Diagnosed, diagnose, distances
from paramnet.climate.frequent import read_frequent
from paramnet.climate.history import RunHistory, read_run
from paramnet.contract import ParamnetError
from paramnet.files import write_json

__all__ = ["compare"]

MEASURE = (
    "square root of the mean squared difference of zonal time means to the control's, weighted with Gaussian weights "
    "(area) and, for fields on levels, with Δσ (mass)"
)


def compare(config: CompareConfig) -> Path:
    """Write ``comparison.json``, ``figures/*.png`` and ``report.html`` into ``config.output`` and return it.

    A run that ended early is compared over the days it reached; only the control must be complete.
    Raises ParamnetError for a folder without history, an incomplete control, or runs on different grids.
    """
    from paramnet.climate.report import draw_figures, write_report  # matplotlib is slow to import

    histories = {name: read_run(name, Path(folder)) for name, folder in config.runs.items()}
    climates = {name: summarise(run, config.first_day, config.last_day) for name, run in histories.items() if run.files}
    _require_comparable(histories, climates, config)
    comparison = comparison_table(config, histories, climates)
    diagnosed = _diagnose(config, histories, climates)
    comparison["diagnostics"] = {
        "runs": {name: one.numbers for name, one in diagnosed.items()},
        "distance_to_control": distances(diagnosed, CONTROL),
    }
    output = Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    figures = draw_figures(climates, comparison, diagnosed, histories[CONTROL].constants, output / "figures")
    write_report(config, comparison, figures, output / "report.html")
    write_json(output / "comparison.json", comparison)
    return output


def comparison_table(config: CompareConfig, histories: dict[str, RunHistory], climates: dict[str, Climate]) -> dict[str, Any]:
    """The complete comparison as plain JSON: ``online``, ``cost``, ``runs``, ``budgets``, ``rain``, and the definition of the measure."""
    control = climates[CONTROL]
    fields = {}
    for row in (*FIELDS, *PHYSICS_FIELDS[:2]):
        if all(row.name in climate.zonal for climate in climates.values()):
            others = (name for name in histories if name != CONTROL)
            errors = {name: _rmse(climates.get(name), control, row.name, config.last_day) for name in others}
            fields[row.name] = {"units": row.units, "long_name": row.long_name, **errors}
    return {
        "paramnet_version": __version__,
        "window_days": [config.first_day, config.last_day],
        "measure": MEASURE,
        "online": {"fields": fields, **_stability(histories, climates)},
        "cost": _cost(histories),
        "runs": {name: _describe(histories[name], climates.get(name), control, config.last_day) for name in histories},
        "budgets": {name: budgets(climates[name], run.constants) if run.files else None for name, run in histories.items()},
        "rain": {name: _rain(climates.get(name)) for name in histories},
    }


def _diagnose(config: CompareConfig, histories: dict[str, RunHistory], climates: dict[str, Climate]) -> dict[str, Diagnosed]:
    """Diagnostics of the runs that reached the window's end, the control first."""
    complete = [name for name, climate in climates.items() if climate.window == climates[CONTROL].window]
    diagnosed = {}
    for name in sorted(complete, key=lambda run: run != CONTROL):
        window = climates[name].window
        frequent = read_frequent(histories[name], window) if window is not None else None
        diagnosed[name] = diagnose(histories[name], climates[name], frequent, config.wave_segment_days)
    return diagnosed


def _require_comparable(histories: dict[str, RunHistory], climates: dict[str, Climate], config: CompareConfig) -> None:
    days = climates[CONTROL].days if CONTROL in climates else 0
    if days < config.last_day:
        failure = histories[CONTROL].failure
        raise ParamnetError(
            f"run {CONTROL}",
            expected=f"{config.last_day} days",
            got=f"{days}" + (f", at which it ended ({failure})" if failure else ""),
            where=str(config.runs[CONTROL]),
            remedy="compare over fewer days"
            + (f", or remove {config.runs[CONTROL]} and run it again" if failure else ", or repeat the command to complete the run"),
        )
    control = climates[CONTROL]
    for name, climate in climates.items():
        same = climate.grid.sigma.shape == control.grid.sigma.shape and climate.grid.latitude.shape == control.grid.latitude.shape
        if not (same and np.allclose(climate.grid.sigma, control.grid.sigma) and np.allclose(climate.grid.latitude, control.grid.latitude)):
            raise ParamnetError(
                f"run {name}",
                expected="the control's levels and latitudes",
                got=f"others ({len(climate.grid.sigma)} levels, {len(climate.grid.latitude)} latitudes)",
                where=str(config.runs[name]),
                remedy="compare runs of one host set-up",
            )


def _rmse(climate: Climate | None, control: Climate, name: str, last_day: int) -> float | None:
    """RMSE over the window; None if the run did not reach its end, since an error over fewer days is a different measure."""
    if climate is None or climate.window is None or climate.days < last_day:
        return None
    return root_mean_square(control.grid, climate.zonal_mean(name, climate.window) - control.zonal_mean(name, climate.window))


def _describe(history: RunHistory, climate: Climate | None, control: Climate, last_day: int) -> dict[str, Any]:
    days = climate.days if climate is not None else 0
    ended_early = days < last_day
    shortened = {}
    if ended_early and climate is not None and climate.window is not None:
        for row in FIELDS:
            if row.name in climate.zonal:
                shortened[row.name] = _rmse(climate, control, row.name, climate.days)
    return {
        "days": days,
        "complete": not ended_early,
        "message": history.failure,
        "rmse_until_end": shortened,
        "summary": history.summary,
    }


def _stability(histories: dict[str, RunHistory], climates: dict[str, Climate]) -> dict[str, Any]:
    """Days and counters of the learned run (None without one)."""
    if "learned" not in histories:
        return dict.fromkeys(("days", "nonfinite", "fallback_fraction", "limited_fraction"))
    summary = histories["learned"].summary
    counters = {name: summary.get(name) for name in ("nonfinite", "fallback_fraction", "limited_fraction")}
    return {"days": climates["learned"].days if "learned" in climates else 0, **counters}


def _cost(histories: dict[str, RunHistory]) -> dict[str, float | None]:
    """Median cost in ms of one call for all columns of a rank."""

    def median(run: str, which: str) -> float | None:
        summary = histories[run].summary if run in histories else {}
        return summary.get(f"{which}_ms_median") if summary.get(f"{which}_calls") else None

    return {"teacher_ms": median(CONTROL, "teacher"), "learned_ms": median("learned", "learned")}


def _rain(climate: Climate | None) -> dict[str, Any] | None:
    if climate is None or climate.rain_percentiles is None or climate.rain_share is None:
        return None
    percentiles = {f"{level:g}": float(value) for level, value in zip(PERCENTILES, climate.rain_percentiles, strict=True)}
    return {"units": "mm/day", "percentiles_of_daily_rain": percentiles, "share_below_0.1": float(climate.rain_share[0])}
