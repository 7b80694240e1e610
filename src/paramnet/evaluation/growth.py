"""Growth rates of a scheme's linear response at mean columns and at single columns, for ``skill.json``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract
from paramnet.evaluation.base_states import BaseStates
from paramnet.evaluation.candidate import Candidate
from paramnet.exporting.gradients import gradients
from paramnet.physics.linear_response import GROWING, Modes, linear_response, modes, why_not

Floats = NDArray[np.float64]


def growth_table(candidate: Candidate, bases: BaseStates, columns: Floats, jacobians: Floats) -> dict[str, Any]:
    """``skill["linear_response"]``. columns : (column, n_in), jacobians : (column, n_out, n_in), both in contract units.

    In addition to the response at each mean column, it has the mean response of the columns: the response of a piecewise linear
    network at a single column depends on the piece that contains it.
    """
    contract = candidate.contract
    if reason := why_not(contract):
        return {"not_applicable": reason}
    means = bases.means()
    states = np.stack(list(means.values()))
    at_means = linear_response(contract, states, gradients(candidate.differentiable, states))
    at_columns = linear_response(contract, columns, jacobians)
    found = {name: _base(modes(matrix, contract), contract, bases.samples[name]) for name, matrix in zip(means, at_means, strict=True)}
    found["mean response"] = _base(modes(at_columns.mean(axis=0), contract), contract, len(columns))
    return {
        "units": "day-1",
        "growing_from": GROWING,
        "base_states": {name: base for name, base in found.items() if base},
        "columns": _columns([modes(matrix, contract) for matrix in at_columns]),
    }


def _base(found: Modes | None, contract: Contract, samples: int) -> dict[str, Any]:
    if found is None:
        return {}
    return {"samples": samples} | found.to_plain() | {
        "eigenvalues": {"real": found.eigenvalues.real.tolist(), "imaginary": found.eigenvalues.imag.tolist()},
        "fastest_mode": {
            "pressure_hpa": (contract.vertical_grid.pressure(1.0e5) / 100.0).tolist(),
            **{
                name: {"real": profile.real.tolist(), "imaginary": profile.imag.tolist()}
                for name, profile in (("temperature", found.temperature), ("humidity", found.humidity))
            },
        },
    }  # fmt: skip


def _columns(found: list[Modes | None]) -> dict[str, Any]:
    finite = [each for each in found if each is not None]
    if not finite:
        return {"columns": 0}
    rates = np.array([each.growth_rate for each in finite])
    return {
        "columns": len(finite),
        "growth_rate": {"median": float(np.median(rates)), "p95": float(np.quantile(rates, 0.95)), "max": float(rates.max())},
        "share_growing": float(np.mean(rates > GROWING)),
        "growing_modes": float(np.median([each.growing for each in finite])),
        "fastest": {"real": rates.tolist(), "imaginary": [float(each.eigenvalues[0].imag) for each in finite]},
    }
