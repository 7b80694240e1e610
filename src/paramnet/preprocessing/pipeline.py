"""From history files to a training store, out of core."""

from __future__ import annotations

import logging
import time
from functools import partial
from glob import glob
from pathlib import Path

import numpy as np
import zarr

from paramnet.contract import Contract, ParamnetError
from paramnet.preprocessing.config import PreprocessConfig
from paramnet.preprocessing.gather import plan_ranges, read_quantiles, write_range
from paramnet.preprocessing.history import HistoryReader
from paramnet.preprocessing.moments import Moments
from paramnet.preprocessing.packing import sample_dtype
from paramnet.preprocessing.provenance import fingerprint, plain_config, provenance
from paramnet.preprocessing.reader import Reader
from paramnet.preprocessing.report import summarize_findings
from paramnet.preprocessing.scatter import BlockResult, scatter_block
from paramnet.preprocessing.scheduling import run_tasks
from paramnet.preprocessing.splits import assign_splits, describe_splits
from paramnet.preprocessing.step_pairs import StepPairReader
from paramnet.preprocessing.steps import FileRecord, make_blocks, order_steps
from paramnet.store import (
    QUANTILE_LEVELS,
    SPLITS,
    STORE_VERSION,
    StoreError,
    create_split,
    create_statistics,
    open_store,
    write_aside,
)

_log = logging.getLogger(__name__)
_READERS: dict[str, type[Reader]] = {"history": HistoryReader, "step_pairs": StepPairReader}


def preprocess(config: PreprocessConfig) -> Path:
    """Write the training store and return its path; a complete store of the same files and configuration is kept.

    The store (see ``paramnet.store``) holds float32 samples in the contract's units, shuffled globally within each split,
    float64 statistics of the training split, and for each sample the file, step and column it is from. It is written
    beside its place and moved there when it is whole. Memory stays near ``workers`` times a few ``block_megabytes``.

    Raises ParamnetError naming file and variable when a file is missing, truncated or foreign, or when units, vertical
    grid, times or values are not what source and contract say; nothing is then left behind.
    """
    began = time.monotonic()
    contract = Contract.from_yaml(config.contract or config.source.contract)
    config.source.require(contract)
    files = find_files(config.input, config.source.pattern)
    reader = _READERS[config.source.reader](config.source, contract, files)
    every_file = [part for path in files for part in reader.parts(path)]
    _require_files(every_file)
    identity = fingerprint(config, contract, every_file)
    store = Path(config.store)
    if _is_up_to_date(store, identity, config):
        _log.info("%s: complete and of these files and settings; nothing to do", store)
        return store
    records = run_tasks(reader.scan, files, "scan", config.scheduler, config.workers)
    with write_aside(store, config.overwrite) as aside:
        _write(aside, config, reader, records, identity)
    _log.info("%s: written in %.1f s", store, time.monotonic() - began)
    return store


def find_files(where: str, pattern: str) -> list[Path]:
    """Files of a folder that match the source's pattern, or one file, or those a pattern finds; sorted by name."""
    path = Path(where)
    found = sorted(path.glob(pattern)) if path.is_dir() else [path] if path.is_file() else sorted(map(Path, glob(where)))
    if not found:
        raise ParamnetError(
            f"input {where}: expected files matching {pattern if path.is_dir() else where}, got none; say input=FOLDER, a file or a pattern"
        )
    return found


def _require_files(paths: list[Path]) -> None:
    for path in paths:
        if not path.is_file():
            raise ParamnetError(f"{path.name}: expected a file in {path.parent}, found none; complete the archive or narrow `input`")


def _is_up_to_date(path: Path, identity: str, config: PreprocessConfig) -> bool:
    """Whether a store of this identity stands there; another one raises ParamnetError unless it may be overwritten."""
    if not path.exists():
        return False
    try:
        made = open_store(path).attributes["provenance"]
    except StoreError:
        made = {}
    if made.get("fingerprint") == identity:
        return True
    if config.overwrite:
        return False
    then, now = made.get("config", {}), plain_config(config)
    differing = sorted(key for key in now if then.get(key) != now[key]) or ["the files, or the contract"]
    raise ParamnetError(
        f"store {path}: expected none, or one made with these settings, got one that differs in {', '.join(differing)}; "
        "choose another `store` or set overwrite=true"
    )


def _write(aside: Path, config: PreprocessConfig, reader: Reader, records: list[FileRecord], identity: str) -> None:
    steps = order_steps(records, reader.contract.time_step)
    usable = steps.previous >= 0 if reader.needs_previous_step else np.ones(len(steps), dtype=bool)
    split = assign_splits(steps, config.splits, usable)
    row_bytes = sample_dtype(reader.contract).itemsize
    rows_per_block = max(1, config.block_megabytes * 10**6 // row_bytes)
    blocks = list(make_blocks(steps, split, max(1, rows_per_block // len(reader.columns))))

    folder = aside / "blocks"
    folder.mkdir()
    task = partial(scatter_block, reader=reader, folder=folder, seed=config.seed, may_drop=config.max_invalid_fraction > 0)
    results = run_tasks(task, blocks, "read", config.scheduler, config.workers)
    dropped = summarize_findings(results, config.max_invalid_fraction)
    root = zarr.create_group(aside)
    rows_per_range = max(1, rows_per_block // config.chunk_samples) * config.chunk_samples
    _write_samples(root, aside, results, config, reader, rows_per_range)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    _write_statistics(root, results, config)
    described = describe_splits(split, steps, config.splits)
    for name in SPLITS:
        described[name]["samples"] = int(root[f"{name}/inputs"].shape[0])  # type: ignore[union-attr]
        _log.info("%s: %d samples of %d steps", name, described[name]["samples"], described[name]["steps"])
    root.attrs.update(
        {
            "paramnet_store_version": STORE_VERSION,
            "contract": reader.contract.to_dict(),
            "contract_digest": reader.contract.digest,
            "source": config.source.name,
            "provenance": provenance(config, [part for record in records for part in record.parts], identity),
            "files": [record.name for record in records],
            "splits": described,
            "dropped": dropped,
            "time_units": records[0].time_units,
            "calendar": records[0].calendar,
        }
    )
    root.attrs["complete"] = True


def _write_samples(
    root: zarr.Group, aside: Path, results: list[BlockResult], config: PreprocessConfig, reader: Reader, rows_per_range: int
) -> None:
    """Second pass of the shuffle, into the store."""
    dtype = sample_dtype(reader.contract)
    paths = {name: [result.path for result in results if result.split == name and result.samples] for name in SPLITS}
    ranges = []
    for name in SPLITS:
        samples = sum(result.samples for result in results if result.split == name)
        create_split(root, name, reader.contract, samples, config.chunk_samples, config.compression)
        if samples:
            ranges += plan_ranges(name, paths[name], dtype, rows_per_range)
    task = partial(write_range, store=aside, paths=paths, dtype=dtype, columns=reader.columns)
    run_tasks(task, ranges, "shuffle", config.scheduler, config.workers)


def _write_statistics(root: zarr.Group, results: list[BlockResult], config: PreprocessConfig) -> None:
    parts = [result.moments for result in results if result.moments]
    statistics = {}
    for position, side in enumerate(("inputs", "outputs")):
        total = Moments.merged(part[position] for part in parts)
        quantiles = read_quantiles(root[f"train/{side}"], config.quantile_samples, QUANTILE_LEVELS)  # type: ignore[arg-type]
        statistics[side] = total.statistics(quantiles)
    create_statistics(root, statistics)
