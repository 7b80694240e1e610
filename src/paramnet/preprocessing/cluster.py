"""Where preprocessing runs: in this process, on this machine, in jobs of a batch system, or on a Dask cluster that is there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import dask
from distributed import Client, LocalCluster, performance_report

from paramnet.contract import ParamnetError
from paramnet.preprocessing.running import Distributed, Executor, Inline

KINDS = ("inline", "local", "slurm", "pbs", "existing")

# One core a worker. Freed arrays stay with the worker for the next ones: with Dask's own settings each is asked of the system
# anew, page by page, which takes as long as the work itself. Memory in use is no higher for it.
_WORKER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(128 << 20),
}

_log = logging.getLogger(__name__)


@dataclass
class ClusterConfig:
    """``kind`` : inline (this process), local (processes on this machine), slurm, pbs (jobs), existing (at ``address``).

    ``workers`` : processes that work, one thread each. ``minimum_workers`` : for jobs, adapt between these and ``workers``
    by the work there is; -1 keeps ``workers``. ``performance_report`` : HTML file to write, empty for none.
    """

    kind: str = "local"
    workers: int = 2
    minimum_workers: int = -1
    performance_report: str = ""
    address: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ParamnetError(f"cluster.kind: expected one of {list(KINDS)}, got {self.kind!r}")
        if self.workers < 1 or not -1 <= self.minimum_workers <= self.workers:
            raise ParamnetError(
                f"cluster: expected workers >= 1 and minimum_workers from -1 to workers, got {self.workers}, {self.minimum_workers}"
            )


@contextmanager
def open_cluster(config: ClusterConfig) -> Iterator[Executor]:
    """An executor, closed with its workers on leaving."""
    if config.kind == "inline":
        yield Inline()
        return
    with ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.nanny.pre-spawn-environ": _WORKER_ENVIRONMENT}))
        cluster: Any = stack.enter_context(
            LocalCluster(
                n_workers=config.workers,
                threads_per_worker=1,
                processes=True,
                memory_limit=0,  # follows from block_megabytes: nothing is kept that could be spilled
                dashboard_address=":0" if find_spec("bokeh") else None,
                silence_logs=logging.ERROR,
            )
        )
        client = stack.enter_context(Client(cluster))
        if config.performance_report:
            stack.enter_context(performance_report(filename=config.performance_report))
        yield Distributed(client, 2 * config.workers + 2)
