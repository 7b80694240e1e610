"""Sensitivity of a scheme to its inputs: its Jacobian, and its skill with noise on the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, Variable
from paramnet.evaluation.candidate import Candidate
from paramnet.evaluation.judge import LEARNED, Judge
from paramnet.evaluation.predicting import predict
from paramnet.evaluation.quantities import is_heat, is_moistening
from paramnet.physics import SECONDS_PER_DAY
from paramnet.store import ColumnStatistics

Floats = NDArray[np.float64]
NOISE = (0.001, 0.01, 0.03, 0.1, 0.3)  # of each input's standard deviation


@dataclass(frozen=True)
class Block:
    """Mean Jacobian of one profile by another : (output level, input level), ``units``.

    d output(level) / d input(level) is multiplied by the standard deviation of the input at its level, because a gram of vapour
    is little near the ground and much aloft.
    """

    output: str
    input: str
    units: str
    mean: Floats


@dataclass(frozen=True)
class Jacobian:
    """Jacobian over a number of ``columns``.

    ``blocks`` : mean Jacobians of heating and moistening by temperature and humidity.
    ``singular_values`` : (column), largest of each column's Jacobian in standard deviations of output and input.
    ``influence`` : (n_in), root mean square of the same dimensionless Jacobian over outputs and columns.
    """

    columns: int
    blocks: list[Block]
    singular_values: Floats
    influence: Floats


def jacobian(contract: Contract, gradients: Floats, inputs: ColumnStatistics, outputs: ColumnStatistics) -> Jacobian:
    """Jacobian from gradients : (column, n_out, n_in), contract units, and the statistics of the training data.

    Inputs and outputs that never vary are excluded. Linear responses of learned convection: Brenowitz et al. 2020
    (J. Atmos. Sci. 77, 4357); a scheme with a large singular value amplifies errors.
    """
    scaled = gradients * _scale(inputs)
    mean = scaled.mean(axis=0)
    deviation = _scale(outputs)
    scaled = np.divide(scaled, deviation[:, None], out=np.zeros_like(scaled), where=deviation[:, None] > 0)
    return Jacobian(
        columns=len(gradients),
        blocks=[_block(contract, mean, of, by) for of in contract.outputs for by in contract.inputs if _is_tendency(of) and _is_state(by)],
        singular_values=np.array([np.linalg.norm(each, 2) for each in scaled]),
        influence=np.sqrt(np.square(scaled).mean(axis=(0, 1))),
    )


def _block(contract: Contract, by_deviation: Floats, of: Variable, by: Variable) -> Block:
    chosen = by_deviation[contract.output_columns[of.name], contract.input_columns[by.name]]
    factor, units = (1.0, "K day-1") if is_heat(of) else (1e3, "g kg-1 day-1")
    return Block(of.name, by.name, f"{units} per standard deviation", factor * SECONDS_PER_DAY * chosen)


def _is_tendency(variable: Variable) -> bool:
    return is_heat(variable) or is_moistening(variable)


def _is_state(variable: Variable) -> bool:
    return variable.is_profile and variable.standard_name in ("air_temperature", "specific_humidity", "relative_humidity")


def _scale(statistics: ColumnStatistics) -> Floats:
    return np.where(statistics.constant, 0.0, statistics.std)


def noise_response(
    judge: Judge, candidate: Candidate, statistics: ColumnStatistics, inputs: NDArray[np.float32], outputs: Floats, seed: int = 0
) -> dict[str, Any]:
    """Skill with noise on the inputs: R² and relative change of the prediction for each variable and noise level.

    inputs : (sample, n_in), whole sequences for a scheme with memory; outputs : (sample, n_out), the truth, contract units;
    statistics : of inputs. The noise is normal and
    seeded; NOISE are its standard deviations in units of each input's. Relevant because a host's state is never exactly the
    teacher's.
    """
    counted = candidate.counted(len(inputs))
    pressure = judge.surface_pressure(inputs[counted].astype(np.float64))

    def scored(x: NDArray[np.float32]) -> Floats:
        return judge.scored(predict(LEARNED, candidate, x)[counted], pressure)

    truth, clean = judge.scored(outputs[counted], pressure), scored(inputs)
    noise = np.random.default_rng(seed).standard_normal(inputs.shape) * _scale(statistics)
    disturbed = [clean, *(scored((inputs + size * noise).astype(np.float32)) for size in NOISE)]
    variance = np.square(truth - truth.mean(axis=0)).mean(axis=0)
    table: dict[str, Any] = {"noise": [0.0, *NOISE], "samples": len(truth), "variables": {}}
    for name, chosen in judge.columns.items():
        total = float(variance[chosen].sum())
        error = [float(np.square(p - truth)[:, chosen].mean(axis=0).sum()) for p in disturbed]
        change = [float(np.square(p - clean)[:, chosen].mean(axis=0).sum()) for p in disturbed]
        table["variables"][name] = {
            "r2": [1.0 - e / total if total > 0 else float("nan") for e in error],
            "change": [float(np.sqrt(c / total)) if total > 0 else float("nan") for c in change],
        }
    return table


def jacobian_table(its: Jacobian, contract: Contract) -> dict[str, Any]:
    """The Jacobian as plain data for JSON: singular values, influence of every input variable by level, mean blocks."""
    return {
        "columns": its.columns,
        "largest_singular_value": {
            "median": float(np.median(its.singular_values)),
            "p95": float(np.quantile(its.singular_values, 0.95)),
            "max": float(its.singular_values.max()),
        },
        "influence": {v.name: its.influence[contract.input_columns[v.name]].tolist() for v in contract.inputs},
        "blocks": [{"output": b.output, "input": b.input, "units": b.units, "mean": b.mean.tolist()} for b in its.blocks],
    }
