"""A driver that is told to end: its hosts end first, nothing is marked, and the same command resumes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Ctrl-C, the end of a job, the end of a session, and SLURM's warning before a job's time is up.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)


class Stop:
    """Set by a signal, watched by every run. ``name`` is the signal's."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.name = ""

    def receive(self, number: int, frame: FrameType | None) -> None:
        """As a signal handler."""
        self.name = signal.Signals(number).name
        self.event.set()

    def wait(self, seconds: float) -> bool:
        """Sleep for so long, less where a signal comes; returns whether one has come."""
        return self.event.wait(seconds)

    @property
    def came(self) -> bool:
        """Whether a signal has come."""
        return self.event.is_set()


@contextmanager
def listening() -> Iterator[Stop]:
    """Receive signals for the block; outside the main thread, and for signals that are ignored (nohup), leave all as it is."""
    stop = Stop()
    before = {}
    if threading.current_thread() is threading.main_thread():
        heard = [number for number in SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]
        before = {number: signal.signal(number, stop.receive) for number in heard}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
