"""Base class of readers: checks of a file against source and contract, and reading of the contract's variables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError, Variable
from paramnet.files import stored
from paramnet.sources.checks import Shape, require_attributes, require_shape, require_units
from paramnet.sources.config import SourceConfig
from paramnet.sources.derive import Derivation, Fetch, Fields, needed_terms
from paramnet.sources.file_state import describe_file
from paramnet.sources.grid.horizontal import Columns, read_columns
from paramnet.sources.grid.levels import check_vertical_grid
from paramnet.sources.layout import grid_file
from paramnet.sources.netcdf import Dataset, layout_of, open_netcdf, read_columns_last
from paramnet.sources.netcdf import Variable as NetcdfVariable
from paramnet.sources.netcdf.unreadable import require_filters
from paramnet.sources.rules import FIXED, SourceVariable, Term
from paramnet.sources.selection import LAND, LAND_VARIABLE, require_land
from paramnet.sources.time_axis.steps import Block, FileRecord, Steps
from paramnet.sources.time_axis.times import TimeAxis, dates_of, require_resolution

__all__ = ["Reader"]


@stored
@dataclass(frozen=True)
class GridField:
    """A time-independent field of the grid file : ([level,] column), and the units in its attribute."""

    values: NDArray[np.floating]
    units: str


@dataclass
class Reader(ABC):
    """Reads the files of a source as samples of a contract. ``files`` : paths in the order of ``file_index``."""

    source: SourceConfig
    contract: Contract
    files: list[Path]
    columns: Columns = field(init=False)
    grid_name: str = field(init=False)
    bottom_first: bool = field(init=False)
    grid_fields: dict[str, GridField] = field(init=False, default_factory=dict, repr=False)
    checked: list[tuple[str, tuple[object, int]]] = field(init=False, default_factory=list, repr=False, metadata={"stored": False})

    def __post_init__(self) -> None:
        self.source.require(self.contract)
        path = self.grid_path()
        self.grid_name = path.name
        with self.open(path) as dataset:
            self.columns = read_columns(dataset, self.source, path.name, self.source.grid.column)
            self.bottom_first = check_vertical_grid(dataset, self.source, self.contract, path.name)
            self._read_fixed(dataset, path)
        self.source.select.columns(self.columns.latitude)  # refuses an empty selection before any work is done

    @abstractmethod
    def scan(self, path: Path) -> FileRecord:
        """Check a file's header, grid and units, and read its times. Raise ParamnetError naming file and variable."""

    @abstractmethod
    def read(self, block: Block) -> Fields:
        """Return the block's contract variables in contract units."""

    def wanted(self, block: Block, fields: Fields) -> NDArray[np.bool_] | None:
        """Return the mask (step, column) of samples selected by the source, before any check of values; None for all."""
        select = self.source.select
        kept = select.columns(self.columns.latitude)[None]
        if select.needs_land:
            require_land(fields[LAND], lambda step: self.files[block.positions[step, 0]].name)
            kept = kept & (fields[LAND] <= select.max_land_fraction)
        return None if kept.all() else np.broadcast_to(kept, (len(block.days), len(self.columns)))

    @abstractmethod
    def first_difference(self, one: tuple[int, NDArray[np.int32]], other: tuple[int, NDArray[np.int32]]) -> str:
        """Return the first variable whose values differ between steps of two files (file index, time indices); "" if none does."""

    def has_earlier(self, steps: Steps) -> NDArray[np.bool_]:
        """Return the mask of steps : (step) whose ``lags`` earlier steps are in the archive."""
        place = np.arange(len(steps))
        for _ in range(self.lags):
            place = np.where(place >= 0, steps.previous[place], -1)
        return place >= 0

    def parts(self, path: Path) -> list[Path]:
        """Return all files behind one of ``files``: the file itself, or both files of a pair."""
        return [path]

    def open(self, path: Path) -> AbstractContextManager[Dataset]:
        """Open one of ``files``, or the grid file."""
        return open_netcdf(path)

    def grid_path(self) -> Path:
        """Return the file with the grid: the source's grid file, or the first data file."""
        pattern, first = self.source.grid.file, self.files[0]
        return grid_file(first.parent, pattern, self.source.name) if pattern else first

    def _read_fixed(self, dataset: Dataset, path: Path) -> None:
        """Read the time-independent fields of the grid file."""
        if not self.source.grid.file:
            return
        for native_name in sorted(self.fixed):
            try:
                array = self.find(dataset, native_name, path)
            except ParamnetError:
                continue  # it is in the data files
            require_shape(array, native_name, self._shape_of(native_name, self.source.grid.column)._replace(time=()), path.name)
            self.check_units(array, native_name, path)
            values = self.values(dataset, native_name, path, column=self.source.grid.column)
            self.grid_fields[native_name] = GridField(values, str(getattr(array, "units", "")))

    @cached_property
    def fixed(self) -> set[str]:
        """The source variables that may have no time dimension."""
        pairs = zip(self.variables.values(), self.wanted_variables.values(), strict=True)
        timeless = [mapped for mapped, variable in pairs if mapped.fixed or variable.standard_name in FIXED]
        return {native_name for mapped in timeless for native_name in mapped.names}

    @cached_property
    def wanted_variables(self) -> dict[str, Variable]:
        """The contract's variables by name, and the land fraction if the selection needs it."""
        land = {LAND: LAND_VARIABLE} if self.source.select.needs_land else {}
        return land | {v.name: v for v in (*self.contract.inputs, *self.contract.outputs)}

    @cached_property
    def variables(self) -> dict[str, SourceVariable]:
        """The source's rule for each of ``wanted_variables``."""
        return {name: self.source.variables[name] for name in self.wanted_variables}

    @cached_property
    def terms(self) -> list[Term]:
        """All terms read for one step."""
        found = [term for variable in self.variables.values() for term in needed_terms(variable, self.source.variables)]
        pressure = self.source.variables[self.contract.surface_pressure_name].terms if self.contract.has_mass else ()  # gives the shape
        return list(dict.fromkeys([*found, *pressure]))

    @property
    def lags(self) -> int:
        """The number of earlier time steps that a sample needs."""
        return max(term.lag for term in self.terms)

    def native_names(self, member: str, lag: int | None = None) -> list[str]:
        """Return the sorted source variables needed from files of a member (``before`` for histories), at one lag or at any."""
        return sorted({term.name for term in self.terms if term.member == member and lag in (None, term.lag)})

    @cached_property
    def profiles(self) -> set[str]:
        """The source variables that have levels."""
        names = {v.name for v in self.wanted_variables.values() if v.is_profile} | {"air_temperature", "specific_humidity"}
        return {native_name for name in names & set(self.source.variables) for native_name in self.source.variables[name].names}

    def true_units(self, native_name: str) -> str:
        """Return the units of a variable's values; they may differ from its attribute."""
        return self.source.true_units(native_name)

    def find(self, dataset: Dataset, native_name: str, path: Path) -> NetcdfVariable:
        """Return a variable of an open file; raise ParamnetError naming it if there is none."""
        if native_name not in dataset.variables:
            raise ParamnetError(
                native_name,
                expected=f"this variable of source {self.source.name}",
                got="none",
                where=path.name,
                remedy="correct `variables` of the source, or remove the file",
            )
        return dataset[native_name]

    def values(
        self, dataset: Dataset, native_name: str, path: Path, steps: slice | NDArray[np.int32] | None = None, column: Sequence[str] = ()
    ) -> NDArray[np.floating]:
        """Return values ([step,] [level,] column) of a variable; ``steps`` : indices along time, None for no time dimension.

        A time-independent field is repeated at every step, and may be from the grid file. ``column`` : horizontal dimensions, if they
        differ from ``dims.column``.
        """
        if native_name in self.fixed and steps is not None:
            single = self._fixed_values(dataset, native_name, path)
            if single is not None:
                count = steps.stop - steps.start if isinstance(steps, slice) else len(steps)
                return np.broadcast_to(single, (count, *single.shape))
        elif native_name in self.grid_fields and not self._has(dataset, native_name, path):
            return self.grid_fields[native_name].values
        dims, array = self.source.dims, self.find(dataset, native_name, path)
        along = [*([dims.time] if steps is not None else []), *([dims.level] if dims.level in array.dimensions else [])]
        return read_columns_last(array, path.name, along, column or dims.column, {dims.time: steps})

    def _fixed_values(self, dataset: Dataset, native_name: str, path: Path) -> NDArray[np.floating] | None:
        """Return a time-independent field ([level,] column); None if it depends on time."""
        if not self._has(dataset, native_name, path):
            return self.grid_fields[native_name].values if native_name in self.grid_fields else None
        array = self.find(dataset, native_name, path)
        return None if self.source.dims.time in array.dimensions else self.values(dataset, native_name, path)

    def _has(self, dataset: Dataset, native_name: str, path: Path) -> bool:
        with suppress(ParamnetError):
            return self.find(dataset, native_name, path) is not None
        return False

    def record(self, path: Path, axis: TimeAxis) -> FileRecord:
        """Return the record of a scanned file; raise ParamnetError if its times are too coarse to identify the previous step."""
        if self.lags:
            require_resolution(axis, self.contract, path.name)
        parts = [describe_file(part) for part in self.parts(path)]
        dates, header = dates_of(axis, path.name), axis.header
        return FileRecord(path, parts, axis.days, dates, header.units, header.calendar, axis.rounding, axis.dated_by, axis.note)

    def check_variables(self, dataset: Dataset, member: str, path: Path) -> None:
        """Check presence, dimensions, sizes and units of all variables needed from a file; once for files with identical headers."""
        layout = layout_of(dataset)
        if layout and (member, layout) in self.checked:
            return
        for native_name in self.native_names(member):
            if native_name in self.grid_fields and not self._has(dataset, native_name, path):
                continue
            array, shape = self.find(dataset, native_name, path), self._shape_of(native_name)
            timeless = native_name in self.fixed and self.source.dims.time not in array.dimensions
            require_shape(array, native_name, shape._replace(time=()) if timeless else shape, path.name)
            self.check_units(array, native_name, path)
            require_filters(array, path.name)
        if layout:
            self.checked = [*self.checked[-8:], (member, layout)]  # archives have few layouts

    def _shape_of(self, native_name: str, column: Sequence[str] = ()) -> Shape:
        time = [self.source.dims.time] if self.source.time.variable else []
        levels = {self.source.dims.level: self.contract.n_levels} if native_name in self.profiles else {}
        return Shape(time, levels, column or self.source.dims.column, len(self.columns), self.grid_name, self.contract.name)

    def check_units(self, array: NetcdfVariable, native_name: str, path: Path) -> None:
        """Require the units given in ``units`` of the source; overridden units are not checked."""
        if native_name in self.source.units:
            require_units(array, self.source.units[native_name], native_name, path.name, self.source.name)

    def check_attributes(self, dataset: Dataset, path: Path) -> None:
        """Check global attributes; see ``paramnet.sources.checks.require_attributes``."""
        require_attributes(dataset, self.source.attributes, self.contract, path.name)

    def derive(self, fetch: Fetch) -> Fields:
        """Compute the contract variables in contract units by the rules of the source."""
        work = Derivation(self.contract, self.source.variables, self.columns, self.true_units, self.bottom_first, fetch)
        return work.all(self.wanted_variables)
