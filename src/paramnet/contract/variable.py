"""One row of the contract: a variable with its units, sign, time level and range."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from paramnet.contract.errors import ParamnetError
from paramnet.contract.fields import Fields, missing_and_unknown, short
from paramnet.contract.units import require_si, same_units

DIMENSIONS = (("column", "level"), ("column",))
TIME_LEVELS = ("before_physics", "after_physics", "previous_step", "two_steps_before")
TIME_METHODS = ("instantaneous", "mean")
# factor -> the units it converts to W m-2 (mass weighted: to W kg-1); `one` and `none` accept any
_FACTOR_UNITS = {
    "heat": ("K s-1", "W kg-1"),
    "latent": ("kg kg-1 s-1", "kg m-2 s-1"),
    "one": (),
    "water_flux": ("m s-1",),
    "kinetic": ("m s-2",),
    "none": (),
}
ENERGY_FACTORS = tuple(_FACTOR_UNITS)


@dataclass(frozen=True)
class EnergyConversion:
    """Conversion of an output to W m-2.

    ``factor``: ``heat`` multiplies by cp of dry air (K s-1) or by 1 (J kg-1 s-1), ``latent`` by Lv (kg kg-1 s-1, or kg m-2 s-1 not
    mass weighted), ``one`` by 1 (W m-2), ``water_flux`` by rho_water Lv (m s-1), ``kinetic`` by a wind of 10 m s-1 (m s-2: u du/dt).
    ``mass_weighted`` multiplies a level's value by its mass dp/g. ``none`` is for outputs that are no energy, such as a cloud
    top, a mass flux or a flag: they are scored in their own units, and never mass weighted.
    """

    factor: str
    mass_weighted: bool

    def __post_init__(self) -> None:
        if self.factor not in ENERGY_FACTORS:
            raise ParamnetError("energy.factor", expected=f"one of {ENERGY_FACTORS}", got=repr(self.factor), remedy="correct the contract")
        if self.factor == "none" and self.mass_weighted:
            raise ParamnetError("energy.mass_weighted", expected="false with factor none", got="true", remedy="correct the contract")


@dataclass(frozen=True)
class Variable:
    """A named quantity of the contract.

    ``name`` is the key used everywhere (store, manifest, Fortran); ``standard_name`` is the CF name. ``dims`` is
    (column, level) or (column). ``time_level``: before or after the host's physics, at the previous step or the one before
    it. ``time_method``: instantaneous or a mean over the step. ``sign``: the positive direction of a flux or tendency.
    ``units``: SI. ``valid_range``: the physical range in these units. ``energy`` is set on outputs only.
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
            raise ParamnetError(
                f"{self.name}.dims",
                expected="[column, level] or [column]",
                got=str(list(self.dims)),
                remedy="correct the contract; a field on half levels becomes their mean on levels, or a profile and a value per column",
            )
        if self.time_level not in TIME_LEVELS or self.time_method not in TIME_METHODS:
            raise ParamnetError(
                f"{self.name}.time",
                expected=f"level one of {TIME_LEVELS} and method one of {TIME_METHODS}",
                got=f"{self.time_level!r} and {self.time_method!r}",
                remedy="correct the contract",
            )
        require_si(self.units, self.name)
        self._check_energy()
        low, high = self.valid_range
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ParamnetError(
                f"{self.name}.valid_range",
                expected="[low, high] with low < high",
                got=str([low, high]),
                remedy="correct the contract",
            )

    def _check_energy(self) -> None:
        """Require the units that go with the factor: rho_water Lv times kg m-2 s-1 would be wrong by a factor of 1000."""
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

    @property
    def scored_units(self) -> str:
        """Units of an output's scores: W m-2, or its own if it is no energy (with kg m-2 where it is mass weighted)."""
        factor, weighted = (self.energy.factor, self.energy.mass_weighted) if self.energy else ("none", False)
        if factor not in ("one", "none") or same_units(self.units, "W kg-1" if weighted else "W m-2"):
            return "W m-2"
        return f"{self.units} kg m-2" if weighted else self.units

    @property
    def attributes(self) -> dict[str, str]:
        """CF attributes of the variable in a file or Dataset; ``comment`` is the positive direction, if there is one."""
        known = {"standard_name": self.standard_name, "long_name": self.long_name, "units": self.units}
        return known if self.sign == "none" else known | {"comment": self.sign}

    @classmethod
    def from_dict(cls, row: dict[str, Any], where: str = "contract", key: str = "") -> Variable:
        """Build from a contract row. where : its file, for messages. Raises ParamnetError for a missing, unknown or wrong key."""
        fields = Fields(row, where, key)
        allowed = {"name", "standard_name", "long_name", "units", "dims", "time", "sign", "valid_range", "energy"}
        unknown, missing = set(row) - allowed, allowed - {"energy"} - set(row)
        if unknown or missing:
            raise ParamnetError(
                f"{key}: variable {short(row.get('name', '?'))}" if key else f"variable {short(row.get('name', '?'))}",
                expected=f"the keys {', '.join(sorted(allowed))}",
                got=missing_and_unknown(sorted(missing), sorted(map(str, unknown))),
                where=where,
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
        """The contract row of this variable."""
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
