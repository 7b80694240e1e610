"""On a signal a run saves ``last.ckpt`` between two steps and ends; under SLURM it also requeues its job."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import Callback

from paramnet.contract import ParamnetError
from paramnet.training.processes import SIGNALS, first_process

AGAIN_AFTER = 1.0  # seconds after which a second Ctrl-C counts: terminal and first process may both send the first one
AGREE_EVERY = 16  # steps between two agreements of several processes


class TrainingInterrupted(ParamnetError):
    """The run was ended by a signal; the message gives the step, the checkpoint and how to resume."""


class Interruption(Callback):
    """Saves between two steps after a signal (SIGTERM, SIGUSR1, SIGINT from Ctrl-C) or every ``every_minutes``.

    A signal also ends the run; a second Ctrl-C ends it at once. Nothing is saved after the last batch of an epoch: validation
    and the checkpoint of the epoch follow.
    """

    def __init__(self, last: Path, every_minutes: float = 0.0) -> None:
        self.last, self.every_seconds = last, 60.0 * every_minutes
        self.received, self._received_at = 0, 0.0
        self._saved_at = time.monotonic()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Receive signals from now on; those received before training starts take effect after its first step."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._receive) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _receive(self, number: int, frame: Any) -> None:
        now = time.monotonic()
        if number == self.received == signal.SIGINT and now - self._received_at >= AGAIN_AFTER:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)  # checkpoints are replaced atomically
        if not self.received:
            self._received_at = now
            if number == signal.SIGINT and first_process():
                os.write(2, b"\ntrain: saving after this step; press Ctrl-C again to end at once\n")
        self.received = number

    def on_train_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        self._saved_at = time.monotonic()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._receive)  # replaces Lightning's handler, which ends within a step

    def on_train_batch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule, *arguments: Any) -> None:
        if trainer.is_last_batch or (trainer.world_size > 1 and trainer.global_step % AGREE_EVERY):
            return
        received, due = self._agreed(trainer)
        if due or received:
            trainer.save_checkpoint(self.last)
            self._saved_at = time.monotonic()
        if received:
            self._end(trainer, received)

    def on_train_epoch_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        received, _ = self._agreed(trainer)
        if received and self.last.is_file():
            self._end(trainer, received)  # the previous epoch has just been saved

    def _agreed(self, trainer: lightning.Trainer) -> tuple[int, bool]:
        """The signal received by any process (the largest number), and True if a checkpoint is due by the first one's clock."""
        due = bool(self.every_seconds) and time.monotonic() - self._saved_at >= self.every_seconds
        if trainer.world_size == 1:
            return self.received, due
        flags = torch.tensor([self.received, int(due and trainer.is_global_zero)], device=trainer.strategy.root_device)
        torch.distributed.all_reduce(flags, op=torch.distributed.ReduceOp.MAX)
        return int(flags[0]), bool(flags[1])

    def _end(self, trainer: lightning.Trainer, received: int) -> None:
        name = signal.Signals(received).name
        remedy = "run the same command again to resume from there"
        if received == signal.SIGUSR1 and trainer.is_global_zero and _job():
            remedy += f"; {_requeue(_job())}"
        raise TrainingInterrupted(f"{name} after step {trainer.global_step}: saved {self.last}", remedy=remedy)


def _job() -> str:
    """Identifier of this process's SLURM job or array task; "" outside SLURM."""
    if "SLURM_ARRAY_JOB_ID" in os.environ:
        return f"{os.environ['SLURM_ARRAY_JOB_ID']}_{os.environ['SLURM_ARRAY_TASK_ID']}"
    return os.environ.get("SLURM_JOB_ID", "")


def _requeue(job: str) -> str:
    """Requeue the job; return one line on the outcome."""
    try:
        done = subprocess.run(["scontrol", "requeue", job], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"job {job} could not be requeued ({error})"
    line = f"job {job} is requeued" if done.returncode == 0 else f"job {job} could not be requeued: {done.stderr.strip()}"
    print(f"train: {line}", file=sys.stderr, flush=True)  # printed now, as SLURM ends the job at once
    return line
