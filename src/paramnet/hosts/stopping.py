"""Signals that end the driver: its hosts are ended first, no run is marked as failed, and the same command resumes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Ctrl-C, end of a job, end of a login session, and SLURM's warning before the time limit.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)


class Stop:
    """Set by a signal and polled by every run. ``name`` : the signal's name."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.name = ""

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Signal handler."""
        self.name = signal.Signals(number).name
        self.event.set()

    def wait(self, seconds: float) -> bool:
        """Sleep until the time is up or a signal arrives; return True if one has arrived."""
        return self.event.wait(seconds)

    @property
    def received(self) -> bool:
        """True once a signal has arrived."""
        return self.event.is_set()


@contextmanager
def listening() -> Iterator[Stop]:
    """Handle SIGNALS within the block, except in other threads than the main one. Ignored signals (nohup) stay ignored."""
    stop = Stop()
    before = {}
    if threading.current_thread() is threading.main_thread():
        handled = [number for number in SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]
        before = {number: signal.signal(number, stop.receive) for number in handled}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
