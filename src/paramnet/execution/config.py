"""Configuration of where preprocessing runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from importlib.util import find_spec

from paramnet.contract import ParamnetError
from paramnet.execution.quoting import require_printable

KINDS = ("inline", "processes", "local", "slurm", "pbs", "existing")

# One core per worker. malloc keeps freed arrays: with the default settings each new array is mapped page by page again, which takes
# as long as the work itself. Peak memory is not higher.
WORKER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
}


@dataclass
class ClusterConfig:
    """``kind`` : inline (this process), processes (on this machine, without Dask); with Dask and its dashboard: local (on this
    machine), slurm, pbs (batch jobs), existing (cluster at ``address``).

    ``workers`` : number of worker processes, one thread each. Dask only: ``minimum_workers`` : adapt the number of workers between
    this and ``workers``; -1 for a fixed number. ``performance_report`` : HTML file about the run, empty for none.

    For ``existing``: ``address`` is tcp://host:port or the path of a scheduler file. For jobs: ``queue``, ``account``,
    ``walltime``, ``memory`` of a job and ``workers_per_job``; ``directives`` and ``prologue`` are further lines of the job
    script, ``interface`` the network interface to this machine, ``log_directory`` the folder of the jobs' output.
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
            raise ParamnetError("cluster.interface", expected="the name of a network interface such as ib0", got=repr(self.interface))
        if not re.fullmatch(r"[\d.]+ ?[kMGT]?i?B?", self.memory, re.ASCII | re.IGNORECASE):
            raise ParamnetError("cluster.memory", expected="a number of bytes such as 2GB", got=repr(self.memory))
        if self.kind not in KINDS:
            raise ParamnetError("cluster.kind", expected=f"one of {list(KINDS)}", got=repr(self.kind))
        for name in ("workers", "workers_per_job"):
            if getattr(self, name) < 1:
                raise ParamnetError(f"cluster.{name}", expected="1 or more", got=str(getattr(self, name)))
        if not -1 <= self.minimum_workers <= self.workers:
            raise ParamnetError("cluster.minimum_workers", expected=f"-1 to workers ({self.workers})", got=str(self.minimum_workers))
        if (self.kind == "existing") != bool(self.address):
            raise ParamnetError(
                "cluster.address",
                expected="an address with kind existing, nothing with other kinds",
                got=f"{self.address!r} with kind {self.kind}",
            )
        for name, given in (("performance_report", self.performance_report), ("minimum_workers", self.minimum_workers >= 0)):
            if given and self.kind in ("inline", "processes"):
                raise ParamnetError(
                    f"cluster.{name}", expected="a kind that uses Dask", got=f"kind {self.kind}", remedy="choose cluster=local"
                )
        if self.performance_report and not find_spec("bokeh"):
            raise ParamnetError(
                "cluster.performance_report", expected="the package bokeh", got="none", remedy="pip install '.[cluster]' in a checkout"
            )
