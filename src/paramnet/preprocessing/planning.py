"""The files checked and the work planned, once: a run that goes on finds the plan where an earlier one left it."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.files import replacing
from paramnet.preprocessing.archive import scan_files
from paramnet.preprocessing.column_splits import assign_columns
from paramnet.preprocessing.config import PreprocessConfig
from paramnet.preprocessing.plan import Plan, load_plan
from paramnet.preprocessing.reader import Reader
from paramnet.preprocessing.running import Executor
from paramnet.preprocessing.spill import row_dtype
from paramnet.preprocessing.split_rules import CONTROL
from paramnet.preprocessing.splits import Assignment, assign_splits
from paramnet.preprocessing.steps import FileRecord, order_steps


def make_plan(
    aside: Path, config: PreprocessConfig, reader: Reader, archives: list[list[Path]], executor: Executor
) -> tuple[Plan, list[FileRecord], list[str]]:
    """Check the files and plan the work, unless an earlier run has."""
    scan = aside / "work" / "scan"
    if not (aside / "work" / "plan").is_file():
        try:
            reader, records, skipped = scan_files(reader, executor, config.on_bad_file == "skip")
            steps = order_steps(records, reader.contract.time_step, _climates_of(records, archives))
            names = [CONTROL, *config.climates]
            column = assign_columns(reader.columns, config.splits) if config.splits.by == "columns" else None
            splits = Assignment.by_step(assign_splits(steps, config.splits, reader.usable(steps), names), column)
        except ParamnetError:
            shutil.rmtree(aside)  # nothing is written before the files are good
            raise
        with replacing(scan) as path:
            path.write_bytes(pickle.dumps((records, skipped), protocol=5))
        rows = max(1, config.block_megabytes * 10**6 // row_dtype(reader.contract).itemsize)
        Plan(
            aside.absolute(),
            reader,
            steps,
            splits,
            steps_per_block=max(1, rows // len(reader.columns)),
            rows_per_range=max(1, rows // config.chunk_samples) * config.chunk_samples,
            seed=config.seed,
        ).write()
    return load_plan(aside), *pickle.loads(scan.read_bytes())


def _climates_of(records: list[FileRecord], archives: list[list[Path]]) -> list[int]:
    """Number of the archive each file is from."""
    number = {path: number for number, archive in enumerate(archives) for path in archive}
    return [number[record.path] for record in records]
