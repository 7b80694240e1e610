"""Start the host's executable, follow its days, and turn its ways of failing into one clear error."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from paramnet.contract import ParamnetError
from paramnet.online.build import HostBuild
from paramnet.preprocessing.integrity import open_netcdf, read_values

logger = logging.getLogger(__name__)
POLL_SECONDS = 0.2


class HostRunFailed(ParamnetError):
    """The host stopped before its last day, or its state is not finite; ``days`` are those it completed."""

    def __init__(self, message: str, days: int) -> None:
        super().__init__(message)
        self.days = days


def launch(
    build: HostBuild,
    folder: Path,
    label: str,
    first: int,
    last: int,
    total: int,
    on_day: Callable[[int, int], None] | None,
    threads: int = 1,
) -> None:
    """Run the host in ``folder`` from day ``first`` to ``last`` of ``total``; raises HostRunFailed."""
    command = [str(build.executable)]
    if build.ranks > 1:
        command = ["mpirun", "-n", str(build.ranks), *command]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*_ended_with_us(), *command], cwd=folder, stdout=log, stderr=log, env=_environment(threads))
        try:
            _follow(process, folder / "progress", label, first, total, on_day)
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait()
    days = first + _read_days(folder / "progress")
    _require_success(process.returncode, folder, label, days, last)
    _require_finite(folder / "history.nc", label, days)


def _ended_with_us() -> list[str]:
    """Where Linux's setpriv is installed: a host whose driver was killed ends too, or it would write on beside the run that takes it up."""
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


def _follow(
    process: subprocess.Popen[bytes],
    progress: Path,
    label: str,
    first: int,
    total: int,
    on_day: Callable[[int, int], None] | None,
) -> None:
    if on_day is not None:
        _poll(process, progress, lambda days: on_day(first + days, total))
    elif sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("days"))
        with Progress(*columns, TimeRemainingColumn()) as bar:
            task = bar.add_task(label, total=total, completed=first)
            _poll(process, progress, lambda days: bar.update(task, completed=first + days))
    else:
        _poll(process, progress, lambda days: _log_days(label, first + days, total))


def _log_days(label: str, days: int, total: int) -> None:
    if days % max(1, total // 10) == 0:
        logger.info("%s: day %d of %d", label, days, total)


def _poll(process: subprocess.Popen[bytes], progress: Path, tell: Callable[[int], None]) -> None:
    """Call ``tell`` each time another day is done, until the process ends."""
    told = 0
    while True:
        ended = process.poll() is not None
        days = _read_days(progress)
        if days > told:
            tell(days)
            told = days
        if ended:
            return
        time.sleep(POLL_SECONDS)


def _read_days(progress: Path) -> int:
    """The host rewrites the file each day; a half-written one counts as no news."""
    try:
        return int(progress.read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _require_success(returncode: int, folder: Path, label: str, days: int, last: int) -> None:
    complete = (folder / "plasim_status").is_file() and (folder / "summary.json").is_file()
    if returncode == 0 and complete and days == last and not (folder / "Abort_Message").is_file():
        return
    ours = folder / "paramnet_error"
    if ours.is_file():
        raise HostRunFailed(f"{label}, after day {days}: {ours.read_text().strip()}", days)
    tail = "".join(_tail(folder / name) for name in ("Abort_Message", "log", "plasim_diag"))
    raise HostRunFailed(f"{label}: the host stopped after day {days} with status {returncode}, in {folder}\n{tail}", days)


def _tail(path: Path, lines: int = 15) -> str:
    if not path.is_file():
        return ""
    text = path.read_text(errors="replace").splitlines()[-lines:]
    return f"--- {path.name}\n" + "\n".join(text) + "\n"


def _require_finite(history: Path, label: str, days: int) -> None:
    """The host can carry not-a-number to its last day without a word.

    Runs side by side may end together, each in a thread of ours, and the netCDF library bears one thread at a time.
    """
    if not history.is_file():
        return
    with open_netcdf(history) as file:
        for name in ("air_temperature", "specific_humidity", "eastward_wind"):
            values = read_values(file[name], history.name)
            bad = np.flatnonzero(~np.isfinite(values).all(axis=(1, 2, 3)))
            if bad.size:
                raise HostRunFailed(f"{label}: {name} is not finite from record {bad[0] + 1} of {history}", days)
