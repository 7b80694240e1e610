"""How a contract variable follows from the source's own: sums of its variables at given steps, or quantities derived from those."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.contract import ParamnetError
from paramnet.preprocessing.records import stored

# sums: every term is one of the source's variables
SUMS = ("as_is", "previous_step", "before_physics", "tendency", "dynamics")
# derived from contract quantities that the source maps, or from the place of the column
DERIVED = {
    "relative_humidity": ("air_temperature", "specific_humidity", "surface_air_pressure"),
    "moist_static_energy": ("air_temperature", "specific_humidity", "surface_air_pressure"),
    "cosine_of_latitude": (),
    "sine_of_latitude": (),
    "column_number": (),
}
MEMBERS = ("before", "after")
# standard names of what does not change in time
FIXED = ("land_area_fraction", "land_binary_mask", "sea_area_fraction", "surface_altitude", "surface_geopotential")
_MOST_STEPS_BACK = 2


@dataclass(frozen=True)
class Term:
    """One summand: ``sign`` times a source variable, ``lag`` steps back, times the time step to the power ``time_power``."""

    name: str
    member: str
    lag: int
    sign: int = 1
    time_power: int = 0


@stored
@dataclass
class SourceVariable:
    """Where one contract variable comes from.

    ``name`` is the source's own name, or ``standard_name`` the attribute it is found by (reader cf). ``rule`` :

    - ``as_is``: the value; ``previous_step``: its value one time step earlier
    - ``before_physics``: ``name`` minus ``rate`` times the time step, both of the same step
    - ``tendency``: (after - before) / time step (step pairs only)
    - ``dynamics``: (before of this step - after of the step before) / time step (step pairs only)
    - a derived quantity (see DERIVED), which takes no name: ``relative_humidity`` (over liquid and ice),
      ``moist_static_energy``, ``cosine_of_latitude``, ``sine_of_latitude``, ``column_number`` (from 1)

    ``plus`` and ``minus`` name further variables of the source, in the same units, to add and subtract. ``lag`` takes
    everything that many steps earlier. ``member`` is the file of a step pair that holds it. ``fill`` is the value that a
    fill value (1e30, _FillValue, ...) stands for; without it such values are invalid. ``fixed`` : it may lack a time dimension, and
    may stand in the grid file; fields of the ground (see FIXED) are so by nature.
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
        if self.rule not in (*SUMS, *DERIVED) or self.member not in MEMBERS:
            raise ParamnetError(
                f"source variable {shown}: expected rule in {[*SUMS, *DERIVED]} and member before|after, got {self.rule!r}, {self.member!r}"
            )
        if bool(self.rate) != (self.rule == "before_physics"):
            raise ParamnetError(f"source variable {shown}: `rate` belongs to the rule before_physics, and is needed there")
        named = bool(self.name) + bool(self.standard_name)
        if named != (self.rule in SUMS):
            raise ParamnetError(
                f"source variable {shown}: expected `name` or `standard_name` for the rules {list(SUMS)} and none for the derived ones "
                f"{list(DERIVED)}, got name {self.name!r}, standard_name {self.standard_name!r} with rule {self.rule!r}"
            )
        if self.lag < 0 or self.lags > _MOST_STEPS_BACK:
            raise ParamnetError(f"source variable {shown}: expected values from at most {_MOST_STEPS_BACK} steps back, got lag {self.lag}")

    @property
    def own(self) -> str:
        """The source's own name, or ``standard_name:x`` where the file is asked for it."""
        return self.name or (f"standard_name:{self.standard_name}" if self.standard_name else "")

    @property
    def is_derived(self) -> bool:
        """Whether it is computed from other contract quantities."""
        return self.rule in DERIVED

    @property
    def names(self) -> tuple[str, ...]:
        """The source's variables this one is made of."""
        return tuple(dict.fromkeys(term.name for term in self.terms))

    @property
    def terms(self) -> tuple[Term, ...]:
        """The sum this variable is; empty for derived ones."""
        if self.is_derived:
            return ()
        signed = [(self.own, 1), *((name, 1) for name in self.plus), *((name, -1) for name in self.minus)]
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
        """How many steps back its terms reach; derived ones reach as far as ``lag``."""
        return max((term.lag for term in self.terms), default=self.lag)
