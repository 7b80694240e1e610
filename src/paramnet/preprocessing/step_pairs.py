"""Reader of step pairs: a file before and a file after the physics of each step (ClimSim's mli and mlo)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cftime
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.preprocessing.derive import Fields
from paramnet.preprocessing.integrity import Dataset, open_netcdf, read_complete
from paramnet.preprocessing.reader import Reader
from paramnet.preprocessing.records import stored
from paramnet.preprocessing.steps import Block, FileRecord
from paramnet.preprocessing.times import SECONDS_PER_DAY, TimeAxis, canonical_calendar, decode_header


@stored
@dataclass
class StepPairReader(Reader):
    """Each pair is one step; tendencies are (after - before) / time step."""

    def parts(self, path: Path) -> list[Path]:
        """See Reader.parts."""
        return [path, self.partner(path)]

    def partner(self, path: Path) -> Path:
        """The file after physics that belongs to a file before physics."""
        before, after = self.source.pair
        if before not in path.name:
            raise ParamnetError(
                f"{path.name}: expected {before!r} in the name of a file before physics; correct `pair` or `pattern` of the source"
            )
        return path.with_name(path.name.replace(before, after))

    def scan(self, path: Path) -> FileRecord:
        """See Reader.scan; both files of the pair are checked and must be of the same time."""
        moments = []
        for member, file in (("before", path), ("after", self.partner(path))):
            with open_netcdf(file) as dataset:
                self.check_variables(dataset, member, file)
                self.check_attributes(dataset, file)
                moments.append(self._moment(dataset, file))
        if moments[0] != moments[1]:
            raise ParamnetError(
                f"time: expected {moments[0]} as in {path.name}, got {moments[1]} in {self.partner(path).name}; pair the files anew"
            )
        time = self.source.time
        header = decode_header(time.units, calendar := moments[0].calendar)
        days = np.array([cftime.date2num(moments[0], header.units, calendar)], dtype=np.float64)
        return self.record(path, TimeAxis(header, days))

    def _moment(self, dataset: Dataset, path: Path) -> cftime.datetime:
        time = self.source.time
        number, seconds = (self._whole(dataset, name, path) for name in (time.date, time.seconds_of_day))
        stated = canonical_calendar(str(getattr(dataset[time.date], "calendar", "") or time.calendar))
        if stated != canonical_calendar(time.calendar) and not time.override:
            raise ParamnetError(
                time.date,
                expected=f"calendar {time.calendar!r}, as source {self.source.name} states",
                got=repr(stated),
                where=path.name,
                remedy="correct `time` of the source, or say time.override=true where the file is wrong",
            )
        try:
            day = cftime.datetime(number // 10000, number // 100 % 100, number % 100, calendar=canonical_calendar(time.calendar))
        except ValueError as error:
            raise ParamnetError(f"{time.date}: expected a date YYYYMMDD, got {number} in {path.name}; mend the file") from error
        if not 0 <= seconds < SECONDS_PER_DAY:
            raise ParamnetError(f"{time.seconds_of_day}: expected 0 to 86399, got {seconds} in {path.name}; mend the file")
        return day.replace(hour=seconds // 3600, minute=seconds // 60 % 60, second=seconds % 60)

    def _whole(self, dataset: Dataset, name: str, path: Path) -> int:
        """A whole number that its type holds exactly; float32 takes 20010103 for 20010104."""
        if name not in dataset.variables:
            raise ParamnetError(f"{name}: expected this time variable, got a file without it: {path.name}; correct `time` of the source")
        values = np.atleast_1d(read_complete(dataset[name], path.name))
        wanted = {"expected": "one whole number that its type holds exactly", "where": path.name, "remedy": "write it as an integer"}
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
                for own in self.own_names(member):
                    values = [self.values(file, own, path) for file, path in zip((first, second), paths, strict=True)]
                    if not np.array_equal(values[0], values[1], equal_nan=True):
                        return own
        return ""

    def read(self, block: Block) -> Fields:
        """See Reader.read; a file that several steps need, as their own and as an earlier one, is read once."""
        places = {lag: block.previous[lag - 1][:, 0] if lag else block.positions[:, 0] for lag in range(self.lags + 1)}
        needed: dict[tuple[int, str], set[str]] = {}
        for term in self.terms:
            for index in places[term.lag]:
                needed.setdefault((int(index), term.member), set()).add(term.name)
        stored: dict[tuple[int, str, str], NDArray[np.floating]] = {}
        for (index, member), names in needed.items():
            path = self.files[index] if member == "before" else self.partner(self.files[index])
            with open_netcdf(path) as dataset:
                for own in sorted(names):
                    stored[index, member, own] = self.values(dataset, own, path)
        return self.derive(lambda own, member, lag: np.stack([stored[int(index), member, own] for index in places[lag]]))
