"""References for an evaluation: climatology of, and distance from, the training data (not the data evaluated)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paramnet.evaluation.candidate import Candidate
from paramnet.evaluation.climatology import Climatology, train_climatology
from paramnet.evaluation.config import EvaluateConfig
from paramnet.evaluation.strata import TrainingDistance, training_distance
from paramnet.scheme.normalization import InputConfig
from paramnet.store import Split, Store, StoreError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reference:
    """``far`` is None if distance is switched off or the training data are missing; ``climatology`` if there is none.

    ``of`` : the data of the climatology, as text.
    """

    climatology: Climatology | None
    far: TrainingDistance | None
    of: str = "the training period"


def make_reference(config: EvaluateConfig, candidate: Candidate, store: Store, split: Split, column: NDArray[np.integer]) -> Reference:
    """References from the splits used for fitting, in the store of the training. ``column`` : grid columns of the samples.

    Without that store there is no distance. The climatology is then the training mean of each output, from the checkpoint, or,
    for a scheme.pt, that of the train split of the evaluated store, if there is one. A climatology by column is used only if
    latitude and longitude of the columns agree between the stores.
    """
    trained = candidate.trained_store(store)
    if trained is None or candidate.training is None:
        return _without_training_data(config, candidate, store, column)
    fitted_on = list(candidate.training.meta["training"]["fit_on"])
    kind = config.climatology
    if kind == "column" and trained is not store and not _same_places(trained, fitted_on[0], split):
        kind = "global"
    climatology = train_climatology(trained, kind, np.unique(column), config.chunk, fitted_on)
    if climatology.kind != config.climatology:
        _log.warning("climatology: some columns of %s have no training samples; using the global mean of each output", config.split)
    if not config.envelope_samples:
        return Reference(climatology, None)
    selection = InputConfig.of_checkpoint(candidate.training.meta)
    return Reference(climatology, training_distance(trained, config.envelope_samples, fitted_on, selection))


def _without_training_data(config: EvaluateConfig, candidate: Candidate, store: Store, column: NDArray[np.integer]) -> Reference:
    if candidate.checkpoint is not None:
        where = candidate.checkpoint.meta["store"]["path"]
        _log.warning("store %s: not found; using the global training mean as climatology, and no distance", where)
        return Reference(Climatology("global", candidate.checkpoint.statistics("outputs").mean[None, :]), None)
    try:
        store.split("train")
    except StoreError:
        _log.warning("%s: training data not available, so there is no climatology and no distance from training", candidate.path)
        return Reference(None, None)
    _log.warning("%s: training data not available; using the climatology of the store's own train split, and no distance", candidate.path)
    climatology = train_climatology(store, config.climatology, np.unique(column), config.chunk)
    return Reference(climatology, None, "the train split of the evaluated store")


def _same_places(trained: Store, name: str, split: Split) -> bool:
    """Return True if every column number that both have is the same place in both."""
    places = []
    for each in (trained.split(name), split):
        columns, first = np.unique(np.asarray(each.column_index[...]), return_index=True)
        where = np.stack([np.asarray(each.latitude[...])[first], np.asarray(each.longitude[...])[first]], axis=1)
        places.append(dict(zip(columns.tolist(), where.tolist(), strict=True)))
    common = places[0].keys() & places[1].keys()
    return all(np.allclose(places[0][number], places[1][number], atol=1e-3) for number in common)
