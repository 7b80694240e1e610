"""An experiment: a set of coupled runs, several in parallel, each resumable independently."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.hosts.base import BuildRequest, Host, HostRunFailed, RunRequest
from paramnet.hosts.plasim.host import Plasim
from paramnet.hosts.scheme_options import SchemeOptions
from paramnet.hosts.stopping import Stop, listening
from paramnet.reporting.progress import Progress

__all__ = ["OnlineConfig", "RunOutcome", "run_online"]

logger = logging.getLogger(__name__)


@dataclass
class MemberRun:
    """One run: its scheme options and seed; its host, if not the experiment's; its initial state (RunRequest.start)."""

    options: SchemeOptions = field(default_factory=SchemeOptions)
    seed: int = 1
    host: Host | None = None
    start: Path | None = None
    perturbation: float = 0.0


@dataclass
class OnlineConfig:
    """Configuration of `paramnet online`.

    runs : name -> run; each writes history_*.nc (daily means) and summary.json to ``output/<name>``.
    build : the host's build folder. ranks : MPI ranks per run; rank_independent : a build bit-identical on one and two ranks.
    parallel : number of runs at a time.
    days : length of each run; chunk_days : days between restarts. overwrite : start every run again. rebuilt : resume although
    the host was compiled again. compared : the runs are to be compared, which needs daily means.
    """

    output: Path
    build: Path
    host: Host = field(default_factory=Plasim)
    runs: dict[str, MemberRun] = field(default_factory=dict)
    days: int = 10
    chunk_days: int = 30
    ranks: int = 1
    rank_independent: bool = False
    parallel: int = 1
    overwrite: bool = False
    rebuilt: bool = False
    compared: bool = False

    def __post_init__(self) -> None:
        if not self.runs:
            raise ParamnetError("runs", expected="at least one", got="none", remedy="add for example +runs.control.options.mode=teacher")
        if self.parallel < 1:
            raise ParamnetError("parallel", expected="1 run or more", got=str(self.parallel))


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended: its folder, the days completed, and the error message if it ended early.

    equal_to : the run that this one would repeat bit by bit, so that it was not made and has no folder.
    """

    folder: Path
    days: int
    message: str = ""
    equal_to: str = ""


def run_online(config: OnlineConfig) -> dict[str, RunOutcome]:
    """Build the host if needed and run the missing days of every run.

    A run that blows up is an outcome, recorded in ``failed.json`` of its folder, not an error: `off` or a poor scheme may
    do so, and the other runs continue. It is not tried again without ``overwrite``. Any other early end (a signal, a full
    disk, a wrong set-up) is raised once the other runs have ended, and is not recorded. A run without fallback is not made if
    no column fell back in one that is otherwise the same: it would have the same bits.
    """
    for name, member in config.runs.items():
        (member.host or config.host).require(member.options, config.compared, f"runs.{name}")
    hosts = {name: member.host or config.host for name, member in config.runs.items()}
    builds = _build(config, hosts)
    with listening() as stop, Progress("days") as bars, ThreadPoolExecutor(config.parallel) as pool:
        futures: dict[str, Future[RunOutcome]] = {}
        twins = {name: _with_fallback(name, config.runs) for name in config.runs}
        for name in sorted(config.runs, key=lambda run: twins[run] != ""):  # a run that waits for another comes after it
            first = futures.get(twins[name])
            futures[name] = pool.submit(
                _run_or_skip, config, builds[name], name, bars.task(name, config.days, done=None), stop, twins[name], first
            )
        try:
            wait(futures.values())
        except BaseException:
            stop.event.set()  # otherwise the pool would wait until the hosts reach their last day
            raise
    return _gather({name: futures[name] for name in config.runs})


def _build(config: OnlineConfig, hosts: dict[str, Host]) -> dict[str, Any]:
    """The build of each run's host; runs with the same set-up share it."""
    request = BuildRequest(config.build, config.ranks, config.rank_independent)
    built: list[tuple[Host, Any]] = []
    for host in hosts.values():
        if not any(host == other for other, _ in built):
            built.append((host, host.build(request)))
    return {name: next(build for other, build in built if other == host) for name, host in hosts.items()}


def _gather(futures: dict[str, Future[RunOutcome]]) -> dict[str, RunOutcome]:
    """Outcomes of all runs. Raises the first error, and logs the others with the names of their runs."""
    errors = {name: error for name, future in futures.items() if (error := future.exception()) is not None}
    for name, error in list(errors.items())[1:]:
        logger.error("%s: %s", name, error)
    for error in errors.values():
        raise error
    return {name: future.result() for name, future in futures.items()}


def _with_fallback(name: str, runs: dict[str, MemberRun]) -> str:
    """The run that differs from a learned one without fallback in the fallback only, or an empty name."""
    member = runs[name]
    if member.options.mode != "learned" or member.options.fallback:
        return ""
    wanted = dataclasses.replace(member, options=dataclasses.replace(member.options, fallback=True))
    return next((other for other, its in runs.items() if its == wanted), "")


def _run_or_skip(
    config: OnlineConfig, build: Any, name: str, show: Callable[..., None], stop: Stop, twin: str, first: Future[RunOutcome] | None
) -> RunOutcome:
    """Run a member, unless its ``twin`` ends first without any fallback, and the member has not been started before."""
    folder = config.output / name
    if first is not None and not folder.exists() and first.exception() is None and _never_fell_back(first.result()):
        show(config.days, f"the same as {twin}")
        return RunOutcome(folder, first.result().days, equal_to=twin)
    return _run_member(config, build, name, config.runs[name], show, stop)


def _never_fell_back(outcome: RunOutcome) -> bool:
    """Return True for a complete run whose summary counts no column that fell back."""
    path = outcome.folder / "summary.json"
    if outcome.message or not path.is_file():
        return False
    counted = json.loads(path.read_text(encoding="utf-8")).get("fallback_columns")
    return counted == 0


def _run_member(config: OnlineConfig, build: Any, name: str, member: MemberRun, show: Callable[..., None], stop: Stop) -> RunOutcome:
    folder = config.output / name
    run = RunRequest(
        output=folder,
        options=member.options,
        days=config.days,
        chunk_days=config.chunk_days,
        seed=member.seed,
        start=member.start,
        perturbation=member.perturbation,
        overwrite=config.overwrite,
        rebuilt=config.rebuilt,
    )
    try:
        (member.host or config.host).run(run, build, lambda done, total: show(done), stop)
    except HostRunFailed as failure:
        logger.warning("%s ended on day %d: %s", name, failure.days, failure)
        return RunOutcome(folder, failure.days, str(failure))
    show(config.days)
    return RunOutcome(folder, config.days)
