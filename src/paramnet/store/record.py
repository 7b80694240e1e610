"""The store's record of its files: size and checksum of each. Sizes are compared when a store is opened; zarr compares the CRC-32C
of each chunk when it is read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import zarr

from paramnet.files import sha256_of
from paramnet.store.errors import AGAIN, DAMAGE, StoreError
from paramnet.store.layout import RECORD, SPLITS, TRACE_ARRAYS
from paramnet.store.metadata import ArrayLayout, read_layout
from paramnet.store.statistics import FIELDS

Record = dict[str, list[int]]  # file, relative to the store -> bytes, checksum
SAMPLES = ("inputs", "outputs", *TRACE_ARRAYS)
_MAY_BE_EMPTY = ("constant", "min")  # statistics that may be all zero, for which zarr writes no file


def split_layouts(store: Path) -> list[ArrayLayout]:
    """Return the layouts of the arrays of samples."""
    return [read_layout(store, f"{split}/{name}") for split in SPLITS for name in SAMPLES]


def statistics_layouts(store: Path) -> list[ArrayLayout]:
    """Return the layouts of the arrays of statistics; none in a store without training samples."""
    sides = [side for side in ("inputs", "outputs") if (store / "statistics" / side).is_dir()]
    return [read_layout(store, f"statistics/{side}/{name}") for side in sides for name in FIELDS]


def file_checksum(path: Path) -> list[int]:
    """Return the size of a file in bytes, and 32 bits of its SHA-256."""
    return [path.stat().st_size, int(sha256_of(path)[:8], 16)]


def write_record(root: zarr.Group, store: Path, known: Mapping[str, list[int]]) -> None:
    """Record all files of samples and statistics. ``known`` : sizes and checksums from when they were written; other files are read.

    Sets the root's attribute ``content`` to the fingerprint of the record. Raises StoreError if a file of samples is missing.
    """
    files: Record = {}
    for layout in split_layouts(store):
        for name in layout.files():
            if not (store / name).is_file():
                raise _lost(store, name, layout)
            files[name] = list(known.get(name) or file_checksum(store / name))
    for layout in statistics_layouts(store):
        files |= {name: file_checksum(store / name) for name in layout.files() if (store / name).is_file()}
    root.create_group(RECORD, overwrite=True, attributes={"files": files})
    root.attrs["content"] = content_of(files)


def content_of(files: Mapping[str, list[int]]) -> str:
    """Return the fingerprint of a record."""
    return hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()


def read_record(store: Path, content: str | None) -> Record | None:
    """Read the record with the fingerprint ``content``; return None for an older store without one."""
    if content is None:
        return None
    path = store / RECORD / "zarr.json"
    try:
        files: Record = json.loads(path.read_text(encoding="utf-8"))["attributes"]["files"]
        found = content_of(files)
    except DAMAGE as error:
        raise StoreError(f"store {store}", expected="its record of files", got=f"{error}", where=str(path), remedy=AGAIN) from error
    if found != content:
        raise StoreError(
            f"store {store}", expected=f"a record of files of fingerprint {content[:12]}", got=found[:12], where=str(path), remedy=AGAIN
        )
    return files


def require_files(store: Path, record: Record | None, preprocessed: bool) -> None:
    """Raise StoreError for the first file that is missing or differs in size from the record.

    Without a record, all files that the shapes imply must exist and be large enough for their index. In a store that was not
    ``preprocessed`` by paramnet, trace arrays may have no files: zarr writes none for values that are all zero.
    """
    for layout in split_layouts(store):
        if record is None and not preprocessed and _is_trace(layout) and not (store / layout.name / "c").exists():
            continue
        _compare(store, layout, layout.files(), record)
    for layout in statistics_layouts(store):
        names = [name for name in layout.files() if name in record] if record else _always_written(layout)
        _compare(store, layout, names, record)


def _is_trace(layout: ArrayLayout) -> bool:
    return layout.name.rpartition("/")[2] in TRACE_ARRAYS


def _always_written(layout: ArrayLayout) -> Iterable[str]:
    return () if layout.name.rpartition("/")[2] in _MAY_BE_EMPTY else layout.files()


def _compare(store: Path, layout: ArrayLayout, names: Iterable[str], record: Record | None) -> None:
    for name in names:
        try:
            size = os.stat(store / name).st_size
        except FileNotFoundError:
            raise _lost(store, name, layout) from None
        expected: Any = record.get(name, [None])[0] if record else layout.least_bytes
        if size < layout.least_bytes or (record and size != expected):
            wanted = f"{expected} bytes" if record else f"at least {expected} bytes"
            raise StoreError(f"store {store}", expected=f"{wanted} in {name}", got=f"{size}", remedy=AGAIN)


def _lost(store: Path, name: str, layout: ArrayLayout) -> StoreError:
    number = " x ".join(map(str, layout.counts)) if len(layout.counts) > 1 else str(layout.counts[0])
    return StoreError(f"store {store}", expected=f"{number} files in {layout.name}", got=f"no file {name}", remedy=AGAIN)
