"""Opening of a training store. Only attributes and metadata are read; samples are read when sliced."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from paramnet.contract import Contract, ParamnetError
from paramnet.store.arrays import StoredArray
from paramnet.store.contradictions import warn_of_contradictions
from paramnet.store.errors import AGAIN, DAMAGE, StoreError
from paramnet.store.layout import ROOT_ATTRIBUTES, SPLITS, STORE_VERSION, TRACE_ARRAYS
from paramnet.store.record import read_record, require_files
from paramnet.store.shapes import require_shapes
from paramnet.store.statistics import FIELDS, ColumnStatistics
from paramnet.store.times import runs_of
from paramnet.store.writing import unfinished_path

if TYPE_CHECKING:
    import xarray as xr

_TIMES_READ = 1 << 22  # samples at a time


@dataclass(frozen=True)
class Split:
    """The samples of one split, globally shuffled, as arrays of the store, which are read by slices like NumPy arrays.

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
    """An opened training store. ``attributes`` : of the root group. ``contract`` : the contract stored in it."""

    path: Path
    contract: Contract
    attributes: dict[str, Any]
    root: zarr.Group

    @cached_property
    def content(self) -> str:
        """Fingerprint of the contents: of size and CRC-32C of all files, or of the statistics if there is no record of files."""
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

    @property
    def sequence(self) -> int:
        """Number of consecutive steps of one column that stand together in the order of the samples; 1: each sample by itself."""
        return int(self.attributes.get("sequence", 1))

    def days(self, split: str) -> list[list[float]]:
        """Return first and last day of each run of consecutive steps in a split, in the store's time units: as recorded by
        preprocessing, or from the times of the samples in an older store."""
        try:
            noted: Any = dict(self.root["sources"].attrs).get("days", {})
        except DAMAGE:  # a store from before days were recorded
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
        """Return the split ``train``, ``validation`` or ``test``; raise StoreError for another name or a split without samples."""
        if name not in SPLITS:
            raise StoreError("split", expected=f"one of {list(SPLITS)}", got=repr(name), where=f"store {self.path}")
        arrays = {array: _array(self.root, f"{name}/{array}", self.path) for array in ("inputs", "outputs", *TRACE_ARRAYS)}
        split = Split(name, **{array: StoredArray(found, self.path) for array, found in arrays.items()})
        if not len(split):
            raise StoreError(
                f"split {name}", expected="samples", got="none", where=f"store {self.path}", remedy="preprocess with other `splits`"
            )
        return split

    def to_xarray(self, split: str) -> xr.Dataset:
        """Return a split as a Dataset: each variable of the contract (sample, level) or (sample), contract units, level 0 = model top.

        latitude, longitude, time (decoded), area_weight and the origin of each sample are coordinates. Values are read by Dask when they
        are used. Raises StoreError as ``split``.
        """
        from paramnet.store.dataset import split_dataset

        found = self.split(split)
        arrays = {name: getattr(found, name) for name in ("inputs", "outputs", *TRACE_ARRAYS)}
        dataset = split_dataset(self.contract, arrays, str(self.attributes["time_units"]), str(self.attributes["calendar"]))
        known = {name: str(value) for name, value in {"source": self.attributes["source"], "store": self.path}.items()}
        named = {"store_content": self.content, "contract": self.contract.name, "contract_digest": self.contract.digest}
        return dataset.assign_attrs(Conventions="CF-1.11", title=f"Split {split} of a training store", **known, **named)

    def statistics(self, side: str) -> ColumnStatistics:
        """Return the statistics of the training split for ``inputs`` or ``outputs``."""
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
        """Raise ContractMismatch naming the first difference from ``contract`` (of ``where``)."""
        contract.require_same(self.contract, where, f"store {self.path}")


def open_store(path: str | Path) -> Store:
    """Open and validate a training store.

    Raises StoreError if ``path`` is not a Zarr directory, has another store version, is incomplete, has a contract that does
    not match its digest, if a file is missing or differs in size from the record, or an array differs in shape from the
    contract.
    """
    path = Path(path)
    _require_finished(path)
    try:
        root = zarr.open_group(path, mode="r", use_consolidated=False)  # each array's own metadata are checked
        attributes: dict[str, Any] = dict(root.attrs)
        contract = _contract_of(attributes, path)
        require_shapes(contract, attributes.get("sequence", 1), path)
        require_files(path, read_record(path, attributes.get("content")), "fingerprint" in attributes["provenance"])
    except ParamnetError:
        raise
    except DAMAGE as error:
        got = f"{type(error).__name__}: {error}"
        where = str(path / "zarr.json")
        raise StoreError(f"store {path}", expected="metadata of a training store", got=got, where=where, remedy=AGAIN) from error
    return Store(path, contract, attributes, root)


def _require_finished(path: Path) -> None:
    unfinished = unfinished_path(path)
    if not path.exists() and unfinished.is_dir():
        raise _unfinished(path, f"the unfinished {unfinished.name}")
    if (path / "work" / "claim.json").is_file() and not (path / "zarr.json").is_file():
        raise _unfinished(path, "an unfinished one")
    if not (path / "zarr.json").is_file():
        raise StoreError(
            f"store {path}",
            expected="a Zarr v3 directory",
            got="no zarr.json",
            remedy=f"make it with `paramnet preprocess store={path}`",
        )


def _unfinished(path: Path, got: str) -> StoreError:
    return StoreError(f"store {path}", expected="a complete store", got=got, remedy="run the same `paramnet preprocess` again")


def _contract_of(attributes: dict[str, Any], path: Path) -> Contract:
    """Return the contract of a store; raise StoreError unless it is complete, of this version, and not edited."""
    version = attributes.get("paramnet_store_version")
    if version != STORE_VERSION:
        raise StoreError(f"store {path}", expected=f"paramnet_store_version {STORE_VERSION}", got=repr(version), remedy="preprocess again")
    if attributes.get("complete") is not True:
        raise _unfinished(path, "one without `complete: true`")
    missing = [name for name in ROOT_ATTRIBUTES if name not in attributes]
    if missing:
        raise StoreError(
            f"store {path}", expected=f"root attributes {list(ROOT_ATTRIBUTES)}", got=f"none of {missing}", remedy="preprocess again"
        )
    try:
        contract = Contract.from_dict(attributes["contract"])
    except DAMAGE as error:
        where = str(path / "zarr.json")
        raise StoreError(f"store {path}", expected="a contract", got=f"{error}", where=where, remedy=AGAIN) from error
    if contract.digest != attributes["contract_digest"]:
        raise StoreError(
            f"store {path}",
            expected=f"contract digest {str(attributes['contract_digest'])[:12]}",
            got=f"{contract.digest[:12]} from the contract in its attributes",
            remedy="preprocess again, as the attributes were edited",
        )
    for name, kind in (("provenance", dict), ("files", list)):
        if not isinstance(attributes[name], kind):
            raise StoreError(
                f"store {path}",
                expected=f"an attribute `{name}` of type {kind.__name__}",
                got=type(attributes[name]).__name__,
                remedy="preprocess again",
            )
    return contract


def _array(root: zarr.Group, name: str, path: Path) -> zarr.Array:
    """Return the array ``name``; raise StoreError if it is missing."""
    try:
        array = root.get(name)
    except DAMAGE as error:
        where = str(path / name / "zarr.json")
        raise StoreError(f"array {name}", expected="metadata of a training store", got=str(error), where=where, remedy=AGAIN) from error
    if not isinstance(array, zarr.Array):
        raise StoreError(f"array {name}", expected="an array of a training store", got="none", where=f"store {path}", remedy=AGAIN)
    return array
