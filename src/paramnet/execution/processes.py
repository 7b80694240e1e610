"""Execution in processes on this machine, without a scheduler: they start fast, and a killed worker is replaced."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from paramnet.execution.running import Executor, worker_died

_PRELOADED = ["paramnet.preprocessing.pipeline"]
_DEATHS = 3  # without a finished task in between

_log = logging.getLogger(__name__)


class Processes(Executor):
    """A pool of ``workers`` processes, forked from a server with the modules preloaded; a context manager.

    The workers exit with this process, even if it is killed.
    """

    def __init__(self, workers: int, environment: Mapping[str, str]) -> None:
        self.workers, self.environment = workers, environment

    def __enter__(self) -> Processes:
        self.pool = self._pool()
        return self

    def __exit__(self, *error: object) -> None:
        self.pool.shutdown(cancel_futures=True)

    def _pool(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_PRELOADED)
        with _environment(self.environment):
            pool = ProcessPoolExecutor(self.workers, context, initializer=_begin)
            pool.submit(os.getpid)  # starts the server, which keeps the environment
        return pool

    def results(self, function: Callable[[Any], Any], items: Collection[Any], title: str) -> Iterator[Any]:
        """See Executor.results; raises ParamnetError if tasks keep killing their workers."""
        waiting, running, deaths = deque(items), dict[Future, Any](), 0
        try:
            while waiting or running:
                try:
                    while waiting and len(running) < 2 * self.workers + 2:
                        future = self.pool.submit(function, waiting[0])
                        running[future] = waiting.popleft()
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        result = future.result()
                        del running[future]
                        deaths = 0
                        yield result
                except BrokenProcessPool as error:
                    deaths += 1
                    if deaths == _DEATHS:
                        raise worker_died(title, str(error)) from error
                    _log.warning("%s: a worker died; its tasks are run again by a new one", title)
                    waiting.extendleft(running.values())
                    running.clear()
                    self.pool.shutdown()
                    self.pool = self._pool()
        finally:
            for future in running:
                future.cancel()


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for processes started from here; they are restored on exit."""
    before = dict(os.environ)
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _begin() -> None:
    """Initialize a worker: ignore Ctrl-C, which the parent handles, and exit when the parent has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent:
            parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
