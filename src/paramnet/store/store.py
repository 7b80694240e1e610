"""Open a training store: nothing is read but its attributes and statistics until a sample is asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from paramnet.contract import Contract, ParamnetError
from paramnet.store.arrays import StoredArray
from paramnet.store.contradictions import warn_of_contradictions
from paramnet.store.errors import AGAIN, DAMAGE, StoreError
from paramnet.store.layout import ROOT_ATTRIBUTES, SPLITS, STORE_VERSION, TRACE_ARRAYS
from paramnet.store.record import read_record, require_files, split_layouts
from paramnet.store.statistics import FIELDS, ColumnStatistics
from paramnet.store.times import runs_of
from paramnet.store.writing import aside_path

_TIMES_READ = 1 << 22  # samples at a time


@dataclass(frozen=True)
class Split:
    """The samples of one split, globally shuffled, as arrays of the store (sliced like NumPy arrays, read when sliced).

    ``inputs`` : (sample, n_in), ``outputs`` : (sample, n_out), float32, physical units, columns as in the contract.
    The others are (sample); see ``paramnet.store.TRACE_ARRAYS`` for types and units.
    """

    name: str
    inputs: StoredArray
    outputs: StoredArray
    area_weight: StoredArray
    latitude: StoredArray
    longitude: StoredArray
    file_index: StoredArray
    time_index: StoredArray
    column_index: StoredArray
    time: StoredArray

    def __len__(self) -> int:
        return int(self.inputs.shape[0])


@dataclass(frozen=True)
class Store:
    """An opened training store. ``attributes`` are the root's; ``contract`` is the one frozen into it."""

    path: Path
    contract: Contract
    attributes: dict[str, Any]
    root: zarr.Group

    @cached_property
    def content(self) -> str:
        """Fingerprint of what is stored: of size and CRC-32C of every file, or of the statistics where none were recorded."""
        if "content" in self.attributes:
            return str(self.attributes["content"])
        digest = hashlib.sha256(str(self.attributes["provenance"].get("fingerprint")).encode())
        for split in SPLITS:
            digest.update(str(_array(self.root, f"{split}/inputs", self.path).shape).encode())
        for side in ("inputs", "outputs"):
            found = self.statistics(side)
            for name in FIELDS:
                digest.update(np.ascontiguousarray(getattr(found, name)).tobytes())
        return digest.hexdigest()

    def days(self, split: str) -> list[list[float]]:
        """First and last day of each run of steps in a split, in the store's time units: as preprocessing noted them, or, in an
        older store, from the samples' own times."""
        try:
            noted: Any = dict(self.root["sources"].attrs).get("days", {})
        except DAMAGE:  # made before it was noted
            noted = {}
        if split in noted:
            return [[float(first), float(last)] for first, last in noted[split]]
        times = self.split(split).time
        parts = [np.unique(times[start : start + _TIMES_READ]) for start in range(0, len(times), _TIMES_READ)]
        return runs_of(np.unique(np.concatenate(parts)))

    @property
    def files(self) -> list[str]:
        """Names of the source files, indexed by ``file_index``."""
        return list(self.attributes["files"])

    def split(self, name: str) -> Split:
        """The split ``train``, ``validation`` or ``test``; StoreError when it is another name or holds no sample."""
        if name not in SPLITS:
            raise StoreError(f"split: expected one of {list(SPLITS)}, got {name!r} for {self.path}")
        arrays = {array: _array(self.root, f"{name}/{array}", self.path) for array in ("inputs", "outputs", *TRACE_ARRAYS)}
        split = Split(name, **{array: StoredArray(found, self.path) for array, found in arrays.items()})
        if not len(split):
            raise StoreError(f"split {name}: expected samples, got none in {self.path}; preprocess with other `splits`")
        return split

    def statistics(self, side: str) -> ColumnStatistics:
        """Statistics of the training split for ``inputs`` or ``outputs``."""
        name = f"statistics/{side}"
        if not (self.path / name).is_dir():
            remedy = "preprocess with a `train` split"
            raise StoreError(name, expected="statistics of a training split", got="none", where=f"store {self.path}", remedy=remedy)
        try:
            arrays: dict[str, Any] = {field: np.asarray(_array(self.root, f"{name}/{field}", self.path)[...]) for field in FIELDS}
            levels = self.root[name].attrs["quantile_levels"]
            statistics = ColumnStatistics(**arrays, quantile_levels=tuple(levels))  # type: ignore[arg-type]
        except ParamnetError:
            raise
        except DAMAGE as error:
            raise StoreError(f"{name}", expected="statistics", got=f"{error}", where=f"store {self.path}", remedy=AGAIN) from error
        warn_of_contradictions(statistics, side, str(self.path))
        return statistics

    def require_contract(self, contract: Contract, where: str) -> None:
        """Raise ContractMismatch naming the first difference unless the store was made with ``contract`` (of ``where``)."""
        contract.require_same(self.contract, where, f"store {self.path}")


