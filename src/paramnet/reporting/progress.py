"""Progress of long commands: bars with the time left on a terminal and in notebooks, log lines elsewhere."""

from __future__ import annotations

import importlib.util
import logging
import time
from collections.abc import Callable
from datetime import timedelta

import rich.progress
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

__all__ = ["Progress"]

_LINES = 10  # in the log, for each task

_log = logging.getLogger(__name__)


def _in_notebook(console: Console) -> bool:
    """Return True in a notebook with ipywidgets, which Rich needs to redraw a bar there."""
    return console.is_jupyter and importlib.util.find_spec("ipywidgets") is not None


class Progress:
    """Shows how much of one or more tasks is done, in ``unit``; a context manager."""

    def __init__(self, unit: str) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(), TextColumn(unit))
        times = (TimeElapsedColumn(), TimeRemainingColumn(), TextColumn("{task.fields[note]}"))
        self.unit, self.terminal = unit, console.is_terminal or _in_notebook(console)
        # the speed is that of the last hour: a single step may take minutes
        self._bars = rich.progress.Progress(*columns, *times, console=console, disable=not self.terminal, speed_estimate_period=3600)

    def __enter__(self) -> Progress:
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    def task(self, title: str, total: int) -> Callable[..., None]:
        """Add a task. Returns ``show(done, note="")``, which any thread may call."""
        if self.terminal:
            bar = self._bars.add_task(title, total=total, note="")
            return lambda done, note="": self._bars.update(bar, completed=done, note=note)
        logged, first, began = 0, 0, 0.0

        def log(done: int, note: str = "") -> None:
            nonlocal logged, first, began
            if not first:  # steps before it may have been done by an earlier run
                first, began = done, time.monotonic()
            if done * _LINES // total > logged * _LINES // total:
                left = timedelta(seconds=round((time.monotonic() - began) * (total - done) / (done - first))) if done > first else "?"
                _log.info("%s: %d of %d %s, time left %s %s", title, done, total, self.unit, left, note)
                logged = done

        return log
