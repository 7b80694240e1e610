"""The variables of a contract as a generated adapter has them: names, comments, roles, and values to try it with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from paramnet.contract import Contract, ParamnetError, Variable

LONGEST_NAME = 63  # characters of a Fortran name
IN_PLACE = "in_place"
_WHEN = {"previous_step": "at the previous step", "two_steps_before": "two steps before"}
# standard name -> value at the top and at the bottom, size of waves: of an atmosphere to try the adapter with
_TYPICAL = {
    "air_temperature": (210.0, 295.0, 4.0),
    "specific_humidity": (0.001, 0.014, 0.0008),
    "relative_humidity": (0.3, 0.8, 0.1),
    "surface_air_pressure": (1.0e5, 1.0e5, 1000.0),
    "surface_temperature": (290.0, 290.0, 8.0),
}


@dataclass(frozen=True)
class Field:
    """A variable in the adapter. ``role`` : input, output, state (an input that the parameterization changes) or change (its tendency).

    ``values`` : value at the top and at the bottom, and size of waves, in the contract's units, for the generated program.
    ``changed`` : name of the input whose tendency this output is, or "".
    """

    variable: Variable
    role: str
    values: tuple[float, float, float]
    changed: str = ""

    @property
    def name(self) -> str:
        """Name in the contract."""
        return self.variable.name

    @property
    def is_output(self) -> bool:
        """True for what the scheme computes."""
        return self.role in ("output", "change")

    @property
    def meaning(self) -> str:
        """Long name, units, sign and time, as a comment."""
        v = self.variable
        sign = "" if v.sign == "none" else f", {v.sign}"
        when = f", {_WHEN[v.time_level]}" if v.time_level in _WHEN else ""
        return f"{v.long_name}; {v.units}{sign}{when}"


@dataclass(frozen=True)
class Fields:
    """Every variable of an adapter, and ``process``: the X of outputs that are called tendency_of_…_due_to_X."""

    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    process: str

    @property
    def all(self) -> tuple[Field, ...]:
        """Inputs, then outputs."""
        return (*self.inputs, *self.outputs)


def fields_of(contract: Contract, changes: str) -> Fields:
    """The variables of an adapter. changes : tendencies or in_place.

    Raises ParamnetError for names that Fortran does not take or that are not distinct, and if nothing is changed in place.
    """
    _require_names([v.name for v in (*contract.inputs, *contract.outputs)], contract)
    _require_names(list(contract.constants), contract)
    inputs = [v.name for v in contract.inputs]
    found = {v.name: _tendency_of(v.name, inputs) for v in contract.outputs}
    processes = {process for _, process in found.values() if process}
    process = processes.pop() if len(processes) == 1 else ""
    in_place = {name for name, (state, due_to) in found.items() if changes == IN_PLACE and state and process and due_to == process}
    if changes == IN_PLACE and not in_place:
        raise ParamnetError(
            "changes in_place",
            expected="outputs called tendency_of_<input>_due_to_<scheme>, of one scheme",
            got=", ".join(found),
            where=f"contract {contract.name}",
            remedy="rename them in the contract, or set changes=tendencies and give the adapter arrays of tendencies",
        )
    states = {found[name][0] for name in in_place}
    return Fields(
        tuple(Field(v, "state" if v.name in states else "input", _values(v)) for v in contract.inputs),
        tuple(Field(v, "change" if v.name in in_place else "output", _values(v), found[v.name][0]) for v in contract.outputs),
        process or contract.name,
    )


def _tendency_of(output: str, inputs: Iterable[str]) -> tuple[str, str]:
    """The input whose tendency an output is by its name, and the scheme it is due to; "" where there is none."""
    for name in inputs:
        if match := re.fullmatch(rf"tendency_of_{re.escape(name)}(?:_due_to_(\w+))?", output):
            return name, match[1] or ""
    return "", ""


def _values(variable: Variable) -> tuple[float, float, float]:
    low, high = variable.valid_range
    top, bottom, waves = _TYPICAL.get(variable.standard_name, (low, low, 0.0))
    if low <= min(top, bottom) - waves and max(top, bottom) + waves <= high and waves:
        return top, bottom, waves
    middle, waves = (float(f"{value:.3g}") for value in (0.5 * (low + high), 0.1 * (high - low)))
    return middle, middle, waves


def _require_names(names: list[str], contract: Contract) -> None:
    for name in names:
        if not re.fullmatch(rf"[A-Za-z][A-Za-z0-9_]{{0,{LONGEST_NAME - 1}}}", name):
            raise ParamnetError(
                name,
                expected=f"a Fortran name: letters, digits and _, a letter first, at most {LONGEST_NAME} of them",
                got=repr(name),
                where=f"contract {contract.name}",
                remedy="rename it in the contract",
            )
    lower = [name.lower() for name in names]
    if repeated := sorted({name for name in lower if lower.count(name) > 1}):
        raise ParamnetError(
            ", ".join(repeated),
            expected="a name of its own for every input and output; Fortran does not tell letters of different case apart",
            got="two",
            where=f"contract {contract.name}",
            remedy="rename one in the contract",
        )
