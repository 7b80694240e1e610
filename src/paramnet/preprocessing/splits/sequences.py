"""Sequences of consecutive steps, which stay together in the store: the steps of each split are cut into pieces of one length."""

from __future__ import annotations

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.preprocessing.splits.assignment import Assignment
from paramnet.sources.time_axis.steps import Steps
from paramnet.store import SPLITS


def in_sequences(splits: Assignment, steps: Steps, length: int) -> Assignment:
    """Leave out the steps that are in no complete sequence of ``length`` steps, each one time step after the one before.

    A missing step, another climate and another split end a sequence, the end of a file does not. In the order of the kept steps a
    sequence then begins at every multiple of ``length``. Raises ParamnetError if a split loses all of its steps.
    """
    if length == 1:
        return splits
    code, place = splits.step, np.arange(len(steps))
    begins = np.append(True, (steps.previous != place - 1)[1:] | (code[1:] != code[:-1]))
    first = place[begins]
    run = np.cumsum(begins) - 1
    lengths = np.diff(np.append(first, len(steps)))
    complete = place - first[run] < (lengths // length * length)[run]
    cut = np.where(complete, code, np.int8(-1))
    for number, name in enumerate(SPLITS):
        if np.any(code == number) and not np.any(cut == number):
            raise ParamnetError(
                f"split {name}",
                expected=f"sequences of {length} steps, each one time step after the one before",
                got=f"at most {lengths[code[begins] == number].max()} in a row",
                remedy="set a smaller `sequence` or longer splits.block_days, give consecutive files, or set select.every_step to 1",
            )
    return Assignment(cut, splits.column)
