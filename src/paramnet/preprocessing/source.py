"""How a source names, stores and measures what the contract asks for: the typed form of ``conf/source/*.yaml``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from paramnet.contract import Contract, ParamnetError
from paramnet.preprocessing.derived_inputs import extend, mapping_of
from paramnet.preprocessing.layout import SourceDimensions, SourceGrid, SourceTime
from paramnet.preprocessing.records import stored
from paramnet.preprocessing.rules import DERIVED, SourceVariable
from paramnet.preprocessing.selection import LAND, Selection

READERS = ("history", "step_pairs", "cf")


@stored
@dataclass
class SourceConfig:
    """A source of training samples.

    ``units`` : source variable -> units its attribute must state. ``unit_overrides`` : source variable -> its true units
    where the file's attribute lies or is missing; the attribute is then not read. ``attributes`` : time_step,
    tendency_interval or a constant of the contract -> global attribute of the files that must agree with it.
    ``pair`` : for step pairs, the part of a file's name that says before, and the one that says after.
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
        if self.reader not in READERS:
            raise ParamnetError(f"source {self.name}: expected reader in {list(READERS)}, got {self.reader!r}")
        if (len(self.pair) == 2) != (self.reader == "step_pairs"):
            raise ParamnetError(f"source {self.name}: `pair` takes two parts of a file name, for the reader step_pairs only")
        if bool(self.time.date) != (self.reader == "step_pairs"):
            raise ParamnetError(
                f"source {self.name}: step pairs are dated by time.date and time.seconds_of_day, histories by time.variable"
            )
        self.variables = mapping_of(self.derived_inputs, self.variables) | self.variables
        if self.select.needs_land and LAND not in self.variables:
            raise ParamnetError(f"source {self.name}: select.max_land_fraction needs {LAND} under `variables`, got none; map it or set 1")
        self._check_units()
        for name, variable in self.variables.items():
            paired = any(term.member == "after" or term.time_power == -1 for term in variable.terms)
            if paired and self.reader != "step_pairs":
                raise ParamnetError(f"source {self.name}: {name} needs before and after files; they exist for the reader step_pairs only")
            if variable.standard_name and self.reader != "cf":
                raise ParamnetError(
                    f"source {self.name}: {name} is looked up by standard_name; only the reader cf does that, give its `name`"
                )
            absent = [part for part in DERIVED.get(variable.rule, ()) if part not in self.variables or self.variables[part].is_derived]
            if absent:
                raise ParamnetError(f"source {self.name}: {name} is derived from {absent}; add them under `variables`")

    @property
    def own_names(self) -> set[str]:
        """The files' variables that contract variables are made of."""
        return {own for variable in self.variables.values() for own in variable.names}

    def _check_units(self) -> None:
        """Every variable of the source has its units in one place; files of the reader cf state them themselves."""
        for own in sorted(self.own_names):
            places = (own in self.units) + (own in self.unit_overrides)
            if places > 1 or (places == 0 and self.reader != "cf"):
                raise ParamnetError(
                    f"source {self.name}: expected units of {own} in `units` or in `unit_overrides`, got it in both or none"
                )
        if self.reader != "cf":  # which looks into the files for further names
            self.require_known_units(self.own_names)

    def require_known_units(self, known: Collection[str]) -> None:
        """Raise ParamnetError for a name in ``units`` or ``unit_overrides`` that is neither ``known`` nor of the grid: nothing would be
        converted by it."""
        for key, names in (("units", self.units), ("unit_overrides", self.unit_overrides)):
            unknown = sorted(set(names) - set(known) - (self.grid.names if key == "unit_overrides" else set()))
            if unknown:
                raise ParamnetError(
                    f"source {self.name}.{key}",
                    expected=f"names of variables that are read: {', '.join(sorted(known))}",
                    got=", ".join(unknown),
                    remedy="correct the names, or remove them",
                )

    def true_units(self, own_name: str) -> str:
        """Units of a source variable's values, whatever its attribute says."""
        return self.unit_overrides.get(own_name) or self.units[own_name]

    def extended(self, contract: Contract) -> Contract:
        """The contract with this source's derived inputs added; itself when there are none."""
        return extend(contract, self.derived_inputs)

    def require(self, contract: Contract) -> None:
        """Raise ParamnetError naming the contract variables this source does not map."""
        missing = [v.name for v in (*contract.inputs, *contract.outputs) if v.name not in self.variables]
        if missing:
            raise ParamnetError(
                f"source {self.name}: expected every variable of contract {contract.name}, missing {missing}; "
                "add them under `variables` of the source or choose another contract"
            )

    @classmethod
    def from_yaml(cls, name_or_path: str | Path) -> SourceConfig:
        """Read a source by path, or by the name of a shipped one."""
        path, shipped = Path(name_or_path), Path(str(resources.files("paramnet.conf"))) / "source"
        if path.suffix != ".yaml":
            path = shipped / f"{name_or_path}.yaml"
        if not path.is_file():
            raise ParamnetError(
                f"source {str(name_or_path)!r}: no file {path.name}; expected one of {sorted(p.stem for p in shipped.glob('*.yaml'))}"
                " or a path ending in .yaml"
            )
        table: dict[str, Any] = yaml.safe_load(path.read_text())
        table.pop("defaults", None)  # Hydra's, not ours
        table["dims"] = SourceDimensions(**table["dims"])
        table["time"] = SourceTime(**table["time"])
        table["grid"] = SourceGrid(**table["grid"])
        table["select"] = Selection(**table.get("select", {}))
        table["variables"] = {name: SourceVariable(**row) for name, row in table["variables"].items()}
        return cls(**table)
