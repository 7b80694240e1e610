"""Execution of independent tasks, a few at a time, with a progress bar on terminals and log lines elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from paramnet.contract import ParamnetError

_log = logging.getLogger(__name__)


def worker_died(title: str, how: str) -> ParamnetError:
    """Return the error of a task that keeps killing its workers."""
    return ParamnetError(
        title,
        expected="running workers",
        got=f"several that died on one task ({how}), most often out of memory",
        remedy="set a smaller block_megabytes, or give the workers more memory; the same command resumes the run",
    )


class Executor(ABC):
    """Runs tasks in any order."""

    @abstractmethod
    def results(self, function: Callable[[Any], Any], items: Collection[Any], title: str) -> Iterator[Any]:
        """Yield ``function(item)`` of every item as they finish; the first error is raised here."""

    def run(self, function: Callable[[Any], Any], items: Collection[Any], title: str, done: int = 0) -> list[Any]:
        """Return all results, in any order, and report progress; ``done`` tasks were finished by an earlier run."""
        if done:
            _log.info("%s: %d of %d done by an earlier run", title, done, done + len(items))
        if not items:
            return []
        found = []
        with _Report(title, len(items)) as report:
            for result in self.results(function, items, title):
                found.append(result)
                report.advance()
        return found


class Inline(Executor):
    """Runs tasks one after the other in this process."""

    def results(self, function: Callable[[Any], Any], items: Collection[Any], title: str) -> Iterator[Any]:
        """See Executor.results."""
        return map(function, items)


class _Report:
    """Progress of tasks of one kind."""

    def __init__(self, title: str, total: int) -> None:
        self.title, self.total, self.done, self.began = title, total, 0, time.monotonic()
        console = Console(file=sys.stderr)
        columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=console) if console.is_terminal else None
        self.task = self.bar.add_task(title, total=total) if self.bar else None

    def __enter__(self) -> _Report:
        if self.bar:
            self.bar.start()
        return self

    def advance(self) -> None:
        """Count one more finished task."""
        self.done += 1
        if self.bar and self.task is not None:
            self.bar.update(self.task, completed=self.done)
        elif self.done * 4 // self.total > (self.done - 1) * 4 // self.total:  # at each quarter
            _log.info("%s: %d of %d, %.1f s", self.title, self.done, self.total, time.monotonic() - self.began)

    def __exit__(self, *error: object) -> None:
        if self.bar:
            self.bar.stop()
