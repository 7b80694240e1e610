"""Check of an array's ``zarr.json`` before zarr uses it: a foreign file could request any codec and any amount of memory."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramnet.store.errors import AGAIN, DAMAGE, StoreError

SIZES = {"bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "float32": 4}
SIZES |= {"int64": 8, "uint64": 8, "float64": 8}
CODECS = ("bytes", "crc32c", "blosc", "zstd", "gzip", "transpose")  # codecs of zarr itself, which cannot run code from a file
LARGEST_CHUNK = 2**31  # bytes, decoded
INDEX_ENTRY, CHECKSUM = 16, 4  # bytes of a shard's index


@dataclass(frozen=True)
class ArrayLayout:
    """Layout of an array: ``shape``, shape of the files (``shard``) and of their chunks; ``sharded`` : files have an index."""

    name: str
    shape: tuple[int, ...]
    shard: tuple[int, ...]
    chunk: tuple[int, ...]
    sharded: bool

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of files along each dimension."""
        return tuple(-(-size // shard) for size, shard in zip(self.shape, self.shard, strict=True))

    def files(self) -> Iterator[str]:
        """Yield the names of the files the array must have, relative to the store, in order."""
        for number in _numbers(self.counts):
            yield "/".join([self.name, "c", *map(str, number)])

    @property
    def least_bytes(self) -> int:
        """Smallest possible size of a file."""
        chunks = math.prod(shard // chunk for shard, chunk in zip(self.shard, self.chunk, strict=True))
        return chunks * INDEX_ENTRY + CHECKSUM + 1 if self.sharded else 1


def _numbers(counts: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield the product of ranges; itertools.product would hold each range in memory."""
    for first in range(counts[0]):
        for others in _numbers(counts[1:]) if len(counts) > 1 else [()]:
            yield (first, *others)


def read_layout(store: Path, name: str) -> ArrayLayout:
    """Read the layout of the array ``name``; raise StoreError naming its ``zarr.json`` if it is missing, damaged or out of bounds."""
    path = store / name / "zarr.json"
    if not path.is_file():
        raise StoreError(f"array {name}", expected="metadata of a training store", got="no such file", where=str(path), remedy=AGAIN)
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        if table["node_type"] != "array" or table["zarr_format"] != 3:
            raise ValueError(f"{table['node_type']!r} of zarr_format {table['zarr_format']!r}")
        return _layout(name, table)
    except DAMAGE as error:
        got = f"{type(error).__name__} {error}" if isinstance(error, KeyError) else str(error)
        raise StoreError(f"array {name}", expected="metadata of a training store", got=got, where=str(path), remedy=AGAIN) from error


def _layout(name: str, table: dict[str, Any]) -> ArrayLayout:
    shape, shard = _sizes(table["shape"], "shape", 0), _sizes(table["chunk_grid"]["configuration"]["chunk_shape"], "chunk_shape", 1)
    encoding = table["chunk_key_encoding"]
    _require(table["chunk_grid"]["name"] == "regular", f"chunk_grid {table['chunk_grid']['name']!r}")
    _require(encoding["name"] == "default" and encoding.get("configuration", {}).get("separator", "/") == "/", f"names {encoding}")
    _require(not table.get("storage_transformers"), f"storage_transformers {table.get('storage_transformers')}")
    _require(isinstance(table["data_type"], str) and table["data_type"] in SIZES, f"data_type {table['data_type']!r}")
    codecs, chunk = table["codecs"], shard
    sharded = codecs[0]["name"] == "sharding_indexed"
    if sharded:
        inner = codecs[0]["configuration"]
        _require(len(codecs) == 1, f"codecs in addition to sharding_indexed: {codecs[1:]}")
        chunk = _sizes(inner["chunk_shape"], "chunk_shape", 1)
        codecs = [*inner["codecs"], *inner["index_codecs"]]
    for codec in codecs:
        _require(codec["name"] in CODECS, f"codec {codec['name']!r}")
    _require(len(shape) == len(shard) == len(chunk) >= 1, f"shape {list(shape)} cut into {list(shard)} and {list(chunk)}")
    _require(all(s % c == 0 for s, c in zip(shard, chunk, strict=True)), f"files of {list(shard)} cut into chunks of {list(chunk)}")
    _require(math.prod(chunk) * SIZES[table["data_type"]] <= LARGEST_CHUNK, f"chunks of {list(chunk)}, more than 2 GiB each")
    return ArrayLayout(name, shape, shard, chunk, sharded)


def _sizes(values: Any, what: str, least: int) -> tuple[int, ...]:
    _require(isinstance(values, list) and all(type(value) is int and least <= value < 2**62 for value in values), f"{what} {values!r}")
    return tuple(values)


def _require(holds: bool, got: str) -> None:
    if not holds:
        raise ValueError(got if len(got) <= 200 else got[:197] + "…")
