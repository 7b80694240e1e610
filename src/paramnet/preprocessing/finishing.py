"""Report, statistics and attributes of a store, from the results of the two passes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from paramnet.contract import ParamnetError
from paramnet.execution.running import Executor
from paramnet.preprocessing.config import PreprocessConfig
from paramnet.preprocessing.passes.moments import Moments, no_training_samples
from paramnet.preprocessing.passes.quantiles import quantile_tasks, read_quantiles
from paramnet.preprocessing.passes.scatter import BlockResult
from paramnet.preprocessing.provenance import provenance
from paramnet.preprocessing.quality.report import write_quality
from paramnet.preprocessing.quality.statistics import Quality
from paramnet.preprocessing.resume.plan import Plan, load_plan
from paramnet.preprocessing.shuffle.spill import Spill, row_dtype, spill_path
from paramnet.preprocessing.splits.assignment import describe_splits
from paramnet.preprocessing.splits.columns import describe_columns
from paramnet.preprocessing.splits.rules import CONTROL
from paramnet.sources.time_axis.steps import FileRecord
from paramnet.store import SPLITS, STORE_VERSION, add_coordinates, create_statistics, runs_of, write_record

_log = logging.getLogger(__name__)


def block_results(plan: Plan) -> Iterator[BlockResult]:
    """Yield the results of the first pass in the order of the blocks."""
    return (plan.journal.load("blocks", number, BlockResult) for number in range(plan.blocks))


def require_all_samples(plan: Plan) -> None:
    """Raise ParamnetError if the files between the two passes do not have the numbers of samples that the first pass recorded."""
    dtype = row_dtype(plan.reader.contract)
    for number, result in enumerate(block_results(plan)):
        for split, samples in result.samples.items():
            path = spill_path(plan.journal.folder, split, number)
            found = Spill.of(path, dtype).samples if path.is_file() else 0
            if found != samples:
                raise ParamnetError(
                    path.name,
                    expected=f"{samples} samples, as written by this run",
                    got=str(found),
                    where=str(path.parent),
                    remedy="remove the unfinished store and run again; check that nothing else cleans up this folder",
                )


def write_report(unfinished: Path, skipped: list[str], page: bool) -> None:
    """Write the quality report from the results of the first pass."""
    plan = load_plan(unfinished)
    quality = Quality.merged(result.quality for result in block_results(plan))
    findings = (found for result in block_results(plan) for found in result.findings)
    zarr.open_group(unfinished, mode="a").require_group("quality")  # makes the folder a valid Zarr group
    write_quality(unfinished / "quality", plan.reader.contract, quality, findings, len(plan.reader.columns), skipped, page, plan.counts)


def record_files(root: zarr.Group, plan: Plan) -> None:
    """Record size and checksum of every file, from the second pass; for shards of a run started by an older version, read them."""
    known: dict[str, list[int]] = {}
    for name in SPLITS:
        for number in plan.journal.done(f"shards_{name}"):
            known |= plan.journal.load(f"shards_{name}", number) or {}
    write_record(root, plan.unfinished, known)


def write_statistics(root: zarr.Group, plan: Plan, config: PreprocessConfig, executor: Executor) -> None:
    """Write the statistics of the training split in contract units: moments merged in float64 in the order of the blocks, and
    quantiles of a subsample. Nothing is written without a training split. Raises ParamnetError if it has no samples."""
    if config.splits.train.kind == "none":
        return
    totals: list[Moments | None] = [None, None]
    for result in block_results(plan):
        if result.moments:
            totals = [part if total is None else total.merge(part) for total, part in zip(totals, result.moments, strict=True)]
    task = partial(read_quantiles, unfinished=plan.unfinished, samples=config.quantile_samples)
    pieces = dict(executor.run(task, quantile_tasks(root, config.quantile_samples), "quantiles"))
    statistics = {}
    for side, total in zip(("inputs", "outputs"), totals, strict=True):
        if total is None:
            raise no_training_samples()
        statistics[side] = total.statistics(np.concatenate([pieces[piece] for piece in sorted(pieces) if piece[0] == side], axis=1))
    create_statistics(root, statistics)


def _days_of(plan: Plan) -> dict[str, list[list[float]]]:
    """Return first and last day of each run of consecutive steps, by split; splits by column have all steps."""
    step, by_column = plan.splits.step, plan.splits.column is not None
    return {name: runs_of(np.unique(plan.steps.days[step >= 0 if by_column else step == code])) for code, name in enumerate(SPLITS)}


def describe_store(
    root: zarr.Group,
    plan: Plan,
    config: PreprocessConfig,
    records: list[FileRecord],
    skipped: list[str],
    dropped: dict[str, Any],
    identity: str,
) -> None:
    """Write the attributes of the root group; ``complete`` is written last."""
    described = describe_splits(plan.splits, plan.steps, config.splits)
    if plan.splits.column is not None:
        described |= describe_columns(plan.reader.columns, plan.splits.column, config.splits)
    described["climates"] = {name: int((plan.steps.climate == number).sum()) for number, name in enumerate([CONTROL, *config.climates])}
    for name in SPLITS:
        described[name]["samples"] = int(root[f"{name}/inputs"].shape[0])  # type: ignore[union-attr]
        _log.info("%s: %d samples of %d steps", name, described[name]["samples"], described[name]["steps"])
    parts = [part for record in records for part in record.parts]
    root.create_group("sources", overwrite=True, attributes={"files": parts, "days": _days_of(plan)})
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
            "dropped": dropped | {"steps": plan.left_out},
            **({"sequence": plan.sequence} if plan.sequence > 1 else {}),
            "time_units": records[0].time_units,
            "calendar": records[0].calendar,
        }
    )
    add_coordinates(root, plan.reader.contract, records[0].time_units, records[0].calendar)
    record_files(root, plan)
    root.attrs["complete"] = True
