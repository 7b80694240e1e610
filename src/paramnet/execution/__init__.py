"""Where work runs: in this process, in processes on this machine, in batch jobs, or on an existing Dask cluster."""

from paramnet.execution.config import ClusterConfig

__all__ = ["ClusterConfig"]
