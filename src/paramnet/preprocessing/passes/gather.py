"""Second pass: each range of rows of the store is gathered from all blocks and written as one shard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import zarr
from numpy.typing import NDArray

from paramnet.preprocessing.resume.plan import Plan, load_plan, load_shards
from paramnet.preprocessing.shuffle.order import gather_rows
from paramnet.preprocessing.shuffle.spill import row_dtype, spills
from paramnet.store import TRACE_ARRAYS, write_shard


def write_range(task: tuple[str, int], unfinished: Path) -> tuple[str, int]:
    """Gather one range, write its shard of every array, and record it in the journal."""
    split, number = task
    plan = load_plan(unfinished)
    dtype = row_dtype(plan.reader.contract)
    blocks = list(spills(plan.journal.folder, split, plan.blocks, dtype))
    rows, order = gather_rows(blocks, load_shards(unfinished).ranges[split][number])
    group: Any = zarr.open_group(unfinished, mode="r")[split]
    arrays = {name: group[name] for name in ("inputs", "outputs", *TRACE_ARRAYS)}
    chunk = arrays["inputs"].chunks[0]
    pieces = (_arrays_of(rows.take(order[at : at + chunk]), plan) for at in range(0, len(rows), chunk))
    plan.journal.record(f"shards_{split}", number, write_shard(arrays, number, pieces))
    return task


def _arrays_of(rows: NDArray, plan: Plan) -> dict[str, NDArray]:
    """Return the arrays of the store for some samples."""
    steps, columns, grid = rows["step"], rows["column"], plan.reader.columns
    return {
        "inputs": rows["inputs"],
        "outputs": rows["outputs"],
        "latitude": grid.latitude[columns],
        "longitude": grid.longitude[columns],
        "area_weight": grid.area_weight[columns],
        "file_index": plan.steps.file_index[steps],
        "time_index": plan.steps.time_index[steps],
        "column_index": columns,
        "time": plan.steps.days[steps],
    }
