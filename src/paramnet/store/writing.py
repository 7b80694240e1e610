"""Write a training store beside its place and move it there when it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from zarr.codecs import BloscCodec, ZstdCodec

from paramnet.contract import Contract, ParamnetError
from paramnet.store.layout import TRACE_ARRAYS
from paramnet.store.statistics import FIELDS, ColumnStatistics

COMPRESSIONS = ("none", "lz4", "zstd")


def compressors(compression: str) -> Any:
    """Zarr codecs for ``none``, ``lz4`` (fast, shuffled bytes) or ``zstd`` (smaller); ParamnetError for another name."""
    if compression not in COMPRESSIONS:
        raise ParamnetError(f"compression: expected one of {list(COMPRESSIONS)}, got {compression!r}")
    if compression == "none":
        return None
    return (BloscCodec(cname="lz4", clevel=1, shuffle="shuffle"),) if compression == "lz4" else (ZstdCodec(level=3),)


@contextmanager
def write_aside(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """A directory ``<path>.incomplete`` to write into, renamed to ``path`` on leaving, removed when leaving by an error.

    A leftover of a killed run is removed first. An existing ``path`` is replaced only with ``overwrite``; otherwise
    ParamnetError is raised before anything is written.
    """
    aside, replaced = path.with_name(path.name + ".incomplete"), path.with_name(path.name + ".replaced")
    if path.exists() and not overwrite:
        raise ParamnetError(f"store {path}: exists; choose another `store` or set overwrite=true")
    for leftover in (aside, replaced):
        shutil.rmtree(leftover, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        yield aside
        if path.exists():
            path.rename(replaced)
        aside.rename(path)
    finally:
        for leftover in (aside, replaced):
            shutil.rmtree(leftover, ignore_errors=True)


def create_split(root: zarr.Group, name: str, contract: Contract, samples: int, chunk: int, compression: str) -> zarr.Group:
    """Create the empty arrays of one split: ``inputs``, ``outputs`` and the trace, chunked along the samples."""
    group = root.create_group(name)
    chunk = max(1, min(chunk, samples))
    for array, width in (("inputs", contract.n_in), ("outputs", contract.n_out)):
        group.create_array(
            array,
            shape=(samples, width),
            chunks=(chunk, width),
            dtype="float32",
            compressors=compressors(compression),
            dimension_names=("sample", array[:-1]),
        )
    for array, (dtype, units, long_name) in TRACE_ARRAYS.items():
        group.create_array(
            array,
            shape=(samples,),
            chunks=(chunk,),
            dtype=dtype,
            compressors=compressors(compression),
            dimension_names=("sample",),
            attributes={"units": units, "long_name": long_name},
        )
    return group


def create_statistics(root: zarr.Group, statistics: dict[str, ColumnStatistics]) -> None:
    """Write ``statistics/inputs`` and ``statistics/outputs``."""
    group = root.create_group("statistics")
    for side, values in statistics.items():
        table = group.create_group(side, attributes={"quantile_levels": list(values.quantile_levels)})
        arrays = asdict(values)
        for name in FIELDS:
            table.create_array(name, data=np.ascontiguousarray(arrays[name]))
