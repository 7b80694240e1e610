"""Measures logged every epoch: learning rate, speed, and warnings of a diverging loss."""

from __future__ import annotations

import logging
import math
import time
from typing import Any

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Callback

from paramnet.contract import ParamnetError
from paramnet.training.config import TrainConfig
from paramnet.training.loggers.build import settings_of

_log = logging.getLogger(__name__)

JUMP = 3.0  # times the best validation loss; more than is usual with a suitable learning rate


class RunMeasures(Callback):
    """Logs every setting at the start, then learning rate and samples per second every epoch; warns if the validation loss jumps.

    Raises ParamnetError if a loss is not finite, before that epoch is saved.
    """

    def __init__(self, config: TrainConfig) -> None:
        self.config, self.lowest = config, math.inf
        self._began, self._first = 0.0, 0

    def state_dict(self) -> dict[str, Any]:
        return {"lowest": self.lowest}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.lowest = float(state_dict["lowest"])

    def on_fit_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        if trainer.logger is not None:
            trainer.logger.log_hyperparams(settings_of(self.config))

    def on_train_epoch_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        self._began, self._first = time.monotonic(), trainer.global_step

    def on_validation_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        self._log_epoch(trainer)

    def on_train_epoch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        if self._began:
            self._log_epoch(trainer)
        losses = {name: float(value) for name, value in trainer.callback_metrics.items() if name in ("train_loss", "validation_loss")}
        for name, value in losses.items():
            if not math.isfinite(value):
                raise ParamnetError(
                    f"{name} of epoch {trainer.current_epoch + 1}",
                    expected="a finite number",
                    got=str(value),
                    remedy="lower trainer.learning_rate or set trainer.gradient_clip=1, and start over with overwrite=true",
                )
        if "validation_loss" in losses:
            self._watch(losses["validation_loss"], trainer)

    def on_save_checkpoint(self, trainer: lightning.Trainer, module: lightning.LightningModule, checkpoint: dict[str, Any]) -> None:
        if trainer.logger is not None:
            trainer.logger.save()  # a run that is killed resumes from here, and so does its log

    def _log_epoch(self, trainer: lightning.Trainer) -> None:
        """Log directly: among Lightning's metrics a measured time would be saved in every checkpoint."""
        steps, seconds = trainer.global_step - self._first, time.monotonic() - self._began
        if trainer.logger is not None and steps and trainer.is_global_zero:
            rate = trainer.optimizers[0].param_groups[0]["lr"]
            measured = {"learning_rate": rate, "samples_per_second": steps * self.config.trainer.batch_size / max(seconds, 1e-9)}
            trainer.logger.log_metrics(measured, step=trainer.global_step - 1)  # of the last batch, as Lightning's
        self._began = 0.0

    def _watch(self, loss: float, trainer: lightning.Trainer) -> None:
        if 0 < JUMP * self.lowest < loss and trainer.is_global_zero:
            _log.warning(
                "validation loss %.4g after epoch %d, the lowest was %.4g; trainer.learning_rate (%.2g now) may be too high: "
                "lower it, or set trainer.gradient_clip=1",
                loss,
                trainer.current_epoch + 1,
                self.lowest,
                trainer.optimizers[0].param_groups[0]["lr"],
            )
        self.lowest = min(self.lowest, loss)
