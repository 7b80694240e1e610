"""Where a source's files keep dimensions, time and grid: parts of ``conf/source/*.yaml``."""

from __future__ import annotations

import glob
from dataclasses import dataclass, field
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.preprocessing.records import stored

AREAS = ("gaussian", "cos_latitude", "uniform")


@stored
@dataclass
class SourceDimensions:
    """Names of the source's dimensions; ``column`` lists the horizontal ones, slowest first, none for files of a single column.
    ``order`` of the levels: ``top_first``, ``bottom_first``, or ``auto``, which takes it from the pressures of the file's vertical
    grid."""

    column: list[str]
    level: str = "lev"
    time: str = "time"
    order: str = "top_first"

    def __post_init__(self) -> None:
        if self.order not in ("top_first", "bottom_first", "auto"):
            raise ParamnetError(f"source dims: expected order top_first|bottom_first|auto, got {self.order!r}")


@stored
@dataclass
class SourceTime:
    """Where time stands: ``variable``, or, for files of a single step, ``date`` (YYYYMMDD) and ``seconds_of_day``.

    ``units`` and ``calendar`` hold where a file's own attributes are missing or cannot be decoded; with ``override`` they hold
    whatever the file says. For dates, ``units`` is the origin that times are counted from.
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
                "source time.override", expected="units or calendar beside it", got="neither", remedy="state them, or drop it"
            )
        if bool(self.variable) == bool(self.date and self.seconds_of_day and self.units and self.calendar):
            raise ParamnetError("source time: give `variable`, or all of `date`, `seconds_of_day`, `units` and `calendar`")


@stored
@dataclass
class SourceGrid:
    """Names of the horizontal and vertical coordinates.

    ``file`` is a pattern, beside the data files, of the one file that holds them (empty: the data files do); data files may then
    lack them, and must agree where they have them. ``column`` names the horizontal dimensions of that file where they are others
    than in the data. ``latitude`` and ``longitude`` may be numbers, for files of a single column.

    ``area`` is the name of the cell areas or latitude weights, or ``gaussian`` (weights of Gaussian latitudes), ``cos_latitude``
    (regular latitudes), ``uniform``. The vertical grid is one of: ``sigma_interface``, a global attribute; the hybrid
    coefficients with their ``reference_pressure``, which coefficients in units of pressure do without; ``vertical``, a coordinate
    with CF formula terms, with its interfaces in ``vertical_interface`` or, where that is empty, in its bounds;
    ``vertical_of_contract``, for files that do not state theirs: nothing is then compared.
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
        if bool(self.sigma_interface) + bool(self.vertical) + all(hybrid) + self.vertical_of_contract != 1:
            raise ParamnetError(
                "source grid: give `sigma_interface`, or `vertical`, or all of a_mid, b_mid, a_interface, b_interface with their "
                "reference_pressure, or vertical_of_contract: true where files do not state their levels"
            )

    @property
    def place(self) -> tuple[float, float] | None:
        """Latitude and longitude of a single column, where they are numbers."""
        try:
            return float(self.latitude), float(self.longitude)
        except ValueError:
            return None

    @property
    def names(self) -> set[str]:
        """Every variable of the grid."""
        named = (self.latitude, self.longitude, self.area, self.reference_pressure, self.a_mid, self.b_mid)
        return {*named, self.a_interface, self.b_interface, self.vertical, self.vertical_interface} - {"", *AREAS}


def files_beside(folder: Path, pattern: str) -> list[Path]:
    """Files that match ``pattern``, sorted: a path, or one relative to ``folder``, whose own brackets and stars are letters."""
    relative = Path(pattern).expanduser()
    return sorted(map(Path, glob.glob(str(relative if relative.is_absolute() else Path(glob.escape(str(folder))) / relative))))
