"""Progress of a run: a bar on a terminal, a line a minute in a log, from the first process only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Callback

from paramnet.reporting.progress import Progress


class RunProgress(Callback):
    """Shows batches done, their rate, the time left, the epoch, and the losses of the last one."""

    def __init__(self) -> None:
        self._progress = Progress("batches")
        self._show: Callable[..., None] | None = None
        self._losses = ""

    def on_train_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        if trainer.is_global_zero:
            steps = int(trainer.num_training_batches) * int(trainer.max_epochs or 0)
            self._show = self._progress.__enter__().task("train", steps, done=trainer.global_step)

    def on_train_batch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule, *_: Any) -> None:
        if self._show and not trainer.is_last_batch:
            self._show(trainer.global_step, self._note(trainer))

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        losses = {name: float(value) for name, value in trainer.callback_metrics.items() if name.endswith("_loss")}
        self._losses = "".join(f", {name} {value:.4g}" for name, value in sorted(losses.items()))
        if self._show:
            self._show(trainer.global_step, self._note(trainer))

    def _note(self, trainer: lightning.Trainer) -> str:
        return f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}{self._losses}"

    def on_train_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        self._progress.__exit__()

    def on_exception(self, trainer: lightning.Trainer, module: lightning.LightningModule, exception: BaseException) -> None:
        self._progress.__exit__()
