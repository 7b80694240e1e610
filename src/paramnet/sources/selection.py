"""Selection of the rows of an archive that become samples: a latitude band, ocean only, every n-th column or step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError, Variable
from paramnet.files import stored

LAND = "land_area_fraction"  # key under `variables` of a source
LAND_VARIABLE = Variable(LAND, LAND, "Land", "1", ("column",), "before_physics", "instantaneous", "none", (0.0, 1.001))


@stored
@dataclass
class Selection:
    """Rows to keep. ``latitude`` : [south, north] in degrees, inclusive; empty keeps all.

    ``max_land_fraction`` : 0 keeps only columns without land, 1 keeps all; below 1 the source must map ``land_area_fraction``.
    ``every_column`` = n keeps every n-th column, starting at ``first_column``; ``every_step`` and ``first_step`` likewise (in the
    order of the grid and of the archive).
    """

    latitude: list[float] = field(default_factory=list)
    max_land_fraction: float = 1.0
    every_column: int = 1
    first_column: int = 0
    every_step: int = 1
    first_step: int = 0

    def __post_init__(self) -> None:
        if self.latitude and not (len(self.latitude) == 2 and -90 <= self.latitude[0] < self.latitude[1] <= 90):
            raise ParamnetError("select.latitude", expected="[south, north] within -90 and 90", got=str(self.latitude))
        if not 0 <= self.max_land_fraction <= 1:
            raise ParamnetError("select.max_land_fraction", expected="0 to 1", got=str(self.max_land_fraction))
        for kind in ("column", "step"):
            every, first = getattr(self, f"every_{kind}"), getattr(self, f"first_{kind}")
            if not 0 <= first < every:
                raise ParamnetError(f"select.every_{kind}", expected=f"1 or more, and first_{kind} below it", got=f"{every} and {first}")

    @property
    def needs_land(self) -> bool:
        """True if the selection uses the land fraction."""
        return self.max_land_fraction < 1

    def columns(self, latitude: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Mask of the columns to keep : (column), from ``latitude`` (column), degrees north."""
        kept = np.arange(len(latitude)) % self.every_column == self.first_column
        if self.latitude:
            kept &= (latitude >= self.latitude[0]) & (latitude <= self.latitude[1])
        if not kept.any():
            raise ParamnetError(
                "select",
                expected="at least one column",
                got=f"none of {len(latitude)} with latitude={self.latitude}, every_column={self.every_column}",
            )
        return kept

    def steps(self, count: int) -> NDArray[np.bool_]:
        """Mask of the steps to keep, of ``count`` in order of time : (step)."""
        return np.arange(count) % self.every_step == self.first_step


def require_land(fraction: NDArray[np.floating], file_of: Callable[[int], str]) -> None:
    """Refuse missing land fractions : (step, column), which would silently drop columns. file_of : name of the file of a step."""
    low, high = LAND_VARIABLE.valid_range
    wrong = ~((fraction >= low) & (fraction <= high))
    if wrong.any():
        step, column = (int(place) for place in np.unravel_index(int(wrong.argmax()), wrong.shape))
        raise ParamnetError(
            LAND,
            expected=f"values from {low:g} to {high:g}, as `select` uses them",
            got=f"{int(wrong.sum())} of {wrong.size} missing or outside (first at column {column})",
            where=file_of(step),
            remedy="fix the file, or set `fill` of the variable to the value that missing ones stand for",
        )
