"""The files of an archive: found, checked all at once before anything is written, and put in order of time."""

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
from paramnet.preprocessing.cf import CFReader
from paramnet.preprocessing.history import HistoryReader
from paramnet.preprocessing.layout import files_beside
from paramnet.preprocessing.reader import Reader
from paramnet.preprocessing.running import Executor
from paramnet.preprocessing.source import SourceConfig
from paramnet.preprocessing.step_pairs import StepPairReader
from paramnet.preprocessing.steps import FileRecord
from paramnet.preprocessing.unreadable import UnreadableNow

_log = logging.getLogger(__name__)
_READERS: dict[str, type[Reader]] = {"history": HistoryReader, "step_pairs": StepPairReader, "cf": CFReader}
_FILES_A_TASK = 64
_LISTED = 50
_TRIED_FOR_THE_GRID = 5


class Refused(NamedTuple):
    """What is wrong with a file; ``passing`` where it may be read another time, and is not left out for good."""

    message: str
    passing: bool


def find_files(where: str, pattern: str, grid: str = "") -> list[Path]:
    """Files of a folder that match the source's pattern, or one file, or those a pattern finds; sorted by name, without the grid file."""
    path = Path(where).absolute()
    if path.is_dir() and not os.access(path, os.R_OK | os.X_OK):
        raise ParamnetError(
            f"input {where}", expected="a folder that can be read", got="'Permission denied'", remedy="check its owner and mode"
        )
    found = sorted(path.glob(pattern)) if path.is_dir() else [path] if path.is_file() else sorted(map(Path, glob(str(path))))
    grids = {path for folder in {path.parent for path in found} for path in files_beside(folder, grid)} if grid else set()
    found = [path for path in found if path not in grids]
    if not found:
        raise ParamnetError(
            f"input {where}: expected files matching {pattern if path.is_dir() else where}, got none; say input=FOLDER, a file or a pattern"
        )
    return found


def make_reader(source: SourceConfig, contract: Contract, files: list[Path]) -> Reader:
    """The source's reader of ``files``; the grid is that of the first file that has one.

    Raises ParamnetError when the first few files are all unusable: then source or contract are wrong, not the files.
    """
    kind = _READERS[source.reader]
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
    """Check every file; returns a reader of the good ones, their records, and what is wrong with the others.

    Raises ParamnetError listing every file that cannot be used, unless they are to be skipped.
    """
    batches = [range(start, min(start + _FILES_A_TASK, len(reader.files))) for start in range(0, len(reader.files), _FILES_A_TASK)]
    parts = [(batch.start, [reader.files[index] for index in batch]) for batch in batches]
    checker = replace_files(reader, reader.files[:1])
    found: dict[int, list[FileRecord | Refused]] = dict(executor.run(partial(_scan_batch, reader=checker), parts, "scan"))
    scanned = [one for start in sorted(found) for one in found[start]]
    refused = [one for one in scanned if isinstance(one, Refused)]
    bad = [one.message for one in refused]
    good = [one for one in scanned if isinstance(one, FileRecord)]
    if bad and (not skip or not good or any(one.passing for one in refused)):
        raise ParamnetError(_listing(bad, len(scanned)))
    for line in bad:
        _log.warning("skipped: %s", line)
    return replace_files(reader, [record.path for record in good]), good, bad


def replace_files(reader: Reader, files: list[Path]) -> Reader:
    """The same reader, grid included, of other files."""
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
            result.append(Refused(str(error), isinstance(error, UnreadableNow)))
    return start, result


def _listing(bad: list[str], total: int) -> str:
    if len(bad) == 1:
        return bad[0] if total == 1 else f"{bad[0]} (the other {total - 1} files are good; on_bad_file=skip leaves this one out)"
    lines = "\n".join(f"  {line}" for line in bad[:_LISTED])
    more = f"\n  and {len(bad) - _LISTED} more" if len(bad) > _LISTED else ""
    return f"expected {total} usable files, got {len(bad)} that are not; mend them, or leave them out with on_bad_file=skip:\n{lines}{more}"
