"""How a source names, stores and measures what the contract asks for: the typed form of ``conf/source/*.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from paramnet.contract import Contract, ParamnetError

RULES = ("as_is", "previous_step", "before_physics", "tendency")
READERS = ("history", "step_pairs")
AREAS = ("gaussian",)


@dataclass
class SourceVariable:
    """Where one contract variable comes from.

    ``name`` is the source's own name; ``rule`` how the contract variable follows from it: ``as_is``; ``previous_step``
    (its value one time step earlier); ``before_physics`` (``name`` minus ``rate`` times the time step, both of this
    step); ``tendency`` (after minus before, over the time step; step pairs only). ``member`` is the file of a step pair
    that holds it, ``before`` or ``after``.
    """

    name: str
    rule: str = "as_is"
    rate: str = ""
    member: str = "before"

    def __post_init__(self) -> None:
        if self.rule not in RULES or self.member not in ("before", "after"):
            raise ParamnetError(
                f"source variable {self.name}: expected rule in {list(RULES)} and member before|after, got {self.rule!r}, {self.member!r}"
            )
        if bool(self.rate) != (self.rule == "before_physics"):
            raise ParamnetError(f"source variable {self.name}: `rate` belongs to the rule before_physics, and is needed there")

    @property
    def names(self) -> tuple[str, ...]:
        """The source's variables this one is made of."""
        return (self.name, self.rate) if self.rate else (self.name,)


@dataclass
class SourceDimensions:
    """Names of the source's dimensions; ``column`` lists the horizontal ones, slowest first. ``order`` of the levels."""

    column: list[str]
    level: str = "lev"
    time: str = "time"
    order: str = "top_first"

    def __post_init__(self) -> None:
        if self.order not in ("top_first", "bottom_first") or not self.column:
            raise ParamnetError(f"source dims: expected order top_first|bottom_first and column dims, got {self.order!r}, {self.column}")


@dataclass
class SourceTime:
    """Where time stands. ``variable`` with its ``units`` and ``calendar`` (empty: the file's attributes), or, for files
    of a single step, ``date`` (YYYYMMDD) and ``seconds_of_day``."""

    variable: str = ""
    units: str = ""
    calendar: str = ""
    date: str = ""
    seconds_of_day: str = ""

    def __post_init__(self) -> None:
        if bool(self.variable) == bool(self.date and self.seconds_of_day and self.units and self.calendar):
            raise ParamnetError("source time: give `variable`, or all of `date`, `seconds_of_day`, `units` and `calendar`")


@dataclass
class SourceGrid:
    """Names of the horizontal and vertical coordinates.

    ``file`` is a pattern, beside the data files, of the one file that holds them (empty: the data files do). ``area`` is
    the name of the cell areas or latitude weights, or ``gaussian``: weights follow from Gaussian latitudes. The vertical
    grid is ``sigma_interface`` (a global attribute) or the hybrid coefficients with their ``reference_pressure``.
    """

    latitude: str
    longitude: str
    area: str
    file: str = ""
    sigma_interface: str = ""
    reference_pressure: str = ""
    a_mid: str = ""
    b_mid: str = ""
    a_interface: str = ""
    b_interface: str = ""

    def __post_init__(self) -> None:
        hybrid = (self.reference_pressure, self.a_mid, self.b_mid, self.a_interface, self.b_interface)
        if bool(self.sigma_interface) == all(hybrid):
            raise ParamnetError("source grid: give `sigma_interface`, or all of reference_pressure, a_mid, b_mid, a_interface, b_interface")


@dataclass
class SourceConfig:
    """A source of training samples.

    ``units`` : source variable -> units its attribute must state. ``unit_overrides`` : source variable -> its true units
    where the file's attribute lies or is missing; the attribute is then not read. ``attributes`` : time_step,
    tendency_interval or a constant of the contract -> global attribute of the files that must agree with it.
    ``pair`` : for step pairs, the part of a file's name that says before, and the one that says after.
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

    def __post_init__(self) -> None:
        if self.reader not in READERS:
            raise ParamnetError(f"source {self.name}: expected reader in {list(READERS)}, got {self.reader!r}")
        if (len(self.pair) == 2) != (self.reader == "step_pairs"):
            raise ParamnetError(f"source {self.name}: `pair` takes two parts of a file name, for the reader step_pairs only")
        if bool(self.time.date) != (self.reader == "step_pairs"):
            raise ParamnetError(
                f"source {self.name}: step pairs are dated by time.date and time.seconds_of_day, histories by time.variable"
            )
        for own in sorted({own for variable in self.variables.values() for own in variable.names}):
            if (own in self.units) == (own in self.unit_overrides):
                raise ParamnetError(
                    f"source {self.name}: expected units of {own} in `units` or in `unit_overrides`, got it in both or none"
                )
        for name, variable in self.variables.items():
            if (variable.rule == "tendency" or variable.member == "after") and self.reader != "step_pairs":
                raise ParamnetError(f"source {self.name}: {name} needs before and after files; they exist for the reader step_pairs only")
            if variable.rule == "previous_step" and self.reader != "history":
                raise ParamnetError(f"source {self.name}: {name} needs the step before; it is read by the reader history only")

    def true_units(self, own_name: str) -> str:
        """Units of a source variable's values, whatever its attribute says."""
        return self.unit_overrides.get(own_name) or self.units[own_name]

    def require(self, contract: Contract) -> None:
        """Raise ParamnetError naming the contract variables this source does not map."""
        missing = [v.name for v in (*contract.inputs, *contract.outputs) if v.name not in self.variables]
        if missing:
            raise ParamnetError(
                f"source {self.name}: expected every variable of contract {contract.name}, missing {missing}; "
                f"add them under `variables` in conf/source/{self.name}.yaml or choose another contract"
            )

    @classmethod
    def from_yaml(cls, name_or_path: str | Path) -> SourceConfig:
        """Read a source by path, or by name from the shipped ones (``plasim``, ``climsim``, ``spcam``)."""
        path = Path(name_or_path)
        if path.suffix != ".yaml":
            path = Path(str(resources.files("paramnet.conf"))) / "source" / f"{name_or_path}.yaml"
        if not path.is_file():
            raise ParamnetError(
                f"source {str(name_or_path)!r}: no file {path.name}; expected one of {sorted(p.stem for p in path.parent.glob('*.yaml'))}"
            )
        table: dict[str, Any] = yaml.safe_load(path.read_text())
        table.pop("defaults", None)  # Hydra's, not ours
        table["dims"] = SourceDimensions(**table["dims"])
        table["time"] = SourceTime(**table["time"])
        table["grid"] = SourceGrid(**table["grid"])
        table["variables"] = {name: SourceVariable(**row) for name, row in table["variables"].items()}
        return cls(**table)
