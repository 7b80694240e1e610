"""What the adapter is told about the convection scheme: the Python face of its namelist paramnet_nl."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError

BACKENDS = ("auto", "native", "torchscript", "aoti")
PRECISIONS = ("float32", "float64", "bfloat16")
MODES = ("teacher", "record", "learned", "shadow", "passthrough", "crm", "off")


@dataclass
class SchemeOptions:
    """Which scheme acts, and how a learned one is kept within bounds; each measure is counted in the summary.

    mode : ``teacher`` the host's own; ``record`` the teacher, writing its inputs and outputs every ``record_every``
    steps; ``learned``; ``shadow`` the learned scheme computed and compared, the teacher applied;
    ``passthrough`` the teacher's result sent through an identity scheme (a check); ``crm`` a cloud-resolving model of
    ``crm_points`` points, ``crm_spacing`` m apart, in every column, stepped by at most ``crm_step`` s, its mean state
    accelerated ``crm_acceleration`` times; ``off`` nothing.
    history_every, frequent_every : steps per mean of history.nc and frequent.nc.
    spcam_history : mode ``crm`` also writes its steps in the schema of SPCAM's daily h1 files (``source=spcam`` reads them);
    ``spcam_every`` above 1 writes one step in so many and the one before it; both from step ``record_start`` on.
    device, threads, backend, precision : how the bridge evaluates a learned one (its README).
    ramp_days : from the run's first step on, a ``learned`` scheme of convection takes over from the teacher: at step k of n the host
    gets k/n of the network's result and the rest of the teacher's. 0: the network from the first step.
    fallback : a column whose inputs or outputs are not finite takes the teacher's result; more than ``fallback_limit``
    of a day's columns end the run. tendency_limits : clip to the training range by level, widened on both sides by
    ``tendency_limit_margin`` times the largest limit.
    nonnegative_humidity : the scheme may not dry a level below zero. water_closure : a column loses the vapour that
    rains. cloud_threshold : kg kg-1 s-1 of rain above which a level carries convective cloud.
    """

    mode: str = "teacher"
    scheme: Path | None = None
    device: str = "cpu"
    threads: int = 1
    backend: str = "auto"
    precision: str = "float32"
    record_every: int = 7
    record_start: int = 0
    history_every: int = 48
    frequent_every: int = 6
    ramp_days: float = 0.0
    fallback: bool = True
    fallback_limit: float = 0.05
    tendency_limits: bool = True
    tendency_limit_margin: float = 0.02
    nonnegative_humidity: bool = True
    water_closure: bool = True
    cloud_threshold: float = 3e-9
    crm_points: int = 8
    crm_spacing: float = 4000.0
    crm_step: float = 20.0
    crm_acceleration: float = 1.0
    spcam_history: bool = False
    spcam_every: int = 1

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ParamnetError(f"scheme mode: expected one of {MODES}, got {self.mode!r}")
        if self.mode in ("learned", "shadow", "passthrough"):
            if self.scheme is None:
                raise ParamnetError(f"scheme mode {self.mode!r} needs scheme=<path of scheme.pt>")
            if not Path(self.scheme).is_file():
                raise ParamnetError(f"{self.scheme}: expected an exported scheme, found no file; run paramnet export")
        for name, known in (("backend", BACKENDS), ("precision", PRECISIONS)):
            if getattr(self, name) not in known:
                raise ParamnetError(f"scheme {name}: expected one of {known}, got {getattr(self, name)!r}")
        if self.threads < 1:
            raise ParamnetError(f"scheme threads: expected 1 or more, got {self.threads}")
        if not 0.0 <= self.ramp_days < 1e5:
            raise ParamnetError("ramp_days", expected="0 to 100000 days", got=repr(self.ramp_days))
        if not 0.0 <= self.fallback_limit <= 1.0:
            raise ParamnetError(f"fallback_limit: expected a share between 0 and 1, got {self.fallback_limit}")
        if self.spcam_history and self.mode != "crm":
            raise ParamnetError(f"spcam_history: expected scheme mode 'crm', got {self.mode!r}; mode=record is for the host's convection")
        if self.spcam_every < 1:
            raise ParamnetError(f"spcam_every: expected 1 step or more, got {self.spcam_every}")
        if self.crm_points < 4 or self.crm_spacing <= 0 or not 0 < self.crm_step <= 60 or self.crm_acceleration < 1:
            raise ParamnetError(
                "crm_points, crm_spacing, crm_step, crm_acceleration: expected at least 4 points, a positive distance in m, at most "
                f"60 s, and 1 or more, got {self.crm_points}, {self.crm_spacing}, {self.crm_step}, {self.crm_acceleration}"
            )

    def namelist(self) -> dict[str, Any]:
        """The values of paramnet_nl; files are named relative to the run's folder."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "scheme"}
        if self.scheme is not None:
            values["scheme"] = str(Path(self.scheme).resolve())
        if self.mode == "record":
            values["record_file"] = "record.nc"
        values |= {"history_file": "history.nc", "frequent_file": "frequent.nc"}
        return values | {"summary_file": "summary.json", "progress_file": "progress"}
