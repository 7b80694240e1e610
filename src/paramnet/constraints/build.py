"""Constraints named in configuration."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field

from torch import nn

from paramnet.constraints.closure import ColumnEnthalpyClosure, ColumnWaterClosure
from paramnet.constraints.sign import NonNegative
from paramnet.contract import Contract, ParamnetError

CONSTRAINT_KINDS: dict[str, type[nn.Module]] = {
    "non_negative": NonNegative,
    "column_water_closure": ColumnWaterClosure,
    "column_enthalpy_closure": ColumnEnthalpyClosure,
}


@dataclass
class ConstraintConfig:
    """One constraint: its kind and the contract names it speaks of, by role (``tendency: specific_humidity_tendency``)."""

    kind: str
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in CONSTRAINT_KINDS:
            raise ParamnetError(f"constraints.kind: expected one of {sorted(CONSTRAINT_KINDS)}, got {self.kind!r}")
        parameters = list(inspect.signature(CONSTRAINT_KINDS[self.kind]).parameters.values())[1:]
        required = {p.name for p in parameters if p.default is inspect.Parameter.empty}
        known = {p.name for p in parameters}
        if not required <= set(self.variables) <= known:
            raise ParamnetError(
                f"constraints {self.kind}: expected variables {sorted(required)} (known: {sorted(known)}), got {sorted(self.variables)}"
            )


def build_constraint(config: ConstraintConfig, contract: Contract) -> nn.Module:
    """The constraint layer; raises ParamnetError for a name the contract does not have."""
    return CONSTRAINT_KINDS[config.kind](contract, **config.variables)
