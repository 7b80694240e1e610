"""One row of the contract: a variable with everything that may not be guessed about it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from paramnet.contract.errors import ParamnetError
from paramnet.contract.fields import Fields, short
from paramnet.contract.units import require_si, same_units

DIMENSIONS = (("column", "level"), ("column",))
TIME_LEVELS = ("before_physics", "after_physics", "previous_step", "two_steps_before")
TIME_METHODS = ("instantaneous", "mean")
# factor -> the units it turns into W m-2 (or, mass weighted, into W kg-1); `one` takes any
_FACTOR_UNITS = {
    "heat": ("K s-1",),
    "latent": ("kg kg-1 s-1", "kg m-2 s-1"),
    "one": (),
    "water_flux": ("m s-1",),
    "kinetic": ("m s-2",),
}
ENERGY_FACTORS = tuple(_FACTOR_UNITS)


@dataclass(frozen=True)
class EnergyConversion:
    """How an output becomes W m-2.

    ``factor``: ``heat`` multiplies by cp of dry air (K s-1), ``latent`` by Lv (kg kg-1 s-1, or kg m-2 s-1 not mass weighted),
    ``one`` by 1 (W m-2), ``water_flux`` by rho_water Lv (m s-1), ``kinetic`` by a wind of 10 m s-1 (m s-2: u du/dt).
    ``mass_weighted`` multiplies a level's value by its mass dp/g.
    """

    factor: str
    mass_weighted: bool

    def __post_init__(self) -> None:
        if self.factor not in ENERGY_FACTORS:
            raise ParamnetError(f"energy.factor: expected one of {ENERGY_FACTORS}, got {self.factor!r}; mend the contract")


@dataclass(frozen=True)
class Variable:
    """A named quantity of the contract.

    ``name`` is the key used everywhere (store, manifest, Fortran); ``standard_name`` the CF name. ``dims`` is
    (column, level) or (column). ``time_level`` and ``time_method`` say when it is valid: before or after the host's
    physics, at the previous step or the one before it; instantaneous or a mean over the step. ``sign`` states the
    direction of a flux or tendency. ``units`` are of SI; ``valid_range`` is the physical range in them; ``energy`` is set on
    outputs only.
    """

    name: str
    standard_name: str
    long_name: str
    units: str
    dims: tuple[str, ...]
    time_level: str
    time_method: str
    sign: str
    valid_range: tuple[float, float]
    energy: EnergyConversion | None = None

    def __post_init__(self) -> None:
        if self.dims not in DIMENSIONS:
            raise ParamnetError(f"{self.name}: expected dims [column, level] or [column], got {list(self.dims)}; mend the contract")
        if self.time_level not in TIME_LEVELS or self.time_method not in TIME_METHODS:
            raise ParamnetError(
                f"{self.name}: expected time level in {TIME_LEVELS} and method in {TIME_METHODS}, "
                f"got {self.time_level!r} and {self.time_method!r}; mend the contract"
            )
        require_si(self.units, self.name)
        self._check_energy()
        low, high = self.valid_range
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ParamnetError(f"{self.name}: expected valid_range [low, high] with low < high, got {[low, high]}; mend the contract")

    def _check_energy(self) -> None:
        """A factor belongs to its units: rho_water Lv times kg m-2 s-1 would be a thousand times too much."""
        allowed = _FACTOR_UNITS[self.energy.factor] if self.energy else ()
        if self.energy and allowed and not any(same_units(self.units, units) for units in allowed):
            raise ParamnetError(
                f"{self.name}.energy.factor {self.energy.factor}",
                expected=f"units {' or '.join(map(repr, allowed))}",
                got=repr(self.units),
                remedy="correct the contract",
            )

    @property
    def is_profile(self) -> bool:
        """True for one value per level, False for one value per column."""
        return "level" in self.dims

    @classmethod
    def from_dict(cls, row: dict[str, Any], where: str = "contract", key: str = "") -> Variable:
        """Build from a contract row; raises ParamnetError naming a missing, unknown or wrong key. where : its file, for messages."""
        fields = Fields(row, where, key)
        allowed = {"name", "standard_name", "long_name", "units", "dims", "time", "sign", "valid_range", "energy"}
        unknown, missing = set(row) - allowed, allowed - {"energy"} - set(row)
        if unknown or missing:
            raise ParamnetError(
                f"{where}: variable {short(row.get('name', '?'))}: missing keys {sorted(missing)}, unknown keys {short(sorted(unknown))}; "
                f"expected {sorted(allowed)}"
            )
        time, (low, high) = fields.fields("time"), fields.numbers("valid_range", 2)
        return cls(
            **{name: fields.text(name) for name in ("name", "standard_name", "long_name", "units", "sign")},
            dims=tuple(fields.texts("dims")),
            time_level=time.text("level"),
            time_method=time.text("method"),
            valid_range=(low, high),
            energy=_energy(fields.fields("energy")) if fields.has("energy") else None,
        )

    def to_dict(self) -> dict[str, Any]:
        """The contract row this variable was made from."""
        row: dict[str, Any] = {
            "name": self.name,
            "standard_name": self.standard_name,
            "long_name": self.long_name,
            "units": self.units,
            "dims": list(self.dims),
            "time": {"level": self.time_level, "method": self.time_method},
            "sign": self.sign,
            "valid_range": list(self.valid_range),
        }
        if self.energy:
            row["energy"] = {"factor": self.energy.factor, "mass_weighted": self.energy.mass_weighted}
        return row


def _energy(fields: Fields) -> EnergyConversion:
    return EnergyConversion(fields.text("factor"), fields.flag("mass_weighted"))
