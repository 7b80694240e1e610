"""The scheme along physical directions: warming, moistening, stability. A network of ReLUs is a spline there, with a knot at each kink."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from paramnet.contract import Contract
from paramnet.evaluation.judge import Judge
from paramnet.physics import REFERENCE_PRESSURE
from paramnet.scheme import Scheme
from paramnet.scheme.inside import kinked_units

Floats = NDArray[np.float64]
POINTS = 801  # between which the knots are found
SHOWN = 101
STRONG = 0.1  # of the largest slope
REACH = {"warming": (4.0, "K"), "moistening": (0.3, "1"), "stability": (4.0, "K")}


def along(contract: Contract, state: Floats, direction: str, steps: Floats) -> Floats | None:
    """Columns (step, n_in) in contract units from a state (n_in), or None if the contract has no such profile.

    warming : every level by s K; moistening : specific humidity times 1 + s; stability : the top of the column by +s K and the surface by
    -s K, linear in pressure. Other inputs are fixed.
    """
    wanted = "specific_humidity" if direction == "moistening" else "air_temperature"
    found = [variable for variable in contract.inputs if variable.is_profile and variable.standard_name == wanted]
    if not found:
        return None
    columns = np.repeat(state[None], len(steps), axis=0)
    where = contract.input_columns[found[0].name]
    pressure = contract.vertical_grid.pressure(REFERENCE_PRESSURE)
    shape = {"warming": np.ones(len(pressure)), "stability": 1.0 - 2.0 * pressure / REFERENCE_PRESSURE}
    columns[:, where] += np.outer(steps, state[where] if direction == "moistening" else shape[direction])
    return columns


def kinks_table(judge: Judge, scheme: Scheme) -> dict[str, Any]:
    """For each base state and direction: knots, and response and slopes of the column integrals, W m-2 and W m-2 per unit of the step.

    Splines with knots and slopes as Sahs et al. (2020, arXiv:2008.01772) see ReLU networks. Slopes are those of the whole scheme between
    two knots; with computed features, or constraints that are not linear, they are means.
    """
    states = judge.base_states.means()
    return {
        name: {direction: found for direction in REACH if (found := _of_direction(judge, scheme, state, direction))}
        for name, state in states.items()
    }


def _of_direction(judge: Judge, scheme: Scheme, state: Floats, direction: str) -> dict[str, Any]:
    reach, units = REACH[direction]
    steps = np.linspace(-reach, reach, POINTS)
    columns = along(judge.contract, state, direction, steps)
    if columns is None or not judge.derived:
        return {}
    knots, count = _knots(scheme, columns, steps)
    places = np.concatenate([[-reach], knots, [reach]])
    at_knots = _integrals(judge, scheme, along(judge.contract, state, direction, places))
    shown = steps[:: (POINTS - 1) // (SHOWN - 1)]
    response = _integrals(judge, scheme, along(judge.contract, state, direction, shown))
    found: dict[str, Any] = {"units": units, "units_with_kinks": count, "knots": knots.tolist(), "step": shown.tolist(), "quantities": {}}
    for name, values in response.items():
        slopes = np.divide(np.diff(at_knots[name]), np.diff(places), out=np.zeros(len(places) - 1), where=np.diff(places) > 1e-6 * reach)
        jumps = np.abs(np.diff(slopes))
        strong = int((jumps > STRONG * np.abs(slopes).max()).sum()) if len(knots) else 0
        found["quantities"][name] = {"response": values.tolist(), "slopes": slopes.tolist(), "strong_knots": strong}
    return found


def _knots(scheme: Scheme, columns: Floats, steps: Floats) -> tuple[Floats, int]:
    """Where hidden ReLUs change side, increasing, by linear interpolation between the steps; and the number of such units."""
    with torch.no_grad():
        units = kinked_units(scheme.network, scheme.prepare(torch.from_numpy(columns.astype(np.float32)))).double().numpy()
    before, after = units[:-1], units[1:]
    step, unit = np.nonzero((before > 0) != (after > 0))
    low, high = before[step, unit], after[step, unit]
    share = np.divide(low, low - high, out=np.zeros_like(low), where=low != high)
    return np.sort(steps[step] + share * (steps[1] - steps[0])), units.shape[1]


def _integrals(judge: Judge, scheme: Scheme, columns: Floats | None) -> dict[str, Floats]:
    """Column integrals of the outputs, W m-2, by name."""
    assert columns is not None
    with torch.no_grad():
        outputs = scheme(torch.from_numpy(columns)).double().numpy()
    scored = judge.scored(outputs, judge.surface_pressure(columns))
    return {quantity.name: scored[:, judge.columns[quantity.name].start] for quantity in judge.derived}
