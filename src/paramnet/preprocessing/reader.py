"""What readers share: the checks of a file against source and contract, and the way to the contract's variables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import cftime
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError, Variable
from paramnet.preprocessing.checks import Shape, require_attributes, require_shape, require_units
from paramnet.preprocessing.classic import ClassicFile
from paramnet.preprocessing.classic_header import Entry
from paramnet.preprocessing.derive import Derivation, Fetch, Fields, needed_terms
from paramnet.preprocessing.grid import Columns, read_columns
from paramnet.preprocessing.integrity import Dataset, open_netcdf, read_values
from paramnet.preprocessing.integrity import Variable as NetcdfVariable
from paramnet.preprocessing.levels import check_vertical_grid
from paramnet.preprocessing.provenance import describe_file
from paramnet.preprocessing.rules import SourceVariable, Term
from paramnet.preprocessing.selection import LAND
from paramnet.preprocessing.source import SourceConfig
from paramnet.preprocessing.steps import Block, FileRecord, Steps
from paramnet.preprocessing.unreadable import require_filters

_KEPT = 8  # of the lists of variables that were checked
_LAND_VARIABLE = Variable(LAND, LAND, "Land", "1", ("column",), "before_physics", "instantaneous", "none", (0.0, 1.001))


@dataclass
class Reader(ABC):
    """Reads one source's files as samples of one contract. ``files`` are the paths, in the order of ``file_index``."""

    source: SourceConfig
    contract: Contract
    files: list[Path]
    columns: Columns = field(init=False)
    grid_name: str = field(init=False)
    bottom_first: bool = field(init=False)
    checked: list[tuple[str, int, dict[str, Entry]]] = field(init=False, default_factory=list, repr=False, metadata={"stored": False})

    def __post_init__(self) -> None:
        self.source.require(self.contract)
        path = self.grid_path()
        self.grid_name = path.name
        with open_netcdf(path) as dataset:
            self.columns = read_columns(dataset, self.source, path.name)
            self.bottom_first = check_vertical_grid(dataset, self.source, self.contract, path.name)
        self.source.select.columns(self.columns.latitude)  # refuses a selection of nothing before any work is done

    @abstractmethod
    def scan(self, path: Path) -> FileRecord:
        """Check a file's header, grid and units, and read its times. ParamnetError names file and variable."""

    @abstractmethod
    def read(self, block: Block) -> Fields:
        """The block's contract variables in contract units."""

    def wanted(self, block: Block, fields: Fields) -> NDArray[np.bool_] | None:
        """Samples (step, column) the source's ``select`` keeps, before any check of their values; None for all."""
        select = self.source.select
        kept = select.columns(self.columns.latitude)[None]
        if select.needs_land:
            self._require_land(fields[LAND], block)
            kept = kept & (fields[LAND] <= select.max_land_fraction)
        return None if kept.all() else np.broadcast_to(kept, (len(block.days), len(self.columns)))

    def _require_land(self, fraction: NDArray[np.floating], block: Block) -> None:
        """Columns whose land fraction is missing would be left out by it without a word."""
        low, high = _LAND_VARIABLE.valid_range
        wrong = ~((fraction >= low) & (fraction <= high))
        if wrong.any():
            step, column = (int(place) for place in np.unravel_index(int(wrong.argmax()), wrong.shape))
            raise ParamnetError(
                LAND,
                expected=f"values from {low:g} to {high:g}, since `select` asks for them",
                got=f"{int(wrong.sum())} of {wrong.size} missing or outside (first at column {column})",
                where=self.files[block.positions[step, 0]].name,
                remedy="fix the file, or give `fill` of the variable: the value that a missing one stands for",
            )

    def usable(self, steps: Steps) -> NDArray[np.bool_]:
        """Steps that can be samples : (step), those whose earlier steps are in the archive and that ``select`` keeps."""
        usable = self.has_earlier(steps) & self.source.select.steps(len(steps))
        if not usable.any():
            raise ParamnetError(
                f"steps: expected some with {self.lags} earlier steps in the archive, as contract {self.contract.name} needs, and kept by "
                f"`select`, got none of {len(steps)}; give consecutive files or choose another contract"
            )
        return usable

    def has_earlier(self, steps: Steps) -> NDArray[np.bool_]:
        """Steps whose earlier ones, as many as a sample needs, are in the archive : (step)."""
        place = np.arange(len(steps))
        for _ in range(self.lags):
            place = np.where(place >= 0, steps.previous[place], -1)
        return place >= 0

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
    def wanted_variables(self) -> dict[str, Variable]:
        """The contract's variables by name, and the land fraction where the selection needs it."""
        land = {LAND: _LAND_VARIABLE} if self.source.select.needs_land else {}
        return land | {v.name: v for v in (*self.contract.inputs, *self.contract.outputs)}

    @cached_property
    def variables(self) -> dict[str, SourceVariable]:
        """Where each of those comes from."""
        return {name: self.source.variables[name] for name in self.wanted_variables}

    @cached_property
    def terms(self) -> list[Term]:
        """Everything that is read for one step."""
        found = [term for variable in self.variables.values() for term in needed_terms(variable, self.source.variables)]
        pressure = self.source.variables[self.contract.surface_pressure_name].terms  # tells columns from steps where nothing else is read
        return list(dict.fromkeys([*found, *pressure]))

    @property
    def lags(self) -> int:
        """How many time steps back a sample takes values from."""
        return max(term.lag for term in self.terms)

    def own_names(self, member: str, lag: int | None = None) -> list[str]:
        """The source's variables needed from files of a member (histories have ``before`` only), at one or at any lag; sorted."""
        return sorted({term.name for term in self.terms if term.member == member and lag in (None, term.lag)})

    @cached_property
    def profiles(self) -> set[str]:
        """The source's variables that have levels."""
        names = {v.name for v in self.wanted_variables.values() if v.is_profile} | {"air_temperature", "specific_humidity"}
        return {own for name in names & set(self.source.variables) for own in self.source.variables[name].names}

    def true_units(self, own: str) -> str:
        """Units of a source variable's values, whatever its attribute says."""
        return self.source.true_units(own)

    def find(self, dataset: Dataset, own: str, path: Path) -> NetcdfVariable:
        """The variable of an open file; ParamnetError naming it when there is none."""
        if own not in dataset.variables:
            raise ParamnetError(
                f"{own}: expected this variable of source {self.source.name}, got a file without it: {path.name}; "
                f"correct `variables` in conf/source/{self.source.name}.yaml or remove the file"
            )
        return dataset[own]

    def values(self, dataset: Dataset, own: str, path: Path, steps: slice | NDArray[np.int32] | None = None) -> NDArray[np.floating]:
        """Values ([step,] [level,] column) of a file's variable; ``steps`` of its time dimension, which is left out without them."""
        dims, array = self.source.dims, self.find(dataset, own, path)
        order = [*([dims.time] if steps is not None else []), *([dims.level] if dims.level in array.dimensions else []), *dims.column]
        index = tuple(slice(None) if dim in order[steps is not None :] else steps if dim == dims.time else 0 for dim in array.dimensions)
        values = read_values(array, path.name, index)
        kept = [dim for dim in array.dimensions if dim in order]
        values = values.transpose([kept.index(dim) for dim in order])
        return values.reshape(*values.shape[: len(order) - len(dims.column)], -1)

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

    def check_variables(self, dataset: Dataset, member: str, path: Path) -> None:
        """Presence, dimensions, sizes and units of every source variable needed from a file; once where files share a header's list."""
        layout = (member, dataset.header.records, dataset.header.variables) if isinstance(dataset, ClassicFile) else None
        if layout and any(known[:2] == layout[:2] and known[2] is layout[2] for known in self.checked):
            return
        for own in self.own_names(member):
            array = self.find(dataset, own, path)
            require_shape(array, own, self._shape_of(own), path.name)
            self.check_units(array, own, path)
            require_filters(array, path.name)
        if layout:
            self.checked = [*self.checked[-_KEPT:], layout]

    def _shape_of(self, own: str) -> Shape:
        time = [self.source.dims.time] if self.source.time.variable else []
        levels = {self.source.dims.level: self.contract.n_levels} if own in self.profiles else {}
        return Shape(time, levels, self.source.dims.column, len(self.columns), self.grid_name, self.contract.name)

    def check_units(self, array: NetcdfVariable, own: str, path: Path) -> None:
        """The attribute must state what the source says it states; one that is overridden is not read."""
        if own in self.source.units:
            require_units(array, self.source.units[own], own, path.name, self.source.name)

    def check_attributes(self, dataset: Dataset, path: Path) -> None:
        """See ``paramnet.preprocessing.checks.require_attributes``."""
        require_attributes(dataset, self.source.attributes, self.contract, path.name)

    def derive(self, fetch: Fetch) -> Fields:
        """Contract variables in contract units from the source's by the rules of the source."""
        work = Derivation(self.contract, self.source.variables, self.columns, self.true_units, self.bottom_first, fetch)
        return work.all(self.wanted_variables)
