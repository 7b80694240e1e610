"""Fit a network with Lightning: trainer, callbacks, starting point and result."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Callback, EarlyStopping

from paramnet.contract import Contract
from paramnet.scheme.adapters import trained_weights
from paramnet.scheme.checkpoint import MEMBER, Checkpoint, read_checkpoint
from paramnet.scheme.networks import ModelConfig, flop_per_column
from paramnet.scheme.scheme import Scheme
from paramnet.store import Store
from paramnet.training.base import start_from
from paramnet.training.callbacks.average import WeightAverage
from paramnet.training.callbacks.interruption import Interruption
from paramnet.training.callbacks.measures import RunMeasures
from paramnet.training.callbacks.progress import RunProgress
from paramnet.training.callbacks.saving import AtomicCheckpoints, BestCheckpoint, LastCheckpoint, require_room
from paramnet.training.config import TrainConfig
from paramnet.training.data_module import StoreData
from paramnet.training.faults import explained
from paramnet.training.loggers.build import build_logger
from paramnet.training.module import SchemeTraining
from paramnet.training.processes import lightning_options
from paramnet.training.resuming import Resumed, TrainResult, asked_of, resumed_from, write_result
from paramnet.training.trainer_config import RunningAverage

_log = logging.getLogger(__name__)

# Lightning's warnings about things that are intended here.
HARMLESS = (
    ".*does not have many workers.*",  # batches are slices of one tensor; worker processes would only copy them
    "Checkpoint directory .* exists and is not empty",
    ".*number of training batches .* is smaller than the logging interval.*",
    ".*`srun` command is available on your system but is not used.*",
    ".*It is recommended to use `self.log.*sync_dist=True.*",  # logged values are already reduced over processes
    "Total length of `list` across ranks is zero.*",  # no validation split
    ".*isinstance.treespec, LeafSpec.. is deprecated.*",
    "GPU available but not used.*",  # trainer.accelerator=cpu
)


def network_cost(model: ModelConfig, scheme: Scheme, contract: Contract) -> str:
    """One line on the network: kind, dimensions, trained parameters, operations per column."""
    cost = flop_per_column(scheme, scheme.width) / 1e6
    members, trained = f"{model.size} x " if model.size > 1 else "", trained_weights(scheme)[0]
    return f"{members}{model.kind} on [{', '.join(model.dims)}]: {trained:,} trained parameters, {cost:.3g} MFLOP per column"


def fit_network(
    config: TrainConfig,
    store: Store,
    description: dict[str, Any],
    identity: dict[str, Any],
    base: Checkpoint | None,
    further: Sequence[Callback],
) -> TrainResult:
    """Fit a network, or resume fitting it, and write ``train.json``. ``identity`` : of the run; ``further`` : extra callbacks."""
    output, data = Path(config.output), StoreData(config, store)
    module = _started(config, store, description, data, base)
    require_room(module, output)
    interruption = Interruption(output / "last.ckpt", config.trainer.checkpoint_every_minutes)
    start = resumed_from(config, store, identity)
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    with warnings.catch_warnings(), explained(output), interruption.listening():
        for message in HARMLESS:
            warnings.filterwarnings("ignore", message=message)
        trainer = _trainer(config, output, [*_callbacks(config, output, interruption), *further], start)
        trainer.fit(module, datamodule=data, ckpt_path=start.path if start else None, weights_only=True)
    best, last = output / "best.ckpt", output / "last.ckpt"
    result = TrainResult(best, last, read_checkpoint(best)[MEMBER]["scores"])
    return write_result(result, output, trainer.current_epoch, asked_of(config)) if trainer.is_global_zero else result


def _started(config: TrainConfig, store: Store, description: dict[str, Any], data: StoreData, base: Checkpoint | None) -> SchemeTraining:
    """The Lightning module, with statistics of the features, and with the weights of a base if there is one."""
    module = SchemeTraining(config, description, store)
    kept = base is not None and config.adapters.keeps_normalization
    if module.scheme.has_features and not kept:
        module.scheme.features.fit(data.feature_sample())  # type: ignore[operator, union-attr]
    if base is not None:
        trained, total = start_from(module.scheme, base, config.adapters)
        description["weights"] = {"trained": trained, "total": total}
    _log.info("%s", network_cost(config.model, module.scheme, store.contract))
    return module


def _trainer(config: TrainConfig, output: Path, callbacks: list[Callback], start: Resumed | None) -> lightning.Trainer:
    settings = config.trainer
    options = lightning_options(settings)
    return lightning.Trainer(
        **{**options, "plugins": [*options["plugins"], AtomicCheckpoints()]},
        max_epochs=settings.epochs,
        precision=settings.precision,  # type: ignore[arg-type]
        deterministic=settings.deterministic,
        logger=build_logger(config.logger, output, start.step if start else None),
        callbacks=callbacks,
        gradient_clip_val=settings.gradient_clip or None,
        reload_dataloaders_every_n_epochs=1,
        num_sanity_val_steps=0,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=50,
        use_distributed_sampler=False,
        default_root_dir=output,
    )


def _callbacks(config: TrainConfig, output: Path, interruption: Interruption) -> list[Callback]:
    monitor = "validation_loss" if config.validate_on else None
    callbacks: list[Callback] = [RunMeasures(config)]
    if isinstance(config.trainer.average, RunningAverage):
        callbacks.append(WeightAverage(config.trainer.average))  # before the callbacks that save
    # Lightning runs checkpoint callbacks last, in this order: they save between two epochs, after validation.
    callbacks += [interruption, BestCheckpoint(output, monitor), LastCheckpoint(output / "last.ckpt")]
    if config.trainer.early_stopping and monitor:
        callbacks.append(EarlyStopping(monitor, patience=config.trainer.early_stopping, check_on_train_epoch_end=True))
    if config.trainer.progress_bar:
        callbacks.append(RunProgress())
    return callbacks
