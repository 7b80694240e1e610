"""Members of each role together: mean and range of every scalar diagnostic, and distances over all pairs with a control run."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from math import comb
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from paramnet.climate.diagnostics import Diagnosed, distances
from paramnet.climate.groups import CONTROL, FLOOR, Groups

Floats = NDArray[np.float64]
MOST_PERMUTATIONS = 20_000
DEFINITION = (
    "mean over the members and their 5th and 95th percentiles; p: two-sided permutation test of the difference of the means, with the runs "
    "of control and floor together as the control's, each run one value"
)


class Statistic(NamedTuple):
    """A number of each run. place : its keys in ``comparison.json``, below the run."""

    long_name: str
    units: str
    place: tuple[str, ...]


STATISTICS = {
    "rain_band_position": Statistic("Rain band, position", "°N", ("itcz", "position")),
    "rain_band_width": Statistic("Rain band, width", "°", ("itcz", "width")),
    "rain_band_peak": Statistic("Rain band, peak", "mm/day", ("itcz", "peak")),
    "rain_999": Statistic("Rain, 99.9th percentile", "mm/day", ("rain", "percentiles_mm_day", "99.9")),
    "rain_9999": Statistic("Rain, 99.99th percentile", "mm/day", ("rain", "percentiles_mm_day", "99.99")),
    "dry_day_share": Statistic("Days below 0.1 mm/day", "1", ("dry_day_share",)),
    "tropical_rain_variance": Statistic("Variance of tropical rain", "mm²/day²", ("waves", "rain_variance_tropics")),
    "kelvin_signal": Statistic("Kelvin waves over background", "1", ("waves", "kelvin_signal")),
    "heating_std": Statistic("Heating, standard deviation", "K/day", ("heating_std_k_day",)),
    "column_energy_mean": Statistic("Column energy not accounted for, mean", "W/m²", ("column_energy", "residual_mean")),
    "column_energy_rms": Statistic("Column energy not accounted for, rms", "W/m²", ("column_energy", "residual_rms")),
}


def diagnostics_table(groups: Groups, diagnosed: dict[str, Diagnosed], rain: Mapping[str, Any]) -> dict[str, Any]:
    """``diagnostics`` of ``comparison.json``: numbers of each run and distances to the control; where roles have members, of the roles."""
    numbers = {name: one.numbers for name, one in diagnosed.items()}
    table: dict[str, Any] = {"runs": numbers, "distance_to_control": distances(diagnosed, CONTROL)}
    if groups.several:
        table["roles"] = role_statistics(groups, numbers, rain)
        table["role_distances"] = role_distances(groups, diagnosed)
        table["of_roles"] = DEFINITION
    return table


def role_statistics(groups: Groups, numbers: Mapping[str, Any], rain: Mapping[str, Any]) -> dict[str, Any]:
    """Statistic -> units, long_name, and role -> ``mean``, ``low``, ``high``, ``members`` and, with enough runs, ``p``.

    numbers : run -> its diagnostics; rain : run -> its daily rain, or None. A statistic that no run has is left out.
    """
    found: dict[str, Any] = {}
    for name, statistic in STATISTICS.items():
        by_role = {role: _values(its, statistic, numbers, rain) for role, its in groups.roles.items()}
        controls = [value for role in (CONTROL, FLOOR) for value in by_role.get(role, [])]
        rows = {role: _row(values, [] if role in (CONTROL, FLOOR) else controls) for role, values in by_role.items() if values}
        if rows:
            found[name] = {"long_name": statistic.long_name, "units": statistic.units, **rows}
    return found


def role_distances(groups: Groups, diagnosed: dict[str, Diagnosed]) -> dict[str, dict[str, dict[str, float]]]:
    """Distance -> role -> root mean square over its pairs of a run and a control run, their lowest and highest, and their number."""
    to = {reference: distances(diagnosed, reference) for reference in groups.references if reference in diagnosed}
    found: dict[str, dict[str, dict[str, float]]] = {}
    for role in groups.roles:
        pairs = groups.pairs(role) if role != CONTROL else []
        for name in {name for table in to.values() for name in table}:
            values = [to[reference][name][member] for member, reference in pairs if member in to.get(reference, {}).get(name, {})]
            if values:
                square = float(np.sqrt(np.mean(np.square(values))))
                found.setdefault(name, {})[role] = {"rms": square, "low": min(values), "high": max(values), "pairs": len(values)}
    return found


def permutation_test(ours: list[float], theirs: list[float]) -> float:
    """p of two groups' difference of means: share of all divisions of their values with a difference at least as large."""
    values, size = np.array([*ours, *theirs]), len(ours)
    observed = abs(np.mean(ours) - np.mean(theirs))
    if comb(len(values), size) <= MOST_PERMUTATIONS:
        chosen = np.array(list(combinations(range(len(values)), size)))
    else:
        random = np.random.default_rng(0)
        chosen = np.array([random.permutation(len(values))[:size] for _ in range(MOST_PERMUTATIONS)])
    sums = values[chosen].sum(axis=1)
    differences = np.abs(sums / size - (values.sum() - sums) / (len(values) - size))
    return float(np.mean(differences >= observed * (1 - 1e-12)))


def _row(values: list[float], controls: list[float]) -> dict[str, float]:
    low, high = np.percentile(values, [5.0, 95.0])
    row = {"mean": float(np.mean(values)), "low": float(low), "high": float(high), "members": len(values)}
    return row | ({"p": permutation_test(values, controls)} if len(values) > 1 and len(controls) > 1 else {})


def _values(runs: tuple[str, ...], statistic: Statistic, numbers: Mapping[str, Any], rain: Mapping[str, Any]) -> list[float]:
    found = []
    for run in runs:
        value: Any = {**numbers.get(run, {}), "dry_day_share": (rain.get(run) or {}).get("share_below_0.1")}
        for key in statistic.place:
            value = value.get(key) if value is not None else None
        if value is not None and np.isfinite(value):
            found.append(float(value))
    return found
