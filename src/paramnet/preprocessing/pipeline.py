"""From history files to a training store, out of core; a run that was stopped at any moment continues where it was."""

from __future__ import annotations

import fcntl
import logging
import pickle
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from paramnet.contract import Contract, ParamnetError
from paramnet.preprocessing.archive import find_files, make_reader, scan_files
from paramnet.preprocessing.cluster import open_cluster
from paramnet.preprocessing.column_splits import assign_columns, describe_columns
from paramnet.preprocessing.config import PreprocessConfig
from paramnet.preprocessing.gather import write_range
from paramnet.preprocessing.journal import Journal, read_claim, room_needed, write_claim
from paramnet.preprocessing.moments import Moments
from paramnet.preprocessing.plan import Plan, Shards, load_plan
from paramnet.preprocessing.provenance import fingerprint, plain_config, provenance
from paramnet.preprocessing.quality import Quality
from paramnet.preprocessing.quality_report import write_quality
from paramnet.preprocessing.quantiles import quantile_tasks, read_quantiles
from paramnet.preprocessing.reader import Reader
from paramnet.preprocessing.report import summarize_findings
from paramnet.preprocessing.running import Executor
from paramnet.preprocessing.scatter import BlockResult, scatter_block
from paramnet.preprocessing.shuffle import plan_ranges
from paramnet.preprocessing.spill import row_dtype, spills
from paramnet.preprocessing.splits import CONTROL, Assignment, assign_splits, describe_splits
from paramnet.preprocessing.steps import FileRecord, order_steps
from paramnet.store import (
    SPLITS,
    STORE_VERSION,
    StoreError,
    aside_path,
    create_split,
    create_statistics,
    open_store,
    put_in_place,
    written_aside,
)

_log = logging.getLogger(__name__)


def preprocess(config: PreprocessConfig) -> Path:
    """Write the training store and return its path; a complete store of the same files and configuration is kept.

    The store (see ``paramnet.store``) holds float32 samples in the contract's units, shuffled globally within each split,
    float64 statistics of the training split, and for each sample the file, step and column it is from. It is written
    beside its place and moved there when it is whole. Memory stays near ``workers`` times a few ``block_megabytes``.

    A run that was killed, or found the disk full, leaves ``<store>.incomplete``; the same call continues from there and
    ends with the same bits as one that was never disturbed.

    Raises ParamnetError naming file and variable when a file is missing, truncated or foreign, or when units, vertical
    grid, times or values are not what source and contract say.
    """
    began = time.monotonic()
    contract = config.source.extended(Contract.from_yaml(config.contract or config.source.contract))
    config.source.require(contract)
    archives = [find_files(where, config.source.pattern) for where in (config.input, *config.climates.values())]
    files = [path for archive in archives for path in archive]
    reader = make_reader(config.source, contract, files)
    identity = fingerprint(config, contract, [part for path in files for part in reader.parts(path)])
    store = Path(config.store).absolute()  # workers may stand elsewhere
    if _is_up_to_date(store, identity, config):
        _log.info("%s: complete and of these files and settings; nothing to do", store)
        return store
    aside = aside_path(store)
    with room_needed(store):
        journal = _claim(aside, identity, config)
        with _only_run(aside), open_cluster(config.cluster) as executor:
            _make(aside, journal, config, reader, archives, identity, executor)
        making = {"finished": datetime.now(UTC).isoformat(timespec="seconds"), "seconds": round(time.monotonic() - began, 1)}
        zarr.open_group(aside, mode="r+").create_group("making", overwrite=True, attributes=making)
        put_in_place(aside, store)
        shutil.rmtree(store / "work")
    _log.info("%s: written in %.1f s", store, time.monotonic() - began)
    return store


def _is_up_to_date(path: Path, identity: str, config: PreprocessConfig) -> bool:
    """Whether a store of this identity stands there; another one raises ParamnetError unless it may be overwritten."""
    if not path.exists():
        return False
    try:
        made = open_store(path).attributes["provenance"]
    except StoreError:
        made = {}
    if made.get("fingerprint") == identity:
        shutil.rmtree(path / "work", ignore_errors=True)  # of a run killed as it ended
        return True
    if config.overwrite:
        return False
    raise ParamnetError(
        f"store {path}: expected none, or one made with these settings, got one that differs in {_difference(made, config)}; "
        "choose another `store` or set overwrite=true"
    )


def _difference(made: dict[str, Any], config: PreprocessConfig) -> str:
    then, now = made.get("config", {}), plain_config(config)
    return ", ".join(sorted(key for key in now if then.get(key) != now[key]) or ["the files, or the contract"])


def _claim(aside: Path, identity: str, config: PreprocessConfig) -> Journal:
    """The journal of the run in ``aside``: an earlier one of the same identity, or a new one."""
    earlier = read_claim(aside)
    if earlier is not None and earlier["fingerprint"] != identity and not config.overwrite:
        raise ParamnetError(
            f"store {aside}: expected no unfinished run, or one with these settings, got one that differs in "
            f"{_difference(earlier, config)}; finish it with its settings, choose another `store` or set overwrite=true"
        )
    if earlier is not None and earlier["fingerprint"] == identity:
        return Journal(aside / "work")
    shutil.rmtree(aside, ignore_errors=True)
    return write_claim(aside, identity, plain_config(config))


