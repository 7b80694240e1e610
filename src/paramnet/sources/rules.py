"""Rules that compute a contract variable from source variables: sums over variables and steps, and derived quantities."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.contract import ParamnetError
from paramnet.files import stored

# sums: every term is a source variable
SUMS = ("as_is", "previous_step", "before_physics", "tendency", "dynamics")
# derived from contract variables that the source maps, or from the position of the column
DERIVED = {
    "relative_humidity": ("air_temperature", "specific_humidity", "surface_air_pressure"),
    "moist_static_energy": ("air_temperature", "specific_humidity", "surface_air_pressure"),
    "heat_of_fusion": (
        "tendency_of_air_temperature",
        "tendency_of_specific_humidity",
        "surface_air_pressure",
        "toa_net_downward_shortwave_flux",
        "toa_net_upward_longwave_flux",
        "surface_net_downward_shortwave_flux",
        "surface_net_upward_longwave_flux",
    ),
    "cosine_of_latitude": (),
    "sine_of_latitude": (),
    "column_number": (),
}
MEMBERS = ("before", "after")
# standard names of fields that do not change in time
FIXED = ("land_area_fraction", "land_binary_mask", "sea_area_fraction", "surface_altitude", "surface_geopotential")
_MOST_STEPS_BACK = 2


@dataclass(frozen=True)
class Term:
    """One term of a sum: ``sign`` times a source variable ``lag`` steps back, times the time step to the power ``time_power``."""

    name: str
    member: str
    lag: int
    sign: int = 1
    time_power: int = 0


@stored
@dataclass
class SourceVariable:
    """How one contract variable is computed.

    ``name`` is the variable in the source, or ``standard_name`` the attribute to find it by (reader cf). ``rule`` :

    - ``as_is``: the value; ``previous_step``: the value one time step earlier
    - ``before_physics``: ``name`` - ``rate`` * time step, both of the same step
    - ``tendency``: (after - before) / time step (step pairs only)
    - ``dynamics``: (before of this step - after of the previous step) / time step (step pairs only)
    - a derived quantity (see DERIVED), which takes no name: ``relative_humidity`` (over liquid and ice),
      ``moist_static_energy``, ``heat_of_fusion`` (what a column gains beyond radiation), ``cosine_of_latitude``,
      ``sine_of_latitude``, ``column_number`` (from 1)

    ``plus`` and ``minus`` : further source variables, in the same units, to add and subtract. ``lag`` : take all values this many
    steps earlier. ``member`` : the file of a step pair that has the variable. ``fill`` : the number to use for a fill value (1e30,
    _FillValue, ...); without it, fill values are invalid. ``fixed`` : the variable may have no time dimension and may be in the
    grid file; surface fields in FIXED always may.
    """

    name: str = ""
    rule: str = "as_is"
    rate: str = ""
    member: str = "before"
    standard_name: str = ""
    plus: list[str] = field(default_factory=list)
    minus: list[str] = field(default_factory=list)
    lag: int = 0
    fill: float | None = None
    fixed: bool = False

    def __post_init__(self) -> None:
        shown = self.name or self.standard_name or self.rule
        what = f"source variable {shown}"
        for key, allowed in (("rule", (*SUMS, *DERIVED)), ("member", MEMBERS)):
            if getattr(self, key) not in allowed:
                raise ParamnetError(f"{what}: {key}", expected=f"one of {list(allowed)}", got=repr(getattr(self, key)))
        if bool(self.rate) != (self.rule == "before_physics"):
            raise ParamnetError(
                f"{what}: rate",
                expected="a variable with the rule before_physics, nothing with other rules",
                got=f"{self.rate!r} with the rule {self.rule}",
            )
        named = bool(self.name) + bool(self.standard_name)
        if named != (self.rule in SUMS):
            raise ParamnetError(
                what,
                expected=f"{'either `name` or `standard_name`' if self.rule in SUMS else 'no name'} with the rule {self.rule}",
                got=f"name {self.name!r}, standard_name {self.standard_name!r}",
            )
        if self.lag < 0 or self.lags > _MOST_STEPS_BACK:
            raise ParamnetError(f"{what}: lag", expected=f"values from at most {_MOST_STEPS_BACK} steps back", got=f"lag {self.lag}")

    @property
    def native_name(self) -> str:
        """The name in the files, or ``standard_name:x`` for a variable to be found by standard name."""
        return self.name or (f"standard_name:{self.standard_name}" if self.standard_name else "")

    @property
    def is_derived(self) -> bool:
        """True if it is computed from other contract variables."""
        return self.rule in DERIVED

    @property
    def names(self) -> tuple[str, ...]:
        """The source variables in its terms."""
        return tuple(dict.fromkeys(term.name for term in self.terms))

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms of its sum; empty for a derived quantity."""
        if self.is_derived:
            return ()
        signed = [(self.native_name, 1), *((name, 1) for name in self.plus), *((name, -1) for name in self.minus)]
        lag = self.lag + (self.rule == "previous_step")
        pieces: tuple[tuple[str, int, int, int], ...]
        if self.rule == "tendency":
            pieces = (("after", lag, 1, -1), ("before", lag, -1, -1))
        elif self.rule == "dynamics":
            pieces = (("before", lag, 1, -1), ("after", lag + 1, -1, -1))
        else:
            pieces = ((self.member, lag, 1, 0),)
        terms = [Term(name, member, back, sign * weight, power) for name, sign in signed for member, back, weight, power in pieces]
        return (*terms, Term(self.rate, self.member, lag, -1, 1)) if self.rate else tuple(terms)

    @property
    def lags(self) -> int:
        """The largest lag of its terms; ``lag`` for a derived quantity."""
        return max((term.lag for term in self.terms), default=self.lag)
