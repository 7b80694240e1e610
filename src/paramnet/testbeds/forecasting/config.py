"""Configuration of a forecast testbed."""

from __future__ import annotations

from dataclasses import dataclass, field

from paramnet.contract import ParamnetError

SYSTEMS = ("lorenz63", "lorenz96_three")


@dataclass
class ForecastConfig:
    """equations : the system, one of SYSTEMS. Lengths are numbers of records.

    members, length : series of a training. starts, horizon : forecasts that are scored; validation_starts : others, on which settings are
    chosen. ridges : regularisations to choose from. nodes : of reservoirs and random feature maps. seeds : trainings, each with series and
    random weights of its own. threshold : of the error, relative to the truth. published : the valid time to compare the best row with, 0
    for none.
    """

    output: str
    equations: str = "lorenz63"
    members: int = 20
    length: int = 1100
    starts: int = 100
    validation_starts: int = 40
    horizon: int = 2000
    ridges: list[float] = field(default_factory=lambda: [1e-20, 1e-18, 1e-16, 1e-14])
    nodes: int = 300
    seeds: int = 5
    threshold: float = 0.3
    published: float = 0.0
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.equations not in SYSTEMS:
            raise ParamnetError("equations", expected=f"one of {', '.join(SYSTEMS)}", got=repr(self.equations))
        if min(self.members, self.starts, self.validation_starts, self.seeds) < 1 or self.length < 200 or self.horizon < 20:
            raise ParamnetError("members, starts, length, horizon", expected="at least 1, 1, 200 and 20", got="less")
        if not self.ridges or min(self.ridges) < 0 or self.threshold <= 0 or self.nodes < 10:
            raise ParamnetError("ridges, threshold, nodes", expected="numbers of at least 0, a positive one, and 10 or more", got="less")
