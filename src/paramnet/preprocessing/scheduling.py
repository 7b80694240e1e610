"""Run many independent tasks through Dask: results in order, a bar on terminals, log lines elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import dask
from dask.callbacks import Callback
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

SCHEDULERS = ("threads", "processes", "synchronous")

_log = logging.getLogger(__name__)
Item = TypeVar("Item")
Result = TypeVar("Result")


class _Report(Callback):
    """Counts finished tasks of one kind."""

    def __init__(self, title: str, total: int) -> None:
        super().__init__()
        self.title, self.total, self.done, self.began = title, total, 0, time.monotonic()
        console = Console(file=sys.stderr)
        columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=console) if console.is_terminal else None
        self.task = self.bar.add_task(title, total=total) if self.bar else None

    def _start(self, dsk: Any) -> None:
        if self.bar:
            self.bar.start()

    def _posttask(self, key: Any, result: Any, dsk: Any, state: Any, worker_id: Any) -> None:
        self.done += 1
        if self.bar and self.task is not None:
            self.bar.update(self.task, completed=self.done)
        elif self.done * 4 // self.total > (self.done - 1) * 4 // self.total:  # at each quarter
            _log.info("%s: %d of %d, %.1f s", self.title, self.done, self.total, time.monotonic() - self.began)

    def _finish(self, dsk: Any, state: Any, errored: bool) -> None:
        if self.bar:
            self.bar.stop()


def run_tasks(function: Callable[[Item], Result], items: Sequence[Item], title: str, scheduler: str, workers: int) -> list[Result]:
    """``[function(item) for item in items]`` on ``workers`` threads or processes; the first error is raised here."""
    if not items:
        return []
    # bound, not passed: Dask would take an argument apart in search of other tasks
    tasks = [dask.delayed(partial(function, item), name=f"{title}-{index}", pure=False)() for index, item in enumerate(items)]
    with _Report(title, len(items)):
        return list(dask.compute(*tasks, scheduler=scheduler, num_workers=workers, optimize_graph=False))
