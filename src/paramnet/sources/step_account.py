"""Notes on the times of an archive, and the steps that can be samples."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError
from paramnet.physics import SECONDS_PER_DAY
from paramnet.sources.readers.base import Reader
from paramnet.sources.time_axis.steps import FileRecord, Steps

__all__ = ["time_notes", "usable_steps"]

_log = logging.getLogger(__name__)


def time_notes(records: Sequence[FileRecord], source: str) -> list[str]:
    """Return each distinct note on times, with the number of files and the first of them; they are logged as warnings.

    Raises ParamnetError if some files use their own time header, which differs from the source's, and others the source's.
    """
    files: dict[str, list[FileRecord]] = {}
    for record in records:
        if record.note:
            files.setdefault(record.note, []).append(record)
    by_source = [record for record in records if record.dated_by == "source"]
    by_file = [record for record in records if record.dated_by == "file"]
    if by_source and by_file:
        raise ParamnetError(
            "time",
            expected=f"all files dated by their own headers, or all by source {source}",
            got=f"{by_file[0].name}: {by_file[0].note}; {by_source[0].name}: {by_source[0].note}",
            remedy="correct the headers of the files, or set the true one under `time` of the source with override: true",
        )
    notes = []
    for note, noted in files.items():
        names = noted[0].name + (" …" if len(noted) > 1 else "")
        notes.append(f"time of {len(noted)} of {len(records)} files ({names}): {note}")
        _log.warning("%s", notes[-1])
    return notes


def usable_steps(steps: Steps, reader: Reader) -> NDArray[np.bool_]:
    """Return the mask of steps that can be samples : (step). Their earlier steps are in the archive and ``select`` keeps them.

    Raises ParamnetError if there is none.
    """
    earlier, selected = reader.has_earlier(steps), reader.source.select.steps(len(steps))
    if not np.any(earlier & selected):
        raise ParamnetError(
            "steps",
            expected=f"some with {reader.lags} earlier steps in the archive, {reader.contract.time_step:g} s apart, "
            f"as contract {reader.contract.name} needs, and kept by `select`",
            got=f"none of {len(steps)}{_spacing(steps)}",
            remedy="give consecutive files, or choose another contract",
        )
    return np.asarray(earlier & selected)


def _spacing(steps: Steps) -> str:
    apart = np.round(np.diff(steps.days)[np.diff(steps.climate) == 0] * SECONDS_PER_DAY, 1)
    if not len(apart):
        return ""
    values, counts = np.unique(apart, return_counts=True)
    return f", most of them {values[counts.argmax()]:g} s apart"
