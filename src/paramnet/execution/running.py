"""Execution of independent tasks, a few at a time, with a progress bar on terminals and log lines elsewhere."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.reporting.progress import Progress

__all__ = ["Executor"]

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
        found: list[Any] = []
        with Progress("tasks") as progress:
            show = progress.task(title, len(items))
            for result in self.results(function, items, title):
                found.append(result)
                show(len(found))
        return found


class Inline(Executor):
    """Runs tasks one after the other in this process."""

    def results(self, function: Callable[[Any], Any], items: Collection[Any], title: str) -> Iterator[Any]:
        """See Executor.results."""
        return map(function, items)
