"""The offline report: figures drawn in one order, captions beside them, one HTML file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramnet.evaluation import figures as plots
from paramnet.evaluation import growth_figures, sensitivity_figures, strata_figures, zonal
from paramnet.evaluation.judge import Judge
from paramnet.evaluation.skill import MANY_ZEROS
from paramnet.reporting.html import render
from paramnet.reporting.style import figure_style


@dataclass(frozen=True)
class Picture:
    """A figure with what the reader should see in it."""

    path: Path
    title: str
    caption: str


def draw_figures(judge: Judge, skill: dict[str, Any], folder: Path) -> list[Picture]:
    """Draw every figure the contract allows into ``folder``."""
    drawn: list[tuple[Path | None, str, str]] = []
    with figure_style():
        if any(v.is_profile for v in judge.contract.outputs):
            drawn += [
                (plots.profiles(judge, skill, folder), "Skill by level",
                 "R², mean absolute error and bias of each level, mass and area weighted. "
                 "R² is left out where a level varies a hundredth as much as the most active one, or less."),
                (zonal.r2_map(judge, folder), "Where the skill is",
                 "R² about each latitude band's own mean. White: the teacher does nothing there."),
                (zonal.bias_map(judge, folder), "Mean tendencies and their bias",
                 "Above, what the teacher does on average; below, what the learned scheme does differently, on the same scale. "
                 "Colours double from class to class; white is below a fortieth of the largest mean."),
            ]  # fmt: skip
        drawn += [
            (strata_figures.strata(judge, skill, folder), "For which columns",
             "R² within each stratum about its own mean, with the stratum's share of area and time; bars end at −0.3. Distance is "
             "the guard's, against quantiles of the training data."),
            (plots.joint_histograms(judge, skill, folder), "Predicted against true",
             "Share of samples on axes that are even near zero and logarithmic far from it. The line is a perfect scheme."),
            (strata_figures.tails(judge, folder), "Column integrals, out to the tails",
             "Density of each column integral on an axis that is even near zero and logarithmic far from it."),
            (plots.rain(judge, folder), "Rain",
             "Left, how often each rate occurs; right, how much of the mean rain it brings. Rates below 0.01 mm/day stand in the legend."),
            (plots.residuals(judge, folder), "Budgets",
             "Share of columns whose budget misses by more than x. A scheme can close a budget no better than the teacher defines it."),
            (sensitivity_figures.jacobians(judge, skill, folder), "What the scheme answers to",
             "Mean change of an output at one level in a day by a change of an input at another. Diagonals answer locally; "
             "colours double from class to class."),
            (growth_figures.linear_responses(judge, skill, folder), "Linear response",
             "Eigenvalues of the heating's and moistening's Jacobian by temperature and humidity, all else held fixed: by the scheme "
             "alone, without a host's dynamics. To the right of zero modes grow. Axes are even to 0.1 and logarithmic beyond. Right, the "
             "mode that grows fastest, or decays slowest, at each base state."),
            (sensitivity_figures.noise(judge, skill, folder), "What noise leaves",
             "The host's state is never exactly the teacher's: skill, and the prediction's change, with normal noise on every input. "
             "Dotted: a change as large as the noise."),
        ]  # fmt: skip
    return [Picture(path, title, caption) for path, title, caption in drawn if path is not None]


def write_report(skill: dict[str, Any], pictures: list[Picture], target: Path) -> Path:
    """Fill the offline report's template."""
    rows = {name: row for name, row in skill.items() if isinstance(row, dict) and "r2" in row}
    regimes = skill["regimes"].get("learned")
    worth_showing = regimes is not None and regimes["exactly_zero_truth"] > MANY_ZEROS
    return render(
        "skill_report.html",
        target,
        ("paramnet.evaluation",),
        title="Offline skill",
        skill=skill,
        rows=rows,
        pictures=pictures,
        regimes=regimes if worth_showing else None,
        budget_baselines=[who for who in ("linear", "ensemble") if any(who in budget for budget in skill["budgets"].values())],
        baselines=[who for who in ("linear", "ensemble", "climatology") if any(f"{who}_mae" in row for row in rows.values())],
    )
