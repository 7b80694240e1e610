"""``train``: from a store and a configuration to the best and the last checkpoint."""

from __future__ import annotations

import json
import logging
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import Callback, EarlyStopping, ModelCheckpoint
from pytorch_lightning.utilities import rank_zero_only

from paramnet.architectures import ModelConfig, flop_per_column
from paramnet.contract import Contract, ParamnetError
from paramnet.datasets import Share
from paramnet.store import Store, open_store
from paramnet.training.adapter_config import AdapterConfig
from paramnet.training.adapters import trained_weights
from paramnet.training.average import WeightAverage
from paramnet.training.base import carry_statistics, open_base, start_from
from paramnet.training.checkpoint import MEMBER, SCHEME_PREFIX, Checkpoint, describe, require_checkpoint_of
from paramnet.training.config import LossConfig, TrainConfig
from paramnet.training.data import StoreData
from paramnet.training.interruption import Interruption
from paramnet.training.loggers import build_logger
from paramnet.training.module import SchemeTraining
from paramnet.training.processes import lightning_options, start_processes, started_elsewhere
from paramnet.training.progress import RunProgress
from paramnet.training.ridge import fit_ridge
from paramnet.training.scheme import Scheme

_log = logging.getLogger(__name__)

LINEAR = "linear"  # folder of the linear network beside any other
# What Lightning warns of and is meant here.
HARMLESS = (
    ".*does not have many workers.*",  # batches are slices of one tensor: worker processes would only copy them
    "Checkpoint directory .* exists and is not empty",
    ".*number of training batches .* is smaller than the logging interval.*",
    ".*`srun` command is available on your system but is not used.*",
    ".*It is recommended to use `self.log.*sync_dist=True.*",  # what is logged is already of all processes
    "Total length of `list` across ranks is zero.*",  # no split to validate on
    ".*isinstance.treespec, LeafSpec.. is deprecated.*",
)


@dataclass(frozen=True)
class TrainResult:
    """Where a run left its work: the best (by validation loss) and the last checkpoint, and the scores of the best."""

    best_checkpoint: Path
    last_checkpoint: Path
    scores: dict[str, float]


def train(config: TrainConfig, callbacks: Sequence[Callback] = ()) -> TrainResult:
    """Fit a scheme; going on from ``last.ckpt`` when ``resume`` says so. ``callbacks`` are Lightning's, beside our own.

    Writes ``best.ckpt``, ``last.ckpt``, ``linear/best.ckpt`` (a linear network fitted to the same data),
    ``log/version_<n>/metrics.csv`` (one n per start) and ``train.json`` in ``config.output``. Raises
    StoreError for an unusable store and ContractMismatch when store, named contract and resumed checkpoint do not share one contract.
    """
    store = open_store(config.store)
    if config.contract:
        store.require_contract(Contract.from_yaml(config.contract), f"contract {config.contract}")
    settings, output = config.trainer, Path(config.output)
    processes = settings.devices * settings.nodes
    Share(0, processes).batch(settings.batch_size)
    if processes > 1 and config.model.kind == "linear":
        raise ParamnetError(f"model=linear: expected one process, got {processes}; leave trainer.devices and trainer.nodes at 1")
    if processes > 1 and not started_elsewhere():
        start_processes(train, config, settings)
        return read_result(output)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    torch.set_float32_matmul_precision(settings.matmul)
    output.mkdir(parents=True, exist_ok=True)
    lightning.seed_everything(config.seed, workers=True, verbose=False)
    config, base = open_base(config, store)
    description, data = describe(config, store), StoreData(config, store)
    if base is None and config.model.kind == "linear":
        return _fit_linear(config, store, description, data, output)
    if base is not None and config.adapters.normalization == "base":
        carry_statistics(description, base, store)
    result = _fit_network(config, store, description, data, output, callbacks, base)
    if config.linear_baseline and config.model.kind != "linear":
        fit_linear_baseline(config, store)
    return result


def network_cost(model: ModelConfig, scheme: Scheme, contract: Contract) -> str:
    """One line on what is trained: kind, dimensions it tells apart, trained numbers, operations of one column."""
    cost = flop_per_column(scheme, contract.n_in) / 1e6
    members = f"{model.members} x " if model.members > 1 else ""
    return (
        f"{members}{model.kind} on [{', '.join(model.dims)}]: {trained_weights(scheme)[0]:,} trained numbers, {cost:.3g} MFLOP per column"
    )


