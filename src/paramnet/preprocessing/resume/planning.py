"""Checking of the files and planning of the work, once: a resumed run reads the plan of the earlier one."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.execution.running import Executor
from paramnet.files import load_record, save_record
from paramnet.preprocessing.config import PreprocessConfig
from paramnet.preprocessing.resume.plan import Plan, load_plan
from paramnet.preprocessing.shuffle.spill import row_dtype
from paramnet.preprocessing.splits.assignment import Assignment, assign_splits, left_out_steps
from paramnet.preprocessing.splits.columns import assign_columns
from paramnet.preprocessing.splits.rules import CONTROL
from paramnet.preprocessing.splits.sequences import in_sequences
from paramnet.sources.archive import scan_files
from paramnet.sources.file_state import FileState, require_unchanged
from paramnet.sources.readers.base import Reader
from paramnet.sources.repeats import keep_once
from paramnet.sources.step_account import time_notes, usable_steps
from paramnet.sources.time_axis.steps import FileRecord, Timeline

_log = logging.getLogger(__name__)


def make_plan(
    unfinished: Path,
    config: PreprocessConfig,
    reader: Reader,
    archives: list[list[Path]],
    states: dict[Path, FileState],
    executor: Executor,
) -> tuple[Plan, list[FileRecord], list[str]]:
    """Check the files and plan the work, unless an earlier run has; ``states`` : states of all files before anything was read."""
    scan = unfinished / "work" / "scan"
    if not (unfinished / "work" / "plan").is_file():
        try:
            plan, records, skipped = _planned(unfinished, config, reader, archives, executor)
            require_unchanged(list(states), list(states.values()))
        except ParamnetError:
            shutil.rmtree(unfinished, ignore_errors=True)  # leave nothing behind if the files are unusable
            raise
        save_record(scan, (records, skipped))
        plan.write()
    plan = load_plan(unfinished)
    records, skipped = load_record(scan, tuple)
    if plan.reader.source != config.source or not {*plan.reader.files} <= {path for archive in archives for path in archive}:
        raise ParamnetError(
            "plan", expected="the plan of this run", got="that of another run", where=str(unfinished), remedy=f"remove {unfinished}"
        )
    left_out = ", ".join(f"{count} {reason}" for reason, count in plan.left_out.items() if count) or "none"
    counts = plan.counts
    _log.info("steps: %d in %d files, %d of them in the splits; left out: %s", counts.archive, len(records), counts.kept, left_out)
    return plan, records, skipped


def _planned(
    unfinished: Path, config: PreprocessConfig, reader: Reader, archives: list[list[Path]], executor: Executor
) -> tuple[Plan, list[FileRecord], list[str]]:
    reader, records, skipped = scan_files(reader, executor, config.on_bad_file == "skip")
    notes, time_step = time_notes(records, reader.source.name), reader.contract.time_step
    timeline = Timeline.of(records, time_step, _climates_of(records, archives))
    once = keep_once(timeline, reader, records, config.repeated_steps)
    steps = timeline.steps(once, time_step)
    names = [CONTROL, *config.climates]
    column = assign_columns(reader.columns, config.splits) if config.splits.by == "columns" else None
    assigned = Assignment.by_step(assign_splits(steps, config.splits, usable_steps(steps, reader), names), column)
    splits = in_sequences(assigned, steps, config.sequence)
    left_out = left_out_steps(steps, assigned.step, reader.has_earlier(steps), reader.source.select.steps(len(steps)), config.splits)
    if config.sequence > 1:
        left_out["in no complete sequence"] = len(assigned.kept) - len(splits.kept)
    rows = max(1, config.block_megabytes * 10**6 // row_dtype(reader.contract).itemsize)
    plan = Plan(
        unfinished.absolute(),
        reader,
        steps,
        splits,
        steps_per_block=max(1, rows // len(reader.columns) // config.sequence) * config.sequence,
        rows_per_range=max(1, rows // config.chunk_samples) * config.chunk_samples,
        sequence=config.sequence,
        seed=config.seed,
        sizes=np.array([[part["size"] for part in record.parts] for record in records], dtype=np.int64),
        modified=np.array([[part["modified"] for part in record.parts] for record in records], dtype=np.float64),
        left_out={"repeated": int((~once).sum())} | left_out,
        notes=notes,
    )
    return plan, records, skipped


def _climates_of(records: list[FileRecord], archives: list[list[Path]]) -> list[int]:
    """Return the number of the archive of each file."""
    number = {path: number for number, archive in enumerate(archives) for path in archive}
    return [number[record.path] for record in records]
