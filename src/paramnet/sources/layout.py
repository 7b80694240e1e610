"""Dimensions, time and grid of a source's files: sections of ``conf/source/*.yaml``."""

from __future__ import annotations

import glob
from dataclasses import dataclass, field
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.files import stored

AREAS = ("gaussian", "cos_latitude", "uniform")


@stored
@dataclass
class SourceDimensions:
    """Names of the dimensions. ``column`` : the horizontal ones, slowest first; empty for files of a single column.
    ``order`` : order of the levels, ``top_first``, ``bottom_first``, or ``auto`` (from the pressures of the file's vertical grid)."""

    column: list[str]
    level: str = "lev"
    time: str = "time"
    order: str = "top_first"

    def __post_init__(self) -> None:
        if self.order not in ("top_first", "bottom_first", "auto"):
            raise ParamnetError("source dims.order", expected="top_first, bottom_first or auto", got=repr(self.order))


@stored
@dataclass
class SourceTime:
    """Names of the time variables: ``variable``, or, for files of a single step, ``date`` (YYYYMMDD) and ``seconds_of_day``.

    ``units`` and ``calendar`` are used if a file's own attributes are missing or cannot be decoded; with ``override``, always.
    For dates, ``units`` gives the origin of the time axis.
    """

    variable: str = ""
    units: str = ""
    calendar: str = ""
    date: str = ""
    seconds_of_day: str = ""
    override: bool = False

    def __post_init__(self) -> None:
        if self.override and not (self.units or self.calendar):
            raise ParamnetError(
                "source time.override", expected="units or calendar next to it", got="neither", remedy="set one of them, or remove override"
            )
        if bool(self.variable) == bool(self.date and self.seconds_of_day and self.units and self.calendar):
            raise ParamnetError(
                "source time",
                expected="either `variable`, or all of `date`, `seconds_of_day`, `units` and `calendar`",
                got=", ".join(key for key in ("variable", "date", "seconds_of_day", "units", "calendar") if getattr(self, key)) or "none",
            )


@stored
@dataclass
class SourceGrid:
    """Names of the horizontal and vertical coordinates.

    ``file`` : pattern of the one grid file in the folder of the data files; empty if the coordinates are in the data files. With a
    grid file, coordinates in the data files are optional, but must agree. ``column`` : horizontal dimensions of the grid file, if
    their names differ from those in the data. ``latitude`` and ``longitude`` may be numbers, for files of a single column.

    ``area`` : name of the cell areas or latitude weights, or ``gaussian`` (weights of Gaussian latitudes), ``cos_latitude``
    (regular latitudes), ``uniform``. The vertical grid is given in one of four ways: ``sigma_interface``, a global attribute; the
    hybrid coefficients with their ``reference_pressure`` (not needed if a is in units of pressure); ``vertical``, a coordinate with
    CF formula terms, with its interfaces in ``vertical_interface`` or, if that is empty, in its bounds (of a contract with heights:
    a coordinate with the heights); ``vertical_of_contract``, for files without a vertical grid (no comparison is made).
    """

    latitude: str
    longitude: str
    area: str
    file: str = ""
    sigma_interface: str = ""
    reference_pressure: str = ""
    a_mid: str = ""
    b_mid: str = ""
    a_interface: str = ""
    b_interface: str = ""
    vertical: str = ""
    vertical_interface: str = ""
    vertical_of_contract: bool = False
    column: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.latitude, self.longitude = str(self.latitude), str(self.longitude)
        hybrid = (self.a_mid, self.b_mid, self.a_interface, self.b_interface)
        given = [key for key in ("sigma_interface", "vertical", "vertical_of_contract") if getattr(self, key)]
        given += ["hybrid coefficients"] * all(hybrid)
        if len(given) != 1:
            raise ParamnetError(
                "source grid",
                expected="one of `sigma_interface`, `vertical`, vertical_of_contract: true (for files without levels), "
                "or all of a_mid, b_mid, a_interface, b_interface with their reference_pressure",
                got=", ".join(given) or "none",
            )

    @property
    def place(self) -> tuple[float, float] | None:
        """Latitude and longitude of a single column; None if they are names."""
        try:
            return float(self.latitude), float(self.longitude)
        except ValueError:
            return None

    @property
    def names(self) -> set[str]:
        """Names of all grid variables."""
        named = (self.latitude, self.longitude, self.area, self.reference_pressure, self.a_mid, self.b_mid)
        return {*named, self.a_interface, self.b_interface, self.vertical, self.vertical_interface} - {"", *AREAS}


def files_next_to(folder: Path, pattern: str) -> list[Path]:
    """Return the sorted files that match ``pattern``, absolute or relative to ``folder``; ``folder`` itself is taken literally."""
    relative = Path(pattern).expanduser()
    return sorted(map(Path, glob.glob(str(relative if relative.is_absolute() else Path(glob.escape(str(folder))) / relative))))


def grid_file(folder: Path, pattern: str, source: str) -> Path:
    """Return the one file that matches ``pattern`` as seen from the folder of the data. Raises ParamnetError for none or several."""
    found = files_next_to(folder, pattern)
    if len(found) != 1:
        raise ParamnetError(
            "grid file",
            expected=f"one file matching {pattern!r}",
            got=", ".join(path.name for path in found) or "none",
            where=str(folder),
            remedy=f"put the grid file of source {source} in the folder of the data",
        )
    return found[0]
