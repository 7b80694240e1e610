"""The offline report: figures with captions in one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from paramnet.evaluation import figures as plots
from paramnet.evaluation import growth_figures, members_figures, persistence_figures, sensitivity_figures, strata_figures, texts, zonal
from paramnet.evaluation.inside import figures as inside
from paramnet.evaluation.judge import DRAW, LEARNED, Judge
from paramnet.evaluation.skill import MANY_ZEROS
from paramnet.reporting.html import render
from paramnet.reporting.picture import Picture, numbered
from paramnet.reporting.style import figure_style


def draw_figures(judge: Judge, skill: dict[str, Any], folder: Path) -> list[Picture]:
    """Draw every figure available for the contract into ``folder``."""
    drawn: list[tuple[Path | None, str, str, str, str]] = []
    with figure_style():
        if texts.profiles_of(judge):
            drawn += [
                (plots.profiles(judge, skill, folder), "skill", "Skill by level",
                 "R², mean absolute error and bias of each level, mass and area weighted. "
                 "R² is omitted at levels with less than a hundredth of the largest standard deviation.",
                 texts.by_level(judge, skill)),
                (zonal.r2_map(judge, folder), "skill", f"Skill by latitude and {judge.contract.vertical_grid.coordinate.name}",
                 "R² about the mean of each latitude band. White: the teacher does not act there.", texts.by_latitude(judge)),
                (zonal.bias_map(judge, folder), "skill", "Mean tendencies and their bias",
                 "Top: mean tendency of the teacher. Bottom: bias of the learned scheme, on the same scale. "
                 "Each class limit is twice the one before; white is below a fortieth of the largest mean.", texts.bias(judge)),
            ]  # fmt: skip
        drawn += [
            (strata_figures.strata(judge, skill, folder), "skill", "Skill by latitude, rain, surface and distance",
             "R² within each stratum about its own mean, with the stratum's share of area and time; bars end at −0.3. Distance is "
             "that of the guard, in quantiles of the training data.", texts.strata(judge, skill)),
            (plots.joint_histograms(judge, skill, folder), "distributions", "Prediction against truth",
             "Share of samples. Axes are linear near zero and logarithmic beyond. A perfect scheme is on the line.",
             texts.joint(judge, skill)),
            (strata_figures.tails(judge, folder), "distributions", "Distribution of column integrals",
             "Probability density of each column integral. The horizontal axis is linear near zero and logarithmic beyond.",
             texts.tails(judge)),
            (plots.rain(judge, folder), "distributions", "Rain",
             "Left: frequency of rain rates. Right: their contribution to the mean rain. The legend has the share below 0.01 mm/day.",
             texts.rain(judge)),
            (members_figures.ranks_and_reliability(judge, skill, folder), "distributions", "Ranks and reliability",
             "Left: rank of the teacher among the members or draws; the line is that of members distributed like the teacher. High ends "
             "mean too little spread. Right: how often it rains where a share of the members has rain.", texts.ranks(judge, skill)),
            (persistence_figures.autocorrelations(judge, skill, folder), "distributions", "Autocorrelation in time",
             "How much of a column's heating and moistening, as anomalies from the climatology of the training, lasts for some hours.",
             texts.autocorrelations(judge, skill)),
            (plots.residuals(judge, folder), "budgets", "Residuals of the budgets",
             "Share of columns whose budget residual exceeds x. A perfect scheme has the same residuals as the teacher.",
             texts.residuals(skill)),
            (sensitivity_figures.jacobians(judge, skill, folder), "sensitivity", "Sensitivity to the inputs",
             "Mean change of an output at one level, per day, for a change of an input at another level. Diagonals are local responses. "
             "Each class limit is twice the one before.", texts.jacobians(judge, skill)),
            (growth_figures.linear_responses(judge, skill, folder), "growth", "Linear response",
             "Left: eigenvalues of the Jacobian of heating and moistening by temperature and humidity, with all other inputs fixed, for "
             "the scheme alone, without a host's dynamics. Modes to the right of zero grow. Axes are linear to 0.1 and logarithmic "
             "beyond. Right: the mode that grows fastest, or decays slowest, at each base state.", texts.growth(skill)),
            (sensitivity_figures.noise(judge, skill, folder), "noise", "Sensitivity to noise",
             "A host's state is never exactly the teacher's: skill, and change of the prediction, with normal noise on every input. "
             "Dotted: a change as large as the noise.", texts.noise(judge, skill)),
            (inside.spectra(skill, folder), "network", "Spectra of the network",
             "Left: eigenvalues of the Hessian of the squared error by the weights, by decade, with standard errors over random vectors. "
             "Middle: singular values of the Jacobian, in standard deviations. Right: importance of the directions of each layer.",
             texts.network_spectra(skill)),
            (inside.directions(skill, folder), "network", "Along physical directions",
             "Column integrals as the base state is warmed, moistened, or warmed above and cooled below. Marks: knots, where a ReLU "
             "changes side.",
             texts.network_directions(skill)),
        ]  # fmt: skip
    return numbered(drawn)


def write_report(skill: dict[str, Any], pictures: list[Picture], target: Path) -> Path:
    """Fill the template of the offline report."""
    rows = {name: row for name, row in skill.items() if isinstance(row, dict) and "r2" in row}
    regimes = skill["regimes"].get(DRAW) or skill["regimes"].get(LEARNED)
    show_regimes = regimes is not None and regimes["exactly_zero_truth"] > MANY_ZEROS
    return render(
        "skill_report.html",
        target,
        ("paramnet.evaluation",),
        title="Offline skill",
        skill=skill,
        stochastic=any(f"{DRAW}_mae" in row for row in rows.values()),
        rows=rows,
        other_units=any(row["units"] != "W m-2" for row in rows.values()),
        pictures=pictures,
        regimes=regimes if show_regimes else None,
        budget_baselines=[who for who in ("linear", DRAW, "ensemble") if any(who in budget for budget in skill["budgets"].values())],
        growing=skill.get("linear_response") or {},
        baselines=[who for who in ("linear", DRAW, "ensemble", "climatology") if any(f"{who}_mae" in row for row in rows.values())],
    )
