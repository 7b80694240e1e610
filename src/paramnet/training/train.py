"""``train``: from a store and a configuration to the best and the last checkpoint."""

from __future__ import annotations

import json
import logging
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import Callback, EarlyStopping, ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger

from paramnet.contract import Contract, ParamnetError
from paramnet.store import Store, open_store
from paramnet.training.checkpoint import MEMBER, SCHEME_PREFIX, describe, require_checkpoint_of
from paramnet.training.config import TrainConfig
from paramnet.training.module import SchemeTraining, StoreData
from paramnet.training.progress import RunProgress
from paramnet.training.ridge import fit_ridge
from paramnet.training.scores import VarianceExplained


@dataclass(frozen=True)
class TrainResult:
    """Where a run left its work: the best (by validation loss) and the last checkpoint, and the scores of the best."""

    best_checkpoint: Path
    last_checkpoint: Path
    scores: dict[str, float]


def train(config: TrainConfig) -> TrainResult:
    """Fit a scheme; going on from ``last.ckpt`` when ``resume`` says so.

    Writes ``best.ckpt``, ``last.ckpt``, ``log/version_<n>/metrics.csv`` (one n per start) and ``train.json`` in
    ``config.output``. Raises StoreError for an unusable store and ContractMismatch when store, named contract and resumed
    checkpoint do not share one contract.
    """
    store = open_store(config.store)
    if config.contract:
        store.require_contract(Contract.from_yaml(config.contract), f"contract {config.contract}")
    if config.trainer.threads:
        torch.set_num_threads(config.trainer.threads)
    output = Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    lightning.seed_everything(config.seed, workers=True, verbose=False)
    description, data = describe(config, store), StoreData(config, store)
    if not data.in_memory and len(data.parts) > 1:
        raise ParamnetError("fit_on: expected one split where data are streamed; raise trainer.memory_budget_gb or name one split")
    fit = _fit_linear if config.model.kind == "linear" else _fit_network
    result = fit(config, store, description, data, output)
    summary = {"best": str(result.best_checkpoint), "last": str(result.last_checkpoint), "scores": result.scores}
    (output / "train.json").write_text(json.dumps(summary, indent=1))
    return result


def resume_path(config: TrainConfig, store: Store) -> Path | None:
    """The checkpoint to go on from, or None; ParamnetError when a named one is missing or of another contract."""
    if config.resume == "never":
        return None
    path = Path(config.output) / "last.ckpt" if config.resume == "auto" else Path(config.resume)
    if config.resume == "auto" and not path.is_file():
        return None
    require_checkpoint_of(path, store)
    return path


def _callbacks(config: TrainConfig, output: Path) -> list[Callback]:
    monitor = "validation_loss" if config.validate_on else None
    # At the end of the training epoch, after validation: a checkpoint then always stands between two epochs.
    best = ModelCheckpoint(
        dirpath=output, filename="best", monitor=monitor, save_last=True, enable_version_counter=False, save_on_train_epoch_end=True
    )
    callbacks: list[Callback] = [best]
    if config.trainer.early_stopping and monitor:
        callbacks.append(EarlyStopping(monitor, patience=config.trainer.early_stopping, check_on_train_epoch_end=True))
    if config.trainer.progress_bar:
        callbacks.append(RunProgress())
    return callbacks


def _fit_network(config: TrainConfig, store: Store, description: dict[str, Any], data: StoreData, output: Path) -> TrainResult:
    settings = config.trainer
    module = SchemeTraining(config, description, store, len(data.loader(0)))
    if module.scheme.has_features:
        module.scheme.features.fit(data.feature_sample())  # type: ignore[operator, union-attr]
    callbacks = _callbacks(config, output)
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    trainer = lightning.Trainer(
        max_epochs=settings.epochs,
        accelerator=settings.accelerator,
        devices=1,  # every process would read the same batches
        logger=CSVLogger(output, name="log"),
        callbacks=callbacks,
        gradient_clip_val=settings.gradient_clip or None,
        reload_dataloaders_every_n_epochs=1,
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=50,
        use_distributed_sampler=False,
    )
    with warnings.catch_warnings():
        # Batches are slices of one tensor: worker processes would only copy them.
        warnings.filterwarnings("ignore", message=".*does not have many workers.*")
        warnings.filterwarnings("ignore", message="Checkpoint directory .* exists and is not empty")
        warnings.filterwarnings("ignore", message=".*number of training batches .* is smaller than the logging interval.*")
        warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.. is deprecated.*")
        trainer.fit(module, datamodule=data, ckpt_path=resume_path(config, store), weights_only=True)
    scores = torch.load(output / "best.ckpt", map_location="cpu", weights_only=True)[MEMBER]["scores"]
    return TrainResult(output / "best.ckpt", output / "last.ckpt", scores)


def _fit_linear(config: TrainConfig, store: Store, description: dict[str, Any], data: StoreData, output: Path) -> TrainResult:
    module = SchemeTraining(config, description, store, 1)
    if module.scheme.has_features:
        module.scheme.features.fit(data.feature_sample())  # type: ignore[operator, union-attr]
    fit_ridge(module.scheme, data.loader(-1), config.model.ridge)
    scores = _validate(module, data) if data.validation else {}
    state = {SCHEME_PREFIX + key: value for key, value in module.scheme.state_dict().items()}
    aside = output / "best.ckpt.incomplete"
    torch.save({"state_dict": state, "epoch": 0, MEMBER: {**description, "scores": scores}}, aside)
    os.replace(aside, output / "best.ckpt")
    return TrainResult(output / "best.ckpt", output / "best.ckpt", scores)


@torch.inference_mode()
def _validate(module: SchemeTraining, data: StoreData) -> dict[str, float]:
    """Validation loss and R2 of a scheme fitted without Lightning, under the names Lightning logs."""
    scores, total, count = VarianceExplained(module.contract), 0.0, 0
    for batch in data.val_dataloader():
        predicted, logits = module.scheme.with_logits(batch.inputs)
        total += len(batch.inputs) * float(module.loss(batch.inputs, predicted, batch.outputs, logits, batch.area_weight))
        energy = module.loss.energy(batch.inputs)
        scores.add(module.scheme.best(predicted) * energy, batch.outputs * energy)
        count += len(batch.inputs)
    return {"validation_loss": total / count, **{f"validation_r2/{name}": score for name, score in scores.result().items()}}
