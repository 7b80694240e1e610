"""Inputs from earlier time steps, and where the host takes them from."""

from __future__ import annotations

from dataclasses import dataclass

from paramnet.contract.contract import Contract

PREFIXES = ("previous_", "earlier_")
STEPS_BACK = {"previous_step": 1, "two_steps_before": 2}


@dataclass(frozen=True)
class Remembered:
    """An input from an earlier step: the variable ``of``, ``steps`` back, from ``source``.

    ``output``: what this scheme returned at that step, as the host applied it. ``input``: what the host passed at that step.
    ``host``: another quantity of the host at that step, such as a surface flux.
    """

    input: str
    of: str
    steps: int
    source: str


def remembered(contract: Contract) -> list[Remembered]:
    """Inputs from earlier steps, in contract order. A host keeps them between calls and in its restart files."""
    rows = []
    for variable in contract.inputs:
        if variable.time_level in STEPS_BACK:
            of = next((variable.name.removeprefix(prefix) for prefix in PREFIXES if variable.name.startswith(prefix)), variable.name)
            source = "host"
            if of in contract.output_columns:
                source = "output"
            elif of != variable.name and of in contract.input_columns:
                source = "input"
            rows.append(Remembered(variable.name, of, STEPS_BACK[variable.time_level], source))
    return rows
