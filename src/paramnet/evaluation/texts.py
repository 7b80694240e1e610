"""What each figure of offline skill shows, in words and numbers: the alternative texts of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from paramnet.evaluation.judge import Judge
from paramnet.evaluation.quantities import score_units
from paramnet.evaluation.zonal import bands, daily_by_latitude, r2_by_latitude, short_title
from paramnet.reporting.html import number, plain_name, typeset
from paramnet.reporting.style import LABELS

Skill = dict[str, Any]


def listed(names: Iterable[str], value: Callable[[str], str], judge: Judge | None = None) -> str:
    """``Heating: …; Moistening: ….``, without those that have no value."""
    told = ((short_title(judge.contract, name) if judge else LABELS.get(name, name), value(name)) for name in names)
    return "; ".join(f"{title} {text}" for title, text in told if text) + "."


def profiles_of(judge: Judge) -> list[str]:
    """Names of the outputs on levels."""
    return [variable.name for variable in judge.contract.outputs if variable.is_profile]


def by_level(judge: Judge, skill: Skill) -> str:
    """Level of the largest error of each profile."""

    levels = judge.contract.vertical_grid.coordinate

    def told(name: str) -> str:
        errors = skill[name]["by_level"]["mae"]
        worst = max(range(len(errors)), key=lambda level: errors[level])
        r2 = number(skill[name]["r2"], 2)
        largest = f"{number(errors[worst], 2)} {typeset(score_units(judge.contract, name))}"
        return f"R² {r2}, largest mean absolute error {largest} at {number(levels.middle[worst], 3)} {levels.units}"

    return "Profiles of R², mean absolute error and bias. Learned: " + listed(profiles_of(judge), told, judge)


def by_latitude(judge: Judge) -> str:
    """Share of latitudes and levels with skill."""
    r2, coordinate = r2_by_latitude(judge.energy, bands(judge.energy)), judge.contract.vertical_grid.coordinate.name

    def told(name: str) -> str:
        values = r2[:, judge.columns[name]]
        values = values[np.isfinite(values)]
        return f"R² above one half at {(values > 0.5).mean():.0%} of them, below zero at {(values < 0).mean():.0%}" if values.size else ""

    return f"R² by latitude and {coordinate}, where the teacher acts. " + listed(profiles_of(judge), told, judge)


def bias(judge: Judge) -> str:
    """Largest bias of each profile as a multiple of the teacher's largest mean."""
    means, biases = daily_by_latitude(judge.daily, bands(judge.daily))

    def told(name: str) -> str:
        largest, its = (float(np.nanmax(np.abs(values[:, judge.columns[name]]))) for values in (means, biases))
        return f"largest bias {number(its / largest, 2)} of the largest mean" if largest > 0 else ""

    coordinate = judge.contract.vertical_grid.coordinate.name
    shown = f"Mean tendency of the teacher, and bias of the learned scheme, by latitude and {coordinate}. "
    return shown + listed(profiles_of(judge), told, judge)


def strata(judge: Judge, skill: Skill) -> str:
    """R² of the first profile in each stratum."""
    name = (profiles_of(judge) or [variable.name for variable in judge.contract.outputs])[0]

    def told(grouping: str) -> str:
        table = skill["by"][grouping]
        return ": " + ", ".join(f"{stratum} {number(each[name]['r2'], 2)}" for stratum, each in table.items() if name in each)

    return f"R² of {short_title(judge.contract, name)}. " + "; ".join(f"By {grouping}{told(grouping)}" for grouping in skill["by"]) + "."


def joint(judge: Judge, skill: Skill) -> str:
    """R² of each quantity."""
    return "Prediction against truth. " + listed(judge.joint, lambda name: f"R² {number(skill[name]['r2'], 2)}", judge)


def tails(judge: Judge) -> str:
    """Root mean square of each column integral, by predictor."""

    def told(name: str) -> str:
        return ", ".join(f"{LABELS.get(who, who)} {number(its.summary()['rms'], 3)}" for who, its in judge.tails[name].items())

    return "Root mean square, W m⁻². " + listed(judge.tails, told, judge)


