"""Reader of history files: many steps a file along a time dimension (PlaSim's record, SPCAM's daily h1 files)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.preprocessing.derive import Fields
from paramnet.preprocessing.grid import read_columns
from paramnet.preprocessing.integrity import Dataset, open_netcdf, read_values
from paramnet.preprocessing.levels import check_vertical_grid
from paramnet.preprocessing.reader import Reader
from paramnet.preprocessing.records import stored
from paramnet.preprocessing.steps import Block, FileRecord

_PER_DAY = {
    name: count
    for names, count in (
        (("days", "day"), 1.0),
        (("hours", "hour"), 24.0),
        (("minutes", "minute"), 1440.0),
        (("seconds", "second"), 86400.0),
    )
    for name in names
}


@stored
@dataclass
class HistoryReader(Reader):
    """Every column of every step is a sample; a previous step may stand in the file before."""

    def scan(self, path: Path) -> FileRecord:
        """See Reader.scan; the file's horizontal grid must be that of the first file, too."""
        with open_netcdf(path) as dataset:
            self.check_variables(dataset, "before", path)
            self.check_attributes(dataset, path)
            if check_vertical_grid(dataset, self.source, self.contract, path.name) != self.bottom_first:
                raise ParamnetError(
                    f"levels: expected the order of {self.files[0].name}, got the reverse in {path.name}; do not mix archives"
                )
            columns = read_columns(dataset, self.source, path.name)
            if not np.allclose(columns.latitude, self.columns.latitude) or not np.allclose(columns.longitude, self.columns.longitude):
                raise ParamnetError(f"grid: expected the columns of {self.files[0].name}, got others in {path.name}; do not mix grids")
            return self.record(path, *self._times(dataset, path))

    def _times(self, dataset: Dataset, path: Path) -> tuple[NDArray[np.float64], str, str]:
        """Time in days (step), its units and calendar."""
        time = self.source.time
        if time.variable not in dataset.variables:
            raise ParamnetError(f"{time.variable}: expected this time variable, got a file without it: {path.name}; correct `time`")
        stamps = dataset[time.variable]
        units, calendar = time.units or getattr(stamps, "units", ""), time.calendar or getattr(stamps, "calendar", "standard")
        spelled, _, since = units.partition(" since ")
        if spelled not in _PER_DAY or not since:
            raise ParamnetError(
                f"time: expected units 'days since ...' (or hours, minutes, seconds), got {units!r} in {path.name}; "
                "state them under `time` of the source"
            )
        days = np.atleast_1d(read_values(stamps, path.name)).astype(np.float64) / _PER_DAY[spelled]
        return days, f"days since {since}", calendar

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
                        opened[index] = stack.enter_context(open_netcdf(self.files[index]))
                    parts.append(self.values(opened[index], name, self.files[index], self._steps(part[:, 1])))
                return parts[0] if len(parts) == 1 else np.concatenate(parts)

            return self.derive(lambda own, member, lag: rows(own, block.previous[lag - 1] if lag else block.positions))

    def _steps(self, steps: NDArray[np.int32]) -> slice | NDArray[np.int32]:
        """Steps of a file as a slice where they follow each other, which reads faster."""
        contiguous = len(steps) == steps[-1] - steps[0] + 1
        return slice(int(steps[0]), int(steps[-1]) + 1) if contiguous else steps
