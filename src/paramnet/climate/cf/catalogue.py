"""The variables on latitude and longitude in the files of one run, and the records of each file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.physics import SECONDS_PER_DAY
from paramnet.sources.netcdf import Dataset, open_netcdf, read_complete, read_values
from paramnet.sources.time_axis.times import TimeHeader, days_between, decode_header

Floats = NDArray[np.float64]
DAY = 86400  # s
_NEAR = 1e-3  # days: rounding of times
_ROUNDED = 2e-3  # of a length: rounding of its ends
_HORIZONTAL = {
    "latitude": ("degrees_north", "degree_north", "degrees_N", "degree_N", "degreesN", "degreeN"),
    "longitude": ("degrees_east", "degree_east", "degrees_E", "degree_E", "degreesE", "degreeE"),
}


@dataclass(frozen=True)
class Part:
    """The records of one file. begin : (record), days since the run's first origin. ``first`` : index of the first one in the file."""

    path: Path
    begin: Floats
    seconds: int
    first: int
    has_bounds: bool

    @property
    def end(self) -> float:
        """End of the last record."""
        return float(self.begin[-1]) + self.seconds / SECONDS_PER_DAY


@dataclass(frozen=True)
class Found:
    """A variable of the files. ``dims`` : names of time, level (unless it has none), latitude and longitude."""

    name: str
    standard_name: str
    units: str
    dims: tuple[str, ...]
    path: Path

    @property
    def on_levels(self) -> bool:
        return len(self.dims) == 4


