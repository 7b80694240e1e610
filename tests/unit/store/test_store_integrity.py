"""Missing or changed files of a store are named, and metadata cannot run code."""

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from paramnet.contract import Contract, ParamnetError
from paramnet.store import SPLITS, TRACE_ARRAYS, StoreError, create_split, create_statistics, open_store, write_record, write_shard
from paramnet.store.statistics import ColumnStatistics

CONTRACT = Contract.from_yaml("plasim_convection")
MUTATIONS = int(os.environ.get("PARAMNET_STORE_MUTATIONS", "60"))
VALUES: list[Any] = [None, -1, 0, 1, 2**40, 2**63, 1e300, "x", "", [], {}, [[[]]], True, "../..", ["a"], {"name": "bytes"}]


def statistics(width: int) -> ColumnStatistics:
    one, zero = np.ones(width), np.zeros(width)
    return ColumnStatistics(0.5 * one, 0.1 * one, zero, one, zero.astype(bool), np.linspace(0, 1, 5)[:, None] * one)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with three shards in each array of each split, written as in preprocessing."""
    path = tmp_path_factory.mktemp("whole") / "store"
    root, known, random_numbers = zarr.create_group(path), {}, np.random.default_rng(0)
    for name in SPLITS:
        group = create_split(root, name, CONTRACT, 40, 8, "none", shard_chunks=2)
        arrays = {array: group[array] for array in ("inputs", "outputs", *TRACE_ARRAYS)}
        for number in range(3):
            pieces = [{key: random_numbers.random((8, *array.shape[1:])) for key, array in arrays.items()} for _ in range(2 - number // 2)]
            known |= write_shard(arrays, number, pieces)
    create_statistics(root, {"inputs": statistics(CONTRACT.n_in), "outputs": statistics(CONTRACT.n_out)})
    described = {"paramnet_store_version": 1, "contract": CONTRACT.to_dict(), "contract_digest": CONTRACT.digest, "source": "test"}
    described |= {"provenance": {"fingerprint": "0"}, "files": ["a.nc"], "splits": {}, "calendar": "noleap", "complete": True}
    root.attrs.update(described | {"time_units": "days since 0001-01-01"})
    write_record(root, path, known)
    return path


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "store"))


def without_record(store: Path) -> Path:
    """Remove what older versions did not write."""
    root = zarr.open_group(store)
    attributes = dict(root.attrs)
    del attributes["content"]
    root.attrs.put(attributes)
    shutil.rmtree(store / "shards")
    return store


def edit(store: Path, name: str, change: Callable[[Any], Any]) -> None:
    path = store / name
    table = json.loads(path.read_text())
    change(table)
    path.write_text(json.dumps(table))


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("lost", ["train/inputs/c/1/0", "test/outputs/c/0/0", "validation/latitude/c/2", "statistics/inputs/mean/c/0"])
def test_a_lost_file_is_named_when_the_store_is_opened(copy: Path, lost: str, recorded: bool) -> None:
    store = copy if recorded else without_record(copy)
    open_store(store)
    (store / lost).unlink()
    with pytest.raises(StoreError) as error:
        open_store(store)
    assert error.value.got == f"no file {lost}" and error.value.what == f"store {store}"


def test_a_truncated_file_is_named_when_the_store_is_opened(copy: Path) -> None:
    size = (copy / "train/inputs/c/1/0").stat().st_size
    os.truncate(copy / "train/inputs/c/1/0", size - 1)
    with pytest.raises(StoreError) as error:
        open_store(copy)
    assert error.value.expected == f"{size} bytes in train/inputs/c/1/0" and error.value.got == str(size - 1)


@pytest.mark.parametrize("compression", ["none", "lz4", "zstd"])
def test_a_flipped_bit_is_found_by_zarr_and_its_file_named(compression: str, tmp_path: Path) -> None:
    group = create_split(zarr.create_group(tmp_path / "s"), "train", CONTRACT, 40, 8, compression, shard_chunks=2)
    for number in range(3):
        write_shard({"time": group["time"]}, number, [{"time": np.arange(8.0)}] * (2 - number // 2))
    file = tmp_path / "s/train/time/c/1"
    content = bytearray(file.read_bytes())
    content[10] ^= 1
    file.write_bytes(content)
    from paramnet.store import StoredArray

    array = StoredArray(zarr.open_group(tmp_path / "s", mode="r")["train/time"], tmp_path / "s")
    np.testing.assert_array_equal(array[:16], np.tile(np.arange(8.0), 2))
    with pytest.raises(StoreError) as error:
        array[:]
    assert error.value.expected == "train/time/c/1 as it was written" and "checksum" in error.value.got


def test_the_fingerprint_of_a_store_does_not_depend_on_its_path(whole: Path, copy: Path) -> None:
    assert open_store(copy).content == open_store(whole).content
    changed = zarr.open_group(without_record(copy))["statistics/inputs/mean"]
    before = open_store(copy).content
    changed[:] = 0.25
    assert open_store(copy).content != before


def test_stores_with_different_numbers_have_different_checksums(tmp_path: Path) -> None:
    noted = []
    for number in range(2):
        group = create_split(zarr.create_group(tmp_path / str(number)), "train", CONTRACT, 8, 8, "none")
        noted.append(write_shard({"time": group["time"]}, 0, [{"time": np.arange(8.0) + number}]))
    sizes, checksums = zip(*(each["train/time/c/0"] for each in noted), strict=True)
    assert sizes[0] == sizes[1] == (tmp_path / "0/train/time/c/0").stat().st_size and checksums[0] != checksums[1]


def shape(samples: int) -> Callable[[Any], None]:
    return lambda table: table["shape"].__setitem__(0, samples)


def codec(name: str) -> Callable[[Any], None]:
    return lambda table: table["codecs"][0]["configuration"]["codecs"].append({"name": name, "configuration": {}})


def chunk(samples: int) -> Callable[[Any], None]:
    def change(table: Any) -> None:
        table["chunk_grid"]["configuration"]["chunk_shape"][0] = samples
        table["codecs"][0]["configuration"]["chunk_shape"][0] = samples

    return change


@pytest.mark.parametrize("change", [shape(10**12), shape(-5), codec("numcodecs.pickle"), codec("os.system"), chunk(2**40), dict.clear])
def test_metadata_out_of_bounds_is_refused_with_its_file(copy: Path, change: Callable[[Any], None]) -> None:
    edit(copy, "train/outputs/zarr.json", change)
    with pytest.raises(StoreError) as refused:
        open_store(copy)
    assert "train/outputs" in refused.value.what or "train/outputs" in refused.value.where


def test_more_samples_than_there_are_files_are_refused_at_once(copy: Path) -> None:
    for name in ("inputs", "outputs", *TRACE_ARRAYS):
        edit(copy, f"train/{name}/zarr.json", shape(10**11))
    with pytest.raises(StoreError) as error:
        open_store(without_record(copy))
    assert error.value.got == "no file train/inputs/c/3/0"


def test_mutated_metadata_give_an_error(copy: Path) -> None:
    """The number of mutations is ``PARAMNET_STORE_MUTATIONS``."""
    draw, files = random.Random(0), sorted(copy.rglob("zarr.json"))
    for _ in range(MUTATIONS):
        file = draw.choice(files)
        text = file.read_text()
        table = json.loads(text)
        *way, last = draw.choice([place for place in places(table) if place])
        holder = table
        for key in way:
            holder = holder[key]
        holder[last] = draw.choice(VALUES)
        file.write_text(json.dumps(table))
        try:
            store = open_store(copy)
            for split in SPLITS:
                assert np.isfinite(store.split(split).inputs[:4]).shape
            store.statistics("inputs")
        except ParamnetError:
            pass
        file.write_text(text)


def places(table: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Yield every key and index in a JSON value."""
    inner = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    return [way, *(place for key, value in inner for place in places(value, (*way, key)))]
