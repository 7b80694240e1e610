"""The linear network, fitted by least squares: as the scheme itself, or as the baseline of any other network."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.utilities import rank_zero_only

from paramnet.contract import ParamnetError
from paramnet.scheme.adapter_config import AdapterConfig
from paramnet.scheme.checkpoint import MEMBER, SCHEME_PREFIX, read_checkpoint
from paramnet.scheme.networks import LinearModel
from paramnet.store import Store
from paramnet.training.callbacks.saving import save
from paramnet.training.config import TrainConfig
from paramnet.training.data_module import StoreData
from paramnet.training.description import describe
from paramnet.training.identity import changes, identity_of
from paramnet.training.loss.config import LossConfig
from paramnet.training.module import SchemeTraining
from paramnet.training.resuming import TrainResult, write_result
from paramnet.training.ridge import fit_ridge

_log = logging.getLogger(__name__)

LINEAR = "linear"  # folder of the linear baseline in the output folder


def fit_linear(config: TrainConfig, store: Store, description: dict[str, Any], output: Path) -> TrainResult:
    """Fit, validate and save as ``best.ckpt`` in ``output``; an existing fit with the same identity is kept."""
    kept = _same_fit(output / "best.ckpt", description)
    if kept is not None:
        _log.info("%s: already fitted to this store; nothing to do", output / "best.ckpt")
        return write_result(TrainResult(output / "best.ckpt", output / "best.ckpt", kept), output)
    data = StoreData(config, store)
    module = SchemeTraining(config, description, store)
    if module.scheme.has_features:
        module.scheme.features.fit(data.feature_sample())  # type: ignore[operator, union-attr]
    assert isinstance(config.model, LinearModel)
    fit_ridge(module.scheme, data.loader(-1), config.model.ridge)
    scores = _validate(module, data) if data.validation else {}
    state = {SCHEME_PREFIX + key: value for key, value in module.scheme.state_dict().items()}
    save({"state_dict": state, "epoch": 0, MEMBER: {**description, "scores": scores}}, output / "best.ckpt")
    return write_result(TrainResult(output / "best.ckpt", output / "best.ckpt", scores), output)


def _same_fit(path: Path, description: dict[str, Any]) -> dict[str, float] | None:
    """Scores of the linear network at ``path`` if it has the same identity, else None."""
    try:
        found = read_checkpoint(path)[MEMBER]
        same = not changes(identity_of(found), identity_of(description))
    except (ParamnetError, KeyError):
        return None
    return dict(found["scores"]) if same else None


@rank_zero_only
def fit_linear_baseline(config: TrainConfig, store: Store) -> None:
    """Fit the linear baseline with the same data, features and constraints, as ``linear/best.ckpt``."""
    output = Path(config.output) / LINEAR
    output.mkdir(parents=True, exist_ok=True)
    model = LinearModel(input_limit=config.model.input_limit, ridge=config.linear_ridge)
    # A loss for other heads cannot score a linear network; the fit itself is always by least squares.
    one_number = (
        config.model.size == 1 and config.model.member_head.kind == "deterministic" and not config.model.random_numbers(store.contract)
    )
    loss = config.loss if one_number else LossConfig()
    # Its normal equations are float64 on the CPU, wherever the network is fitted.
    where = replace(config.trainer.data, residence="auto") if config.trainer.data.residence == "device" else config.trainer.data
    trainer = replace(config.trainer, devices=1, nodes=1, data=where)
    adapters = AdapterConfig()
    linear = replace(config, output=str(output), model=model, loss=loss, trainer=trainer, linear_baseline=False, adapters=adapters)
    fit_linear(linear, store, describe(linear, store), output)


@torch.inference_mode()
def _validate(module: SchemeTraining, data: StoreData) -> dict[str, float]:
    """Validation loss and R2 of a scheme fitted without Lightning, by the names that Lightning logs."""
    module.on_validation_epoch_start()
    for index, batch in enumerate(data.val_dataloader()):
        module.validation_step(batch, index)
    return module.validation_scores()
