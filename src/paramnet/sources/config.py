"""Configuration of a source: the names, layout and units of its variables. The typed form of ``conf/source/*.yaml``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from paramnet.contract import Contract, ParamnetError
from paramnet.files import stored
from paramnet.parts import Parts
from paramnet.sources.derived_inputs import extend, mapping_of
from paramnet.sources.layout import SourceDimensions, SourceGrid, SourceTime
from paramnet.sources.rules import DERIVED, SourceVariable
from paramnet.sources.selection import LAND, Selection

__all__ = ["SourceConfig"]

_SELF_DESCRIBING = ("cf", "ranks")  # readers that take units and standard names from the files
READERS = Parts("source", object, dict.fromkeys(("history", "step_pairs", "cf", "ranks"), object), choice="reader")


@stored
@dataclass
class SourceConfig:
    """A source of training samples.

    ``reader`` : history, step_pairs, cf, ranks (CF files of several ranks, joined), or the import path of a subclass of one of their
    readers.
    ``units`` : source variable -> units that its attribute must state. ``unit_overrides`` : source variable -> true units,
    where the file's attribute is wrong or missing; the attribute is then not read. ``attributes`` : time_step,
    tendency_interval or a constant of the contract -> global attribute of the files that must agree with it.
    ``pair`` : for step pairs, the parts of the file names that mark the files before and after physics.
    ``select`` : which rows become samples. ``derived_inputs`` : inputs added to the contract: relative_humidity,
    moist_static_energy, cosine_of_latitude, sine_of_latitude, and previous_X for a variable X of the contract.
    """

    name: str
    reader: str
    contract: str
    pattern: str
    dims: SourceDimensions
    time: SourceTime
    grid: SourceGrid
    variables: dict[str, SourceVariable]
    units: dict[str, str] = field(default_factory=dict)
    unit_overrides: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    pair: list[str] = field(default_factory=list)
    select: Selection = field(default_factory=Selection)
    derived_inputs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not READERS.offers(self.reader):
            raise ParamnetError(f"source {self.name}.reader", expected=f"one of {list(READERS)}", got=repr(self.reader))
        if self.reader in READERS and (len(self.pair) == 2) != (self.reader == "step_pairs"):
            raise ParamnetError(
                f"source {self.name}.pair",
                expected="two parts of a file name with the reader step_pairs, nothing with other readers",
                got=f"{self.pair} with the reader {self.reader}",
            )
        if self.reader in READERS and bool(self.time.date) != (self.reader == "step_pairs"):
            raise ParamnetError(
                f"source {self.name}.time",
                expected="`date` and `seconds_of_day` with the reader step_pairs, `variable` with other readers",
                got=f"{'`date`' if self.time.date else '`variable`'} with the reader {self.reader}",
            )
        self.variables = mapping_of(self.derived_inputs, self.variables) | self.variables
        if self.select.needs_land and LAND not in self.variables:
            raise ParamnetError(
                f"source {self.name}.select.max_land_fraction",
                expected=f"{LAND} under `variables`, or 1",
                got=f"{self.select.max_land_fraction:g} without it",
                remedy=f"add {LAND} under `variables` of the source",
            )
        self._check_units()
        for name, variable in self.variables.items():
            self._check_variable(name, variable)

    @property
    def native_names(self) -> set[str]:
        """Names of the file variables that the contract variables are computed from."""
        return {native_name for variable in self.variables.values() for native_name in variable.names}

    def _check_variable(self, name: str, variable: SourceVariable) -> None:
        what = f"source {self.name}.variables.{name}"
        paired = any(term.member == "after" or term.time_power == -1 for term in variable.terms)
        if paired and self.reader in ("history", *_SELF_DESCRIBING):
            raise ParamnetError(what, expected="the reader step_pairs, which has files before and after physics", got=self.reader)
        if variable.standard_name and self.reader not in _SELF_DESCRIBING:
            raise ParamnetError(
                what,
                expected=f"`name` with the reader {self.reader}",
                got=f"standard_name {variable.standard_name!r}, which only the reader cf looks up",
                remedy="give the `name` of the variable",
            )
        absent = [part for part in DERIVED.get(variable.rule, ()) if part not in self.variables or self.variables[part].is_derived]
        if absent:
            raise ParamnetError(
                what,
                expected=f"{', '.join(DERIVED[variable.rule])} under `variables`",
                got=f"a source without {', '.join(absent)}",
                remedy="add them under `variables` of the source",
            )

    def _check_units(self) -> None:
        """Require the units of each variable in one place. With the readers cf and ranks, the files may state them instead."""
        for native_name in sorted(self.native_names):
            places = (native_name in self.units) + (native_name in self.unit_overrides)
            if places > 1 or (places == 0 and self.reader not in _SELF_DESCRIBING):
                raise ParamnetError(
                    native_name,
                    expected="units in `units` or in `unit_overrides`",
                    got="units in both" if places else "none",
                    where=f"source {self.name}",
                )
        if self.reader not in _SELF_DESCRIBING:  # those readers look up further names in the files
            self.require_known_units(self.native_names)

    def require_known_units(self, known: Collection[str]) -> None:
        """Raise ParamnetError for a name in ``units`` or ``unit_overrides`` that is neither in ``known`` nor in the grid: it would be
        ignored."""
        for key, names in (("units", self.units), ("unit_overrides", self.unit_overrides)):
            unknown = sorted(set(names) - set(known) - (self.grid.names if key == "unit_overrides" else set()))
            if unknown:
                raise ParamnetError(
                    f"source {self.name}.{key}",
                    expected=f"names of variables that are read: {', '.join(sorted(known))}",
                    got=", ".join(unknown),
                    remedy="correct the names, or remove them",
                )

    def true_units(self, native_name: str) -> str:
        """Return the units of a variable's values; they may differ from its attribute."""
        return self.unit_overrides.get(native_name) or self.units[native_name]

    def extended(self, contract: Contract) -> Contract:
        """Return the contract with this source's derived inputs added; the same contract if there are none."""
        return extend(contract, self.derived_inputs)

    def require(self, contract: Contract) -> None:
        """Raise ParamnetError naming the contract variables that this source does not map."""
        missing = [v.name for v in (*contract.inputs, *contract.outputs) if v.name not in self.variables]
        if missing:
            raise ParamnetError(
                f"source {self.name}.variables",
                expected=f"every variable of contract {contract.name}",
                got=f"none for {', '.join(missing)}",
                remedy="add them under `variables` of the source, or choose another contract",
            )

    @classmethod
    def from_yaml(cls, name_or_path: str | Path) -> SourceConfig:
        """Read a source from a path, or by the name of a shipped source."""
        path, shipped = Path(name_or_path), Path(str(resources.files("paramnet.conf"))) / "source"
        if path.suffix != ".yaml":
            path = shipped / f"{name_or_path}.yaml"
        if not path.is_file():
            raise ParamnetError(
                "source",
                expected=f"one of {sorted(p.stem for p in shipped.glob('*.yaml'))} or the path of a file ending in .yaml",
                got=repr(str(name_or_path)),
            )
        table: dict[str, Any] = yaml.safe_load(path.read_text())
        table.pop("defaults", None)  # for Hydra only
        table["dims"] = SourceDimensions(**table["dims"])
        table["time"] = SourceTime(**table["time"])
        table["grid"] = SourceGrid(**table["grid"])
        table["select"] = Selection(**table.get("select", {}))
        table["variables"] = {name: SourceVariable(**row) for name, row in table["variables"].items()}
        return cls(**table)
