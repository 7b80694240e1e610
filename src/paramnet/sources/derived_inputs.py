"""Inputs that a source can add to a contract: humidity and energy of the column, its position, values of the previous step."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import yaml

from paramnet.contract import Contract, ParamnetError, Variable
from paramnet.sources.rules import DERIVED, SourceVariable

MEMORY = "previous_"


def shipped_rows() -> dict[str, dict[str, Any]]:
    """Return the contract rows of the derived inputs by name (``conf/derived_inputs.yaml``)."""
    text = (resources.files("paramnet.conf") / "derived_inputs.yaml").read_text()
    return {row["name"]: row for row in yaml.safe_load(text)}


def extend(contract: Contract, names: Sequence[str]) -> Contract:
    """Return the contract with derived inputs appended; raise ParamnetError naming an unknown one."""
    if not names:
        return contract
    rows = shipped_rows()
    known = {v.name: v for v in (*contract.inputs, *contract.outputs)}
    added = []
    for name in names:
        if name in rows:
            added.append(Variable.from_dict(rows[name]))
        elif name.startswith(MEMORY) and name.removeprefix(MEMORY) in known:
            added.append(_memory(known[name.removeprefix(MEMORY)]))
        else:
            raise ParamnetError(
                "derived_inputs",
                expected=f"one of {sorted(rows)} or {MEMORY}X with X in {sorted(known)}",
                got=repr(name),
                remedy="correct the name, or write a contract that extends this one",
            )
    return dataclasses.replace(contract, name=f"{contract.name}_extended", inputs=(*contract.inputs, *added))


def _memory(variable: Variable) -> Variable:
    """Return the variable one time step earlier."""
    if variable.time_level not in ("before_physics", "after_physics"):
        raise ParamnetError(
            "derived_inputs", expected="a variable of this step", got=f"{variable.name}, which is already of an earlier step"
        )
    return dataclasses.replace(
        variable,
        name=f"{MEMORY}{variable.name}",
        standard_name=f"{variable.standard_name}_at_previous_step",
        long_name=f"{variable.long_name}, one step before",
        time_level="previous_step",
        energy=None,
    )


def mapping_of(names: Sequence[str], mapped: Mapping[str, SourceVariable]) -> dict[str, SourceVariable]:
    """Return the rules of derived inputs that follow from ``mapped``. A rule given in ``mapped`` takes precedence."""
    result = {name: SourceVariable(rule=name) for name in names if name in DERIVED}
    for name in names:
        earlier = mapped.get(name.removeprefix(MEMORY))
        if name.startswith(MEMORY) and earlier is not None:
            result[name] = dataclasses.replace(earlier, lag=earlier.lag + 1)
    return result
