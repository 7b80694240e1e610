"""Reader of step pairs: one file before and one after the physics of each step (ClimSim's mli and mlo)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cftime
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.files import stored
from paramnet.physics import SECONDS_PER_DAY
from paramnet.sources.derive import Fields
from paramnet.sources.netcdf import Dataset, open_netcdf, read_complete
from paramnet.sources.readers.base import Reader
from paramnet.sources.time_axis.steps import Block, FileRecord
from paramnet.sources.time_axis.times import TimeAxis, canonical_calendar, decode_header


@stored
@dataclass
class StepPairReader(Reader):
    """Each pair is one step. Tendency = (after - before) / time step."""

    def parts(self, path: Path) -> list[Path]:
        """See Reader.parts."""
        return [path, self.partner(path)]

    def partner(self, path: Path) -> Path:
        """Return the file after physics for a file before physics."""
        before, after = self.source.pair
        if before not in path.name:
            raise ParamnetError(
                path.name,
                expected=f"{before!r} in the name of a file before physics",
                where=str(path.parent),
                remedy="correct `pair` or `pattern` of the source",
            )
        return path.with_name(path.name.replace(before, after))

    def scan(self, path: Path) -> FileRecord:
        """See Reader.scan; both files of the pair are checked and must have the same time."""
        moments = []
        for member, file in (("before", path), ("after", self.partner(path))):
            with open_netcdf(file) as dataset:
                self.check_variables(dataset, member, file)
                self.check_attributes(dataset, file)
                moments.append(self._moment(dataset, file))
        if moments[0] != moments[1]:
            raise ParamnetError(
                "time",
                expected=f"{moments[0]} as in {path.name}",
                got=str(moments[1]),
                where=self.partner(path).name,
                remedy="correct the names of the files, or `pair` of the source",
            )
        time = self.source.time
        header = decode_header(time.units, calendar := moments[0].calendar)
        days = np.array([cftime.date2num(moments[0], header.units, calendar)], dtype=np.float64)
        return self.record(path, TimeAxis(header, days))

    def _moment(self, dataset: Dataset, path: Path) -> cftime.datetime:
        time = self.source.time
        number, seconds = (self._integer(dataset, name, path) for name in (time.date, time.seconds_of_day))
        stated = canonical_calendar(str(getattr(dataset[time.date], "calendar", "") or time.calendar))
        if stated != canonical_calendar(time.calendar) and not time.override:
            raise ParamnetError(
                time.date,
                expected=f"calendar {time.calendar!r} as in source {self.source.name}",
                got=repr(stated),
                where=path.name,
                remedy="correct `time` of the source, or set time.override=true if the file is wrong",
            )
        try:
            day = cftime.datetime(number // 10000, number // 100 % 100, number % 100, calendar=canonical_calendar(time.calendar))
        except ValueError as error:
            raise ParamnetError(time.date, expected="a date YYYYMMDD", got=str(number), where=path.name, remedy="fix the file") from error
        if not 0 <= seconds < SECONDS_PER_DAY:
            raise ParamnetError(time.seconds_of_day, expected="0 to 86399", got=str(seconds), where=path.name, remedy="fix the file")
        return day.replace(hour=seconds // 3600, minute=seconds // 60 % 60, second=seconds % 60)

    def _integer(self, dataset: Dataset, name: str, path: Path) -> int:
        """Read an integer that its type can represent exactly; float32 rounds 20010103 to 20010104."""
        if name not in dataset.variables:
            raise ParamnetError(name, expected="this time variable", got="none", where=path.name, remedy="correct `time` of the source")
        values = np.atleast_1d(read_complete(dataset[name], path.name))
        wanted = {"expected": "one integer that its type can represent exactly", "where": path.name, "remedy": "write it as an integer"}
        if values.size != 1:
            raise ParamnetError(name, got=f"{values.size} values", **wanted)
        value = values.flat[0]
        if value != np.floor(value) or (values.dtype.kind == "f" and np.spacing(np.abs(value)) > 1):
            raise ParamnetError(name, got=f"{value} as {values.dtype}", **wanted)
        return int(value)

    def first_difference(self, one: tuple[int, NDArray[np.int32]], other: tuple[int, NDArray[np.int32]]) -> str:
        """See Reader.first_difference."""
        for member in ("before", "after"):
            paths = [self.files[index] if member == "before" else self.partner(self.files[index]) for index, _ in (one, other)]
            with open_netcdf(paths[0]) as first, open_netcdf(paths[1]) as second:
                for native_name in self.native_names(member):
                    values = [self.values(file, native_name, path) for file, path in zip((first, second), paths, strict=True)]
                    if not np.array_equal(values[0], values[1], equal_nan=True):
                        return native_name
        return ""

    def read(self, block: Block) -> Fields:
        """See Reader.read; a file needed by several steps is read once."""
        places = {lag: block.previous[lag - 1][:, 0] if lag else block.positions[:, 0] for lag in range(self.lags + 1)}
        needed: dict[tuple[int, str], set[str]] = {}
        for term in self.terms:
            for index in places[term.lag]:
                needed.setdefault((int(index), term.member), set()).add(term.name)
        stored: dict[tuple[int, str, str], NDArray[np.floating]] = {}
        for (index, member), names in needed.items():
            path = self.files[index] if member == "before" else self.partner(self.files[index])
            with open_netcdf(path) as dataset:
                for native_name in sorted(names):
                    stored[index, member, native_name] = self.values(dataset, native_name, path)
        return self.derive(lambda native_name, member, lag: np.stack([stored[int(index), member, native_name] for index in places[lag]]))
