"""Where preprocessing runs: in this process, on this machine, in jobs of a batch system, or on a Dask cluster that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from importlib.util import find_spec

from paramnet.contract import ParamnetError
from paramnet.preprocessing.processes import Processes
from paramnet.preprocessing.running import Executor, Inline
from paramnet.preprocessing.script_guard import require_guarded_script
from paramnet.schedulers import require_printable

KINDS = ("inline", "processes", "local", "slurm", "pbs", "existing")

# One core a worker. Freed arrays stay with the worker for the next ones: with the system's own settings each is asked of the system
# anew, page by page, which takes as long as the work itself. Memory in use is no higher for it.
WORKER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
}


@dataclass
class ClusterConfig:
    """``kind`` : inline (this process), processes (on this machine, started at once); or, by Dask, with its dashboard: local
    (on this machine), slurm, pbs (jobs), existing (at ``address``).

    ``workers`` : processes that work, one thread each. Dask only: ``minimum_workers`` : adapt between these and ``workers``
    by the work there is; -1 keeps ``workers``. ``performance_report`` : HTML file about the run, empty for none.

    For ``existing``: ``address`` is tcp://host:port or the path of a scheduler file. For jobs: ``queue``, ``account``,
    ``walltime``, ``memory`` of a job and ``workers_per_job``; ``directives`` and ``prologue`` are further lines of the job
    script, ``interface`` the network the jobs reach this machine by, ``log_directory`` where their output goes.
    """

    kind: str = "processes"
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
        for setting in fields(self):
            require_printable(getattr(self, setting.name), f"cluster.{setting.name}")
        if self.interface and not re.fullmatch(r"[\w.:@-]+", self.interface, re.ASCII):
            raise ParamnetError("cluster.interface", expected="the name of a network such as ib0", got=repr(self.interface))
        if not re.fullmatch(r"[\d.]+ ?[kMGT]?i?B?", self.memory, re.ASCII | re.IGNORECASE):
            raise ParamnetError("cluster.memory", expected="a number of bytes such as 2GB", got=repr(self.memory))
        if self.kind not in KINDS:
            raise ParamnetError(f"cluster.kind: expected one of {list(KINDS)}, got {self.kind!r}")
        if self.workers < 1 or self.workers_per_job < 1 or not -1 <= self.minimum_workers <= self.workers:
            raise ParamnetError(
                f"cluster: expected workers and workers_per_job >= 1 and minimum_workers from -1 to workers, got {self.workers}, "
                f"{self.workers_per_job}, {self.minimum_workers}"
            )
        if (self.kind == "existing") != bool(self.address):
            raise ParamnetError(f"cluster.address: expected for kind existing and no other, got {self.address!r} for {self.kind}")
        if self.kind in ("inline", "processes") and (self.performance_report or self.minimum_workers >= 0):
            raise ParamnetError(
                f"cluster: expected performance_report and minimum_workers with Dask only, got them with {self.kind}; choose cluster=local"
            )
        if self.performance_report and not find_spec("bokeh"):
            raise ParamnetError("cluster.performance_report: expected bokeh, found none; pip install '.[cluster]' in a checkout")


@contextmanager
def open_cluster(config: ClusterConfig) -> Iterator[Executor]:
    """An executor, closed with its workers on leaving."""
    if config.kind == "inline":
        yield Inline()
    elif config.kind == "processes":
        require_guarded_script()
        with Processes(config.workers, WORKER_ENVIRONMENT) as executor:
            yield executor
    else:
        from paramnet.preprocessing.dask_cluster import open_dask  # a second of imports, here and in every worker

        if config.kind == "local":
            require_guarded_script()
        with open_dask(config) as executor:
            yield executor