@dataclass
class Catalogue:
    """Variables by name, and the parts that hold each, in the order of time. ``notes`` : what was passed over."""

    variables: dict[str, Found] = field(default_factory=dict)
    parts: dict[str, list[Part]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_catalogue(files: Iterable[Path]) -> Catalogue:
    """Read the headers and times of all files; raise ParamnetError naming a file that cannot be used."""
    found = Catalogue()
    origin: TimeHeader | None = None
    for path in files:
        with open_netcdf(path) as dataset:
            time = _time_of(dataset, path)
            if not dataset[time].shape[0]:
                found.notes.append(f"{path.name}: no records")
                continue
            header = _header(dataset, time, path)
            origin = origin or header
            part = _part(dataset, time, header, origin, path)
            for name in _add_variables(found, dataset, time, path):
                found.parts.setdefault(name, []).append(part)
    for parts in found.parts.values():
        parts.sort(key=lambda part: float(part.begin[0]))
    return found


def read_records(part: Part, variable: Found) -> Floats:
    """Values as in the file : (record, [level,] latitude, longitude), missing ones NaN."""
    with open_netcdf(part.path) as dataset:
        data = dataset[variable.name]
        chosen: dict[str, Any] = {variable.dims[0]: slice(part.first, None)}
        index = tuple(chosen.get(dim, slice(None) if dim in variable.dims else 0) for dim in data.dimensions)
        values = read_values(data, part.path.name, index)
        kept = [dim for dim in data.dimensions if dim in variable.dims]
    return values.transpose([kept.index(dim) for dim in variable.dims]).astype(np.float64)


def require_consecutive(parts: list[Part], variable: str) -> None:
    """Raise ParamnetError for a gap or an overlap between the records of the parts."""
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        steps = np.diff(part.begin) * SECONDS_PER_DAY
        inside = bool(np.all(np.abs(steps - part.seconds) < _NEAR * SECONDS_PER_DAY))
        if not inside or (following is not None and abs(part.end - float(following.begin[0])) > _NEAR):
            where = part.path if not inside or following is None else following.path
            raise ParamnetError(
                variable,
                expected=f"consecutive records of {part.seconds:g} s",
                got="a gap, or records that overlap",
                where=str(where),
                remedy="give all files of the run once",
            )


def horizontal(dataset: Dataset, dims: tuple[str, ...], kind: str) -> str:
    """The dimension among ``dims`` whose coordinate is the latitude or longitude; "" if there is none."""
    for dim in dims:
        if dim in dataset.variables and dataset[dim].dimensions == (dim,):
            coordinate = dataset[dim]
            if getattr(coordinate, "standard_name", "") == kind or str(getattr(coordinate, "units", "")) in _HORIZONTAL[kind]:
                return dim
    return ""


def _time_of(dataset: Dataset, path: Path) -> str:
    """Name of the time dimension, which has a coordinate."""
    for name in dataset.dimensions:
        if name in dataset.variables and dataset[name].dimensions == (name,) and " since " in str(getattr(dataset[name], "units", "")):
            return str(name)
    got = ", ".join(map(str, dataset.dimensions)) or "no dimensions"
    raise ParamnetError("time", expected="a time coordinate with units '… since …'", got=got, where=str(path), remedy="remove this file")


def _header(dataset: Dataset, time: str, path: Path) -> TimeHeader:
    units, calendar = (str(getattr(dataset[time], key, "")) for key in ("units", "calendar"))
    try:
        return decode_header(units, calendar)
    except ValueError as error:
        raise ParamnetError("time", expected="units that can be decoded", got=f"{units!r} ({error})", where=str(path)) from error


def _part(dataset: Dataset, time: str, header: TimeHeader, origin: TimeHeader, path: Path) -> Part:
    if header.calendar != origin.calendar:
        raise ParamnetError(
            "calendar", expected=origin.calendar, got=header.calendar, where=str(path), remedy="compare runs of one calendar"
        )
    offset = days_between((origin.units, origin.calendar), (header.units, header.calendar))
    bounds = str(getattr(dataset[time], "bounds", ""))
    if bounds in dataset.variables:
        edges = header.days(read_complete(dataset[bounds], str(path))) + offset
        lengths = edges[:, 1] - edges[:, 0]
        first = int(np.argmax(lengths > 0)) if (lengths > 0).any() else 0  # CAM begins with a record of no length
        begin, lengths = edges[first:, 0], lengths[first:]
    else:
        begin, first = header.days(read_complete(dataset[time], str(path))) + offset, 0
        lengths = np.diff(begin)
        lengths = np.append(lengths, lengths[-1:])
    return Part(path, begin, _length(lengths, path), first, bounds in dataset.variables)


def _length(lengths: Floats, path: Path) -> int:
    """Length of every record, s; of records longer than a day, such as months, that of the longest."""
    if not len(lengths) or lengths.min() <= 0:
        raise ParamnetError(
            "time",
            expected="records with bounds, or several records in order",
            got="one without",
            where=str(path),
            remedy="add time bounds",
        )
    if lengths.max() - lengths.min() > _NEAR and lengths.max() <= 1.0 + _NEAR:
        got = f"{lengths.min():g} to {lengths.max():g} days"
        raise ParamnetError("time", expected="records of one length", got=got, where=str(path), remedy="split the file by length")
    seconds = float(lengths.max()) * SECONDS_PER_DAY
    number = round(SECONDS_PER_DAY / seconds)
    if number and not DAY % number and abs(DAY / number - seconds) < _ROUNDED * seconds:
        return DAY // number  # times in single precision
    return round(seconds)


def _add_variables(found: Catalogue, dataset: Dataset, time: str, path: Path) -> list[str]:
    """Add the file's variables on time, latitude and longitude; return their names."""
    names = []
    for name, variable in dataset.variables.items():
        dims = _dims(dataset, tuple(variable.dimensions), time)
        if not dims:
            continue
        units = str(getattr(variable, "units", ""))
        known = found.variables.setdefault(name, Found(name, str(getattr(variable, "standard_name", "")), units, dims, path))
        if known.units != units:
            got = f"{units!r}, and {known.units!r} in {known.path.name}"
            raise ParamnetError(name, expected="the same units in all files", got=got, where=str(path), remedy="compare files of one kind")
        names.append(name)
    return names


def _dims(dataset: Dataset, dims: tuple[str, ...], time: str) -> tuple[str, ...]:
    """Names of time, level, latitude and longitude among a variable's dimensions; () if it has others, or not these."""
    latitude, longitude = (horizontal(dataset, dims, kind) for kind in ("latitude", "longitude"))
    if time not in dims or not latitude or not longitude:
        return ()
    others = [dim for dim in dims if dim not in (time, latitude, longitude) and len(dataset.dimensions[dim]) > 1]
    return (time, *others, latitude, longitude) if len(others) <= 1 else ()
