"""The scores of a ``skill.json`` as tables: the bias beside every mean absolute error."""

from __future__ import annotations

from typing import Any

from paramnet.contract import Fields
from paramnet.inspection.report import Section

_BASELINES = ("linear", "climatology")
_NOTE = "MAE: mean absolute error; bias: prediction minus truth"


def scored_variables(skill: Fields) -> list[str]:
    """Names of the variables that have scores; empty without an evaluation."""
    return [name for name in skill.optional_fields("units").values if skill.has(name)]


def skill_section(skill: Fields) -> Section:
    """A row for each variable: R², mean absolute error, bias, mean of the truth; the errors of the baselines that were evaluated."""
    names = scored_variables(skill)
    first = skill.fields(names[0]) if names else Fields({}, skill.where)
    baselines = [one for one in _BASELINES if first.has(f"{one}_mae")]
    columns = (
        "variable",
        "units",
        "R²",
        "MAE",
        "bias",
        "mean of truth",
        *(f"{one} {score}" for one in baselines for score in ("MAE", "bias")),
    )
    rows = []
    for name in names:
        row = skill.fields(name)
        keys = ["r2", "mae", "bias", "truth_mean", *(f"{one}_{score}" for one in baselines for score in ("mae", "bias"))]
        rows.append((name, row.text("units"), *(score(row, key) for key in keys)))
    return Section("skill", columns, rows, _NOTE)


def budget_section(skill: Fields) -> Section:
    """Residual of each budget in the prediction and in the truth."""
    budgets, rows = skill.optional_fields("budgets"), []
    for name in budgets.values:
        budget = budgets.fields(name)
        for who in ("learned", "truth"):
            if budget.has(who):
                its = budget.fields(who)
                formula = budget.text("formula") if budget.has("formula") else ""
                rows.append((name, formula, who, *(score(its, key) for key in ("rms", "mae", "bias"))))
    return Section("budget residuals", ("budget", "formula", "of", "rms", "MAE", "bias"), rows, "W m-2")


def score(row: Fields, key: str) -> Any:
    """A score; "" for one that does not exist."""
    return row.number(key) if row.has(key) else ""
