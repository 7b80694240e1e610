"""The vertical grid: levels by pressure, p = a + b ps, or by height, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paramnet.contract.errors import ParamnetError
from paramnet.contract.fields import Fields

KINDS = ("sigma", "hybrid", "height", "none")
ORDERS = ("top_first", "bottom_first")
_COEFFICIENTS = ("a_mid", "b_mid", "a_interface", "b_interface")
_LISTS = {"sigma": _COEFFICIENTS, "hybrid": _COEFFICIENTS, "height": ("height",), "none": ()}


class LevelCoordinate(NamedTuple):
    """What levels are drawn against, from the top: pressure for 1000 hPa at the surface, or height.

    key : name in results, with the units; middle : (level); interface : (level + 1), of heights half-way between the levels.
    """

    name: str
    units: str
    key: str
    middle: NDArray[np.float64]
    interface: NDArray[np.float64]


@dataclass(frozen=True)
class VerticalGrid:
    """Level mid-points and interfaces as p = a + b ps, a in Pa, b dimensionless; or heights of mid-points, m.

    ``order`` is ``top_first`` (level 0 = model top), the only order stored. A contract in a file, and a host, may have the other.
    ``kind`` is ``sigma`` (all a are zero), ``hybrid``, ``height`` (levels without pressure, and so without mass) or ``none``
    (a scheme without levels: one value per column of each variable).
    """

    kind: str
    order: str
    a_mid: tuple[float, ...] = ()
    b_mid: tuple[float, ...] = ()
    a_interface: tuple[float, ...] = ()
    b_interface: tuple[float, ...] = ()
    height: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.order != "top_first":
            raise ParamnetError(
                "vertical_grid",
                expected=f"kind one of {', '.join(map(repr, KINDS))} and order 'top_first'",
                got=f"{self.kind!r} and {self.order!r}",
                remedy="correct the contract",
            )
        if self.kind == "height":
            self._check_heights()
        elif self.has_pressure:
            self._check_pressures()

    def _check_heights(self) -> None:
        if not self.height or not np.all(np.isfinite(self.height)) or not np.all(np.diff(self.height) < 0):
            raise ParamnetError(
                "vertical_grid.height",
                expected="heights in m that decrease from the top down",
                got=f"{list(self.height)}"[:80],
                remedy="correct the contract",
            )

    def _check_pressures(self) -> None:
        sizes = (len(self.a_mid), len(self.b_mid), len(self.a_interface) - 1, len(self.b_interface) - 1)
        if len(set(sizes)) != 1:
            raise ParamnetError(
                "vertical_grid",
                expected="n, n, n+1, n+1 coefficients in a_mid, b_mid, a_interface, b_interface",
                got=f"{len(self.a_mid)}, {len(self.b_mid)}, {len(self.a_interface)}, {len(self.b_interface)}",
                remedy="correct the contract",
            )
        with np.errstate(all="ignore"):
            thickness = self.pressure_thickness(1.0e5)
        if not np.all((thickness > 0) & np.isfinite(thickness)):
            raise ParamnetError(
                "vertical_grid",
                expected="interface pressures that increase from the top down, at ps = 1e5 Pa",
                got="another order",
                remedy="correct the contract",
            )

    @property
    def has_pressure(self) -> bool:
        """True if pressures, and so masses, follow from the surface pressure."""
        return self.kind in ("sigma", "hybrid")

    @property
    def n_levels(self) -> int:
        """Number of full levels; 0 without levels."""
        return len(self.a_mid) if self.has_pressure else len(self.height)

    @property
    def coordinate(self) -> LevelCoordinate:
        """What levels are drawn against: pressure in hPa, or height in km."""
        if self.has_pressure:
            middle, interface = self.pressure(1.0e5) / 100.0, self.interface_pressure(1.0e5) / 100.0
            return LevelCoordinate("pressure", "hPa", "pressure_hpa", middle, interface)
        middle = np.array(self.height) / 1000.0
        inner = 0.5 * (middle[1:] + middle[:-1])
        half = 0.5 * np.diff(middle)
        ends = (middle[:1] - half[:1], middle[-1:] + half[-1:]) if len(half) else (middle + 0.5, middle - 0.5)
        return LevelCoordinate("height", "km", "height_km", middle, np.concatenate([ends[0], inner, ends[1]]))

    def pressure(self, surface_pressure: ArrayLike) -> NDArray[np.float64]:
        """Mid-level pressure, Pa, shape (..., level), from surface pressure (...), Pa. Raises ParamnetError without pressures."""
        return self._pressures(self.a_mid, self.b_mid, surface_pressure)

    def interface_pressure(self, surface_pressure: ArrayLike) -> NDArray[np.float64]:
        """Interface pressure, Pa, shape (..., level + 1), from surface pressure (...), Pa. Raises ParamnetError without pressures."""
        return self._pressures(self.a_interface, self.b_interface, surface_pressure)

    def pressure_thickness(self, surface_pressure: ArrayLike) -> NDArray[np.float64]:
        """Pressure thickness dp > 0 of each level, Pa, shape (..., level); dp/g is the level's mass per area."""
        return np.diff(self.interface_pressure(surface_pressure), axis=-1)

    def _pressures(self, a: tuple[float, ...], b: tuple[float, ...], surface_pressure: ArrayLike) -> NDArray[np.float64]:
        if not self.has_pressure:
            raise ParamnetError(
                "vertical_grid",
                expected="levels given by pressure (sigma or hybrid), from which pressures and masses follow",
                got=f"kind {self.kind!r}",
                remedy="leave out what needs them, or give the levels of a reference state as pressures",
            )
        return np.asarray(a) + np.asarray(b) * np.asarray(surface_pressure, dtype=np.float64)[..., None]

    @classmethod
    def from_dict(cls, grid: dict[str, Any], where: str = "contract") -> VerticalGrid:
        """Build from the contract's ``vertical_grid``, whose lists may be in either ``order``; where : its file, for messages."""
        fields = Fields(grid, where, "vertical_grid")
        names = _LISTS.get(str(grid.get("kind")), _COEFFICIENTS)
        missing = [key for key in ("kind", "order", *names) if key not in grid]
        if missing:
            raise ParamnetError(
                "vertical_grid",
                expected=", ".join(("kind", "order", *names)),
                got=f"no {', '.join(missing)}",
                where=where,
            )
        order = fields.text("order")
        lists = {name: tuple(fields.numbers(name)[:: -1 if order == "bottom_first" else 1]) for name in names}
        return cls(fields.text("kind"), "top_first" if order in ORDERS else order, **lists)

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, as in the contract file, from the top down."""
        return {"kind": self.kind, "order": self.order, **{name: list(getattr(self, name)) for name in _LISTS[self.kind]}}
