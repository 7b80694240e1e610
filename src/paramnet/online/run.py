"""Run the host for some days, in chunks that restart from one another, so that a long run can be taken up again."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.online.build import HostBuild
from paramnet.online.host import HostSetup
from paramnet.online.launch import HostRunFailed, launch
from paramnet.online.namelists import render
from paramnet.online.restart_file import perturb
from paramnet.online.run_summary import combine_summaries
from paramnet.online.scheme_options import SchemeOptions

__all__ = ["HostRun", "HostRunFailed", "last_status", "run_host"]

logger = logging.getLogger(__name__)
DAILY_FILES = "*.cam2.h1.*.nc"


@dataclass
class HostRun:
    """One coupled run.

    output : its folder: history_0001.nc … (daily means), frequent_0001.nc … (three-hourly), record_0001.nc … in mode ``record``,
    h1/ (a file a day in the schema of SPCAM) with ``spcam_history``, and summary.json.
    seed : of the noise the fresh atmosphere is kicked with; another seed is another member of the same climate.
    chunk_days : the run stops and restarts after as many days (bit for bit the same as running on).
    start : a ``plasim_status``, or the folder of a run that has ended, perhaps with another scheme, to go on from instead of
    from rest; perturbation : relative noise on its temperature, drawn from ``seed`` (0: none), for another member of the same climate.
    raw_output : also keep the host's own binary output, plasim_output. output_every : its interval in steps.
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

    def __post_init__(self) -> None:
        if self.days < 1 or self.chunk_days < 1:
            raise ParamnetError(f"days and chunk_days: expected at least 1, got {self.days} and {self.chunk_days}")
        if self.seed < 1:
            raise ParamnetError(f"seed: expected a positive integer (0 would seed by the clock), got {self.seed}")
        if self.start is not None and Path(self.start).is_dir():
            self.start = last_status(Path(self.start))
        if self.start is not None and not Path(self.start).is_file():
            raise ParamnetError(f"start: expected another run's plasim_status, found no file {self.start}; let that run end first")
        if self.perturbation and self.start is None:
            raise ParamnetError("perturbation: expected with a start to perturb; a run from rest differs by its seed")


def run_host(config: HostRun, build: HostBuild, on_day: Callable[[int, int], None] | None = None) -> Path:
    """Run what is missing of ``config.days`` and return the run's folder.

    on_day : called with (days done, days in all) as the run goes; by default a bar on a terminal, log lines elsewhere.
    Raises HostRunFailed (a ParamnetError) with the host's own message when the model stops or its state is not finite,
    ParamnetError when the folder holds another run.
    """
    run = Path(config.output)
    run.mkdir(parents=True, exist_ok=True)
    _claim(run, _identity(config, build))
    while (done := _days_done(run)) < config.days:
        days = min(config.chunk_days, config.days - done)
        _run_chunk(config, build, run, done, days, on_day)
    summary = combine_summaries([chunk / "summary.json" for chunk in _chunks(run)])
    (run / "summary.json").write_text(json.dumps({"seed": config.seed, "host": config.host.name} | summary, indent=2))
    return run


def _run_chunk(config: HostRun, build: HostBuild, run: Path, done: int, days: int, on_day: Callable[[int, int], None] | None) -> None:
    earlier = _chunks(run)
    name = f"{len(earlier) + 1:04d}"
    folder = run / "chunks" / (name + ".partial")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config.host.write_inputs(folder, build.plasim, _run_values(config, days))
    (folder / "paramnet_namelist").write_text(render("paramnet_nl", config.scheme.namelist()))
    if earlier:
        shutil.copy(earlier[-1] / "plasim_status", folder / "plasim_restart")
    elif config.start is not None and config.perturbation:
        perturb(Path(config.start), folder / "plasim_restart", config.seed, config.perturbation)
    elif config.start is not None:
        shutil.copy(config.start, folder / "plasim_restart")
    label = f"{config.host.name} {config.scheme.mode}"
    launch(build, folder, label, done, done + days, config.days, on_day, threads=config.scheme.threads)
    _tidy(folder, keep_raw=config.raw_output)
    (folder / "done.json").write_text(json.dumps({"days": days}))
    for kind in ("history", "frequent", "record"):
        if (folder / f"{kind}.nc").is_file():
            (folder / f"{kind}.nc").replace(run / f"{kind}_{name}.nc")
    for path in folder.glob(DAILY_FILES):
        (run / "h1").mkdir(exist_ok=True)
        path.replace(run / "h1" / path.name)
    folder.rename(run / "chunks" / name)
    for old in earlier[:-1]:
        (old / "plasim_status").unlink(missing_ok=True)


def _run_values(config: HostRun, days: int) -> dict[str, Any]:
    """The part of plasim_nl that belongs to the run. The host takes eight integers as its seed, the first not 0."""
    seeds = [int.from_bytes(hashlib.sha256(f"{config.seed}/{i}".encode()).digest()[:3]) + 1 for i in range(8)]
    values = {"n_run_years": 0, "n_run_months": 0, "n_run_days": days, "kick": 1, "seed": seeds}
    return values | {"noutput": int(config.raw_output), "nstpw": config.output_every}


def _tidy(folder: Path, keep_raw: bool) -> None:
    """Drop what the next chunk and the reader do not need: inputs and the host's diagnostic dumps."""
    wanted = {"history.nc", "frequent.nc", "record.nc", "summary.json", "plasim_status", "plasim_diag", "log", "plasim_namelist"}
    wanted |= {"paramnet_namelist"} | ({"plasim_output"} if keep_raw else set())
    for path in folder.iterdir():
        if path.name not in wanted and not path.match(DAILY_FILES):
            path.unlink()


def last_status(run: Path) -> Path:
    """Where a run that has ended left its state, for another to ``start`` from; raises ParamnetError when it has not."""
    if not (chunks := _chunks(run)):
        raise ParamnetError(f"start: expected a run with at least one finished stretch of days, found none in {run}; let it end first")
    return chunks[-1] / "plasim_status"


def _chunks(run: Path) -> list[Path]:
    return sorted(path.parent for path in run.glob("chunks/[0-9][0-9][0-9][0-9]/done.json"))


def _days_done(run: Path) -> int:
    return sum(int(json.loads((chunk / "done.json").read_text())["days"]) for chunk in _chunks(run))


def _identity(config: HostRun, build: HostBuild) -> dict[str, Any]:
    """Everything that shapes the run but its length; the scheme by its content, not its path."""
    scheme = dataclasses.asdict(config.scheme)
    if config.scheme.scheme is not None:
        scheme["scheme"] = hashlib.sha256(Path(config.scheme.scheme).read_bytes()).hexdigest()
    values = {"host": dataclasses.asdict(config.host), "scheme": scheme, "seed": config.seed, "ranks": build.ranks}
    if config.start is not None:
        values |= {"start": hashlib.sha256(Path(config.start).read_bytes()).hexdigest(), "perturbation": config.perturbation}
    return values | {"raw_output": config.raw_output, "output_every": config.output_every}


def _claim(run: Path, identity: dict[str, Any]) -> None:
    """A folder belongs to one run; taking it up with other settings would splice two climates."""
    path = run / "run.json"
    if not path.is_file():
        path.write_text(json.dumps(identity, indent=2))
        return
    there = json.loads(path.read_text())
    differing = [name for name in identity if there.get(name) != identity[name]]
    if differing:
        raise ParamnetError(
            f"{run}: holds a run with another {', '.join(differing)} (see run.json); choose another output folder or delete this one"
        )