def open_store(path: str | Path) -> Store:
    """Open and validate a training store.

    Raises StoreError when ``path`` is not a Zarr directory, was written by another version, is incomplete, carries a
    contract that does not match its digest, lacks a file or has one of another size than it recorded, or has an array of
    another shape than its contract says.
    """
    path = Path(path)
    _require_finished(path)
    try:
        root = zarr.open_group(path, mode="r")
        attributes: dict[str, Any] = dict(root.attrs)
        contract = _contract_of(attributes, path)
        _require_shapes(contract, path)
        require_files(path, read_record(path, attributes.get("content")), "fingerprint" in attributes["provenance"])
    except ParamnetError:
        raise
    except DAMAGE as error:
        got = f"{type(error).__name__}: {error}"
        where = str(path / "zarr.json")
        raise StoreError(f"store {path}", expected="metadata of a training store", got=got, where=where, remedy=AGAIN) from error
    return Store(path, contract, attributes, root)


def _require_finished(path: Path) -> None:
    if not path.exists() and aside_path(path).is_dir():
        raise StoreError(f"store {path}: expected a whole store, got the unfinished {aside_path(path).name}; run the same command again")
    if (path / "work" / "claim.json").is_file() and not (path / "zarr.json").is_file():
        raise StoreError(f"store {path}: expected a whole store, got an unfinished one; run the same `paramnet preprocess` again")
    if not (path / "zarr.json").is_file():
        raise StoreError(f"store {path}: expected a Zarr v3 directory, found no zarr.json; make it with `paramnet preprocess store={path}`")


def _contract_of(attributes: dict[str, Any], path: Path) -> Contract:
    """The contract of a finished store of this version, unedited."""
    version = attributes.get("paramnet_store_version")
    if version != STORE_VERSION:
        raise StoreError(f"store {path}: expected paramnet_store_version {STORE_VERSION}, got {version!r}; preprocess again")
    if attributes.get("complete") is not True:
        raise StoreError(f"store {path}: expected `complete: true`, got an unfinished store; run the same `paramnet preprocess` again")
    missing = [name for name in ROOT_ATTRIBUTES if name not in attributes]
    if missing:
        raise StoreError(f"store {path}: expected root attributes {list(ROOT_ATTRIBUTES)}, missing {missing}; preprocess again")
    try:
        contract = Contract.from_dict(attributes["contract"])
    except DAMAGE as error:
        where = str(path / "zarr.json")
        raise StoreError(f"store {path}", expected="a contract", got=f"{error}", where=where, remedy=AGAIN) from error
    if contract.digest != attributes["contract_digest"]:
        raise StoreError(
            f"store {path}: expected contract digest {str(attributes['contract_digest'])[:12]}, got {contract.digest[:12]} from the "
            "contract in its attributes; the store was edited by hand: preprocess again"
        )
    if not isinstance(attributes["provenance"], dict) or not isinstance(attributes["files"], list):
        raise StoreError(f"store {path}: expected a table `provenance` and a list `files` in its attributes, got others; preprocess again")
    return contract


def _array(root: zarr.Group, name: str, path: Path) -> zarr.Array:
    """The array ``name``; StoreError when it is not there."""
    try:
        array = root.get(name)
    except DAMAGE as error:
        where = str(path / name / "zarr.json")
        raise StoreError(f"array {name}", expected="metadata of a training store", got=str(error), where=where, remedy=AGAIN) from error
    if not isinstance(array, zarr.Array):
        raise StoreError(f"store {path}: array {name} is missing; preprocess again")
    return array


def _require_shapes(contract: Contract, path: Path) -> None:
    if not (contract.n_in and contract.n_out):
        raise StoreError(
            f"store {path}", expected="a contract with inputs and outputs", got=f"{contract.n_in} and {contract.n_out} columns"
        )
    shapes = {layout.name: layout.shape for layout in split_layouts(path)}
    for name, got in shapes.items():
        split, _, array = name.partition("/")
        samples = shapes[f"{split}/inputs"][0]
        expected = {"inputs": (samples, contract.n_in), "outputs": (samples, contract.n_out)}.get(array, (samples,))
        if got != expected:
            raise StoreError(f"{name}: expected shape {expected}, got {got} in {path}; preprocess again")
