"""Compute ``skill.json`` from the accumulated sums."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.evaluation.intervals import BOUNDED, Replicates
from paramnet.evaluation.judge import LEARNED, Judge
from paramnet.evaluation.quantities import score_units
from paramnet.evaluation.scores import DEFINITIONS, Scores, scores
from paramnet.resampling import account

_OF_BASELINES = ("mae", "rmse", "r2", "bias", "rmse_pooled")
MANY_ZEROS = 0.05  # share of exactly zero columns above which the regime table is shown


def skill_table(judge: Judge) -> dict[str, Any]:
    """Scores by variable and level, budgets and regimes as plain JSON; a score that does not exist is null."""
    all_scores = {name: scores(judge.energy, name) for name in judge.predictors}
    replicates = Replicates.of(judge.parts, judge.columns, LEARNED)
    table: dict[str, Any] = {name: _variable(judge, all_scores, replicates, name) for name in judge.columns}
    if judge.days is not None:
        table["uncertainty"] = account(judge.days.days, replicates.block_days if replicates else None)
    table["budgets"] = _budgets(judge)
    table["regimes"] = {who: regimes.summary() for who, regimes in judge.regimes.items()}
    table["by"] = {sums.grouping.name: sums.summary(judge.columns, LEARNED) for sums in judge.strata}
    if judge.members is not None:
        table["ensemble"] = {
            "members": judge.members.count,
            "drawn": judge.members.drawn,
            "variables": judge.members.summary(judge.columns),
        }
        if judge.reliability is not None:
            table["ensemble"]["reliability"] = judge.reliability.summary(judge.config.raining)
    if judge.lags is not None and judge.lags.sums:
        table["autocorrelation"] = judge.lags.summary(judge.columns, judge.contract.time_step / 3600.0)
    table["samples"] = judge.samples
    table["definitions"] = [{"score": score, "formula": formula} for score, formula in DEFINITIONS.items()]
    table["units"] = {name: score_units(judge.contract, name) for name in judge.columns}
    return clean(table)


def _variable(judge: Judge, all_scores: dict[str, Scores], replicates: Replicates | None, name: str) -> dict[str, Any]:
    columns = judge.columns[name]
    learned = all_scores[LEARNED]
    row: dict[str, Any] = {"units": score_units(judge.contract, name), "long_name": _long_name(judge, name)}
    row |= _headline(learned, columns)
    row["truth_mean"] = float(learned.truth_mean[columns].mean())
    for baseline, its in all_scores.items():
        if baseline != LEARNED:
            row |= {f"{baseline}_{key}": value for key, value in _headline(its, columns).items() if key in _OF_BASELINES}
    if replicates is not None:
        row |= _limits(replicates, row, name)
    row["levels_without_variance"] = int(np.sum(learned.variance[columns] == 0))
    if columns.stop - columns.start > 1:
        row["by_level"] = _by_level(judge, all_scores, columns)
    return row


def _limits(replicates: Replicates, row: dict[str, Any], name: str) -> dict[str, Any]:
    """Intervals of the scores of a variable, and of their differences from each baseline's, which all have the same weather."""
    limits = replicates.limits(name, LEARNED)
    for who, its in limits.get("learned_minus", {}).items():
        for score in BOUNDED:
            its[score] = {"value": row[score] - row[f"{who}_{score}"], **its[score]}
    return limits


def _headline(its: Scores, columns: slice) -> dict[str, float]:
    return {
        "r2": its.pooled_r2(columns),
        "mae": float(its.mae[columns].mean()),
        "rmse": float(its.rmse[columns].mean()),
        "bias": float(its.bias[columns].mean()),
        "rmse_pooled": float(np.sqrt(its.mean_square[columns]).mean()),
        "r2_climsim": _mean(its.r2_climsim[columns]),
        "hor_r2": _mean(its.hor_r2[columns]),
    }


def _by_level(judge: Judge, all_scores: dict[str, Scores], columns: slice) -> dict[str, Any]:
    coordinate = judge.contract.vertical_grid.coordinate
    levels: dict[str, Any] = {coordinate.key: coordinate.middle.tolist()}
    for name, its in all_scores.items():
        prefix = "" if name == LEARNED else f"{name}_"
        values = {"r2": its.r2, "mae": its.mae, "rmse": its.rmse, "bias": its.bias}
        levels |= {f"{prefix}{key}": value[columns].tolist() for key, value in values.items()}
    return levels


def _budgets(judge: Judge) -> dict[str, Any]:
    formulas = {budget.name: budget.formula for budget in judge.budgets}
    return {
        name: {"formula": formulas[name], "units": "W m-2"}
        | {who: {"mae": its["mae"], "bias": its["mean"], "rms": its["rms"]} for who, its in _summaries(by_who)}
        for name, by_who in judge.residuals.items()
    }


def _summaries(by_who: dict[str, Any]) -> list[tuple[str, dict[str, float]]]:
    return [(who, histogram.summary()) for who, histogram in by_who.items()]


def _long_name(judge: Judge, name: str) -> str:
    names = {v.name: v.long_name for v in judge.contract.outputs} | {d.name: d.long_name for d in judge.derived}
    return names[name]


def _mean(values: NDArray[np.float64]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")


def clean(value: Any) -> Any:
    """Replace NaN and infinity by None, because JSON has neither: null is a score that does not exist."""
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value
