"""The Lightning module: training step, validation, contents of a checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau

from paramnet.contract import Contract
from paramnet.scheme.checkpoint import MEMBER, build_scheme
from paramnet.scheme.flow_matching import velocity_error
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.noise import draws_of, input_noise
from paramnet.store import Store
from paramnet.training.config import TrainConfig
from paramnet.training.data import Batch
from paramnet.training.distillation import Distillation
from paramnet.training.loss.energy import EnergyLoss
from paramnet.training.loss.mean_error import take_off_bias
from paramnet.training.restoring import Restoring
from paramnet.training.schedule import Plateau
from paramnet.training.scores import ValidationScores

EPOCH_LOSS = "paramnet_epoch_loss"  # key of the loss of the current epoch, in a Lightning checkpoint
PLATEAU, PLATEAU_STATE = "paramnet_plateau", ("best", "num_bad_epochs", "cooldown_counter", "last_epoch")
VALIDATION_SEED = 0  # the same draws after every epoch
SEEDS_PER_RUN = 1_000_003  # a prime, which keeps the seeds of different runs, processes and steps apart


class SchemeTraining(lightning.LightningModule):
    """Fits a scheme with Adam(W) on batches in contract units."""

    def __init__(self, config: TrainConfig, description: dict[str, Any], store: Store) -> None:
        super().__init__()
        self.config, self.description = config, description
        self.contract: Contract = store.contract
        self.scheme = build_scheme(description)
        model = ModelConfig.read(description["model"])
        self.loss = EnergyLoss(config.loss, model, store.contract, store.statistics("outputs"))
        self.scores = ValidationScores(store.contract)
        restoring = config.trainer.restoring
        self.restoring = Restoring(restoring, store.contract, store.statistics("inputs")) if restoring.noise > 0 else None
        self.distillation = Distillation.of(config.adapters, store)
        mode = config.trainer.compile
        self.step_loss: Callable[[Tensor, Tensor, Tensor, Tensor | None, Tensor | None], Tensor] = (
            self._step_loss if mode == "none" else torch.compile(self._step_loss, mode=None if mode == "default" else mode)
        )
        # Gated outputs are zero at z = 0, which an offset would change; averaged weights have another bias.
        self.takes_off_bias = config.loss.bias_rate > 0 and config.trainer.average.kind == "none" and not model.is_gated
        self.matches_flow: bool = self.loss.head.kind == "flow"
        self.plateau: ReduceLROnPlateau | None = None
        self.plateau_state: dict[str, Any] = {}
        self.epoch_loss, self.epoch_steps = torch.zeros((), dtype=torch.float64), 0
        self.validation_loss, self.validation_samples = torch.zeros((), dtype=torch.float64), 0

    def _step_loss(self, inputs: Tensor, outputs: Tensor, area_weight: Tensor, noise: Tensor | None, draws: Tensor | None) -> Tensor:
        predicted, logits = self._judged(inputs, outputs, noise, draws)
        return self.loss(*self.scheme.counted(inputs, predicted, outputs, logits, area_weight))

    def _judged(self, inputs: Tensor, outputs: Tensor, noise: Tensor | None, draws: Tensor | None) -> tuple[Tensor, Tensor]:
        """Predictions for the loss, and gate logits; in flow matching what stands for them."""
        if not self.matches_flow or draws is None:
            return self.scheme.with_logits(inputs, noise, draws)
        return velocity_error(self.scheme, inputs, outputs, noise, draws), inputs[:, :0]

    def _disturbed(self, batch: Batch, step: int) -> tuple[Tensor, Tensor, Tensor, Tensor | None, Tensor | None]:
        """The arguments of a step. Drawn outside the compiled part, where a generator's step would become a constant."""
        inputs, outputs, area_weight = batch
        rows = inputs.flatten(0, -2)  # (sample, n_in), also of sequences
        if self.restoring is not None:
            rows, targets = self.restoring(rows, outputs.flatten(0, -2), self.config.seed, step)
            inputs, outputs = rows.view_as(inputs), targets.view_as(outputs)
        if self.distillation is not None:
            outputs = self.distillation(rows, outputs.flatten(0, -2)).view_as(outputs)
        level, seed = self.config.trainer.input_noise, self.config.seed
        noise = input_noise(rows, self.scheme.shown(), level, seed, step) if level > 0 else None
        return inputs, outputs, area_weight, noise, draws_of(rows, self.config.loss.draws, self.scheme.noise, seed, step)

    def training_step(self, batch: Batch, index: int) -> Tensor:
        # Random numbers depend only on step and process, so a resumed run needs no generator state.
        step = self.trainer.global_step * self.trainer.world_size + self.trainer.global_rank
        torch.manual_seed(self.config.seed * SEEDS_PER_RUN + step)
        loss = self.step_loss(*self._disturbed(batch, step))
        if self.config.trainer.compile != "none":
            loss = loss.clone()  # a CUDA graph writes its result to the same place at every step
        # Summed on the device: calling `log` at every step would cost as much as a step of a small network.
        self.epoch_loss = self.epoch_loss.to(loss.device) + loss.detach()
        self.epoch_steps += 1
        if self.trainer.is_last_batch:
            mean = self.epoch_loss / self.epoch_steps
            self.log("train_loss", mean.float(), on_step=False, on_epoch=True, sync_dist=True, batch_size=len(batch.inputs))
        elif (self.trainer.global_step + 1) % self.trainer.log_every_n_steps == 0:  # type: ignore[attr-defined]
            self.log("train_loss_step", loss.detach(), on_step=True, on_epoch=False, batch_size=len(batch.inputs))
            self.log("learning_rate", self.trainer.optimizers[0].param_groups[0]["lr"], on_step=True, on_epoch=False)
        return loss

    def on_train_epoch_end(self) -> None:
        if self.plateau is not None:
            # Lightning would step it after the checkpoint of the epoch, and a resumed run would miss that step.
            self.plateau.step(float(self.trainer.callback_metrics["validation_loss"]))
        self.epoch_loss, self.epoch_steps = torch.zeros((), dtype=torch.float64), 0
        if self.takes_off_bias and self.trainer.current_epoch == self.config.trainer.epochs - 1:
            # Done before saving: Lightning calls this hook of the module before those of checkpoint callbacks.
            batches = self.trainer.datamodule.loader(-1)  # type: ignore[attr-defined]
            take_off_bias(self.scheme, self.loss.energy, batches, self._summed_over_processes)

    def on_validation_epoch_start(self) -> None:
        self.scores = ValidationScores(self.contract)
        self.validation_loss, self.validation_samples = torch.zeros((), dtype=torch.float64), 0

    def validation_step(self, batch: Batch, index: int) -> None:
        if not len(batch.inputs):
            return  # the last batch has fewer samples than there are processes
        draws = draws_of(batch.inputs.flatten(0, -2), self.config.loss.draws, self.scheme.noise, VALIDATION_SEED, index)
        predicted, logits = self.scheme.with_logits(batch.inputs, None, draws)
        inputs, predicted, outputs, logits, weight = self.scheme.counted(batch.inputs, predicted, batch.outputs, logits, batch.area_weight)
        judged = self._judged(inputs, outputs, None, draws)[0] if self.matches_flow else predicted
        loss = self.loss(inputs, judged, outputs, logits, weight)
        energy = self.loss.energy(inputs)
        self.scores.add(self.scheme.best(predicted) * energy, outputs * energy)
        self.validation_loss = self.validation_loss.to(loss.device) + len(inputs) * loss.double()
        self.validation_samples += len(inputs)

    def on_validation_epoch_end(self) -> None:
        for name, score in self.validation_scores(self._summed_over_processes).items():
            self.log(name, score, prog_bar=name == "validation_loss")

    def _summed_over_processes(self, values: Tensor) -> Tensor:
        return self.trainer.strategy.reduce(values.to(self.device), reduce_op="sum").cpu()  # type: ignore[union-attr]

    def validation_scores(self, summed: Callable[[Tensor], Tensor] = lambda values: values) -> dict[str, float]:
        """Loss, and R2 and bias by output, over all validation steps; ``summed`` sums a tensor over processes."""
        samples_seen = torch.full_like(self.validation_loss, self.validation_samples)
        loss, samples = summed(torch.stack([self.validation_loss, samples_seen]))
        self.scores.combine(summed)
        scores = {f"validation_r2/{name}": score for name, score in self.scores.result().items()}
        bias = {f"validation_bias/{name}": value for name, value in self.scores.bias().items()}
        return {"validation_loss": float(loss / samples), **scores, **bias}

    def configure_optimizers(self) -> Any:
        trainer = self.config.trainer
        optimizer = torch.optim.AdamW(self.scheme.parameters(), lr=trainer.learning_rate, weight_decay=trainer.weight_decay, fused=True)
        if isinstance(trainer.schedule, Plateau):
            self.plateau = ReduceLROnPlateau(optimizer, factor=trainer.schedule.factor, patience=trainer.schedule.patience)
            return optimizer
        steps_per_epoch = len(self.trainer.datamodule.loader(0))  # type: ignore[attr-defined]
        schedule = LambdaLR(optimizer, lambda step: trainer.schedule.multiplier(step, steps_per_epoch, trainer.epochs))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        scores = {name: float(value) for name, value in self.trainer.callback_metrics.items()}
        checkpoint[MEMBER] = {**self.description, "scores": scores}
        checkpoint[EPOCH_LOSS] = {"sum": float(self.epoch_loss), "steps": self.epoch_steps}
        if self.plateau is not None:
            checkpoint[PLATEAU] = {name: getattr(self.plateau, name) for name in PLATEAU_STATE}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        saved = checkpoint.get(EPOCH_LOSS, {"sum": 0.0, "steps": 0})
        self.epoch_loss, self.epoch_steps = torch.tensor(saved["sum"], dtype=torch.float64), saved["steps"]
        self.plateau_state = checkpoint.get(PLATEAU, {})

    def on_train_start(self) -> None:
        for name, value in self.plateau_state.items():
            setattr(self.plateau, name, value)
