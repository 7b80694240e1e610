"""Weight averaging: the average over the run is validated and saved instead of the weights."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import Callback
from torch import Tensor

from paramnet.scheme.checkpoint import SCHEME_PREFIX
from paramnet.training.trainer_config import RunningAverage

TRAINING_WEIGHTS = "paramnet_training_weights"  # key of the weights being fitted, in a Lightning checkpoint


class WeightAverage(Callback):
    """Exponential moving or equal average of a scheme's weights.

    Validation uses the average, and the ``state_dict`` of a checkpoint holds it. The checkpoint also holds the fitted weights,
    from which training resumes. The decay is min(``decay``, (1 + steps) / (10 + steps)), so early weights are soon forgotten.
    """

    def __init__(self, config: RunningAverage) -> None:
        self.config = config
        self.average: dict[str, Tensor] = {}
        self.steps = 0

    def state_dict(self) -> dict[str, Any]:
        return {"steps": self.steps}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.steps = state_dict["steps"]

    def on_train_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        weights = _weights(module)
        held = self.average or weights
        self.average = {name: held[name].detach().to(weight.device, copy=True) for name, weight in weights.items()}

    @torch.no_grad()
    def on_train_batch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule, *_: Any) -> None:
        weights = [weight.detach() for weight in _weights(module).values()]
        average = list(self.average.values())
        if trainer.global_step <= self.config.start * int(trainer.num_training_batches) * int(trainer.max_epochs or 1):
            torch._foreach_copy_(average, weights)
            return
        self.steps += 1
        torch._foreach_lerp_(average, weights, self.config.rate(self.steps))

    @torch.no_grad()
    def _exchange(self, module: lightning.LightningModule) -> None:
        """Exchange the module's weights and the average."""
        for name, weight in _weights(module).items():
            held = weight.detach().clone()
            weight.copy_(self.average[name])
            self.average[name].copy_(held)

    def on_validation_epoch_start(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        if self.average:
            self._exchange(module)

    def on_validation_epoch_end(self, trainer: lightning.Trainer, module: lightning.LightningModule) -> None:
        if self.average:
            self._exchange(module)

    def on_save_checkpoint(self, trainer: lightning.Trainer, module: lightning.LightningModule, checkpoint: dict[str, Any]) -> None:
        checkpoint[TRAINING_WEIGHTS] = {name: checkpoint["state_dict"][name] for name in self.average}
        checkpoint["state_dict"] = {**checkpoint["state_dict"], **{name: weight.clone() for name, weight in self.average.items()}}

    @torch.no_grad()
    def on_load_checkpoint(self, trainer: lightning.Trainer, module: lightning.LightningModule, checkpoint: dict[str, Any]) -> None:
        fitted = checkpoint.get(TRAINING_WEIGHTS)
        if fitted is None:
            return  # started without an average: it begins with the current weights
        self.average = {name: checkpoint["state_dict"][name].clone() for name in fitted}
        for name, weight in _weights(module).items():
            weight.copy_(fitted[name])


def _weights(module: lightning.LightningModule) -> dict[str, torch.nn.Parameter]:
    """Parameters of the scheme by name in a checkpoint."""
    return {name: weight for name, weight in module.named_parameters() if name.startswith(SCHEME_PREFIX)}
