"""The files of an archive: search, choice of reader, and the check of all files before anything is written."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from copy import copy
from functools import partial
from glob import glob
from pathlib import Path
from typing import NamedTuple

from paramnet.contract import Contract, ParamnetError
from paramnet.execution.running import Executor
from paramnet.files import stored
from paramnet.sources.config import SourceConfig
from paramnet.sources.layout import files_next_to
from paramnet.sources.netcdf.unreadable import UnreadableNow
from paramnet.sources.readers import READERS, Reader
from paramnet.sources.time_axis.steps import FileRecord

__all__ = ["find_files", "make_reader", "scan_files"]

_log = logging.getLogger(__name__)
_FILES_A_TASK = 64
_LISTED = 50
_TRIED_FOR_THE_GRID = 5


class Refused(NamedTuple):
    """A file that cannot be used; ``passing`` if it may be readable later, so that it must not be skipped."""

    error: ParamnetError
    passing: bool


def find_files(where: str, pattern: str, grid: str = "") -> list[Path]:
    """Return files sorted by name, without the grid file: those in a folder that match the source's pattern, one file, or a pattern."""
    path = Path(where).absolute()
    if path.is_dir() and not os.access(path, os.R_OK | os.X_OK):
        raise ParamnetError(
            f"input {where}", expected="a folder that can be read", got="'Permission denied'", remedy="check its owner and mode"
        )
    found = sorted(path.glob(pattern)) if path.is_dir() else [path] if path.is_file() else sorted(map(Path, glob(str(path))))
    grids = {path for folder in {path.parent for path in found} for path in files_next_to(folder, grid)} if grid else set()
    found = [path for path in found if path not in grids]
    if not found:
        raise ParamnetError(
            f"input {where}",
            expected=f"files matching {pattern if path.is_dir() else where}",
            got="none",
            remedy="set input to a folder, a file or a pattern",
        )
    return found


def make_reader(source: SourceConfig, contract: Contract, files: list[Path]) -> Reader:
    """Return the source's reader of ``files``, with the grid of the first usable file.

    Raises ParamnetError if the first few files are all unusable: then the source or contract is probably wrong, not the files.
    """
    kind = stored(READERS[source.reader])
    for start in range(min(len(files), _TRIED_FOR_THE_GRID)):
        try:
            reader = kind(source, contract, files[start:])
        except ParamnetError as error:
            if start == 0:
                first = error
            continue
        reader.files = files
        return reader
    raise first


def scan_files(reader: Reader, executor: Executor, skip: bool) -> tuple[Reader, list[FileRecord], list[str]]:
    """Check every file; return a reader of the usable ones, their records, and the errors of the others.

    Raises ParamnetError listing all unusable files, unless ``skip``.
    """
    batches = [range(start, min(start + _FILES_A_TASK, len(reader.files))) for start in range(0, len(reader.files), _FILES_A_TASK)]
    parts = [(batch.start, [reader.files[index] for index in batch]) for batch in batches]
    checker = replace_files(reader, reader.files[:1])
    found: dict[int, list[FileRecord | Refused]] = dict(executor.run(partial(_scan_batch, reader=checker), parts, "scan"))
    scanned = [one for start in sorted(found) for one in found[start]]
    refused = [one for one in scanned if isinstance(one, Refused)]
    good = [one for one in scanned if isinstance(one, FileRecord)]
    if refused and (not skip or not good or any(one.passing for one in refused)):
        raise _unusable([one.error for one in refused], len(scanned))
    skipped = [str(one.error) for one in refused]
    for line in skipped:
        _log.warning("skipped: %s", line)
    return replace_files(reader, [record.path for record in good]), good, skipped


def replace_files(reader: Reader, files: list[Path]) -> Reader:
    """Return a copy of a reader, with the same grid, for other files."""
    other = copy(reader)
    other.files = files
    return other


def _scan_batch(task: tuple[int, Sequence[Path]], reader: Reader) -> tuple[int, list[FileRecord | Refused]]:
    start, paths = task
    result: list[FileRecord | Refused] = []
    for path in paths:
        try:
            result.append(reader.scan(path))
        except ParamnetError as error:
            result.append(Refused(_without_traceback(error), isinstance(error, UnreadableNow)))
    return start, result


def _without_traceback(error: ParamnetError) -> ParamnetError:
    """Return a copy of an error that does not keep the frames of its traceback, and the bytes of the file in them, in memory."""
    return ParamnetError(error.what, expected=error.expected, got=error.got, where=error.where, remedy=error.remedy)


def _unusable(bad: list[ParamnetError], total: int) -> ParamnetError:
    """Return the error of all unusable files."""
    first = bad[0]
    if len(bad) == 1 and total == 1:
        return first
    if len(bad) == 1:
        others = f"set on_bad_file=skip to leave it out (the other {total - 1} files are usable)"
        remedy = f"{first.remedy}, or {others}" if first.remedy else others
        return ParamnetError(first.what, expected=first.expected, got=first.got, where=first.where, remedy=remedy)
    lines = "\n".join(f"  {error}" for error in bad[:_LISTED])
    more = f"\n  and {len(bad) - _LISTED} more" if len(bad) > _LISTED else ""
    return ParamnetError(
        "input",
        expected=f"{total} usable files",
        got=f"{len(bad)} that are not:\n{lines}{more}\n",
        remedy="fix them, or set on_bad_file=skip to leave them out",
    )
