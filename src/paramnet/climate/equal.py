"""Runs that are the same run: nothing is learnt from showing both."""

from __future__ import annotations

import numpy as np

from paramnet.climate.climate import RUNS, Climate
from paramnet.climate.groups import Groups


def equal_runs(climates: dict[str, Climate], groups: Groups) -> dict[str, str]:
    """Run -> the earlier run that it equals in every value of every field, as a run without fallback does if nothing fell back.

    Only of roles with one run each, and not of controls: a control that equals another is a fault of the experiment, and is shown.
    """
    found: dict[str, str] = {}
    roles = sorted(groups.roles, key=lambda role: RUNS.index(role) if role in RUNS else len(RUNS))  # of equal runs, keep the learned one
    singles = [groups.roles[role][0] for role in roles if len(groups.roles[role]) == 1 and role not in ("control", "floor")]
    for place, name in enumerate(singles):
        for other in singles[:place]:
            if other not in found and name in climates and other in climates and _equal(climates[name], climates[other]):
                found[name] = other
                break
    return found


def _equal(one: Climate, other: Climate) -> bool:
    same = one.days == other.days > 0 and one.zonal.keys() == other.zonal.keys()
    return same and all(np.array_equal(values, other.zonal[name]) for name, values in one.zonal.items())
