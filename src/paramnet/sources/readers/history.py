"""Reader of history files with a time dimension (PlaSim's record, SPCAM's daily h1 files)."""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.files import stored
from paramnet.physics import SECONDS_PER_DAY
from paramnet.sources.derive import Fields
from paramnet.sources.grid.horizontal import read_columns
from paramnet.sources.grid.levels import check_vertical_grid
from paramnet.sources.layout import AREAS
from paramnet.sources.netcdf import Dataset, Variable, read_values
from paramnet.sources.readers.base import Reader
from paramnet.sources.time_axis.steps import Block, FileRecord
from paramnet.sources.time_axis.times import TimeAxis, choose_header, read_axis

_MEAN = re.compile(r"\btime\s*:\s*mean\b")


@stored
@dataclass
class HistoryReader(Reader):
    """Every column of every step is a sample; the previous step may be in another file."""

    def scan(self, path: Path) -> FileRecord:
        """See Reader.scan; the horizontal grid must be that of the first file."""
        with self.open(path) as dataset:
            self.check_variables(dataset, "before", path)
            self.check_attributes(dataset, path)
            self._check_grid(dataset, path)
            return self.record(path, self._times(dataset, path))

    def _check_grid(self, dataset: Dataset, path: Path) -> None:
        """Require the grid of the first file. With a grid file, only coordinates present in this file are compared."""
        grid, first = self.source.grid, self.grid_name
        stated = set(dataset.variables) | set(dataset.ncattrs())
        vertical = (grid.sigma_interface, grid.vertical, grid.a_mid, grid.b_mid, grid.a_interface, grid.b_interface)
        named = {*vertical, grid.reference_pressure, grid.vertical_interface} - {""}
        if (not grid.file or named <= stated) and check_vertical_grid(dataset, self.source, self.contract, path.name) != self.bottom_first:
            raise ParamnetError(
                "levels", expected=f"the order in {first}", got="the reverse order", where=path.name, remedy="do not mix archives"
            )
        if grid.file and not {grid.latitude, grid.longitude, *({grid.area} - set(AREAS))} <= stated:
            return
        columns = read_columns(dataset, self.source, path.name)
        if not np.allclose(columns.latitude, self.columns.latitude) or not np.allclose(columns.longitude, self.columns.longitude):
            raise ParamnetError("grid", expected=f"the columns in {first}", got="others", where=path.name, remedy="do not mix grids")

    def _times(self, dataset: Dataset, path: Path) -> TimeAxis:
        """Return the file's time axis, decoded by its own header if possible."""
        time, name = self.source.time, path.name
        if time.variable not in dataset.variables:
            raise ParamnetError(time.variable, expected="this time variable", got="none", where=name, remedy="correct `time` of the source")
        stamps = dataset[time.variable]
        if len(stamps.dimensions) > 1 or np.dtype(stamps.dtype).kind not in "iuf":
            raise ParamnetError(
                time.variable,
                expected="numbers along one dimension",
                got=f"{stamps.dtype} along {list(stamps.dimensions)}",
                where=name,
                remedy="name the time variable of the files under `time` of the source",
            )
        units, calendar = (str(getattr(stamps, attribute, "")) for attribute in ("units", "calendar"))
        choice = choose_header(units, calendar, time, self.source.name, name)
        values = np.atleast_1d(read_values(stamps, name))
        kind = np.asarray(getattr(stamps, "scale_factor", np.empty(0, stamps.dtype))).dtype
        axis = read_axis(values, kind, choice, self.contract.time_step, name)
        notes = [axis.note, self._means_note(dataset, stamps, axis, name)]
        return replace(axis, note="; ".join(filter(None, notes)))

    def _means_note(self, dataset: Dataset, stamps: Variable, axis: TimeAxis, name: str) -> str:
        """Return a note if the time bounds show means over intervals other than the time step."""
        bounds = str(getattr(stamps, "bounds", ""))
        if bounds not in dataset.variables or dataset[bounds].shape != (len(axis.days), 2):
            return ""
        width = float(np.median(np.diff(axis.header.days(read_values(dataset[bounds], name)), axis=1))) * SECONDS_PER_DAY
        step = self.contract.time_step
        if not width > 0 or abs(width - step) <= 0.01 * step + 4 * axis.rounding:
            return ""
        present = (
            self.find(dataset, native_name, Path(name))
            for native_name in self.native_names("before")
            if native_name not in self.grid_fields
        )
        means = [array.name for array in present if _MEAN.search(str(getattr(array, "cell_methods", "")))]
        return f"{', '.join(means)} are means over {width:g} s, but used as means over a time step of {step:g} s" if means else ""

    def first_difference(self, one: tuple[int, NDArray[np.int32]], other: tuple[int, NDArray[np.int32]]) -> str:
        """See Reader.first_difference."""
        paths = self.files[one[0]], self.files[other[0]]
        with self.open(paths[0]) as first, self.open(paths[1]) as second:
            for native_name in (name for name in self.native_names("before") if name not in self.fixed):
                values = [
                    self.values(file, native_name, path, at)
                    for file, path, (_, at) in zip((first, second), paths, (one, other), strict=True)
                ]
                if not np.array_equal(values[0], values[1], equal_nan=True):
                    return native_name
        return ""

    def read(self, block: Block) -> Fields:
        """See Reader.read."""
        with ExitStack() as stack:
            opened: dict[int, Dataset] = {}

            def rows(name: str, positions: NDArray[np.int32]) -> NDArray[np.floating]:
                cuts = np.flatnonzero(np.diff(positions[:, 0])) + 1
                parts = []
                for part in np.split(positions, cuts):
                    index = int(part[0, 0])
                    if index not in opened:
                        opened[index] = stack.enter_context(self.open(self.files[index]))
                    parts.append(self.values(opened[index], name, self.files[index], self._steps(part[:, 1])))
                return parts[0] if len(parts) == 1 else np.concatenate(parts)

            return self.derive(lambda native_name, member, lag: rows(native_name, block.previous[lag - 1] if lag else block.positions))

    def _steps(self, steps: NDArray[np.int32]) -> slice | NDArray[np.int32]:
        """Return consecutive steps as a slice, which is faster to read."""
        contiguous = len(steps) == steps[-1] - steps[0] + 1
        return slice(int(steps[0]), int(steps[-1]) + 1) if contiguous else steps
