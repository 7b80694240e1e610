"""A host's process: started in its own process group, followed, and ended when the driver ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from paramnet.hosts.stopping import Stop

POLL_SECONDS = 0.2
GRACE_SECONDS = 10.0  # between SIGTERM and SIGKILL
PROGRESS = "progress"  # file with the number of days completed


def run_process(command: Sequence[str], folder: Path, environment: Mapping[str, str], on_day: Callable[[int], None], stop: Stop) -> int:
    """Run ``command`` in ``folder``, its output in ``log``; return its exit status, negative for a signal.

    on_day : called after each day that the host counts in the file ``progress``.
    """
    with (folder / "log").open("w") as log:
        # Its own process group: Ctrl-C in a terminal reaches only the driver, which then ends the host.
        process = subprocess.Popen(
            [*_ending_with_driver(), *command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            process_group=0,
        )
        try:
            _poll(process, folder, on_day, stop)
        finally:
            _end(process)
    return process.returncode


def _ending_with_driver() -> list[str]:
    """Prefix that ends the host when its driver is killed, where Linux's setpriv is installed.

    Otherwise the host would still be writing when the run is resumed.
    """
    tool = shutil.which("setpriv")
    return [tool, "--pdeathsig", "TERM"] if tool else []


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


def _poll(process: subprocess.Popen[bytes], folder: Path, report: Callable[[int], None], stop: Stop) -> None:
    """Call ``report`` after each completed day, until the process ends or a signal arrives."""
    reported = 0
    while True:
        ended = process.poll() is not None
        days = days_done(folder)
        if days > reported:
            report(days)
            reported = days
        if ended or stop.received:
            return
        stop.wait(POLL_SECONDS)


def days_done(folder: Path) -> int:
    """Days completed. The host rewrites the file each day; a partly written one reads as 0."""
    try:
        return int((folder / PROGRESS).read_text())
    except (FileNotFoundError, ValueError):
        return 0
