"""Progress of long commands: bars with rate and time left on a terminal and in notebooks, a line a minute in a log."""

from __future__ import annotations

import importlib.util
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import rich.progress
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from paramnet.reporting.log import StandardOutput

__all__ = ["Progress", "lines_of_progress"]

_EVERY = 60.0  # seconds between two lines of a task in the log

_log = logging.getLogger(__name__)


@contextmanager
def lines_of_progress() -> Iterator[None]:
    """Within it, the lines of tasks go to standard output, as on the command line, if the program has not configured logging."""
    if _log.hasHandlers() or any(logging.getLogger(name).level for name in ("paramnet", _log.name)):
        yield
        return
    handler = StandardOutput()
    _log.addHandler(handler)
    _log.setLevel(logging.INFO)
    try:
        yield
    finally:
        _log.setLevel(logging.NOTSET)
        _log.removeHandler(handler)


def _in_notebook(console: Console) -> bool:
    """Return True in a notebook with ipywidgets, which Rich needs to redraw a bar there."""
    return console.is_jupyter and importlib.util.find_spec("ipywidgets") is not None


def rate(per_second: float, unit: str) -> str:
    """A rate in the unit of time in which it is at least one: ``12.5 chunks/s``, ``3 days/min``."""
    for name, seconds in (("s", 1.0), ("min", 60.0), ("h", 3600.0), ("day", 86_400.0)):
        if per_second * seconds >= 1 or name == "day":
            break
    number = per_second * seconds
    return f"{number:,.0f} {unit}/{name}" if number >= 100 else f"{number:.3g} {unit}/{name}"


class Progress:
    """Shows how much of one or more tasks is done, in ``unit``; a context manager.

    In a log each task has a line a minute, and one when it is done.
    """

    def __init__(self, unit: str) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit))
        times = (TimeElapsedColumn(), TimeRemainingColumn(), _Rate(unit), TextColumn("{task.fields[note]}"))
        self.unit, self.terminal = unit, console.is_terminal or _in_notebook(console)
        self._bars = rich.progress.Progress(
            *columns,
            *times,
            console=console,
            disable=not self.terminal,
            redirect_stdout=sys.stdout.isatty() or not console.is_terminal,  # what is printed into a file stays there
            speed_estimate_period=3600,  # seconds: a single step may take minutes
        )

    def __enter__(self) -> Progress:
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    def task(self, title: str, total: int, done: int | None = 0) -> Callable[..., None]:
        """Add a task. Returns ``show(done, note="")``, which any thread may call.

        done : what an earlier run has done; None if only the first call of ``show`` tells.
        """
        if self.terminal:
            bar = self._bars.add_task(title, total=total, completed=done or 0, note="")
            return lambda done, note="": self._bars.update(bar, completed=done, note=note)
        return _Lines(title, total, self.unit, done)


class _Rate(ProgressColumn):
    """The rate of a task so far."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        super().__init__()

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(rate(speed, self.unit) if speed else "")


class _Lines:
    """A task in a log."""

    def __init__(self, title: str, total: int, unit: str, done: int | None) -> None:
        self.title, self.total, self.unit, self.first = title, total, unit, done
        self.began = self.said = time.monotonic()
        self.complete = False

    def __call__(self, done: int, note: str = "") -> None:
        now = time.monotonic()
        if self.first is None:
            self.first, self.began = done, now
        if self.complete or (done < self.total and now - self.said < _EVERY):
            return
        self.said, self.complete = now, done >= self.total
        parts = [f"{self.title}: {done} of {self.total} {self.unit}"]
        if done > self.first and now > self.began:
            per_second = (done - self.first) / (now - self.began)
            left = timedelta(seconds=round((self.total - done) / per_second))
            spent = timedelta(seconds=round(now - self.began))
            parts += [rate(per_second, self.unit), f"took {spent}" if self.complete else f"time left {left}"]
        _log.info("%s", ", ".join([*parts, *([note] if note else [])]))
