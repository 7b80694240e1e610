"""What predictions are judged beside: climatology and distance of the data that training saw, not of those it is judged on."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.evaluation.climatology import Climatology, train_climatology
from paramnet.evaluation.config import EvaluateConfig
from paramnet.evaluation.strata import TrainingDistance, training_distance
from paramnet.normalization import InputConfig
from paramnet.store import Split, Store
from paramnet.training import Checkpoint, find_trained_store

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reference:
    """``far`` is None where distance is not asked for, or the training data are not there."""

    climatology: Climatology
    far: TrainingDistance | None


def make_reference(config: EvaluateConfig, checkpoint: Checkpoint, store: Store, split: Split, column: NDArray[np.integer]) -> Reference:
    """Of the splits fitted on, in the store trained on. ``column`` : grid columns of the samples judged.

    Where that store is gone, the climatology is the checkpoint's own training mean of each output, and there is no distance.
    Columns count as the same place only where their latitude and longitude say so.
    """
    fitted_on = list(checkpoint.meta["training"]["fit_on"])
    trained = find_trained_store(checkpoint, store)
    if trained is None:
        _log.warning("store %s: not there any more; climatology is training's global mean, no distance", checkpoint.meta["store"]["path"])
        return Reference(Climatology("global", checkpoint.statistics("outputs").mean[None, :]), None)
    kind = config.climatology
    if kind == "column" and trained is not store and not _same_places(trained, fitted_on[0], split):
        kind = "global"
    climatology = train_climatology(trained, kind, np.unique(column), config.chunk, fitted_on)
    if climatology.kind != config.climatology:
        _log.warning("climatology: some columns of %s have no training sample; using the global mean of each output", config.split)
    if not config.envelope_samples:
        return Reference(climatology, None)
    selection = InputConfig.of_checkpoint(checkpoint.meta)
    return Reference(climatology, training_distance(trained, config.envelope_samples, fitted_on, selection))


def _same_places(trained: Store, name: str, split: Split) -> bool:
    """Whether a column's number means the same place in both, as far as both have it."""
    places = []
    for each in (trained.split(name), split):
        columns, first = np.unique(np.asarray(each.column_index[...]), return_index=True)
        where = np.stack([np.asarray(each.latitude[...])[first], np.asarray(each.longitude[...])[first]], axis=1)
        places.append(dict(zip(columns.tolist(), where.tolist(), strict=True)))
    common = places[0].keys() & places[1].keys()
    return all(np.allclose(places[0][number], places[1][number], atol=1e-3) for number in common)
