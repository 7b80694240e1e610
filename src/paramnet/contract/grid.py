"""The vertical grid: sigma and hybrid levels as p = a + b ps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paramnet.contract.errors import ParamnetError
from paramnet.contract.fields import Fields


@dataclass(frozen=True)
class VerticalGrid:
    """Level mid-points and interfaces as p = a + b ps, a in Pa, b dimensionless.

    ``order`` is ``top_first`` (level 0 = model top), the only order stored. A host may declare another to the bridge.
    ``kind`` is ``sigma`` (all a are zero) or ``hybrid``.
    """

    kind: str
    order: str
    a_mid: tuple[float, ...]
    b_mid: tuple[float, ...]
    a_interface: tuple[float, ...]
    b_interface: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.kind not in ("sigma", "hybrid") or self.order != "top_first":
            raise ParamnetError(
                "vertical_grid",
                expected="kind 'sigma' or 'hybrid' and order 'top_first'",
                got=f"{self.kind!r} and {self.order!r}",
                remedy="correct the contract",
            )
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
    def n_levels(self) -> int:
        """Number of full levels."""
        return len(self.a_mid)

    def pressure(self, surface_pressure: ArrayLike) -> NDArray[np.float64]:
        """Mid-level pressure, Pa, shape (..., level), from surface pressure (...), Pa."""
        ps = np.asarray(surface_pressure, dtype=np.float64)[..., None]
        return np.asarray(self.a_mid) + np.asarray(self.b_mid) * ps

    def interface_pressure(self, surface_pressure: ArrayLike) -> NDArray[np.float64]:
        """Interface pressure, Pa, shape (..., level + 1), from surface pressure (...), Pa."""
        ps = np.asarray(surface_pressure, dtype=np.float64)[..., None]
        return np.asarray(self.a_interface) + np.asarray(self.b_interface) * ps

    def pressure_thickness(self, surface_pressure: ArrayLike) -> NDArray[np.float64]:
        """Pressure thickness dp > 0 of each level, Pa, shape (..., level); dp/g is the level's mass per area."""
        return np.diff(self.interface_pressure(surface_pressure), axis=-1)

    @classmethod
    def from_dict(cls, grid: dict[str, Any], where: str = "contract") -> VerticalGrid:
        """Build from the contract's ``vertical_grid``; where : its file, for messages."""
        fields = Fields(grid, where, "vertical_grid")
        names = ("a_mid", "b_mid", "a_interface", "b_interface")
        missing = [key for key in ("kind", "order", *names) if key not in grid]
        if missing:
            raise ParamnetError(
                "vertical_grid",
                expected="kind, order and four lists of coefficients",
                got=f"no {', '.join(missing)}",
                where=where,
            )
        return cls(fields.text("kind"), fields.text("order"), *(tuple(fields.numbers(name)) for name in names))

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, as in the contract file."""
        return {
            "kind": self.kind,
            "order": self.order,
            "a_mid": list(self.a_mid),
            "b_mid": list(self.b_mid),
            "a_interface": list(self.a_interface),
            "b_interface": list(self.b_interface),
        }
