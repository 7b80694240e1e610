"""The store a checkpoint was trained on: finding and recognizing it, and the overlap of other data with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from paramnet.contract import Contract, ParamnetError
from paramnet.files import digest_of
from paramnet.scheme.checkpoint import statistics_to
from paramnet.store import Store, open_store, share_within


class Described(Protocol):
    """A checkpoint, or another object with a contract and a description of its training."""

    @property
    def contract(self) -> Contract: ...

    @property
    def meta(self) -> dict[str, Any]: ...


def is_trained_on(checkpoint: Described, store: Store) -> bool:
    """Return True if a store holds the data the checkpoint was trained on."""
    known = checkpoint.meta["store"]
    if known.get("content"):
        return bool(known["content"] == store.content)
    # Written by an older version: compare files, settings and statistics.
    statistics = digest_of({side: statistics_to(store.statistics(side)) for side in ("inputs", "outputs")})
    return known["provenance"] == store.attributes["provenance"] and digest_of(checkpoint.meta["statistics"]) == statistics


def open_data(checkpoint: Described, store: str = "") -> Store:
    """Open the given store, or by default the one the checkpoint was trained on; it must have the checkpoint's contract.

    Raises ParamnetError if the store of training is missing or was replaced by another one.
    """
    known, named = checkpoint.meta["store"], f"{checkpoint.meta.get('kind', 'checkpoint')} {checkpoint.meta['path']}"
    found = Path(store or known["path"])
    if not store and not found.exists():
        raise ParamnetError(named, expected=f"the store it was trained on, {found}", got="no such folder", remedy="give it as store=…")
    opened = open_store(found)
    opened.require_contract(checkpoint.contract, named)
    if not store and not is_trained_on(checkpoint, opened):
        raise ParamnetError(
            named,
            expected=f"the store it was trained on in {found}",
            got="one with other content",
            remedy=f"give the path of the original as store=…, or set store={found} to use this one",
        )
    return opened


def find_trained_store(checkpoint: Described, other: Store) -> Store | None:
    """The store of training: ``other`` if it is the same, else the one at the recorded path; None if that is missing."""
    if is_trained_on(checkpoint, other):
        return other
    try:
        return open_data(checkpoint)
    except ParamnetError:
        return None


def part_in_training(split: str, checkpoint: Described, store: Store) -> str:
    """Return how training used a split of a store, as a phrase for reports."""
    training, known = checkpoint.meta["training"], checkpoint.meta["store"]
    if is_trained_on(checkpoint, store):
        if split in training["fit_on"]:
            return "that training was fitted to"
        return "that chose the epoch" if split == training["validate_on"] else "that training never saw"
    days = known.get("days")
    comparable = [known.get(key) == store.attributes[key] for key in ("time_units", "calendar")]
    if days is None or not all(comparable):
        return "of a store other than that of training; its overlap with the training data is unknown"
    times = store.split(split).time
    steps = np.unique(np.asarray(times[...]))
    for names, what in ((training["fit_on"], "that training was fitted to"), ([training["validate_on"]], "that chose the epoch")):
        share = share_within(steps, [run for name in names for run in days.get(name, [])])
        if share > 0:
            return f"of a store other than that of training; {share:.0%} of its steps are at times {what}"
    return "that training never saw"
