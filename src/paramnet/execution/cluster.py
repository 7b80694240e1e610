"""Where preprocessing runs: in this process, on this machine, in batch jobs, or on an existing Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from paramnet.execution.config import WORKER_ENVIRONMENT, ClusterConfig, DaskCluster, InlineCluster, LocalDask, ProcessCluster
from paramnet.execution.processes import Processes
from paramnet.execution.running import Executor, Inline
from paramnet.execution.script_guard import require_guarded_script

__all__ = ["open_cluster"]


@contextmanager
def open_cluster(config: ClusterConfig) -> Iterator[Executor]:
    """Open an executor; it is closed with its workers on exit."""
    if isinstance(config, InlineCluster):
        yield Inline()
    elif isinstance(config, ProcessCluster):
        require_guarded_script()
        with Processes(config.workers, WORKER_ENVIRONMENT) as executor:
            yield executor
    else:
        assert isinstance(config, DaskCluster)
        from paramnet.execution.dask_cluster import open_dask  # its import takes a second, here and in every worker

        if isinstance(config, LocalDask):
            require_guarded_script()
        with open_dask(config) as executor:
            yield executor
