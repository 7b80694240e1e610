"""The processes of a run: started here, or by srun or torchrun."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import torch
from pytorch_lightning.plugins.environments import SLURMEnvironment, TorchElasticEnvironment
from pytorch_lightning.strategies import DDPStrategy

from paramnet.contract import ParamnetError
from paramnet.reporting.log import log_to_standard_output
from paramnet.reporting.progress import Progress
from paramnet.training.trainer_config import TrainerConfig

__all__ = ["first_process"]

# SLURM's --signal, upon which the job is requeued; the end of a job, upon which it is not; Ctrl-C.
SIGNALS = (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT)


def under_slurm() -> bool:
    """Return True if srun or sbatch started this process."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*`srun` command is available.*")  # also on login nodes
        return SLURMEnvironment.detect()


def started_elsewhere() -> bool:
    """Return True if the processes, one per device, were started by srun, torchrun or ``start_processes``."""
    return under_slurm() or TorchElasticEnvironment.detect() or "LOCAL_RANK" in os.environ


def first_process() -> bool:
    """Return True in the first, or only, process of the run."""
    if TorchElasticEnvironment.detect():
        return int(os.environ["RANK"]) == 0
    if under_slurm():
        return int(os.environ["SLURM_PROCID"]) == 0
    return int(os.environ.get("LOCAL_RANK", "0")) == 0 and int(os.environ.get("NODE_RANK", "0")) == 0


def quiet_unless_first() -> None:
    """Log only errors of the other processes: what they have to say, the first one says too."""
    if not first_process():
        logging.getLogger("paramnet").setLevel(logging.ERROR)


def accelerator_of(settings: TrainerConfig) -> str:
    """Return ``cpu`` or ``gpu``; ``auto`` is a GPU if torch finds one. Raises ParamnetError if there are too few GPUs."""
    if settings.accelerator == "cpu":
        return "cpu"
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if settings.accelerator == "auto" and not found:
        return "cpu"
    if found < settings.devices:
        built = "built without CUDA" if torch.version.cuda is None and torch.version.hip is None else "with CUDA or ROCm"
        raise ParamnetError(
            f"trainer.accelerator={settings.accelerator}, trainer.devices={settings.devices}",
            expected=f"{settings.devices} GPU{'s' * (settings.devices > 1)}",
            got=f"{found or 'none'} that torch {torch.__version__} ({built}) can use",
            remedy="set trainer.accelerator=cpu, or run on a machine with enough GPUs" if not found else "lower trainer.devices",
        )
    return "gpu"


def start_processes(function: Callable[[Any], object], config: Any, settings: TrainerConfig) -> None:
    """Run ``function(config)`` in ``settings.devices`` new processes on this machine; the first error ends all of them.

    Signals are forwarded to them, and their errors are raised here. Raises ParamnetError for several nodes, where only a launcher
    can start processes.
    """
    if settings.nodes > 1:
        raise ParamnetError(
            f"trainer.nodes={settings.nodes}",
            expected=f"a launcher that starts {settings.devices} processes on each node",
            got="none",
            remedy="run the command under srun (SLURM) or torchrun",
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    errors: Any = multiprocessing.get_context("spawn").SimpleQueue()
    level = min(logging.getLogger(name).getEffectiveLevel() for name in (__name__, Progress.__module__))
    arguments = (function, config, settings, port, level, errors)
    started = torch.multiprocessing.start_processes(_process, arguments, settings.devices, join=False, start_method="spawn")
    try:
        with _forwarding_signals(started.pids()):
            while not started.join():
                pass
    except torch.multiprocessing.ProcessExitedException as error:
        if errors.empty():
            raise ParamnetError(
                "training", expected="processes that end with status 0", got=str(error.exit_code), remedy="see their messages above"
            ) from error
        raise errors.get() from None


@contextmanager
def _forwarding_signals(processes: list[int]) -> Iterator[None]:
    """Forward signals to the processes, which save and end; then this process ends."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def forward(number: int, frame: Any) -> None:
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, number)

    before = {number: signal.signal(number, forward) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _process(
    rank: int, function: Callable[[Any], object], config: Any, settings: TrainerConfig, port: int, level: int, errors: Any
) -> None:
    log_to_standard_output(level)
    os.environ.update(LOCAL_RANK=str(rank), NODE_RANK="0", WORLD_SIZE=str(settings.devices), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    try:
        if accelerator_of(settings) == "cpu" and not settings.threads:
            torch.set_num_threads(max(1, (os.cpu_count() or 1) // settings.devices))
        function(config)
    except ParamnetError as error:
        errors.put(error)
        sys.exit(1)


def lightning_options(settings: TrainerConfig) -> dict[str, Any]:
    """Options of Lightning's Trainer for devices and processes."""
    accelerator = accelerator_of(settings)
    options: dict[str, Any] = {"devices": settings.devices, "num_nodes": settings.nodes, "accelerator": accelerator, "plugins": []}
    if under_slurm():
        # Requeued by ``Interruption`` instead: Lightning would save in the middle of a step.
        options["plugins"] = [SLURMEnvironment(auto_requeue=False)]
    if settings.devices * settings.nodes > 1:
        options["strategy"] = DDPStrategy(process_group_backend="gloo" if accelerator == "cpu" else None, gradient_as_bucket_view=True)
    return options
