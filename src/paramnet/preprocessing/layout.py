"""Where a source's files keep dimensions, time and grid: parts of ``conf/source/*.yaml``."""

from __future__ import annotations

from dataclasses import dataclass

from paramnet.contract import ParamnetError
from paramnet.preprocessing.records import stored

AREAS = ("gaussian", "cos_latitude", "uniform")


@stored
@dataclass
class SourceDimensions:
    """Names of the source's dimensions; ``column`` lists the horizontal ones, slowest first. ``order`` of the levels:
    ``top_first``, ``bottom_first``, or ``auto``, which takes it from the pressures of the file's vertical grid."""

    column: list[str]
    level: str = "lev"
    time: str = "time"
    order: str = "top_first"

    def __post_init__(self) -> None:
        if self.order not in ("top_first", "bottom_first", "auto") or not self.column:
            raise ParamnetError(
                f"source dims: expected order top_first|bottom_first|auto and column dims, got {self.order!r}, {self.column}"
            )


@stored
@dataclass
class SourceTime:
    """Where time stands. ``variable`` with its ``units`` and ``calendar`` (empty: the file's attributes), or, for files
    of a single step, ``date`` (YYYYMMDD) and ``seconds_of_day``."""

    variable: str = ""
    units: str = ""
    calendar: str = ""
    date: str = ""
    seconds_of_day: str = ""

    def __post_init__(self) -> None:
        if bool(self.variable) == bool(self.date and self.seconds_of_day and self.units and self.calendar):
            raise ParamnetError("source time: give `variable`, or all of `date`, `seconds_of_day`, `units` and `calendar`")


@stored
@dataclass
class SourceGrid:
    """Names of the horizontal and vertical coordinates.

    ``file`` is a pattern, beside the data files, of the one file that holds them (empty: the data files do). ``area`` is
    the name of the cell areas or latitude weights, or ``gaussian`` (weights of Gaussian latitudes), ``cos_latitude``
    (regular latitudes), ``uniform``. The vertical grid is one of: ``sigma_interface``, a global attribute; the hybrid
    coefficients with their ``reference_pressure``; ``vertical``, a coordinate with CF formula terms, with its interfaces
    in ``vertical_interface`` or, where that is empty, in its bounds.
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

    def __post_init__(self) -> None:
        hybrid = (self.reference_pressure, self.a_mid, self.b_mid, self.a_interface, self.b_interface)
        if bool(self.sigma_interface) + bool(self.vertical) + all(hybrid) != 1:
            raise ParamnetError(
                "source grid: give `sigma_interface`, or `vertical`, or all of reference_pressure, a_mid, b_mid, a_interface, b_interface"
            )
