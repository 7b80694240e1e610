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
from paramnet.preprocessing.steps import SECONDS_PER_DAY, Block, FileRecord


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
        days = np.array([cftime.date2num(moments[0], time.units, time.calendar)], dtype=np.float64)
        return self.record(path, days, time.units, time.calendar)

    def _moment(self, dataset: Dataset, path: Path) -> cftime.datetime:
        time = self.source.time
        for name in (time.date, time.seconds_of_day):
            if name not in dataset.variables:
                raise ParamnetError(
                    f"{name}: expected this time variable, got a file without it: {path.name}; correct `time` of the source"
                )
        number, seconds = (self._number(dataset, name, path) for name in (time.date, time.seconds_of_day))
        try:
            day = cftime.datetime(number // 10000, number // 100 % 100, number % 100, calendar=time.calendar)
        except ValueError as error:
            raise ParamnetError(f"{time.date}: expected a date YYYYMMDD, got {number} in {path.name}; mend the file") from error
        if not 0 <= seconds < SECONDS_PER_DAY:
            raise ParamnetError(f"{time.seconds_of_day}: expected 0 to 86399, got {seconds} in {path.name}; mend the file")
        return day.replace(hour=seconds // 3600, minute=seconds // 60 % 60, second=seconds % 60)

    def _number(self, dataset: Dataset, name: str, path: Path) -> int:
        """The one value of a time variable."""
        values = read_complete(dataset[name], path.name)
        if values.size != 1 or values.item() != int(values.item()):
            raise ParamnetError(
                name, expected="one whole number", got=f"{values.ravel()[:5].tolist()}", where=path.name, remedy="fix the file"
            )
        return int(values.item())

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
