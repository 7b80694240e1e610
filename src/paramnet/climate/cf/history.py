"""The history of one run of any model, from CF files: fields in the units of the comparison, as daily means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.climate.cf.catalogue import DAY, Part, read_records
from paramnet.climate.cf.fields import Term, daily_of, lengths_of
from paramnet.climate.cf.grid import CfGrid
from paramnet.climate.cf.names import ON_LEVELS
from paramnet.climate.frequent import FIELDS as FREQUENT
from paramnet.climate.frequent import Frequent
from paramnet.climate.history import HistoryGrid
from paramnet.contract import ParamnetError

Floats = NDArray[np.float64]
RAIN = "precipitation_flux"


@dataclass(frozen=True)
class CfHistory:
    """A run's files. ``terms`` : by field of the comparison. ``left_out`` : why a field is not among them."""

    name: str
    folder: Path
    files: tuple[Path, ...]
    cf_grid: CfGrid
    terms: dict[str, list[Term]]
    left_out: dict[str, str]
    constants: dict[str, float]
    notes: list[str]
    summary: dict[str, Any] = field(default_factory=dict)
    failure: str = ""
    lenient: bool = True

    @property
    def grid(self) -> HistoryGrid:
        return self.cf_grid.grid

    @property
    def recorded_days(self) -> int:
        """Number of complete days that all fields have."""
        counts = [sum(len(part.begin) for part in parts) * seconds // DAY for seconds, parts in map(daily_of, self.terms.values())]
        return min(counts, default=0)

    def variables(self) -> set[str]:
        """Names of the fields that the files have."""
        return set(self.terms)

    def days(self, name: str) -> Iterator[Floats]:
        """Yield daily means : (day, [level,] latitude, longitude), north and top first; at most one array for each file.

        Longitudes without data, such as those below the ground, take the mean of the others.
        """
        seconds, _ = daily_of(self.terms[name])
        per_day = DAY // seconds
        left: Floats | None = None
        for values in self.records(name, seconds):
            if name in ON_LEVELS:
                values = _filled(values)
            if per_day == 1:
                yield values
                continue
            values = values if left is None else np.concatenate([left, values])
            whole = len(values) // per_day
            left = values[whole * per_day :]
            if whole:
                yield values[: whole * per_day].reshape(whole, per_day, *values.shape[1:]).mean(axis=1)

    def frequent(self, window: tuple[int, int]) -> Frequent | None:
        """The shortest means of rain that cover the days first < day <= last, and the column energies of the same length.

        None without rain, or on a grid that has no spectra: latitudes that are not symmetric, longitudes that are not equally spaced.
        """
        if RAIN not in self.terms or not _has_spectra(self.grid):
            return None
        for seconds in sorted(lengths_of(self.terms[RAIN])):
            per_day, wanted = DAY // seconds, (window[1] - window[0]) * DAY // seconds
            fields: dict[str, Floats] = {}
            for name in FREQUENT:
                if name in self.terms and seconds in lengths_of(self.terms[name]):
                    values = self._between(name, seconds, window[0] * per_day, window[1] * per_day)
                    if len(values) == wanted:
                        fields[name] = values
            if RAIN in fields:
                return Frequent(self.grid, per_day, fields)
        return None

    def _between(self, name: str, seconds: int, first: int, last: int) -> Floats:
        """The records first <= record < last of a field, or those of them that there are."""
        kept, start = [], 0
        for values in self.records(name, seconds):
            kept.append(values[max(0, first - start) : max(0, last - start)])
            start += len(values)
        return np.concatenate(kept)

    def records(self, name: str, seconds: int) -> Iterator[Floats]:
        """The sum of a field's terms, file by file, turned and in the units of the comparison."""
        terms, on_levels = self.terms[name], name in ON_LEVELS
        parts = [term.parts[seconds] for term in terms]
        for together in zip(*parts, strict=True):
            total: Floats | None = None
            for term, part in zip(terms, together, strict=True):
                values: Floats = np.asarray(term.sign * term.conversion.apply(read_records(part, term.variable)), dtype=np.float64)
                total = values if total is None else total + values
            assert total is not None
            self._require_on_grid(total, name, together[0])
            yield self.cf_grid.turned(total, on_levels)

    def _require_on_grid(self, values: Floats, name: str, part: Part) -> None:
        """Raise ParamnetError for a field on another grid than the others."""
        grid = self.grid
        levels = [len(grid.sigma)] if name in ON_LEVELS else []
        wanted = (*levels, len(grid.latitude), len(grid.longitude))
        if values.shape[1:] != wanted:
            expected, got = ("×".join(map(str, shape)) for shape in (wanted, values.shape[1:]))
            raise ParamnetError(self.terms[name][0].variable.name, expected=f"{expected} points", got=got, where=str(part.path))


def _filled(values: Floats) -> Floats:
    """(…, longitude) with the mean of the other longitudes where there is none; NaN where no longitude has a value."""
    missing = np.isnan(values)
    if not missing.any():
        return values
    count = np.maximum((~missing).sum(axis=-1, keepdims=True), 1)
    mean = np.where(missing, 0.0, values).sum(axis=-1, keepdims=True) / count
    mean = np.where(missing.all(axis=-1, keepdims=True), np.nan, mean)
    return np.where(missing, mean, values)


def _has_spectra(grid: HistoryGrid) -> bool:
    """Return True for latitudes symmetric about the equator and equally spaced longitudes around the globe, eastward."""
    steps = np.diff(grid.longitude)
    around = len(steps) > 2 and np.allclose(steps, 360.0 / (len(steps) + 1), atol=1e-2)
    return bool(around and np.allclose(grid.latitude, -grid.latitude[::-1], atol=1e-3))
