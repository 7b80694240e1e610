"""The store that a checkpoint was trained on: found, told from others, and what of other data training has seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from paramnet.contract import Contract, ParamnetError
from paramnet.store import Store, open_store, share_within
from paramnet.training.checkpoint import statistics_to
from paramnet.training.identity import digest_of


class Described(Protocol):
    """What is asked of a checkpoint here, and of whatever else says how it was trained: its contract and its description."""

    @property
    def contract(self) -> Contract: ...

    @property
    def meta(self) -> dict[str, Any]: ...


def is_trained_on(checkpoint: Described, store: Store) -> bool:
    """Whether a store holds what the checkpoint was trained on."""
    known = checkpoint.meta["store"]
    if known.get("content"):
        return bool(known["content"] == store.content)
    # Written by an older version: the same files and settings, and so the same statistics.
    statistics = digest_of({side: statistics_to(store.statistics(side)) for side in ("inputs", "outputs")})
    return known["provenance"] == store.attributes["provenance"] and digest_of(checkpoint.meta["statistics"]) == statistics


def open_data(checkpoint: Described, store: str = "") -> Store:
    """The store named, or the one that the checkpoint was trained on, of the checkpoint's contract.

    Raises ParamnetError where that is not there any more, or where another one is in its place.
    """
    known, named = checkpoint.meta["store"], f"{checkpoint.meta.get('kind', 'checkpoint')} {checkpoint.meta['path']}"
    found = Path(store or known["path"])
    if not store and not found.exists():
        raise ParamnetError(named, expected=f"the store it was trained on, {found}", got="nothing there", remedy="say where it is: store=…")
    opened = open_store(found)
    opened.require_contract(checkpoint.contract, named)
    if not store and not is_trained_on(checkpoint, opened):
        raise ParamnetError(
            named,
            expected=f"the store it was trained on in {found}",
            got="one of other content",
            remedy=f"say store={found} to take it all the same, or where the other is",
        )
    return opened


def find_trained_store(checkpoint: Described, other: Store) -> Store | None:
    """The store trained on, where ``other`` is it or it is still where it was; None otherwise."""
    if is_trained_on(checkpoint, other):
        return other
    try:
        return open_data(checkpoint)
    except ParamnetError:
        return None


def part_in_training(split: str, checkpoint: Described, store: Store) -> str:
    """What training did with a split of a store, as a report says it."""
    training, known = checkpoint.meta["training"], checkpoint.meta["store"]
    if is_trained_on(checkpoint, store):
        if split in training["fit_on"]:
            return "that training was fitted to"
        return "that chose the epoch" if split == training["validate_on"] else "that training never saw"
    days = known.get("days")
    comparable = [known.get(key) == store.attributes[key] for key in ("time_units", "calendar")]
    if days is None or not all(comparable):
        return "of another store than training's; whether training saw it is not known"
    times = store.split(split).time
    steps = np.unique(np.asarray(times[...]))
    for names, what in ((training["fit_on"], "that training was fitted to"), ([training["validate_on"]], "that chose the epoch")):
        share = share_within(steps, [run for name in names for run in days.get(name, [])])
        if share > 0:
            return f"of another store than training's; {share:.0%} of its steps are at times {what}"
    return "that training never saw"
