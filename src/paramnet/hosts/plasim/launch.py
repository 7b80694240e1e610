"""Start the host's executable, follow its progress, and judge how it ended."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramnet.hosts.plasim.build import HostBuild
from paramnet.hosts.plasim.ending import Ended, judge
from paramnet.hosts.process import days_done, run_process
from paramnet.hosts.stopping import Stop
from paramnet.reporting.progress import Progress


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
    command = [str(build.executable)]
    if build.ranks > 1:
        command = ["mpirun", "-n", str(build.ranks), *command]
    stop = stop or Stop()
    with _shown(label, days, on_day) as show:
        returncode = run_process(command, folder, _environment(threads), lambda done: show(days.first + done), stop)
    reached = days.first + days_done(folder)
    judge(Ended(folder, label, returncode, reached, days.last, stop.name))


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


@contextmanager
def _shown(label: str, days: Days, on_day: Callable[[int, int], None] | None) -> Iterator[Callable[[int], Any]]:
    """What is called with the days completed: ``on_day``, or else a progress bar of this run."""
    if on_day is not None:
        yield lambda done: on_day(done, days.total)
        return
    with Progress("days") as bar:
        yield bar.task(label, days.total, done=days.first)
