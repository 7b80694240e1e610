"""The Lightning side of training: one step, one validation, what a checkpoint carries."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor

from paramnet.architectures import ModelConfig
from paramnet.contract import Contract
from paramnet.datasets import Batch, batches, load_split
from paramnet.datasets.batches import split_bytes
from paramnet.store import Split, Store
from paramnet.training.checkpoint import MEMBER, build_scheme
from paramnet.training.config import TrainConfig
from paramnet.training.loss import EnergyLoss
from paramnet.training.schedule import rate_multiplier
from paramnet.training.scores import VarianceExplained

FEATURE_SAMPLE = 131_072  # training samples that standardize the computed features


class SchemeTraining(lightning.LightningModule):
    """Fits a scheme with Adam(W) on batches in contract units."""

    def __init__(self, config: TrainConfig, description: dict[str, Any], store: Store, steps_per_epoch: int) -> None:
        super().__init__()
        self.config, self.description, self.steps_per_epoch = config, description, steps_per_epoch
        self.contract: Contract = store.contract
        self.scheme = build_scheme(description)
        self.loss = EnergyLoss(config.loss, ModelConfig(**description["model"]), store.contract, store.statistics("outputs"))
        self.scores = VarianceExplained(store.contract)

    def training_step(self, batch: Batch, index: int) -> Tensor:
        step = self.global_step * self.trainer.world_size + self.global_rank
        predicted, logits = self.scheme.with_logits(batch.inputs, self.config.trainer.input_noise, (self.config.seed, step))
        loss = self.loss(batch.inputs, predicted, batch.outputs, logits, batch.area_weight)
        self.log("train_loss", loss, on_step=False, on_epoch=True, prog_bar=True, batch_size=len(batch.inputs))
        return loss

    def on_validation_epoch_start(self) -> None:
        self.scores = VarianceExplained(self.contract)

    def validation_step(self, batch: Batch, index: int) -> None:
        predicted, logits = self.scheme.with_logits(batch.inputs)
        loss = self.loss(batch.inputs, predicted, batch.outputs, logits, batch.area_weight)
        energy = self.loss.energy(batch.inputs)
        self.scores.add(self.scheme.best(predicted) * energy, batch.outputs * energy)
        self.log("validation_loss", loss, prog_bar=True, batch_size=len(batch.inputs))

    def on_validation_epoch_end(self) -> None:
        for name, score in self.scores.result().items():
            self.log(f"validation_r2/{name}", score)

    def configure_optimizers(self) -> Any:
        trainer = self.config.trainer
        optimizer = torch.optim.AdamW(self.scheme.parameters(), lr=trainer.learning_rate, weight_decay=trainer.weight_decay)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: rate_multiplier(trainer.schedule, step, self.steps_per_epoch, trainer.epochs)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        scores = {name: float(value) for name, value in self.trainer.callback_metrics.items()}
        checkpoint[MEMBER] = {**self.description, "scores": scores}


class StoreData(lightning.LightningDataModule):
    """Batches from a store: splits held in memory where they fit the budget, streamed otherwise.

    The training loader is rebuilt every epoch (``reload_dataloaders_every_n_epochs=1``) with that epoch's seed.
    """

    def __init__(self, config: TrainConfig, store: Store) -> None:
        super().__init__()
        self.config = config
        self.parts: list[Split] = [store.split(name) for name in config.fit_on]
        self.validation: Split | None = store.split(config.validate_on) if config.validate_on else None
        budget = config.trainer.memory_budget_gb * 1e9
        wanted = [*self.parts, *([self.validation] if self.validation else [])]
        self.in_memory = sum(map(split_bytes, wanted)) <= budget
        self.held = self._joined() if self.in_memory else None
        self.held_validation = load_split(self.validation) if self.validation and self.in_memory else None

    def _joined(self) -> Batch:
        """The splits fitted on as one, mixed when there are several (each alone is already shuffled)."""
        parts = [load_split(part) for part in self.parts]
        if len(parts) == 1:
            return parts[0]
        order = torch.randperm(sum(len(part.inputs) for part in parts), generator=torch.Generator().manual_seed(self.config.seed))
        return Batch(*(torch.cat(tensors)[order] for tensors in zip(*parts, strict=True)))

    def feature_sample(self) -> Tensor:
        """Inputs on which computed features are standardized : (sample, n_in)."""
        if self.held is not None:
            return self.held.inputs[:FEATURE_SAMPLE]
        return load_split(self.parts[0], 0, FEATURE_SAMPLE).inputs

    def loader(self, epoch: int) -> Any:
        """The training batches of one epoch."""
        trainer, seed = self.config.trainer, self.config.seed
        return batches(self.parts[0], self.held, trainer.batch_size, seed, epoch)

    def train_dataloader(self) -> Any:
        assert self.trainer is not None
        return self.loader(self.trainer.current_epoch)

    def val_dataloader(self) -> Any:
        if self.validation is None:
            return []
        return batches(self.validation, self.held_validation, 8192)
