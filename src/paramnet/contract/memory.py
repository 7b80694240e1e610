"""What a scheme must be told of steps gone by, and from whom the host has it."""

from __future__ import annotations

from dataclasses import dataclass

from paramnet.contract.contract import Contract

PREFIXES = ("previous_", "earlier_")
STEPS_BACK = {"previous_step": 1, "two_steps_before": 2}


@dataclass(frozen=True)
class Remembered:
    """An input of an earlier step: ``of`` which variable, how many ``steps`` back, and its ``source``.

    ``output``: what this scheme returned then, as the host applied it; ``input``: what the host passed then; ``host``:
    a quantity of the host's own at that step, such as a surface flux.
    """

    input: str
    of: str
    steps: int
    source: str


def remembered(contract: Contract) -> list[Remembered]:
    """The inputs of earlier steps, in the contract's order; a host keeps them between calls and in its restart files."""
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
