"""What `paramnet online` needs of a host: build it, run it in stretches that restart each other, and leave CF history files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.hosts.scheme_options import SchemeOptions
from paramnet.hosts.stopping import Stop
from paramnet.parts import Kind

OnDay = Callable[[int, int], None] | None  # called with days completed and days in all
RESUME = "fix the cause, then repeat the command to resume the run"


class HostRunFailed(ParamnetError):
    """The scheme, or the model with it, ended the run, or the state is not finite: a result. ``days`` : days completed."""

    def __init__(self, what: str, days: int, *, expected: str = "", got: str = "", where: str = "") -> None:
        super().__init__(what, expected=expected, got=got, where=where)
        self.days = days


class HostFault(ParamnetError):
    """The host ended for another reason than the scheme: a signal, a full disk, a file, a wrong set-up. The climate remains unknown."""


@dataclass(frozen=True)
class BuildRequest:
    """What a host is built for: ``folder`` for sources and build trees, MPI ranks, and sums whose order does not depend on them."""

    folder: Path
    ranks: int = 1
    rank_independent: bool = False


@dataclass(frozen=True)
class RunRequest:
    """One coupled run, as `paramnet online` asks for it.

    output : its folder. days : its length; chunk_days : days between restarts. seed : of the initial noise. start : initial state, a
    restart file or the folder of a completed run; perturbation : relative noise on it. overwrite : start again. rebuilt : resume
    although the host was compiled again.
    """

    output: Path
    options: SchemeOptions
    days: int
    chunk_days: int
    seed: int = 1
    start: Path | None = None
    perturbation: float = 0.0
    overwrite: bool = False
    rebuilt: bool = False


@dataclass
class Host(Kind, ABC, key="host"):
    """A host model and its set-up, ``conf/host/NAME.yaml``. A model that is one command per stretch extends ``CommandHost``.

    After ``run`` the folder holds ``history_0001.nc`` … (daily means, CF names, dimensions time, lev, lat, lon; global attribute
    ``sigma_interface``), ``summary.json``, and ``failed.json`` if the scheme ended the run.
    """

    kind: str = "plasim"
    name: str = ""
    description: str = ""

    def require(self, options: SchemeOptions, compared: bool, where: str) -> None:
        """Raise ParamnetError for options that the host cannot follow. compared : daily means are needed. where : key of the run."""

    def build(self, request: BuildRequest) -> Any:
        """Build what is out of date; the result is passed to ``run``. Raises ParamnetError."""

    @abstractmethod
    def run(self, request: RunRequest, build: Any, on_day: OnDay, stop: Stop) -> None:
        """Run the missing days, and end when ``stop`` is set.

        Raises HostRunFailed, in this and every later call, if the scheme ended the run; HostFault if anything else did.
        """
