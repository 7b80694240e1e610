"""Configuration of one coupled run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.hosts import stretches
from paramnet.hosts.plasim.restart_file import require_complete
from paramnet.hosts.plasim.setup import HostSetup
from paramnet.hosts.scheme_options import SchemeOptions

MOST_STRETCHES = 9999  # stretch numbers have four digits


def last_status(run: Path) -> Path:
    """Final restart file of a run, for another to ``start`` from. Raises ParamnetError if the run has none or it is damaged."""
    return stretches.last_status(run, require_complete)


@dataclass
class HostRun:
    """One coupled run.

    output : its folder: history_0001.nc … (daily means), frequent_0001.nc … (three-hourly), record_0001.nc … in mode ``record``,
    h1/ (one file per day, in the schema of SPCAM) with ``spcam_history``, and summary.json.
    seed : of the noise added to the initial state of rest, of ``perturbation``, and the member of a stochastic scheme: another seed is
    another member of the same climate. An aquaplanet begins without noise, as PlaSim clears it: see ``seed_acts``.
    chunk_days : the host stops and restarts every ``chunk_days`` days, bit-identical to an uninterrupted run.
    start : initial state instead of rest: a ``plasim_status``, also compressed (``.gz``), or the folder of a completed run, which may have
    used another scheme. Without the state of the cloud-resolving models these begin anew, from the host's columns.
    perturbation : relative noise on the temperature of ``start``, drawn from ``seed`` (0: none), for another member of the same climate.
    raw_output : also keep the host's own binary output, plasim_output. output_every : its interval in steps.
    overwrite : remove the run in the folder and start again. rebuilt : resume although the host was compiled again.
    """

    output: Path
    host: HostSetup = field(default_factory=HostSetup)
    scheme: SchemeOptions = field(default_factory=SchemeOptions)
    days: int = 10
    chunk_days: int = 30
    seed: int = 1
    start: Path | None = None
    perturbation: float = 0.0
    raw_output: bool = False
    output_every: int = 48
    overwrite: bool = False
    rebuilt: bool = False

    @property
    def seed_acts(self) -> bool:
        """False for an initial state that is the same for every seed."""
        return self.perturbation != 0 or (self.start is None and self.host.boundary != "aquaplanet")

    def __post_init__(self) -> None:
        if self.days < 1 or self.chunk_days < 1:
            raise ParamnetError("days, chunk_days", expected="1 or more", got=f"{self.days}, {self.chunk_days}")
        if self.days > MOST_STRETCHES * self.chunk_days:
            raise ParamnetError(
                "chunk_days",
                expected=f"at most {MOST_STRETCHES} stretches",
                got=f"{self.days} days in stretches of {self.chunk_days}",
                remedy="set a larger chunk_days",
            )
        if self.seed < 1:
            raise ParamnetError("seed", expected="a positive integer (the host seeds from the clock with 0)", got=str(self.seed))
        if self.start is not None and Path(self.start).is_dir():
            self.start = last_status(Path(self.start))
        if self.start is not None and not Path(self.start).is_file():
            raise ParamnetError(
                "start", expected="the plasim_status of another run", got=f"no file {self.start}", remedy="let that run complete first"
            )
        if self.perturbation and self.start is None:
            raise ParamnetError(
                "perturbation",
                expected="0 without start",
                got=str(self.perturbation),
                remedy="set start, or set another seed for another run from rest",
            )
