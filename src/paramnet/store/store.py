"""Open a training store: nothing is read but its attributes and statistics until a sample is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from paramnet.contract import Contract, ParamnetError
from paramnet.store.contradictions import warn_of_contradictions
from paramnet.store.layout import ROOT_ATTRIBUTES, SPLITS, STORE_VERSION, TRACE_ARRAYS
from paramnet.store.statistics import FIELDS, ColumnStatistics
from paramnet.store.writing import aside_path


class StoreError(ParamnetError):
    """A directory that is not a usable training store; the message says what it lacks and what to do."""


@dataclass(frozen=True)
class Split:
    """The samples of one split, globally shuffled, as Zarr arrays (sliced like NumPy arrays, read when sliced).

    ``inputs`` : (sample, n_in), ``outputs`` : (sample, n_out), float32, physical units, columns as in the contract.
    The others are (sample); see ``paramnet.store.TRACE_ARRAYS`` for types and units.
    """

    name: str
    inputs: zarr.Array
    outputs: zarr.Array
    area_weight: zarr.Array
    latitude: zarr.Array
    longitude: zarr.Array
    file_index: zarr.Array
    time_index: zarr.Array
    column_index: zarr.Array
    time: zarr.Array

    def __len__(self) -> int:
        return int(self.inputs.shape[0])


@dataclass(frozen=True)
class Store:
    """An opened training store. ``attributes`` are the root's; ``contract`` is the one frozen into it."""

    path: Path
    contract: Contract
    attributes: dict[str, Any]
    root: zarr.Group

    @property
    def files(self) -> list[str]:
        """Names of the source files, indexed by ``file_index``."""
        return list(self.attributes["files"])

    def split(self, name: str) -> Split:
        """The split ``train``, ``validation`` or ``test``; StoreError when it is another name or holds no sample."""
        if name not in SPLITS:
            raise StoreError(f"split: expected one of {list(SPLITS)}, got {name!r} for {self.path}")
        split = Split(name, **{array: _array(self.root, f"{name}/{array}") for array in ("inputs", "outputs", *TRACE_ARRAYS)})
        if not len(split):
            raise StoreError(f"split {name}: expected samples, got none in {self.path}; preprocess with other `splits`")
        return split

    def statistics(self, side: str) -> ColumnStatistics:
        """Statistics of the training split for ``inputs`` or ``outputs``."""
        arrays: dict[str, Any] = {name: np.asarray(_array(self.root, f"statistics/{side}/{name}")[...]) for name in FIELDS}
        levels = self.root[f"statistics/{side}"].attrs["quantile_levels"]
        statistics = ColumnStatistics(**arrays, quantile_levels=tuple(levels))  # type: ignore[arg-type]
        warn_of_contradictions(statistics, side, str(self.path))
        return statistics

    def require_contract(self, contract: Contract, where: str) -> None:
        """Raise ContractMismatch naming the first difference unless the store was made with ``contract`` (of ``where``)."""
        contract.require_same(self.contract, where, f"store {self.path}")


def open_store(path: str | Path) -> Store:
    """Open and validate a training store.

    Raises StoreError when ``path`` is not a Zarr directory, was written by another version, is incomplete, carries a
    contract that does not match its digest, or has an array of another shape than its contract says.
    """
    path = Path(path)
    if not path.exists() and aside_path(path).is_dir():
        raise StoreError(f"store {path}: expected a whole store, got the unfinished {aside_path(path).name}; run the same command again")
    if (path / "work" / "claim.json").is_file() and not (path / "zarr.json").is_file():
        raise StoreError(f"store {path}: expected a whole store, got an unfinished one; run the same `paramnet preprocess` again")
    if not (path / "zarr.json").is_file():
        raise StoreError(f"store {path}: expected a Zarr v3 directory, found no zarr.json; make it with `paramnet preprocess store={path}`")
    root = zarr.open_group(path, mode="r")
    attributes: dict[str, Any] = dict(root.attrs)
    version = attributes.get("paramnet_store_version")
    if version != STORE_VERSION:
        raise StoreError(f"store {path}: expected paramnet_store_version {STORE_VERSION}, got {version!r}; preprocess again")
    if attributes.get("complete") is not True:
        raise StoreError(f"store {path}: expected `complete: true`, got an unfinished store; run the same `paramnet preprocess` again")
    missing = [name for name in ROOT_ATTRIBUTES if name not in attributes]
    if missing:
        raise StoreError(f"store {path}: expected root attributes {list(ROOT_ATTRIBUTES)}, missing {missing}; preprocess again")
    contract = Contract.from_dict(attributes["contract"])
    if contract.digest != attributes["contract_digest"]:
        raise StoreError(
            f"store {path}: expected contract digest {attributes['contract_digest'][:12]}, got {contract.digest[:12]} from the "
            "contract in its attributes; the store was edited by hand: preprocess again"
        )
    _require_shapes(root, contract, path)
    return Store(path, contract, attributes, root)


def _array(root: zarr.Group, name: str) -> zarr.Array:
    """The array ``name``; StoreError when it is not there."""
    array = root.get(name)
    if not isinstance(array, zarr.Array):
        raise StoreError(f"store {root.store_path}: array {name} is missing; preprocess again")
    return array


def _require_shapes(root: zarr.Group, contract: Contract, path: Path) -> None:
    for split in SPLITS:
        samples = _array(root, f"{split}/inputs").shape[0]
        widths = {"inputs": (samples, contract.n_in), "outputs": (samples, contract.n_out)}
        for name in ("inputs", "outputs", *TRACE_ARRAYS):
            expected, got = widths.get(name, (samples,)), _array(root, f"{split}/{name}").shape
            if got != expected:
                raise StoreError(f"{split}/{name}: expected shape {expected}, got {got} in {path}; preprocess again")
