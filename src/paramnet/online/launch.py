"""Start the host's executable in a process group of its own, follow its days, and end it when the driver ends."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from paramnet.online.build import HostBuild
from paramnet.online.ending import Ended, judge
from paramnet.online.stopping import Stop

logger = logging.getLogger(__name__)
POLL_SECONDS = 0.2
GRACE_SECONDS = 10.0  # between asking a host to end and killing it


@dataclass(frozen=True)
class Days:
    """The stretch to run: from day ``first`` to ``last`` of the run's ``total``."""

    first: int
    last: int
    total: int


def launch(
    build: HostBuild,
    folder: Path,
    label: str,
    days: Days,
    on_day: Callable[[int, int], None] | None,
    threads: int = 1,
    stop: Stop | None = None,
) -> None:
    """Run the host in ``folder``; raises HostRunFailed where the scheme or the model ended it, HostFault for any other end."""
    stop = stop or Stop()
    command = [str(build.executable)]
    if build.ranks > 1:
        command = ["mpirun", "-n", str(build.ranks), *command]
    with (folder / "log").open("w") as log:
        # A group of its own: Ctrl-C in a terminal reaches the driver alone, which then decides.
        process = subprocess.Popen(
            [*_ended_with_us(), *command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(threads),
            process_group=0,
        )
        try:
            _follow(process, folder / "progress", label, days, on_day, stop)
        finally:
            _end(process)
    reached = days.first + _read_days(folder / "progress")
    judge(Ended(folder, label, process.returncode, reached, days.last, stop.name))


def _ended_with_us() -> list[str]:
    """Where Linux's setpriv is installed: a host whose driver was killed ends too, or it would write on beside the run that resumes."""
    tool = shutil.which("setpriv")
    return [tool, "--pdeathsig", "TERM"] if tool else []


def _environment(threads: int) -> dict[str, str]:
    """Open MPI refuses root and more ranks than cores unless told otherwise; binding would pin a scheme's threads."""
    return {
        **os.environ,
        "OMP_NUM_THREADS": str(threads),
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
        "OMPI_MCA_hwloc_base_binding_policy": "none",
        "OMPI_MCA_mpi_yield_when_idle": "1",
        "GFORTRAN_UNBUFFERED_PRECONNECTED": "y",
    }


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the host and what it started, unless it has ended."""
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _follow(
    process: subprocess.Popen[bytes], progress: Path, label: str, days: Days, on_day: Callable[[int, int], None] | None, stop: Stop
) -> None:
    first, total = days.first, days.total
    if on_day is not None:
        _poll(process, progress, lambda done: on_day(first + done, total), stop)
    elif sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("days"))
        with Progress(*columns, TimeRemainingColumn()) as bar:
            task = bar.add_task(label, total=total, completed=first)
            _poll(process, progress, lambda done: bar.update(task, completed=first + done), stop)
    else:
        _poll(process, progress, lambda done: _log_days(label, first + done, total), stop)


def _log_days(label: str, days: int, total: int) -> None:
    if days % max(1, total // 10) == 0:
        logger.info("%s: day %d of %d", label, days, total)


def _poll(process: subprocess.Popen[bytes], progress: Path, tell: Callable[[int], None], stop: Stop) -> None:
    """Call ``tell`` each time another day is done, until the process ends or a signal came."""
    told = 0
    while True:
        ended = process.poll() is not None
        days = _read_days(progress)
        if days > told:
            tell(days)
            told = days
        if ended or stop.came:
            return
        stop.wait(POLL_SECONDS)


def _read_days(progress: Path) -> int:
    """The host rewrites the file each day; a half-written one counts as no news."""
    try:
        return int(progress.read_text())
    except (FileNotFoundError, ValueError):
        return 0
