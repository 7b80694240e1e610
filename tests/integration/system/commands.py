"""Run commands as a batch job does, in their own process group, so that they can get real signals."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
# Imported once: a process forked from the server starts at once; a new interpreter takes seconds to import torch.
_PRELOADED = ["paramnet.cli.stages", "paramnet.cli.pipeline", "paramnet.training", "paramnet.evaluation", "paramnet.exporting"]
_CONTEXT.set_forkserver_preload(_PRELOADED)


@dataclass
class Running:
    """A running command. ``log`` : its output."""

    process: Any
    log: Path
    started: float

    def send(self, number: signal.Signals) -> None:
        """Send a signal to its process group, as a terminal or a scheduler does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def wait(self, seconds: float) -> int:
        """Its exit status (minus the signal that ended it). Fails if the command still runs after ``seconds``."""
        self.process.join(seconds)
        if self.process.exitcode is None:
            self.send(signal.SIGKILL)
            raise AssertionError(f"still running after {seconds} s: {self.log.read_text()[-2000:]}")
        return int(self.process.exitcode)


def start(arguments: list[str], folder: Path, log: Path) -> Running:
    """Start ``paramnet ARGUMENTS`` in ``folder``."""
    process = _CONTEXT.Process(target=_run, args=(arguments, str(folder), str(log)), daemon=False)
    process.start()
    return Running(process, log, time.monotonic())


def run(arguments: list[str], folder: Path, log: Path, seconds: float = 600) -> int:
    """Run ``paramnet ARGUMENTS`` in ``folder`` to its end; returns its exit status."""
    return start(arguments, folder, log).wait(seconds)


def _run(arguments: list[str], folder: str, log: str) -> None:
    os.setsid()
    os.chdir(folder)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    from paramnet.cli.main import main

    sys.argv = ["paramnet", *arguments]
    try:
        status = main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    # Like an interpreter that ends because of Ctrl-C, without the messages of multiprocessing.
    os._exit(status or 0)
