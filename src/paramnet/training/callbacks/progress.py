"""Progress: one bar for the run on a terminal, one line per epoch in a log."""

from __future__ import annotations

import sys
from typing import Any

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Callback
from tqdm import tqdm


class RunProgress(Callback):
    """Shows epochs done, time left and losses, on rank zero only."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._terminal = sys.stderr.isatty()

    def on_train_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        if trainer.is_global_zero and self._terminal:
            steps = int(trainer.num_training_batches) * int(trainer.max_epochs or 0)
            self._bar = tqdm(total=steps, initial=trainer.global_step, unit="batch", desc="train", dynamic_ncols=True, mininterval=0.5)

    def on_train_batch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule, *_: Any) -> None:
        if self._bar is not None:
            self._bar.update()

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        losses = {name: f"{float(value):.4g}" for name, value in trainer.callback_metrics.items() if name.endswith("_loss")}
        if self._bar is not None:
            self._bar.set_postfix(losses)
        else:
            text = ", ".join(f"{name} {value}" for name, value in sorted(losses.items()))
            print(f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}: {text}", file=sys.stderr, flush=True)

    def on_train_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        if self._bar is not None:
            self._bar.close()