def rain(judge: Judge) -> str:
    """Share of dry samples, by predictor."""
    return "Share below 0.01 mm per day. " + listed(judge.rain, lambda who: f"{judge.rain[who].counts[0] / judge.rain[who].weight:.0%}")


def ranks(judge: Judge, skill: Skill) -> str:
    """Share of the outermost ranks of each column integral."""
    table = (skill.get("ensemble") or {}).get("variables") or {}

    def told(name: str) -> str:
        shares = table[name]["rank_histogram"] if name in table else []
        return f"{shares[0] + shares[-1]:.0%}" if shares else ""

    return "Teacher outside all members: " + listed([quantity.name for quantity in judge.derived], told, judge)


def autocorrelations(judge: Judge, skill: Skill) -> str:
    """Largest autocorrelation of the teacher's and the scheme's column integrals at the shortest lag."""
    table = skill.get("autocorrelation") or {"hours": [0.0], "variables": {}}

    def told(name: str) -> str:
        known = table["variables"].get(name, {}).items()
        return ", ".join(f"{LABELS.get(who, who)} {number(values[0][0], 2)}" for who, values in known if values[0][0] is not None)

    return f"After {table['hours'][0]:g} h. " + listed([quantity.name for quantity in judge.derived], told, judge)


def residuals(skill: Skill) -> str:
    """Root mean square of each budget's residual."""

    def told(name: str) -> str:
        known = {who: its["rms"] for who, its in skill["budgets"][name].items() if isinstance(its, dict)}
        return f"{name}: " + ", ".join(f"{LABELS.get(who, who)} {number(rms, 2)}" for who, rms in known.items())

    return "Root mean square residual, W m⁻². " + "; ".join(told(name) for name in skill["budgets"]) + "."


def jacobians(judge: Judge, skill: Skill) -> str:
    """Largest response of each block."""
    blocks = (skill.get("jacobian") or {}).get("blocks") or []
    rows = (
        f"{short_title(judge.contract, block['output'])} by {plain_name(block['input'])}: "
        f"{number(max((value for row in block['mean'] for value in row), key=abs), 2)} {block['units']}"
        for block in blocks
    )
    return "Response of each level to each level. Largest: " + "; ".join(rows) + "."


def growth(skill: Skill) -> str:
    """Growth rate at each base state."""
    states = (skill.get("linear_response") or {}).get("base_states") or {}
    return "Largest growth rate, per day. " + listed(states, lambda name: number(states[name]["growth_rate"], 2))


def noise(judge: Judge, skill: Skill) -> str:
    """R² without noise and with the most."""
    table = skill.get("noise") or {"variables": {}}

    def told(name: str) -> str:
        r2 = table["variables"][name]["r2"]
        return f"{number(r2[0], 2)} without noise, {number(r2[-1], 2)} with {table['noise'][-1]:g}" if None not in r2 else ""

    return "R² with noise on the inputs, in standard deviations. " + listed(table["variables"], told, judge)


def network_spectra(skill: Skill) -> str:
    """Largest eigenvalue and singular value."""
    table = skill.get("network") or {}
    if "hessian" not in table:
        return ""
    hessian, jacobian = table["hessian"], table["jacobian"]
    between = f"Eigenvalues of the Hessian between {number(hessian['smallest'], 2)} and {number(hessian['largest'], 2)}. "
    return between + f"Largest singular value of the Jacobian {number(jacobian['largest'], 2)}."


def network_directions(skill: Skill) -> str:
    """Knots in each direction."""
    states = (skill.get("network") or {}).get("kinks") or {}
    rows = (
        f"{state}: " + ", ".join(f"{direction} {len(its['knots'])}" for direction, its in found.items()) for state, found in states.items()
    )
    return "Knots. " + "; ".join(rows) + "."
