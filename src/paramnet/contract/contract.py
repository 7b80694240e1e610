"""The contract: the table from which every later stage takes its columns, units and checks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramnet.contract.errors import ContractMismatch, ParamnetError
from paramnet.contract.fields import Fields, missing_and_unknown, short
from paramnet.contract.files import read_table
from paramnet.contract.grid import VerticalGrid
from paramnet.contract.variable import Variable

_KEYS = ("name", "description", "time_step", "tendency_interval", "vertical_grid", "constants", "inputs", "outputs")


@dataclass(frozen=True)
class Contract:
    """Inputs and outputs of a scheme, its vertical grid, time step (s) and constants (SI)."""

    name: str
    description: str
    time_step: float
    tendency_interval: float
    vertical_grid: VerticalGrid
    constants: dict[str, float]
    inputs: tuple[Variable, ...]
    outputs: tuple[Variable, ...]

    def __post_init__(self) -> None:
        for role, variables in (("inputs", self.inputs), ("outputs", self.outputs)):
            names = [v.name for v in variables]
            repeated = sorted({n for n in names if names.count(n) > 1})
            if repeated or not names:
                raise ParamnetError(
                    f"contract {self.name}: {role}",
                    expected="one or more variables, each with its own name",
                    got=f"{repeated} repeated" if repeated else "none",
                    remedy="correct the contract",
                )
        without = [v.name for v in self.outputs if v.energy is None]
        if without:
            raise ParamnetError(
                f"contract {self.name}: outputs",
                expected="`energy` on every output: its conversion to W m-2",
                got=f"none on {without}",
                remedy="add `energy` to these outputs",
            )
        profiles = [v.name for v in (*self.inputs, *self.outputs) if v.is_profile]
        if profiles and not self.n_levels:
            raise ParamnetError(
                f"contract {self.name}: {profiles[0]}.dims",
                expected="[column], without levels in vertical_grid",
                got="[column, level]",
                remedy="correct the contract",
            )
        if any(v.energy is not None and v.energy.mass_weighted for v in self.outputs):
            self.vertical_grid.interface_pressure(1.0e5)  # raises without pressures
            self.surface_pressure_name  # noqa: B018  raises where it is missing: masses of levels need it

    @property
    def n_levels(self) -> int:
        """Number of model levels."""
        return self.vertical_grid.n_levels

    @property
    def n_in(self) -> int:
        """Width of the input tensor."""
        return sum(map(self._width, self.inputs))

    @property
    def n_out(self) -> int:
        """Width of the output tensor."""
        return sum(map(self._width, self.outputs))

    @property
    def input_columns(self) -> dict[str, slice]:
        """Columns of each input in the input tensor."""
        return self._columns(self.inputs)

    @property
    def output_columns(self) -> dict[str, slice]:
        """Columns of each output in the output tensor."""
        return self._columns(self.outputs)

    @property
    def has_mass(self) -> bool:
        """True if the masses of levels are known: levels by pressure, and the surface pressure among the inputs."""
        return self.vertical_grid.has_pressure and any(v.standard_name == "surface_air_pressure" for v in self.inputs)

    @property
    def surface_pressure_name(self) -> str:
        """Name of the input that is the surface pressure. Raises ParamnetError without one: what needs the masses of levels asks for it."""
        for variable in self.inputs:
            if variable.standard_name == "surface_air_pressure":
                return variable.name
        raise ParamnetError(
            f"contract {self.name}: inputs",
            expected="an input with standard_name surface_air_pressure, from which level masses follow",
            got="none",
            remedy="add it to the contract",
        )

    def _width(self, variable: Variable) -> int:
        return self.n_levels if variable.is_profile else 1

    def _columns(self, variables: Iterable[Variable]) -> dict[str, slice]:
        columns, start = {}, 0
        for variable in variables:
            columns[variable.name] = slice(start, start + self._width(variable))
            start += self._width(variable)
        return columns

    @property
    def digest(self) -> str:
        """SHA-256 of the contract's canonical JSON; equal contracts have equal digests."""
        canonical = json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain form for JSON, as stored in every artefact."""
        return {
            "name": self.name,
            "description": self.description,
            "time_step": self.time_step,
            "tendency_interval": self.tendency_interval,
            "vertical_grid": self.vertical_grid.to_dict(),
            "constants": dict(self.constants),
            "inputs": [v.to_dict() for v in self.inputs],
            "outputs": [v.to_dict() for v in self.outputs],
        }

    @classmethod
    def from_dict(cls, table: dict[str, Any], where: str = "contract") -> Contract:
        """Build from the plain form. where : its file, for messages. Raises ParamnetError for a missing, unknown or wrong key."""
        fields = Fields(table, where)
        missing, unknown = sorted(set(_KEYS) - set(table)), sorted(map(str, set(table) - set(_KEYS)))
        if missing or unknown:
            raise ParamnetError(
                f"contract {short(table.get('name', '?'))}",
                expected=f"the keys {', '.join(_KEYS)}",
                got=missing_and_unknown(missing, unknown),
                where=where,
            )
        constants = fields.fields("constants")
        return cls(
            name=fields.text("name"),
            description=" ".join(fields.text("description").split()),
            time_step=fields.number("time_step"),
            tendency_interval=fields.number("tendency_interval"),
            vertical_grid=VerticalGrid.from_dict(fields.get("vertical_grid"), where),
            constants={key: constants.number(key) for key in constants.values},
            inputs=_variables(fields, "inputs"),
            outputs=_variables(fields, "outputs"),
        )

    @classmethod
    def from_yaml(cls, name_or_path: str | Path) -> Contract:
        """Read a contract by path, or by the name of a shipped one (``paramnet.contract.files.read_table``)."""
        return cls.from_dict(read_table(name_or_path), f"contract {name_or_path}")

    def require_same(self, other: Contract, where_self: str, where_other: str) -> None:
        """Raise ContractMismatch naming the first difference between this contract and another."""
        if self.digest == other.digest:
            return
        difference = _first_difference(self.to_dict(), other.to_dict(), "")
        raise ContractMismatch(
            difference[0],
            expected=f"{difference[1]!r} as in {where_self}",
            got=repr(difference[2]),
            where=where_other,
            remedy=f"use files made with one contract (these have {self.name} and {other.name})",
        )


def _first_difference(mine: Any, theirs: Any, path: str) -> tuple[str, Any, Any]:
    """Dotted path and both values of the first difference; the complete values where shapes differ."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key in [*mine, *(k for k in theirs if k not in mine)]:
            if mine.get(key) != theirs.get(key):
                return _first_difference(mine.get(key), theirs.get(key), f"{path}.{key}" if path else str(key))
    if isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        for index, (a, b) in enumerate(zip(mine, theirs, strict=True)):
            if a != b:
                return _first_difference(a, b, f"{path}[{index}]")
    return path, mine, theirs


def _variables(fields: Fields, side: str) -> tuple[Variable, ...]:
    return tuple(Variable.from_dict(row, fields.where, f"{side}[{index}]") for index, row in enumerate(fields.items(side)))
