"""Options of the convection scheme, which the adapter reads from its namelist paramnet_nl."""

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
    """The active scheme and the bounds of a learned one; the summary counts each correction.

    mode : ``teacher`` the host's own scheme; ``record`` the teacher, writing its inputs and outputs every ``record_every``
    steps; ``learned``; ``shadow`` the learned scheme is computed and compared, the teacher is applied;
    ``passthrough`` the teacher's result passed through an identity scheme (a check); ``crm`` a cloud-resolving model of
    ``crm_points`` points, ``crm_spacing`` m apart, in every column, with steps of at most ``crm_step`` s and its mean state
    accelerated by a factor ``crm_acceleration``; ``off`` no scheme.
    history_every, frequent_every : steps per mean in history.nc and frequent.nc.
    spcam_history : mode ``crm`` also writes its steps in the schema of SPCAM's daily h1 files (``source=spcam`` reads them);
    ``spcam_every`` = N > 1 writes every Nth step and the one before it; both from step ``record_start`` on.
    device, threads, backend, precision : how the bridge evaluates a learned scheme (see its README).
    stochastic : False puts zeros in place of a stochastic scheme's random numbers; these depend on ``noise_seed``, on the run's
    ``seed`` as ensemble member, on the step and on the column.
    ramp_days : from the run's first step on, a ``learned`` convection scheme replaces the teacher gradually: at step k of n the host
    gets k/n of the network's result and (n-k)/n of the teacher's. 0: the network from the first step.
    fallback : a column with inputs or outputs that are not finite gets the teacher's result; if more than a fraction
    ``fallback_limit`` of a day's columns do, the run ends. tendency_limits : clip to the training range by level, widened on
    both sides by ``tendency_limit_margin`` times the largest limit.
    nonnegative_humidity : the scheme may not reduce the humidity of a level below zero. water_closure : a column loses as much
    vapour as it rains. cloud_threshold : kg kg-1 s-1 of rain above which a level has convective cloud.
    """

    mode: str = "teacher"
    scheme: Path | None = None
    device: str = "cpu"
    threads: int = 1
    backend: str = "auto"
    precision: str = "float32"
    stochastic: bool = True
    noise_seed: int = 0
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
        for name, known in (("mode", MODES), ("backend", BACKENDS), ("precision", PRECISIONS)):
            if getattr(self, name) not in known:
                raise ParamnetError(f"options.{name}", expected=f"one of {', '.join(known)}", got=repr(getattr(self, name)))
        if self.mode in ("learned", "shadow", "passthrough"):
            if self.scheme is None:
                raise ParamnetError(
                    "options.scheme", expected=f"an exported scheme for mode {self.mode}", got="none", remedy="give the path of a scheme.pt"
                )
            if not Path(self.scheme).is_file():
                raise ParamnetError(
                    "options.scheme", expected="an exported scheme", got=f"no file {self.scheme}", remedy="run `paramnet export`"
                )
        if self.threads < 1:
            raise ParamnetError("options.threads", expected="1 or more", got=str(self.threads))
        if not 0 <= self.noise_seed < 2**31:
            raise ParamnetError("options.noise_seed", expected="0 to 2^31 - 1", got=str(self.noise_seed))
        if not 0.0 <= self.ramp_days < 1e5:
            raise ParamnetError("options.ramp_days", expected="0 to 100000 days", got=repr(self.ramp_days))
        if not 0.0 <= self.fallback_limit <= 1.0:
            raise ParamnetError("options.fallback_limit", expected="a fraction from 0 to 1", got=str(self.fallback_limit))
        if self.spcam_history and self.mode != "crm":
            raise ParamnetError(
                "options.spcam_history",
                expected="mode crm",
                got=f"mode {self.mode}",
                remedy="use mode=record to record the host's own convection",
            )
        if self.spcam_every < 1:
            raise ParamnetError("options.spcam_every", expected="1 step or more", got=str(self.spcam_every))
        if self.crm_points < 4 or self.crm_spacing <= 0 or not 0 < self.crm_step <= 60 or self.crm_acceleration < 1:
            raise ParamnetError(
                "options.crm_points, crm_spacing, crm_step, crm_acceleration",
                expected="4 points or more, a positive distance in m, up to 60 s, and 1 or more",
                got=f"{self.crm_points}, {self.crm_spacing}, {self.crm_step}, {self.crm_acceleration}",
            )

    def namelist(self) -> dict[str, Any]:
        """Values of paramnet_nl; file names are relative to the run's folder."""
        values: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "scheme"}
        if self.scheme is not None:
            values["scheme"] = str(Path(self.scheme).resolve())
        if self.mode == "record":
            values["record_file"] = "record.nc"
        values |= {"history_file": "history.nc", "frequent_file": "frequent.nc"}
        return values | {"summary_file": "summary.json", "progress_file": "progress"}