@contextmanager
def _only_run(aside: Path) -> Iterator[None]:
    """Hold the store against a second run of it on this machine; the system lets go when the process ends, however it ends."""
    with (aside / "work" / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ParamnetError(
                f"store {aside}: expected no other run of it, got one that is still working; wait for it or stop it"
            ) from error
        except OSError:
            _log.info("%s: this file system cannot lock; see to it that no second run writes there", aside)
        yield


def _make(
    aside: Path, journal: Journal, config: PreprocessConfig, reader: Reader, archives: list[list[Path]], identity: str, executor: Executor
) -> None:
    """Both passes and everything around them; what an earlier run has done is not done again."""
    journal.open_kinds("blocks", "spill", *(f"shards_{name}" for name in SPLITS))
    plan, records, skipped = _plan(aside, config, reader, archives, executor)
    done = journal.done("blocks")
    todo = [number for number in range(plan.blocks) if number not in done]
    executor.run(partial(scatter_block, aside=aside, may_drop=config.max_invalid_fraction > 0), todo, "read", len(done))
    report = partial(write_report, aside=aside, skipped=skipped, page=config.quality_page)
    try:
        dropped = summarize_findings(_results(plan), config.max_invalid_fraction)
    except ParamnetError:
        report()  # it says what is wrong beside a store that will not be finished
        raise
    shards = _create(aside, plan, config)
    finished = {(name, number) for name in SPLITS for number in journal.done(f"shards_{name}")}
    tasks: list[Callable[[], Any]] = [partial(write_range, task, aside) for task in shards.tasks if task not in finished]
    executor.run(_call, [report, *tasks], "shuffle", len(finished))  # the report is drawn beside the second pass
    root = zarr.open_group(aside, mode="r+")
    _write_statistics(root, plan, config, executor)
    _describe(root, plan, config, records, skipped, dropped, identity)


def _plan(
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
        with written_aside(scan) as path:
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


def _results(plan: Plan) -> Iterator[BlockResult]:
    """Results of the first pass, in the order of the blocks, one at a time."""
    return (plan.journal.load("blocks", number) for number in range(plan.blocks))


def write_report(aside: Path, skipped: list[str], page: bool) -> None:
    """The quality report, from what the first pass noted."""
    plan = load_plan(aside)
    quality = Quality.merged(result.quality for result in _results(plan))
    findings = (found for result in _results(plan) for found in result.findings)
    zarr.open_group(aside, mode="a").require_group("quality")  # a group to Zarr, so that it takes the folder for one of its own
    write_quality(aside / "quality", plan.reader.contract, quality, findings, len(plan.reader.columns), skipped, page)


def _call(task: Callable[[], Any]) -> Any:
    return task()


def _create(aside: Path, plan: Plan, config: PreprocessConfig) -> Shards:
    """The second pass, planned, and the arrays it writes; made anew by every run from the same blocks."""
    dtype, folder = row_dtype(plan.reader.contract), plan.journal.folder
    shards = Shards({name: plan_ranges(spills(folder, name, plan.blocks, dtype), plan.rows_per_range) for name in SPLITS})
    if not (aside / "work" / "shards").is_file():
        for name in SPLITS:
            shutil.rmtree(aside / name, ignore_errors=True)
        root = zarr.open_group(aside, mode="a")
        for name in SPLITS:
            samples = shards.ranges[name][-1].stop if shards.ranges[name] else 0
            per_shard = plan.rows_per_range // config.chunk_samples
            create_split(root, name, plan.reader.contract, samples, config.chunk_samples, config.compression, per_shard)
        shards.write(aside)
    return shards


def _write_statistics(root: zarr.Group, plan: Plan, config: PreprocessConfig, executor: Executor) -> None:
    totals: list[Moments | None] = [None, None]
    for result in _results(plan):
        if result.moments:
            totals = [part if total is None else total.merge(part) for total, part in zip(totals, result.moments, strict=True)]
    task = partial(read_quantiles, aside=plan.aside, samples=config.quantile_samples)
    pieces = dict(executor.run(task, quantile_tasks(root, config.quantile_samples), "quantiles"))
    statistics = {}
    for side, total in zip(("inputs", "outputs"), totals, strict=True):
        if total is None:
            raise ParamnetError("statistics: expected training samples, got none; every column was dropped as invalid")
        statistics[side] = total.statistics(np.concatenate([pieces[piece] for piece in sorted(pieces) if piece[0] == side], axis=1))
    create_statistics(root, statistics)


def _describe(
    root: zarr.Group,
    plan: Plan,
    config: PreprocessConfig,
    records: list[FileRecord],
    skipped: list[str],
    dropped: dict[str, Any],
    identity: str,
) -> None:
    """The root's attributes; ``complete`` last."""
    described = describe_splits(plan.splits, plan.steps, config.splits)
    if plan.splits.column is not None:
        described |= describe_columns(plan.reader.columns, plan.splits.column, config.splits)
    described["climates"] = {name: int((plan.steps.climate == number).sum()) for number, name in enumerate([CONTROL, *config.climates])}
    for name in SPLITS:
        described[name]["samples"] = int(root[f"{name}/inputs"].shape[0])  # type: ignore[union-attr]
        _log.info("%s: %d samples of %d steps", name, described[name]["samples"], described[name]["steps"])
    parts = [part for record in records for part in record.parts]
    root.create_group("sources", overwrite=True, attributes={"files": parts})
    root.attrs.update(
        {
            "paramnet_store_version": STORE_VERSION,
            "contract": plan.reader.contract.to_dict(),
            "contract_digest": plan.reader.contract.digest,
            "source": config.source.name,
            "provenance": provenance(config, parts, identity),
            "files": [record.name for record in records],
            "skipped_files": skipped,
            "splits": described,
            "dropped": dropped,
            "time_units": records[0].time_units,
            "calendar": records[0].calendar,
        }
    )
    root.attrs["complete"] = True
