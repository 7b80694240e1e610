"""Run many independent pieces of work: a few at a time in flight, a bar on terminals, log lines elsewhere."""

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
    """The error of work that keeps killing the processes it is given to."""
    return ParamnetError(
        f"{title}: expected workers that live, got several that died on one piece of work ({how}); most often memory: "
        "lower block_megabytes or give the workers more; the same command continues"
    )


class Executor(ABC):
    """Does work somewhere, in any order."""

    @abstractmethod
    def results(self, function: Callable[[Any], Any], items: Collection[Any], title: str) -> Iterator[Any]:
        """``function(item)`` of every item, as they come; the first error is raised here."""

    def run(self, function: Callable[[Any], Any], items: Collection[Any], title: str, done: int = 0) -> list[Any]:
        """All results, in any order, with a report on the way; ``done`` pieces were done by an earlier run."""
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
    """Here and now, one after the other."""

    def results(self, function: Callable[[Any], Any], items: Collection[Any], title: str) -> Iterator[Any]:
        """See Executor.results."""
        return map(function, items)


class _Report:
    """Counts finished pieces of work of one kind."""

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
        """One more is done."""
        self.done += 1
        if self.bar and self.task is not None:
            self.bar.update(self.task, completed=self.done)
        elif self.done * 4 // self.total > (self.done - 1) * 4 // self.total:  # at each quarter
            _log.info("%s: %d of %d, %.1f s", self.title, self.done, self.total, time.monotonic() - self.began)

    def __exit__(self, *error: object) -> None:
        if self.bar:
            self.bar.stop()
