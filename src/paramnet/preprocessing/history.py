"""Reader of history files: many steps a file along a time dimension (PlaSim's record, SPCAM's daily h1 files)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.preprocessing.grid import check_vertical_grid, read_columns
from paramnet.preprocessing.integrity import open_netcdf, read_values
from paramnet.preprocessing.reader import Fields, Reader
from paramnet.preprocessing.steps import Block, FileRecord


@dataclass
class HistoryReader(Reader):
    """Every column of every step is a sample; a previous step may stand in the file before."""

    def scan(self, path: Path) -> FileRecord:
        """See Reader.scan; the file's horizontal grid must be that of the first file, too."""
        with open_netcdf(path) as dataset:
            self.check_variables(dataset, "before", path)
            self.check_attributes(dataset, path)
            check_vertical_grid(dataset, self.source, self.contract, path.name)
            columns = read_columns(dataset, self.source, path.name)
            if not np.allclose(columns.latitude, self.columns.latitude) or not np.allclose(columns.longitude, self.columns.longitude):
                raise ParamnetError(f"grid: expected the columns of {self.files[0].name}, got others in {path.name}; do not mix grids")
            time = self.source.time
            if time.variable not in dataset.variables:
                raise ParamnetError(f"{time.variable}: expected this time variable, got a file without it: {path.name}; correct `time`")
            stamps = dataset[time.variable]
            units, calendar = time.units or getattr(stamps, "units", ""), time.calendar or getattr(stamps, "calendar", "standard")
            if not units.startswith("days since"):
                raise ParamnetError(
                    f"time: expected units 'days since ...', got {units!r} in {path.name}; state them under `time` of the source"
                )
            return self.record(path, np.atleast_1d(read_values(stamps, path.name)).astype(np.float64), units, calendar)

    def read(self, block: Block) -> Fields:
        """See Reader.read."""
        with ExitStack() as stack:
            opened: dict[int, netCDF4.Dataset] = {}

            def rows(name: str, positions: NDArray[np.int32]) -> NDArray[np.floating]:
                cuts = np.flatnonzero(np.diff(positions[:, 0])) + 1
                parts = []
                for part in np.split(positions, cuts):
                    index = int(part[0, 0])
                    if index not in opened:
                        opened[index] = stack.enter_context(open_netcdf(self.files[index]))
                    parts.append(self._values(opened[index], name, part[:, 1], self.files[index]))
                return parts[0] if len(parts) == 1 else np.concatenate(parts)

            return self.derive(lambda name, member, previous: rows(name, block.previous if previous else block.positions))

    def _values(self, dataset: netCDF4.Dataset, name: str, steps: NDArray[np.int32], path: Path) -> NDArray[np.floating]:
        """Values (step, [level,] column) of some steps of a file."""
        dims = self.source.dims
        contiguous = len(steps) == steps[-1] - steps[0] + 1
        wanted = slice(int(steps[0]), int(steps[-1]) + 1) if contiguous else steps
        array = dataset[name]
        level = [dims.level] if dims.level in array.dimensions else []
        index = tuple(wanted if dim == dims.time else slice(None) for dim in array.dimensions)
        values = read_values(array, path.name, index)
        values = values.transpose([array.dimensions.index(dim) for dim in (dims.time, *level, *dims.column)])
        return values.reshape(*values.shape[: 1 + len(level)], -1)
