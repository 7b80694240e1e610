"""Write a training store to a temporary directory, then rename it into place."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import zarr
from zarr.codecs import Crc32cCodec, ZstdCodec

from paramnet.contract import Contract
from paramnet.store.layout import TRACE_ARRAYS
from paramnet.store.shards import compressors
from paramnet.store.statistics import FIELDS, ColumnStatistics


def unfinished_path(path: Path) -> Path:
    """Return the directory in which a store is made before it is renamed to ``path``."""
    return path.with_name(path.name + ".incomplete")


def create_split(
    root: zarr.Group, name: str, contract: Contract, samples: int, chunk: int, compression: str, shard_chunks: int = 1
) -> zarr.Group:
    """Create the empty arrays of one split: ``inputs``, ``outputs`` and the trace, chunked along the samples.

    ``shard_chunks`` : number of chunks in one file (fewer, if the split has fewer).
    """
    group = root.create_group(name)
    chunk = max(1, min(chunk, samples))
    shard = chunk * max(1, min(shard_chunks, -(-samples // chunk)))
    for array, width in (("inputs", contract.n_in), ("outputs", contract.n_out)):
        group.create_array(
            array,
            shape=(samples, width),
            chunks=(chunk, width),
            shards=(shard, width),
            dtype="float32",
            compressors=compressors(compression),
            dimension_names=("sample", array[:-1]),
            config={"write_empty_chunks": True},
        )
    for array, (dtype, units, long_name) in TRACE_ARRAYS.items():
        group.create_array(
            array,
            shape=(samples,),
            chunks=(chunk,),
            shards=(shard,),
            dtype=dtype,
            compressors=compressors(compression),
            dimension_names=("sample",),
            attributes={"units": units, "long_name": long_name},
            config={"write_empty_chunks": True},  # so that a missing file is always an error
        )
    return group


def create_statistics(root: zarr.Group, statistics: dict[str, ColumnStatistics]) -> None:
    """Write ``statistics/inputs`` and ``statistics/outputs``, replacing existing ones."""
    group = root.create_group("statistics", overwrite=True)
    for side, values in statistics.items():
        table = group.create_group(side, attributes={"quantile_levels": list(values.quantile_levels)})
        arrays = asdict(values)
        for name in FIELDS:
            table.create_array(
                name, data=np.ascontiguousarray(arrays[name]), compressors=(ZstdCodec(), Crc32cCodec()), config={"write_empty_chunks": True}
            )
