"""Second pass: ranges of rows of the store, each gathered from all blocks and written as whole shards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from paramnet.preprocessing.plan import load_plan, load_shards
from paramnet.preprocessing.shuffle import gather_rows
from paramnet.preprocessing.spill import row_dtype, spills
from paramnet.store import write_shard

_QUANTILE_BYTES = 128 << 20  # of float64 values sorted at a time


def write_range(task: tuple[str, int], aside: Path) -> tuple[str, int]:
    """Gather one range and write its shard of every array, and note it in the journal."""
    split, number = task
    plan = load_plan(aside)
    dtype = row_dtype(plan.reader.contract)
    blocks = list(spills(plan.journal.folder, split, plan.blocks, dtype))
    rows = gather_rows(blocks, load_shards(aside).ranges[split][number])
    group: Any = zarr.open_group(aside, mode="r")[split]
    steps, columns = rows["step"], rows["column"]
    for name in ("inputs", "outputs"):
        write_shard(group[name], number, rows[name])
    trace: dict[str, NDArray] = {name: getattr(plan.reader.columns, name)[columns] for name in ("latitude", "longitude", "area_weight")}
    trace |= {"file_index": plan.steps.file_index[steps], "time_index": plan.steps.time_index[steps]}
    trace |= {"time": plan.steps.days[steps], "column_index": columns}
    for name, values in trace.items():
        write_shard(group[name], number, values)
    plan.journal.record(f"shards_{split}", number)
    return task


def read_quantiles(array: zarr.Array, samples: int, levels: tuple[float, ...]) -> NDArray[np.float64]:
    """Quantiles (level, column) of the first ``samples`` rows, a few columns at a time.

    Rows stand in the order of random keys, so the first are a sample drawn at random without replacement: the bottom-k
    sketch, which merges in any order to the same bits. The rank of a quantile q is right to sqrt(q (1 - q) / samples).
    """
    samples, width = min(samples, array.shape[0]), array.shape[1]
    part = max(1, _QUANTILE_BYTES // (8 * samples))
    step = max(array.chunks[0], 65536 // array.chunks[0] * array.chunks[0])
    result = np.empty((len(levels), width))
    for first in range(0, width, part):
        pieces = [np.asarray(array[start : min(start + step, samples)])[:, first : first + part] for start in range(0, samples, step)]
        result[:, first : first + part] = np.quantile(np.concatenate(pieces).astype(np.float64), levels, axis=0)
    return result
