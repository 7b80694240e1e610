"""The trained scheme from which fine-tuning starts: its configuration, weights and statistics."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import numpy as np

from paramnet.scheme.adapter_config import AdapterConfig, Extended, FromBase
from paramnet.scheme.adapters import take_over, trained_weights
from paramnet.scheme.checkpoint import Checkpoint, load_checkpoint, statistics_to
from paramnet.scheme.constraints import ConstraintConfig
from paramnet.scheme.extending import extend, require_extendable
from paramnet.scheme.networks import ModelConfig, with_free_weights
from paramnet.scheme.normalization import FeatureConfig, InputConfig
from paramnet.scheme.scheme import Scheme
from paramnet.store import ColumnStatistics, Store
from paramnet.training.config import TrainConfig

_log = logging.getLogger(__name__)


def open_base(config: TrainConfig, store: Store) -> tuple[TrainConfig, Checkpoint | None]:
    """Return the configuration with model, features, constraints and inputs of the base, and the base itself.

    An extended scheme has its own model and constraints.

    Without adapters the configuration is unchanged and the base is None. Raises ContractMismatch if base and store have
    different contracts.
    """
    if not isinstance(config.adapters, FromBase):
        return config, None
    base = load_checkpoint(config.adapters.base)
    store.require_contract(base.contract, f"adapters.base {config.adapters.base}")
    model = with_free_weights(ModelConfig.read(base.meta["model"]))
    constraints = [ConstraintConfig(**constraint) for constraint in base.meta["constraints"]]
    if isinstance(config.adapters, Extended):
        require_extendable(config.model, model, config.adapters.base)
        model, constraints = config.model, config.constraints
    features = [FeatureConfig(**feature) for feature in base.meta["features"]]
    inputs = InputConfig.of_checkpoint(base.meta)
    return replace(config, model=model, features=features, constraints=constraints, inputs=inputs), base


def carry_statistics(description: dict[str, Any], base: Checkpoint, store: Store) -> None:
    """Keep the mean and standard deviation of the base; extend the ranges to both climates.

    Weights are valid only with the normalization they were trained with, and a warmer climate normalized by its own statistics
    would look like the old one. The ranges are used by a host's guard: they cover all the data of training.
    """
    for side in ("inputs", "outputs"):
        old, new = base.statistics(side), store.statistics(side)
        middle = len(old.quantile_levels) // 2
        quantiles = np.minimum(old.quantiles, new.quantiles)
        quantiles[middle:] = np.maximum(old.quantiles, new.quantiles)[middle:]
        quantiles[middle] = new.quantiles[middle]
        low, high = np.minimum(old.min, new.min), np.maximum(old.max, new.max)
        carried = ColumnStatistics(old.mean, old.std, low, high, old.constant, quantiles, old.quantile_levels)
        description["statistics"][side] = statistics_to(carried)


def start_from(scheme: Scheme, base: Checkpoint, config: AdapterConfig) -> tuple[int, int]:
    """Copy the weights of the base into the scheme. Returns the number of trained weights and of all weights."""
    start = extend if isinstance(config, Extended) else take_over
    start(scheme.network, base.scheme.network)
    if config.keeps_normalization and scheme.has_features:
        scheme.features.load_state_dict(base.scheme.features.state_dict())
    trained, total = trained_weights(scheme.network)
    _log.info("adapters: %d of %d weights are trained (%.2g %%)", trained, total, 100 * trained / total)
    return trained, total
