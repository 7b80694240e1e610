"""Compare coupled runs with the teacher's: RMSE of zonal time means, rain, budgets and cost, with figures and a report."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from paramnet import __version__
from paramnet.climate.budgets import budgets
from paramnet.climate.cf.history import CfHistory
from paramnet.climate.climate import COMPARED, FIELDS, PERCENTILES, Climate, root_mean_square, summarise
from paramnet.climate.climate_file import ClimateFile, identity_of, write_climate
from paramnet.climate.compare_config import CompareConfig
from paramnet.climate.diagnostics import Diagnosed, diagnose
from paramnet.climate.ensembles import diagnostics_table
from paramnet.climate.equal import equal_runs
from paramnet.climate.frequent import Frequent, read_frequent
from paramnet.climate.groups import CONTROL, Groups
from paramnet.climate.history import History, read_run
from paramnet.climate.uncertainty import DEFINITION, error_intervals
from paramnet.contract import ParamnetError
from paramnet.files import replacing, write_json
from paramnet.reporting.netcdf import encoding
from paramnet.reporting.progress import Progress
from paramnet.reporting.provenance import how_made
from paramnet.resampling import account

__all__ = ["compare"]

MEASURE = (
    "square root of the mean squared difference of zonal time means to the control's, weighted by area and, for fields on levels, "
    "by Δσ (mass); of several members, over all pairs with a control run"
)


def compare(config: CompareConfig) -> Path:
    """Compare the runs of ``paramnet online``; see ``compare_histories``."""
    histories: dict[str, History] = {name: read_run(name, Path(folder)) for name, folder in config.runs.items()}
    return compare_histories(config, histories, Groups.of_members(config.members, histories))


def compare_histories(config: CompareConfig, histories: dict[str, History], groups: Groups) -> Path:
    """Write ``comparison.json``, ``comparison.nc``, ``figures`` and ``report.html`` into ``config.output`` and return it.

    ``figures/*.svg`` : as PNG where a drawing would be large. A run that equals another is left out, and named under ``equal``.
    A run that ended early is compared over the days it reached; only the control must be complete.
    Raises ParamnetError for a folder without history, an incomplete control, or runs on different grids.
    """
    from paramnet.climate.comparison_dataset import comparison_dataset
    from paramnet.climate.report import draw_figures, write_report  # matplotlib is slow to import

    began = time.monotonic()
    recorded = {name: run for name, run in histories.items() if run.files}
    output = Path(config.output)
    with Progress("steps") as progress:
        show = progress.task("compare", 2 * len(recorded) + 1)
        climates = {}
        for step, (name, run) in enumerate(recorded.items()):
            show(step, f"means of {name}")
            window = (config.first_day, config.last_day)
            climates[name] = run.over(*window, config.wave_segment_days) if isinstance(run, ClimateFile) else summarise(run, *window)
        _require_comparable(histories, climates, config, groups)
        equal = equal_runs(climates, groups)
        histories = {name: history for name, history in histories.items() if name not in equal}
        climates = {name: climate for name, climate in climates.items() if name not in equal}
        groups = groups.without(equal)
        comparison = comparison_table(config, histories, climates, groups)
        diagnosed = _diagnose(config, histories, climates, lambda step, name: show(len(recorded) + step, f"diagnostics of {name}"))
        comparison["diagnostics"] = diagnostics_table(groups, diagnosed, comparison["rain"])
        comparison["equal"] = {**config.equal, **equal}
        show(2 * len(recorded), "figures and report")
        output.mkdir(parents=True, exist_ok=True)
        firsts = {name: climate for name, climate in climates.items() if name in groups.roles}
        drawn = {name: one for name, one in diagnosed.items() if name in groups.roles}
        figures = draw_figures(firsts, comparison, drawn, histories[CONTROL].constants, output / "figures")
        comparison["provenance"] = how_made(began)
        dataset = comparison_dataset(comparison, climates, drawn, groups, histories[CONTROL].constants)
        with replacing(output / "comparison.nc") as part:
            dataset.to_netcdf(part, encoding=encoding(dataset))
        write_report(config, comparison, figures, output / "report.html")
        write_json(output / "comparison.json", comparison)
        for name, one in diagnosed.items() if config.climates else ():
            file = output / "climates" / f"{name.replace(' ', '_')}.nc"
            write_climate(file, histories[name], one, config.wave_segment_days, comparison["provenance"])
        show(2 * len(recorded) + 1)
    return output


def comparison_table(config: CompareConfig, histories: dict[str, History], climates: dict[str, Climate], groups: Groups) -> dict[str, Any]:
    """The complete comparison as plain JSON: ``online``, ``cost``, ``runs``, ``budgets``, ``rain``, and the definition of the measure.

    ``left_out`` : reason for each field that a run does not have, or that the configuration leaves out.
    ``members``, where a role has several: its runs.
    """
    control = climates[CONTROL]
    fields: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    for row in COMPARED:
        if row.name in config.left_out:
            left_out[row.name] = config.left_out[row.name]
        elif all(row.name in climate.zonal for climate in climates.values()):
            errors = _errors(climates, groups, row.name, config.last_day)
            intervals = error_intervals(climates, groups, row.name, config.last_day)
            fields[row.name] = {"units": row.units, "long_name": row.long_name, **errors, **intervals}
        else:
            left_out[row.name] = _reason(row.name, histories, climates)
    return {
        "paramnet_version": __version__,
        "window_days": [config.first_day, config.last_day],
        "measure": MEASURE,
        "uncertainty": {**account(config.last_day - config.first_day), "definition": DEFINITION},
        "left_out": left_out,
        **({"members": {role: list(names) for role, names in groups.roles.items()}} if groups.several else {}),
        "online": {"fields": fields, **_stability(histories, climates)},
        "cost": _cost(histories),
        "runs": {name: _describe(histories[name], climates.get(name), control, config.last_day) for name in histories},
        "budgets": {name: budgets(climates[name], run.constants, run.lenient) if run.files else None for name, run in histories.items()},
        "rain": {name: _rain(climates.get(name)) for name in histories},
    }


def _errors(climates: dict[str, Climate], groups: Groups, field: str, last_day: int) -> dict[str, Any]:
    """Root mean square over its pairs of each role's RMSE; with ``range``, the lowest and highest, where there are several pairs."""
    errors: dict[str, Any] = {}
    ranges: dict[str, list[float]] = {}
    for role in groups.roles:
        if role == CONTROL:
            continue
        pairs = [_rmse(climates.get(member), climates[reference], field, last_day) for member, reference in groups.pairs(role)]
        known = [error for error in pairs if error is not None]
        errors[role] = known[0] if len(known) == 1 else float(np.sqrt(np.mean(np.square(known)))) if known else None
        if len(known) > 1:
            ranges[role] = [min(known), max(known)]
    return errors | ({"range": ranges} if ranges else {})


def _reason(field: str, histories: dict[str, History], climates: dict[str, Climate]) -> str:
    """Why a field is not compared: what each run without it says."""
    lacking = {name: histories[name].left_out.get(field, "not in the history") for name in climates if field not in climates[name].zonal}
    if len(lacking) == len(climates) and len(set(lacking.values())) == 1:
        return next(iter(lacking.values()))
    return "; ".join(f"{name}: {reason}" for name, reason in lacking.items())


def _frequent(run: History, window: tuple[int, int]) -> Frequent | None:
    return run.frequent(window) if isinstance(run, CfHistory) else read_frequent(run, window)


def _diagnose(
    config: CompareConfig, histories: dict[str, History], climates: dict[str, Climate], show: Callable[[int, str], None]
) -> dict[str, Diagnosed]:
    """Diagnostics of the runs that reached the window's end, the control first. ``show`` is called before each of them."""
    complete = [name for name, climate in climates.items() if climate.window == climates[CONTROL].window]
    diagnosed = {}
    for step, name in enumerate(sorted(complete, key=lambda run: run != CONTROL)):
        show(step, name)
        run, window = histories[name], climates[name].window
        if isinstance(run, ClimateFile):
            diagnosed[name] = run.diagnosed
            continue
        frequent = _frequent(run, window) if window is not None else None
        diagnosed[name] = diagnose(run, climates[name], frequent, config.wave_segment_days)
    return diagnosed


def _require_comparable(histories: dict[str, History], climates: dict[str, Climate], config: CompareConfig, groups: Groups) -> None:
    for name in groups.references:
        _require_complete(name, histories[name], climates.get(name), config)
    control = climates[CONTROL].grid
    for name, climate in climates.items():
        grid = climate.grid
        pairs = ((grid.sigma, control.sigma), (grid.latitude, control.latitude), (grid.longitude, control.longitude))
        if not all(one.shape == other.shape and np.allclose(one, other) for one, other in pairs):
            raise ParamnetError(
                f"run {name}",
                expected="the control's levels, latitudes and longitudes",
                got=f"others ({len(grid.sigma)} levels, {len(grid.latitude)} latitudes, {len(grid.longitude)} longitudes)",
                where=str(config.runs[name]),
                remedy="compare runs of one host set-up",
            )


def _require_complete(name: str, history: History, climate: Climate | None, config: CompareConfig) -> None:
    days = climate.days if climate is not None else 0
    if days >= config.last_day:
        return
    again = f", or remove {config.runs[name]} and run it again" if history.failure else ", or repeat the command to complete the run"
    raise ParamnetError(
        f"run {name}",
        expected=f"{config.last_day} days",
        got=f"{days}" + (f", at which it ended ({history.failure})" if history.failure else ""),
        where=str(config.runs[name]),
        remedy="compare over fewer days" + (again if not history.lenient else ""),
    )


def _rmse(climate: Climate | None, control: Climate, name: str, last_day: int) -> float | None:
    """RMSE over the window; None if the run did not reach its end, since an error over fewer days is a different measure."""
    if climate is None or climate.window is None or climate.days < last_day:
        return None
    return root_mean_square(control.grid, climate.zonal_mean(name, climate.window) - control.zonal_mean(name, climate.window))


def _describe(history: History, climate: Climate | None, control: Climate, last_day: int) -> dict[str, Any]:
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
        "identity": identity_of(history),
        "summary": history.summary,
    }


def _stability(histories: dict[str, History], climates: dict[str, Climate]) -> dict[str, Any]:
    """Days and counters of the learned run (None without one)."""
    if "learned" not in histories:
        return dict.fromkeys(("days", "nonfinite", "fallback_fraction", "limited_fraction"))
    summary = histories["learned"].summary
    counters = {name: summary.get(name) for name in ("nonfinite", "fallback_fraction", "limited_fraction")}
    return {"days": climates["learned"].days if "learned" in climates else 0, **counters}


def _cost(histories: dict[str, History]) -> dict[str, float | None]:
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
