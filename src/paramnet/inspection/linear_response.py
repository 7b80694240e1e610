"""Growth rate of a scheme's linear response, computed from its program alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from paramnet.contract import Contract, Fields, ParamnetError
from paramnet.exporting.first_step import Carried, FirstStep
from paramnet.exporting.gradients import gradients
from paramnet.exporting.program.definition import Program
from paramnet.exporting.program.module import ProgramModule
from paramnet.inspection.report import Section
from paramnet.physics.linear_response import GROWING, Modes, linear_response, modes, why_not

Floats = NDArray[np.float64]
TITLE = "linear response"
NOTE = "of temperature and humidity, for the scheme alone, without a host's dynamics; docs/guides/evaluation.md"
MOST_ROWS = 2_000_000  # of all values of a program: far beyond any scheme's, and limits time and memory for a hostile file
MOST_COLUMNS = 1024  # of a file of states, evenly spaced, that are evaluated one by one


def response_section(
    path: Path, contract: Contract, envelope: Fields, program: Program | None, state: Path | None, carried: Carried
) -> Section:
    """Growth rate at the mean column of the artefact or at the columns of ``state``, or the reason why there is none."""
    if reason := why_not(contract):
        return Section.of_values(TITLE, {"not applicable": reason}, NOTE)
    if program is None:
        return Section.of_values(TITLE, {"not here": f"no native program; use paramnet evaluate scheme={path} store=…"}, NOTE)
    require_widths(program, contract, path, carried)
    module = FirstStep(ProgramModule(program), carried.row, contract.n_out) if carried.row else ProgramModule(program)
    at_once = max(1, MOST_ROWS // sum(value.rows for value in program.values))
    response = partial(_modes, contract, module, at_once)
    if sum(value.rows for value in program.values) > MOST_ROWS:
        return Section.of_values(TITLE, {"not here": f"program too large; use paramnet evaluate scheme={path} store=…"}, NOTE)
    if state is not None:
        return Section.of_values(TITLE, _at_columns(contract, response, read_states(state, contract), state), NOTE)
    base, what = mean_column(contract, envelope, program)
    if base is None:
        advice = "no mean column in the file; set --state columns.npy, (column, n_in) in contract units"
        return Section.of_values(TITLE, {"not here": advice}, NOTE)
    return Section.of_values(TITLE, {"base state": what} | described(response(base[None])[0], contract), NOTE)


def described(found: Modes | None, contract: Contract) -> dict[str, Any]:
    """Name and value of the growth rate, period and profile of the fastest mode."""
    if found is None:
        return {"growth rate, day-1": "not finite"}
    plain, pressure = found.to_plain(), contract.vertical_grid.pressure(1.0e5) / 100.0
    peaks = {name: f"{abs(of).max():.2g} K at {pressure[abs(of).argmax()]:.0f} hPa" for name, of in _profiles(found).items()}
    return {
        "growth rate, day-1": plain["growth_rate"],
        "e-folding time, days": plain["e_folding_days"],
        "period, days": plain["period_days"],
        f"modes growing by more than {GROWING:g} day-1": plain["growing_modes"],
        "fastest decay, day-1": plain["fastest_decay"],
        "fastest mode": "; ".join(f"{name} {peak}" for name, peak in peaks.items()),
    }


def mean_column(contract: Contract, envelope: Fields, program: Program) -> tuple[Floats | None, str]:
    """A mean input column in contract units from the artefact, and its origin; None if there is none within the valid ranges."""
    inputs, distance = envelope.optional_fields("inputs"), envelope.optional_fields("distance")
    for fields, what in ((inputs, "mean of the training inputs"), (distance, "mean of the training inputs")):
        if fields.has("mean"):
            return np.array(fields.numbers("mean", contract.n_in)), what
    first = program.operations[1]
    if first["op"] == "subtract" and "value" in first["a"] and "constant" in first["b"]:
        base = program.constants[first["b"]["constant"]].astype(np.float64)
        if len(base) == contract.n_in and _plausible(contract, base):
            return base, "what the network subtracts from its inputs"
    return None, ""


def read_states(file: Path, contract: Contract) -> Floats:
    """Columns of a .npy file, one (n_in) or several (column, n_in), in contract units."""
    expected = f"a .npy array of (column, {contract.n_in}), in the units and order of contract {contract.name}"
    remedy = "write it from the scheme's inputs, as listed by paramnet inspect"
    try:
        columns = np.load(file, allow_pickle=False)
        columns = np.atleast_2d(columns).astype(np.float64)
    except (OSError, ValueError, TypeError, EOFError) as error:
        raise ParamnetError(f"state {file}", expected=expected, got=f"an unreadable file ({error})", remedy=remedy) from error
    if columns.ndim != 2 or columns.shape[1] != contract.n_in or not len(columns) or not np.isfinite(columns).all():
        got = str(columns.shape) if columns.shape[1:] != (contract.n_in,) else "values that are not finite, or no column"
        raise ParamnetError(f"state {file}", expected=expected, got=got, remedy=remedy)
    return columns


def require_widths(program: Program, contract: Contract, path: Path, carried: Carried) -> None:
    """Raise ParamnetError unless the program has the inputs and outputs of the contract, and state and random numbers."""
    found = program.values[0].rows, program.values[program.operations[-1]["in"]].rows
    wanted = contract.n_in + len(carried.row), contract.n_out + carried.size
    if found != wanted:
        raise ParamnetError(
            "program",
            expected=f"{wanted[0]} inputs and {wanted[1]} outputs, as in the contract",
            got=f"{found[0]} and {found[1]}",
            where=f"scheme {path}",
            remedy="export again",
        )


def _at_columns(contract: Contract, response: Callable[[Floats], list[Modes | None]], columns: Floats, state: Path) -> dict[str, Any]:
    at_mean = described(response(columns.mean(axis=0)[None])[0], contract)
    found = {"base state": f"mean of {len(columns)} columns of {state.name}"} | at_mean
    if len(columns) == 1:
        return found | {"base state": f"the column of {state.name}"}
    chosen = columns[:: -(-len(columns) // MOST_COLUMNS)]
    rates = [each.growth_rate for each in response(chosen) if each is not None]
    if not rates:
        return found
    median, high = np.quantile(rates, (0.5, 0.95))
    return found | {f"growth rate at {len(rates)} of them, day-1": f"median {median:.3g}, 95 % {high:.3g}, largest {max(rates):.3g}"}


def _modes(contract: Contract, module: nn.Module, at_once: int, inputs: Floats) -> list[Modes | None]:
    found: list[Modes | None] = []
    with np.errstate(all="ignore"):  # invalid numbers in a file give results that are not finite, and are reported as such
        for start in range(0, len(inputs), at_once):
            part = inputs[start : start + at_once]
            found += [modes(matrix, contract) for matrix in linear_response(contract, part, gradients(module, part))]
    return found


def _profiles(found: Modes) -> dict[str, NDArray[np.complex128]]:
    return {"temperature": found.temperature, "Lv q / cp": found.humidity}


def _plausible(contract: Contract, base: Floats) -> bool:
    columns = contract.input_columns
    return all(
        bool(np.all((base[columns[v.name]] >= v.valid_range[0]) & (base[columns[v.name]] <= v.valid_range[1]))) for v in contract.inputs
    )
