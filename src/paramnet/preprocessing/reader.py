"""What readers share: the checks of a file against source and contract, and the way to the contract's variables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import cftime
import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError, Variable
from paramnet.preprocessing.grid import Columns, check_vertical_grid, read_columns
from paramnet.preprocessing.integrity import open_netcdf
from paramnet.preprocessing.provenance import describe_file
from paramnet.preprocessing.source import SourceConfig, SourceVariable
from paramnet.preprocessing.steps import Block, FileRecord
from paramnet.preprocessing.units import conversion_factor, same_units

# contract variable -> values (step, level, column) or (step, column), levels in the contract's order
Fields = dict[str, NDArray[np.floating]]
# (source variable, member of a pair, the step before?) -> values (step, [level,] column) in the source's units
Fetch = Callable[[str, str, bool], NDArray[np.floating]]


@dataclass
class Reader(ABC):
    """Reads one source's files as samples of one contract. ``files`` are the paths, in the order of ``file_index``."""

    source: SourceConfig
    contract: Contract
    files: list[Path]
    columns: Columns = field(init=False)

    def __post_init__(self) -> None:
        self.source.require(self.contract)
        path = self.grid_path()
        with open_netcdf(path) as dataset:
            self.columns = read_columns(dataset, self.source, path.name)
            check_vertical_grid(dataset, self.source, self.contract, path.name)

    @abstractmethod
    def scan(self, path: Path) -> FileRecord:
        """Check a file's header, grid and units, and read its times. ParamnetError names file and variable."""

    @abstractmethod
    def read(self, block: Block) -> Fields:
        """The block's contract variables in contract units."""

    def wanted(self, block: Block, fields: Fields) -> NDArray[np.bool_] | None:
        """Samples (step, column) to keep, before any check of their values; all of them by default."""
        return None

    def parts(self, path: Path) -> list[Path]:
        """The files that stand behind one of ``files``: itself, unless files come in pairs."""
        return [path]

    def grid_path(self) -> Path:
        """The file that holds the grid: the source's grid file, or the first data file."""
        pattern = self.source.grid.file
        if not pattern:
            return self.files[0]
        found = sorted(self.files[0].parent.glob(pattern))
        if len(found) != 1:
            raise ParamnetError(
                f"grid file: expected one file matching {pattern!r} in {self.files[0].parent}, got {len(found)}; "
                f"put the grid of source {self.source.name} beside the data"
            )
        return found[0]

    @cached_property
    def variables(self) -> dict[str, SourceVariable]:
        """The contract's variables and where each comes from."""
        return {v.name: self.source.variables[v.name] for v in (*self.contract.inputs, *self.contract.outputs)}

    @property
    def needs_previous_step(self) -> bool:
        """Whether a sample takes values from one time step earlier."""
        return any(variable.rule == "previous_step" for variable in self.variables.values())

    def own_names(self, member: str) -> set[str]:
        """The source's variables needed from files of a member (histories have the member ``before`` only)."""
        return {
            own
            for variable in self.variables.values()
            for own in variable.names
            if variable.member == member or variable.rule == "tendency"
        }

    def record(self, path: Path, days: NDArray[np.float64], units: str, calendar: str) -> FileRecord:
        """The record of a scanned file; ParamnetError when its times cannot be decoded."""
        if not np.all(np.isfinite(days)) or not len(days):
            raise ParamnetError(f"time: expected finite values, got {len(days)} values, some missing, in {path.name}; mend the file")
        try:
            moments = cftime.num2date(days, units, calendar)
        except (ValueError, OverflowError) as error:
            raise ParamnetError(
                f"time: expected decodable units, got '{units}', calendar '{calendar}' in {path.name} ({error}); state them under `time`"
            ) from error
        dates = np.array([(moment.year, moment.month, moment.day) for moment in moments], dtype=np.int32)
        return FileRecord(path, [describe_file(part) for part in self.parts(path)], days, dates, units, calendar)

    def check_variables(self, dataset: netCDF4.Dataset, member: str, path: Path) -> None:
        """Presence, dimensions, sizes and units of every source variable needed from a file."""
        for own in sorted(self.own_names(member)):
            if own not in dataset.variables:
                raise ParamnetError(
                    f"{own}: expected this variable of source {self.source.name}, got a file without it: {path.name}; "
                    f"correct `variables` in conf/source/{self.source.name}.yaml or remove the file"
                )
            self._check_shape(dataset[own], own, path)
            self._check_units(dataset[own], own, path)

    def _check_shape(self, array: netCDF4.Variable, own: str, path: Path) -> None:
        dims = self.source.dims
        profiles = {name for v in (*self.contract.inputs, *self.contract.outputs) if v.is_profile for name in self.variables[v.name].names}
        expected = ({dims.time} if self.source.time.variable else set()) | set(dims.column) | ({dims.level} if own in profiles else set())
        if set(array.dimensions) != expected:
            raise ParamnetError(
                f"{own}: expected dimensions {sorted(expected)}, got {list(array.dimensions)} in {path.name}; correct `dims` of the source"
            )
        sizes = dict(zip(array.dimensions, array.shape, strict=True))
        columns = int(np.prod([sizes[dim] for dim in dims.column]))
        if columns != len(self.columns):
            raise ParamnetError(
                f"{own}: expected {len(self.columns)} columns as in {self.grid_path().name}, got {columns} in {path.name}; do not mix grids"
            )
        if own in profiles and sizes[dims.level] != self.contract.n_levels:
            raise ParamnetError(
                f"{own}: expected {self.contract.n_levels} levels as in contract {self.contract.name}, "
                f"got {sizes[dims.level]} in {path.name}; choose the contract of this model"
            )

    def _check_units(self, array: netCDF4.Variable, own: str, path: Path) -> None:
        expected = self.source.units.get(own)
        if expected is None:
            return  # overridden: the attribute lies or is missing
        got = getattr(array, "units", None)
        if got is None or not same_units(str(got), expected):
            raise ParamnetError(
                f"{own}: expected units {expected!r}, got {got!r} in {path.name}; "
                f"convert in conf/source/{self.source.name}.yaml (unit_overrides) or fix the file"
            )

    def check_attributes(self, dataset: netCDF4.Dataset, path: Path) -> None:
        """Time step, tendency interval and constants the file states against the contract's (relative 1e-4)."""
        known = {"time_step": self.contract.time_step, "tendency_interval": self.contract.tendency_interval} | self.contract.constants
        for name, attribute in self.source.attributes.items():
            if name not in known:
                raise ParamnetError(f"{name}: expected time_step, tendency_interval or a constant of contract {self.contract.name}")
            got = getattr(dataset, attribute, None)
            if got is None or not np.isclose(float(got), known[name], rtol=1e-4, atol=0):
                raise ParamnetError(
                    f"{attribute}: expected {known[name]} as {name} in contract {self.contract.name}, got {got} in {path.name}; "
                    "choose the contract of this model or make one with its constants"
                )

    def derive(self, fetch: Fetch) -> Fields:
        """Contract variables in contract units from the source's by the rules of the source."""
        result = {}
        for variable in (*self.contract.inputs, *self.contract.outputs):
            values = self._derive_one(variable, self.variables[variable.name], fetch)
            if variable.is_profile and self.source.dims.order == "bottom_first":
                values = values[:, ::-1]
            result[variable.name] = values
        return result

    def _derive_one(self, variable: Variable, own: SourceVariable, fetch: Fetch) -> NDArray[np.floating]:
        def converted(name: str, units: str, member: str, previous: bool = False) -> NDArray[np.floating]:
            factor = conversion_factor(self.source.true_units(name), units, name)
            values = fetch(name, member, previous)
            return values if factor == 1.0 else values.astype(np.float64) * factor

        if own.rule == "tendency":
            units = variable.units.removesuffix(" s-1")
            after, before = converted(own.name, units, "after"), converted(own.name, units, "before")
            return (after.astype(np.float64) - before) / self.contract.time_step
        if own.rule == "before_physics":
            rate = converted(own.rate, f"{variable.units} s-1", own.member).astype(np.float64)
            return converted(own.name, variable.units, own.member) - rate * self.contract.time_step
        return converted(own.name, variable.units, own.member, own.rule == "previous_step")
