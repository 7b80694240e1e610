"""The preprocessing pipeline from history files to a training store: out of core, and resumable after any interruption."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import zarr

from paramnet.contract import Contract, ParamnetError
from paramnet.execution.cluster import open_cluster
from paramnet.execution.running import Executor
from paramnet.files import put_in_place, require_writable_folder
from paramnet.preprocessing.config import PreprocessConfig
from paramnet.preprocessing.finishing import block_results, describe_store, require_all_samples, write_report, write_statistics
from paramnet.preprocessing.passes.gather import write_range
from paramnet.preprocessing.passes.invalid_values import summarize_findings
from paramnet.preprocessing.passes.scatter import scatter_block
from paramnet.preprocessing.provenance import fingerprint
from paramnet.preprocessing.resume.claim import claim, is_up_to_date, only_run
from paramnet.preprocessing.resume.journal import Journal, space_needed
from paramnet.preprocessing.resume.plan import Plan, Shards
from paramnet.preprocessing.resume.planning import make_plan
from paramnet.preprocessing.shuffle.order import plan_ranges
from paramnet.preprocessing.shuffle.spill import row_dtype, spills
from paramnet.sources.archive import find_files, make_reader
from paramnet.sources.file_state import FileState
from paramnet.sources.readers.base import Reader
from paramnet.store import SPLITS, consolidate, create_split, unfinished_path

_log = logging.getLogger(__name__)


def preprocess(config: PreprocessConfig) -> Path:
    """Write the training store and return its path; an existing store of the same files and configuration is kept.

    The store (see ``paramnet.store``) has float32 samples in the contract's units, shuffled globally within each split,
    float64 statistics of the training split, and the file, step and column of each sample. It is written to
    ``<store>.incomplete`` and renamed when it is complete. Memory is about ``workers`` times a few ``block_megabytes``.

    If a run is killed or the disk is full, ``<store>.incomplete`` remains. The same call resumes from there and gives the
    same bits as an uninterrupted run.

    Raises ParamnetError naming file and variable if a file is missing, truncated or not netCDF, or if units, vertical
    grid, times or values differ from what source and contract require.
    """
    began = time.monotonic()
    contract = config.source.extended(Contract.from_yaml(config.contract or config.source.contract))
    config.source.require(contract)
    archives = [find_files(where, config.source.pattern, config.source.grid.file) for where in (config.input, *config.climates.values())]
    files = [path for archive in archives for path in archive]
    reader = make_reader(config.source, contract, files)
    states = {part: FileState.of(part) for part in (*(part for path in files for part in reader.parts(path)), reader.grid_path())}
    identity = fingerprint(config, contract, list(states.values()))
    store = Path(config.store).absolute()  # workers may have another working directory
    if is_up_to_date(store, identity, config):
        _log.info("%s: complete, and made from these files and settings; nothing to do", store)
        return store
    unfinished = unfinished_path(store)
    require_writable_folder(store.parent, "store")
    with space_needed(store), only_run(unfinished):
        if is_up_to_date(store, identity, config):  # another run has made it in the meantime
            shutil.rmtree(unfinished, ignore_errors=True)
            return store
        journal = claim(unfinished, identity, config)
        with open_cluster(config.cluster) as executor:
            _make(unfinished, journal, config, reader, archives, states, identity, executor)
        making = {"finished": datetime.now(UTC).isoformat(timespec="seconds"), "seconds": round(time.monotonic() - began, 1)}
        zarr.open_group(unfinished, mode="r+").create_group("making", overwrite=True, attributes=making)
        consolidate(unfinished)
        put_in_place(unfinished, store)
        shutil.rmtree(store / "work")
    _log.info("%s: written in %.1f s", store, time.monotonic() - began)
    return store


def _make(
    unfinished: Path,
    journal: Journal,
    config: PreprocessConfig,
    reader: Reader,
    archives: list[list[Path]],
    states: dict[Path, FileState],
    identity: str,
    executor: Executor,
) -> None:
    """Run both passes, report and statistics; work finished by an earlier run is not repeated."""
    journal.open_kinds("blocks", "spill", *(f"shards_{name}" for name in SPLITS))
    plan, records, skipped = make_plan(unfinished, config, reader, archives, states, executor)
    done = journal.done("blocks")
    todo = [number for number in range(plan.blocks) if number not in done]
    executor.run(partial(scatter_block, unfinished=unfinished, may_drop=config.max_invalid_fraction > 0), todo, "read", len(done))
    report = partial(write_report, unfinished=unfinished, skipped=skipped, page=config.quality_page)
    try:
        dropped = summarize_findings(block_results(plan), config.max_invalid_fraction)
    except ParamnetError:
        report()  # the report shows what is wrong, though the store will not be finished
        raise
    shards = _create(unfinished, plan, config)
    finished = {(name, number) for name in SPLITS for number in journal.done(f"shards_{name}")}
    tasks: list[Callable[[], Any]] = [partial(write_range, task, unfinished) for task in shards.tasks if task not in finished]
    executor.run(_call, [report, *tasks], "shuffle", len(finished))  # the report is made in parallel with the second pass
    root = zarr.open_group(unfinished, mode="r+")
    write_statistics(root, plan, config, executor)
    describe_store(root, plan, config, records, skipped, dropped, identity)


def _call(task: Callable[[], Any]) -> Any:
    return task()


def _create(unfinished: Path, plan: Plan, config: PreprocessConfig) -> Shards:
    """Plan the second pass and create its arrays; every run derives the same plan from the same blocks."""
    dtype, folder = row_dtype(plan.reader.contract), plan.journal.folder
    require_all_samples(plan)
    shards = Shards({name: plan_ranges(spills(folder, name, plan.blocks, dtype), plan.rows_per_range) for name in SPLITS})
    if not (unfinished / "work" / "shards").is_file():
        for name in SPLITS:
            shutil.rmtree(unfinished / name, ignore_errors=True)
        root = zarr.open_group(unfinished, mode="a")
        for name in SPLITS:
            samples = shards.ranges[name][-1].stop if shards.ranges[name] else 0
            per_shard = plan.rows_per_range // config.chunk_samples
            create_split(root, name, plan.reader.contract, samples, config.chunk_samples, config.compression, per_shard)
        shards.write(unfinished)
    return shards
