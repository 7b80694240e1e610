"""Configuration of where preprocessing runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from importlib.util import find_spec

from paramnet.contract import ParamnetError, install_extra, require
from paramnet.execution.quoting import require_printable
from paramnet.parts import Kind

__all__ = ["ClusterConfig"]

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
class ClusterConfig(Kind, key="cluster"):
    """Where the work runs."""

    kind: str = "processes"

    def __post_init__(self) -> None:
        for setting in fields(self):
            require_printable(getattr(self, setting.name), f"cluster.{setting.name}")


@dataclass
class InlineCluster(ClusterConfig, kind="inline"):
    """In this process."""


@dataclass
class WorkerCluster(ClusterConfig, abstract=True):
    """Worker processes, with one thread each."""

    workers: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.workers >= 1, "cluster.workers", "1 or more", self.workers)


@dataclass
class ProcessCluster(WorkerCluster, kind="processes"):
    """Processes of this machine, without Dask."""


@dataclass
class DaskCluster(ClusterConfig, abstract=True):
    """``performance_report`` : HTML file about the run, empty for none."""

    performance_report: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.performance_report and not find_spec("bokeh"):
            raise ParamnetError("cluster.performance_report", expected="the package bokeh", got="none", remedy=install_extra("cluster"))


@dataclass
class ExistingCluster(DaskCluster, kind="existing"):
    """``address`` : tcp://host:port or the path of a scheduler file."""

    address: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        require(bool(self.address), "cluster.address", "tcp://host:port or the path of a scheduler file", self.address)


@dataclass
class AdaptiveCluster(DaskCluster, WorkerCluster, abstract=True):
    """``minimum_workers`` : adapt the number of workers between this and ``workers``; -1 for a fixed number."""

    minimum_workers: int = -1

    def __post_init__(self) -> None:
        super().__post_init__()
        require(
            -1 <= self.minimum_workers <= self.workers, "cluster.minimum_workers", f"-1 to workers ({self.workers})", self.minimum_workers
        )


@dataclass
class LocalDask(AdaptiveCluster, kind="local"):
    """Dask's processes on this machine, with its dashboard."""


@dataclass
class JobCluster(AdaptiveCluster, abstract=True):
    """Batch jobs, with ``workers_per_job`` workers each.

    ``queue``, ``account``, ``time`` and ``memory`` of a job; ``directives``, ``modules``, ``activate`` and ``prologue`` are further
    lines of the job script, ``interface`` the network interface to this machine, ``log_directory`` the folder of the jobs' output.
    """

    workers: int = 8
    minimum_workers: int = 0
    workers_per_job: int = 1
    queue: str = ""
    account: str = ""
    time: str = "01:00:00"
    memory: str = "2GB"
    interface: str = ""
    directives: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    activate: str = ""
    prologue: list[str] = field(default_factory=list)
    log_directory: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        named = not self.interface or re.fullmatch(r"[\w.:@-]+", self.interface, re.ASCII)
        require(bool(named), "cluster.interface", "the name of a network interface such as ib0", self.interface)
        sized = re.fullmatch(r"[\d.]+ ?[kMGT]?i?B?", self.memory, re.ASCII | re.IGNORECASE)
        require(bool(sized), "cluster.memory", "a number of bytes such as 2GB", self.memory)
        require(self.workers_per_job >= 1, "cluster.workers_per_job", "1 or more", self.workers_per_job)


@dataclass
class SlurmCluster(JobCluster, kind="slurm"):
    """SLURM jobs."""


@dataclass
class PbsCluster(JobCluster, kind="pbs"):
    """PBS jobs."""