@rank_zero_only
def fit_linear_baseline(config: TrainConfig, store: Store) -> None:
    """The linear network that every other is judged against, on the same data, features and constraints: ``linear/best.ckpt``."""
    output = Path(config.output) / LINEAR
    if (output / "best.ckpt").is_file():
        return
    output.mkdir(parents=True, exist_ok=True)
    model = replace(config.model, kind="linear", members=1, head="deterministic", fourier=0)
    # A loss for other heads says nothing of a linear network, which is fitted by least squares anyway.
    loss = config.loss if config.model.members == 1 and config.model.head == "deterministic" else LossConfig()
    # Its normal equations are of float64 on the processor, whatever the network is fitted on.
    where = replace(config.trainer.data, residence="auto") if config.trainer.data.residence == "device" else config.trainer.data
    trainer = replace(config.trainer, devices=1, nodes=1, data=where)
    adapters = AdapterConfig()
    linear = replace(config, output=str(output), model=model, loss=loss, trainer=trainer, linear_baseline=False, adapters=adapters)
    _fit_linear(linear, store, describe(linear, store), StoreData(linear, store), output)


def read_result(output: Path) -> TrainResult:
    """What a finished run left in its folder."""
    summary = json.loads((output / "train.json").read_text())
    return TrainResult(Path(summary["best"]), Path(summary["last"]), summary["scores"])


def _write_result(result: TrainResult, output: Path) -> TrainResult:
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


def _callbacks(config: TrainConfig, output: Path, interruption: Interruption) -> list[Callback]:
    monitor = "validation_loss" if config.validate_on else None
    # At the end of the training epoch, after validation: a checkpoint then always stands between two epochs.
    best = ModelCheckpoint(
        dirpath=output, filename="best", monitor=monitor, save_last=True, enable_version_counter=False, save_on_train_epoch_end=True
    )
    callbacks: list[Callback] = []
    if config.trainer.average.kind != "none":
        callbacks.append(WeightAverage(config.trainer.average))  # before what saves
    callbacks += [interruption, best]
    if config.trainer.early_stopping and monitor:
        callbacks.append(EarlyStopping(monitor, patience=config.trainer.early_stopping, check_on_train_epoch_end=True))
    if config.trainer.progress_bar:
        callbacks.append(RunProgress())
    return callbacks


def _fit_network(
    config: TrainConfig,
    store: Store,
    description: dict[str, Any],
    data: StoreData,
    output: Path,
    further: Sequence[Callback],
    base: Checkpoint | None,
) -> TrainResult:
    settings = config.trainer
    module = SchemeTraining(config, description, store)
    kept = base is not None and config.adapters.normalization == "base"
    if module.scheme.has_features and not kept:
        module.scheme.features.fit(data.feature_sample())  # type: ignore[operator, union-attr]
    if base is not None:
        trained, total = start_from(module.scheme, base, config.adapters.normalization)
        description["weights"] = {"trained": trained, "total": total}
    _log.info("%s", network_cost(config.model, module.scheme, store.contract))
    interruption = Interruption(output / "last.ckpt", settings.checkpoint_every_minutes)
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    with warnings.catch_warnings(), interruption.listening():
        for message in HARMLESS:
            warnings.filterwarnings("ignore", message=message)
        trainer = lightning.Trainer(
            **lightning_options(settings),
            max_epochs=settings.epochs,
            precision=settings.precision,  # type: ignore[arg-type]
            deterministic=settings.deterministic,
            logger=build_logger(config.logger, output),
            callbacks=[*_callbacks(config, output, interruption), *further],
            gradient_clip_val=settings.gradient_clip or None,
            reload_dataloaders_every_n_epochs=1,
            num_sanity_val_steps=0,
            enable_progress_bar=False,
            enable_model_summary=False,
            log_every_n_steps=50,
            use_distributed_sampler=False,
            default_root_dir=output,
        )
        trainer.fit(module, datamodule=data, ckpt_path=resume_path(config, store), weights_only=True)
    best, last = output / "best.ckpt", output / "last.ckpt"
    result = TrainResult(best, last, torch.load(best, map_location="cpu", weights_only=True)[MEMBER]["scores"])
    return _write_result(result, output) if trainer.is_global_zero else result


def _fit_linear(config: TrainConfig, store: Store, description: dict[str, Any], data: StoreData, output: Path) -> TrainResult:
    module = SchemeTraining(config, description, store)
    if module.scheme.has_features:
        module.scheme.features.fit(data.feature_sample())  # type: ignore[operator, union-attr]
    fit_ridge(module.scheme, data.loader(-1), config.model.ridge)
    scores = _validate(module, data) if data.validation else {}
    state = {SCHEME_PREFIX + key: value for key, value in module.scheme.state_dict().items()}
    aside = output / "best.ckpt.incomplete"
    torch.save({"state_dict": state, "epoch": 0, MEMBER: {**description, "scores": scores}}, aside)
    os.replace(aside, output / "best.ckpt")
    return _write_result(TrainResult(output / "best.ckpt", output / "best.ckpt", scores), output)


@torch.inference_mode()
def _validate(module: SchemeTraining, data: StoreData) -> dict[str, float]:
    """Validation loss and R2 of a scheme fitted without Lightning, under the names Lightning logs."""
    module.on_validation_epoch_start()
    for index, batch in enumerate(data.val_dataloader()):
        module.validation_step(batch, index)
    return module.validation_scores()
