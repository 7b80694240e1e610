"""The processes of a run: started here, or found started by srun or torchrun."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

import torch
from pytorch_lightning.plugins.environments import SLURMEnvironment, TorchElasticEnvironment
from pytorch_lightning.strategies import DDPStrategy

from paramnet.contract import ParamnetError
from paramnet.training.trainer_config import TrainerConfig


def under_slurm() -> bool:
    """Whether srun (or sbatch) started this process."""
    return SLURMEnvironment.detect()


def started_elsewhere() -> bool:
    """Whether something else starts one process per device: srun, torchrun, or ``start_processes`` itself."""
    return under_slurm() or TorchElasticEnvironment.detect() or "LOCAL_RANK" in os.environ


def start_processes(function: Callable[[Any], object], config: Any, settings: TrainerConfig) -> None:
    """Run ``function(config)`` in ``settings.devices`` new processes of this machine; the first error ends them all.

    Raises ParamnetError for several nodes, which only a launcher can reach.
    """
    if settings.nodes > 1:
        raise ParamnetError(
            f"trainer.nodes={settings.nodes}: expected a launcher that starts {settings.devices} processes on each node, got none; "
            "run the command under srun (SLURM) or torchrun"
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    torch.multiprocessing.start_processes(_process, (function, config, settings, port), settings.devices, start_method="spawn")


def _process(rank: int, function: Callable[[Any], object], config: Any, settings: TrainerConfig, port: int) -> None:
    os.environ.update(LOCAL_RANK=str(rank), NODE_RANK="0", WORLD_SIZE=str(settings.devices), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    if settings.accelerator == "cpu" and not settings.threads:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // settings.devices))
    function(config)


def lightning_options(settings: TrainerConfig) -> dict[str, Any]:
    """What Lightning's Trainer is told about processes."""
    options: dict[str, Any] = {"devices": settings.devices, "num_nodes": settings.nodes, "accelerator": settings.accelerator}
    if under_slurm():
        # Requeueing is ours: Lightning's would save in the middle of a step.
        options["plugins"] = [SLURMEnvironment(auto_requeue=False)]
    if settings.devices * settings.nodes > 1:
        options["strategy"] = DDPStrategy(
            process_group_backend="gloo" if settings.accelerator == "cpu" else None, gradient_as_bucket_view=True
        )
    return options
