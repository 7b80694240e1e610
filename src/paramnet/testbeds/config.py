"""Configuration of ``paramnet testbed``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.testbeds.lorenz96 import TIME_STEP, Lorenz96


@dataclass
class RecordConfig:
    """The truth that a scheme is trained on.

    units : time units, of which one record in ``interval`` time steps is kept. consecutive_units : of which every step is kept, for the
    noise of the polynomial. spin_up_units : left out before. seed : of the initial state. overwrite : replace records of other settings.
    """

    output: str
    build: str
    system: Lorenz96 = field(default_factory=Lorenz96)
    units: float = 2000.0
    interval: int = 10
    consecutive_units: float = 100.0
    spin_up_units: float = 10.0
    seed: int = 1
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.system.sectors != 8:  # each is an input of the contract
            raise ParamnetError("system.sectors", expected="8, as in the contract lorenz96", got=str(self.system.sectors))
        for name in ("units", "consecutive_units"):
            if getattr(self, name) < 2 * self.interval * TIME_STEP:
                raise ParamnetError(name, expected="two records or more", got=f"{getattr(self, name):g} time units")
        if self.interval < 1:
            raise ParamnetError("interval", expected="1 or more time steps", got=str(self.interval))


@dataclass
class ScoreConfig(RecordConfig):
    """The scheme that is scored, and how.

    scheme : scheme.pt. skill : skill.json of ``paramnet evaluate``. record, store : what it was trained on. climate_units : length of the
    runs whose climates are compared, of truth and schemes, without ``spin_up_units``. transfer_forcing, transfer_units : the same at
    another forcing. starts, forecast_units : of the forecasts. threshold : of their error. seed : of random numbers; that of the truth
    is the next one.
    """

    scheme: str = ""
    skill: str = ""
    record: str = ""
    store: str = ""
    climate_units: float = 10000.0
    transfer_forcing: float = 24.0
    transfer_units: float = 2000.0
    starts: int = 100
    forecast_units: float = 10.0
    threshold: float = 0.3

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("scheme", "skill", "record", "store"):
            path = Path(getattr(self, name))
            if not getattr(self, name) or not path.exists():
                raise ParamnetError(name, expected="the result of an earlier stage", got=repr(str(path)), remedy=f"set {name}=…")
        least = self.forecast_units * (self.starts + 1)
        if self.starts < 1 or self.climate_units < least:
            raise ParamnetError("climate_units", expected=f"{least:g} or more, for {self.starts} starts", got=f"{self.climate_units:g}")
        if self.transfer_units < 20 or self.threshold <= 0:
            raise ParamnetError("transfer_units, threshold", expected="20 time units or more, and a positive threshold", got="less")
