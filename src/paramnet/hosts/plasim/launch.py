"""Start the host's executable in its own process group, follow its progress, and end it when the driver ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from paramnet.hosts.plasim.build import HostBuild
from paramnet.hosts.plasim.ending import Ended, judge
from paramnet.hosts.plasim.stopping import Stop
from paramnet.reporting.progress import Progress

POLL_SECONDS = 0.2
GRACE_SECONDS = 10.0  # between SIGTERM and SIGKILL


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
    """Run the host in ``folder``. Raises HostRunFailed if the scheme or the model ended it, HostFault for any other early end."""
    stop = stop or Stop()
    command = [str(build.executable)]
    if build.ranks > 1:
        command = ["mpirun", "-n", str(build.ranks), *command]
    with (folder / "log").open("w") as log:
        # Its own process group: Ctrl-C in a terminal reaches only the driver, which then ends the host.
        process = subprocess.Popen(
            [*_ending_with_driver(), *command],
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


def _ending_with_driver() -> list[str]:
    """Prefix that ends the host when its driver is killed, where Linux's setpriv is installed.

    Otherwise the host would still be writing when the run is resumed.
    """
    tool = shutil.which("setpriv")
    return [tool, "--pdeathsig", "TERM"] if tool else []


def _environment(threads: int) -> dict[str, str]:
    """Open MPI refuses root, and more ranks than cores, without these variables; binding would pin a scheme's threads to one core."""
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
    """End the host and its child processes if they still run."""
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
        return
    with Progress("days") as bar:
        show = bar.task(label, total)
        _poll(process, progress, lambda done: show(first + done), stop)


def _poll(process: subprocess.Popen[bytes], progress: Path, report: Callable[[int], None], stop: Stop) -> None:
    """Call ``report`` after each completed day, until the process ends or a signal arrives."""
    reported = 0
    while True:
        ended = process.poll() is not None
        days = _read_days(progress)
        if days > reported:
            report(days)
            reported = days
        if ended or stop.received:
            return
        stop.wait(POLL_SECONDS)


def _read_days(progress: Path) -> int:
    """Days completed. The host rewrites the file each day; a partly written one reads as 0."""
    try:
        return int(progress.read_text())
    except (FileNotFoundError, ValueError):
        return 0
