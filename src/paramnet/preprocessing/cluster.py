"""Where preprocessing runs: in this process, on this machine, in jobs of a batch system, or on a Dask cluster that is there.

Nothing here schedules: Dask does, and dask-jobqueue writes and submits the jobs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dask
from distributed import Client, LocalCluster, performance_report

from paramnet.contract import ParamnetError
from paramnet.preprocessing.running import Distributed, Executor, Inline

KINDS = ("inline", "local", "slurm", "pbs", "existing")

# One core a worker. Freed arrays stay with the worker for the next ones: with Dask's own settings each is asked of the system
# anew, page by page, which takes as long as the work itself. Memory in use is no higher for it.
WORKER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
}

_CONNECT_SECONDS = 30

_log = logging.getLogger(__name__)


@dataclass
class ClusterConfig:
    """``kind`` : inline (this process), local (processes on this machine), slurm, pbs (jobs), existing (at ``address``).

    ``workers`` : processes that work, one thread each. ``minimum_workers`` : adapt between these and ``workers`` by the
    work there is; -1 keeps ``workers``. ``performance_report`` : HTML file Dask writes about the run, empty for none.

    For ``existing``: ``address`` is tcp://host:port or the path of a scheduler file. For jobs: ``queue``, ``account``,
    ``walltime``, ``memory`` of a job and ``workers_per_job``; ``directives`` and ``prologue`` are further lines of the job
    script, ``interface`` the network the jobs reach this machine by, ``log_directory`` where their output goes.
    """

    kind: str = "local"
    workers: int = 2
    minimum_workers: int = -1
    performance_report: str = ""
    address: str = ""
    queue: str = ""
    account: str = ""
    walltime: str = "01:00:00"
    memory: str = "2GB"
    workers_per_job: int = 1
    interface: str = ""
    directives: list[str] = field(default_factory=list)
    prologue: list[str] = field(default_factory=list)
    log_directory: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ParamnetError(f"cluster.kind: expected one of {list(KINDS)}, got {self.kind!r}")
        if self.workers < 1 or self.workers_per_job < 1 or not -1 <= self.minimum_workers <= self.workers:
            raise ParamnetError(
                f"cluster: expected workers and workers_per_job >= 1 and minimum_workers from -1 to workers, got {self.workers}, "
                f"{self.workers_per_job}, {self.minimum_workers}"
            )
        if (self.kind == "existing") != bool(self.address):
            raise ParamnetError(f"cluster.address: expected for kind existing and no other, got {self.address!r} for {self.kind}")
        if self.performance_report and (self.kind == "inline" or not find_spec("bokeh")):
            raise ParamnetError("cluster.performance_report: expected a cluster and bokeh; pip install 'paramnet[cluster]'")


@contextmanager
def open_cluster(config: ClusterConfig) -> Iterator[Executor]:
    """An executor, closed with its workers on leaving."""
    if config.kind == "inline":
        yield Inline()
        return
    with ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.nanny.pre-spawn-environ": WORKER_ENVIRONMENT}))
        if config.kind == "existing":
            client = stack.enter_context(_connect(config.address))
            workers = sum(client.nthreads().values()) or config.workers
        else:
            cluster = stack.enter_context(_local(config) if config.kind == "local" else _jobs(config))
            client, workers = stack.enter_context(Client(cluster)), config.workers
        if find_spec("bokeh"):
            _log.info("dashboard: %s", client.dashboard_link)
        if config.performance_report:
            stack.enter_context(performance_report(filename=config.performance_report))
        yield Distributed(client, 2 * workers + 2)


def _local(config: ClusterConfig) -> Any:
    adapting = config.minimum_workers >= 0
    cluster = LocalCluster(
        n_workers=0 if adapting else config.workers,
        threads_per_worker=1,
        processes=True,
        memory_limit=0,  # follows from block_megabytes: nothing is kept that could be spilled
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
            f"cluster.address: expected a Dask scheduler at {address}, got '{error}'; start one or choose another cluster"
        ) from error


def _jobs(config: ClusterConfig) -> Any:
    """A cluster of batch jobs, submitted."""
    cluster = _job_cluster(config)
    _log.info("job script of each of %d jobs:\n%s", -(-config.workers // config.workers_per_job), cluster.job_script())
    if config.minimum_workers >= 0:
        cluster.adapt(minimum=config.minimum_workers, maximum=config.workers)
    else:
        cluster.scale(config.workers)
    return cluster


def job_script(config: ClusterConfig) -> str:
    """The script a job would be submitted with; nothing is submitted."""
    with _job_cluster(config) as cluster:
        return str(cluster.job_script())


def _job_cluster(config: ClusterConfig) -> Any:
    if not find_spec("dask_jobqueue"):
        raise ParamnetError(f"cluster {config.kind}: expected dask-jobqueue, found none; pip install 'paramnet[cluster]'")
    from dask_jobqueue import PBSCluster, SLURMCluster

    exports = [f"export {name}={value}" for name, value in WORKER_ENVIRONMENT.items()]
    kind = SLURMCluster if config.kind == "slurm" else PBSCluster
    return kind(
        queue=config.queue or None,
        account=config.account or None,
        walltime=config.walltime,
        memory=config.memory,
        cores=config.workers_per_job,
        processes=config.workers_per_job,
        interface=config.interface or None,
        job_extra_directives=list(config.directives),
        job_script_prologue=[*exports, *config.prologue],
        log_directory=config.log_directory or None,
        silence_logs="error",
    )
