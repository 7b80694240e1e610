"""Repeated steps of an archive, as reruns and restarts leave them: one of each time is kept, and all are counted."""

from __future__ import annotations

import itertools
import logging

import numpy as np
from numpy.typing import NDArray

from paramnet.sources.readers.base import Reader
from paramnet.sources.time_axis.steps import FileRecord, Timeline, repeated_step

__all__ = ["keep_once"]

_AT_A_TIME = 16  # steps compared

_log = logging.getLogger(__name__)


def keep_once(timeline: Timeline, reader: Reader, records: list[FileRecord], rule: str) -> NDArray[np.bool_]:
    """Return the mask of the steps to keep : (step), one of each time.

    rule : ``identical`` compares the values of steps with the same time and keeps the first; ``first`` and ``last`` keep the step of
    the first or last file, ordered by name, without comparison. Raises ParamnetError naming files, time and variable that differ.
    """
    kept = np.ones(len(timeline.days), dtype=bool)
    again = np.flatnonzero(timeline.again >= 0)
    if not len(again):
        return kept
    group = np.cumsum(timeline.again < 0)
    if rule == "identical":
        _log.info("%d steps are in the files more than once: comparing them", len(again))
        _require_agreement(timeline, reader, records, again)
    for number in np.unique(group[again]):
        members = np.arange(*np.searchsorted(group, [number, number + 1]))
        places = sorted(members, key=lambda at: (timeline.file_index[at], timeline.time_index[at]))
        kept[members] = False
        kept[places[-1 if rule == "last" else 0]] = True
    _report(timeline, records, again, rule)
    return kept


def _require_agreement(timeline: Timeline, reader: Reader, records: list[FileRecord], again: NDArray[np.int64]) -> None:
    before = timeline.again[again]
    pairs = np.stack([timeline.file_index[before], timeline.file_index[again]], axis=1)
    starts = [0, *(np.flatnonzero(np.any(np.diff(pairs, axis=0) != 0, axis=1)) + 1), len(pairs)]
    for start, stop in itertools.pairwise(starts):
        for at in range(start, stop, _AT_A_TIME):
            here = slice(at, min(stop, at + _AT_A_TIME))
            found = reader.first_difference(
                (int(pairs[at, 0]), timeline.time_index[before[here]]), (int(pairs[at, 1]), timeline.time_index[again[here]])
            )
            if found:
                raise repeated_step(records[pairs[at, 0]], records[pairs[at, 1]], float(timeline.days[again[at]]), found)


def _report(timeline: Timeline, records: list[FileRecord], again: NDArray[np.int64], rule: str) -> None:
    count: dict[tuple[str, str], int] = {}
    for at in again:
        names = tuple(records[timeline.file_index[place]].name for place in (timeline.again[at], at))
        count[names] = count.get(names, 0) + 1  # type: ignore[index,arg-type]
    for (one, other), steps in count.items():
        _log.warning("%d steps of %s are repeated in %s; one of each is kept (repeated_steps=%s)", steps, one, other, rule)
