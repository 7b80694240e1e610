"""Execution on a Dask cluster: on this machine, in batch jobs, or existing.

Dask schedules the work; dask-jobqueue writes and submits the jobs.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dask
from distributed import Client, KilledWorker, LocalCluster, as_completed, performance_report

from paramnet.contract import ParamnetError
from paramnet.execution.config import WORKER_ENVIRONMENT, AdaptiveCluster, DaskCluster, ExistingCluster, JobCluster
from paramnet.execution.jobs import open_jobs
from paramnet.execution.running import Executor, worker_died

_CONNECT_SECONDS = 30

_log = logging.getLogger(__name__)


@contextmanager
def open_dask(config: DaskCluster) -> Iterator[Executor]:
    """Open an executor on a cluster of kind local, slurm, pbs or existing. It is closed on exit; an existing cluster is left running."""
    logging.getLogger("distributed").setLevel(logging.ERROR)  # hides messages about workers that start and stop
    with ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.nanny.pre-spawn-environ": WORKER_ENVIRONMENT}))
        if isinstance(config, ExistingCluster):
            client = stack.enter_context(_connect(config.address))
            workers = sum(client.nthreads().values()) or 2
        else:
            assert isinstance(config, AdaptiveCluster)
            cluster = stack.enter_context(open_jobs(config) if isinstance(config, JobCluster) else _local(config))
            client, workers = stack.enter_context(Client(cluster)), config.workers
        if find_spec("bokeh"):
            _log.info("%s", how_to_see(client.dashboard_link, socket.getfqdn()))
        if config.performance_report:
            stack.enter_context(performance_report(filename=config.performance_report))
        yield Distributed(client, 2 * workers + 2)


def how_to_see(link: str, machine: str) -> str:
    """One line on a dashboard: its address as ``machine``, this one, reaches it, and an ssh tunnel for a browser elsewhere."""
    address = urlsplit(link)
    if not address.port:  # behind a proxy (Dask's setting distributed.dashboard.link)
        return f"dashboard: {link}"
    host = f"[{address.hostname}]" if ":" in str(address.hostname) else address.hostname
    tunnel = f"ssh -N -L {address.port}:{host}:{address.port} {machine}"
    return f"dashboard: {link} on {machine}; elsewhere: {tunnel}, then http://localhost:{address.port}{address.path}"


class Distributed(Executor):
    """Runs tasks on a Dask cluster. At most ``window`` tasks are in the graph at a time."""

    def __init__(self, client: Client, window: int) -> None:
        self.client, self.window = client, window

    def results(self, function: Callable[[Any], Any], items: Collection[Any], title: str) -> Iterator[Any]:
        """See Executor.results; raises ParamnetError if a task keeps killing its worker."""
        waiting = iter(items)
        running = as_completed([self._submit(function, item) for item in islice(waiting, self.window)])
        try:
            for future in running:
                yield future.result()
                for item in islice(waiting, 1):
                    running.add(self._submit(function, item))
        except KilledWorker as error:
            raise worker_died(title, str(error)) from error
        finally:
            left = list(running.futures)
            if left:
                self.client.cancel(left, force=True)

    def _submit(self, function: Callable[[Any], Any], item: Any) -> Any:
        return self.client.submit(function, item, pure=False)


def _local(config: AdaptiveCluster) -> Any:
    adapting = config.minimum_workers >= 0
    cluster = LocalCluster(
        n_workers=0 if adapting else config.workers,
        threads_per_worker=1,
        processes=True,
        memory_limit=0,  # no limit: memory depends on block_megabytes, and no results are kept that could be spilled
        dashboard_address="127.0.0.1:0" if find_spec("bokeh") else None,
        silence_logs=logging.ERROR,
    )
    if adapting:
        cluster.adapt(minimum=config.minimum_workers, maximum=config.workers)
    return cluster


def _connect(address: str) -> Any:
    where = {"scheduler_file": address} if Path(address).is_file() else {"address": address}
    try:
        return Client(**where, timeout=_CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise ParamnetError(
            "cluster.address",
            expected=f"a Dask scheduler at {address}",
            got=repr(str(error)),
            remedy="start one, or choose another cluster",
        ) from error
