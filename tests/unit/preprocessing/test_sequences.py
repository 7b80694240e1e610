"""Sequences: consecutive steps of one column stay together in the store, in order, and nothing else changes."""

from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from test_preprocess import assert_same_bits

from paramnet.contract import ParamnetError
from paramnet.execution import ClusterConfig
from paramnet.preprocessing import SplitConfig, SplitRule, preprocess
from paramnet.preprocessing.provenance import plain_config
from paramnet.store import SPLITS, Split, StoreError, open_store

STEP = 1 / 48  # days: the contract's time step
COLUMNS, LENGTH = 12, 8
RULES = {"train": SplitRule(0.5), "validation": SplitRule(0.25), "test": SplitRule(0.25)}


@pytest.fixture
def numbered(plasim_record: Callable) -> Callable:
    """Writes a record from step ``first`` to ``last`` whose surface pressure tells step and column: 60000 + 2 (12 step + column) Pa."""

    def write(name: str, first: int, last: int, edit: Callable | None = None) -> None:
        def number(dataset: netCDF4.Dataset) -> None:
            step, column = np.arange(first, last)[:, None, None], np.arange(COLUMNS).reshape(4, 3)
            dataset["surface_air_pressure"][:] = 60_000 + 2 * (COLUMNS * step + column)
            if edit:
                edit(dataset)

        plasim_record(name, np.arange(first, last) * STEP, number)

    return write


def steps_and_columns(split: Split, position: int) -> tuple[np.ndarray, np.ndarray]:
    """(sequence, step of it) of the samples: the archive's step and the column, from the stored surface pressure."""
    number = np.rint((split.inputs[:, position].astype(float) - 60_000) / 2).astype(int).reshape(-1, LENGTH)
    assert (number % COLUMNS == split.column_index[:].reshape(-1, LENGTH)).all()
    return number // COLUMNS, number % COLUMNS


def test_sequences_are_consecutive_steps_of_one_column_across_files_but_not_across_gaps(numbered: Callable, configure: Callable) -> None:
    numbered("record_0001.nc", 0, 200)
    numbered("record_0002.nc", 200, 403)
    numbered("record_0003.nc", 405, 501)  # two steps are missing before it
    store = open_store(preprocess(configure("plasim", sequence=LENGTH, splits=SplitConfig(**RULES, block_days=3.0, gap_days=0.3))))
    assert store.sequence == LENGTH
    pressure, seen = store.contract.input_columns["surface_air_pressure"].start, 0
    for name in SPLITS:
        step, column = steps_and_columns(store.split(name), pressure)
        assert (np.diff(step, axis=1) == 1).all() and (column == column[:, :1]).all()
        assert not ((step[:, 0] < 405) & (step[:, -1] > 402)).any()
        starts = step[:, 0] * COLUMNS + column[:, 0]
        assert len(np.unique(starts)) == len(starts) and (np.diff(starts) < 0).any()  # each once, shuffled
        assert step.size == COLUMNS * store.attributes["splits"][name]["steps"]
        seen += step.size
    dropped = store.attributes["dropped"]["steps"]
    assert seen == COLUMNS * (499 - sum(dropped.values())) and 0 < dropped["in no complete sequence"] < 3 * 4 * LENGTH
    assert any((steps_and_columns(store.split(name), pressure)[0] == 199).any() for name in SPLITS)


@pytest.mark.slow
def test_sequences_do_not_depend_on_blocks_or_workers(numbered: Callable, configure: Callable, tmp_path: Path) -> None:
    numbered("record_0001.nc", 0, 700)
    small = preprocess(configure("plasim", store=str(tmp_path / "one"), sequence=LENGTH))
    large = preprocess(configure("plasim", store=str(tmp_path / "two"), sequence=LENGTH, block_megabytes=9))
    for name in SPLITS:
        np.testing.assert_array_equal(open_store(small).split(name).inputs[:], open_store(large).split(name).inputs[:])
    workers = configure("plasim", store=str(tmp_path / "three"), sequence=LENGTH, cluster=ClusterConfig("processes", 2))
    assert_same_bits(small, preprocess(workers))


def test_an_invalid_sample_takes_its_sequence_with_it(numbered: Callable, configure: Callable) -> None:
    def spoil(dataset: netCDF4.Dataset) -> None:
        dataset["air_temperature"][20, 3, 0, 1] = np.nan  # column 1
        dataset["air_temperature"][21, 3, 0, 1] = np.nan

    numbered("record_0001.nc", 0, 480, spoil)
    store = open_store(preprocess(configure("plasim", sequence=LENGTH, max_invalid_fraction=0.01)))
    assert store.attributes["dropped"]["samples"] == 2 and store.attributes["dropped"]["in_incomplete_sequences"] == LENGTH - 2
    step, column = steps_and_columns(store.split("train"), store.contract.input_columns["surface_air_pressure"].start)
    assert (np.diff(step, axis=1) == 1).all() and not ((column == 1) & (step == 20)).any() and ((column == 2) & (step == 20)).any()


def test_columns_can_be_split_too(numbered: Callable, configure: Callable) -> None:
    numbered("record_0001.nc", 0, 100)
    store = open_store(preprocess(configure("plasim", sequence=LENGTH, splits=SplitConfig(**RULES, by="columns", gap_degrees=0.0))))
    pressure = store.contract.input_columns["surface_air_pressure"].start
    found = [steps_and_columns(store.split(name), pressure) for name in SPLITS]
    assert all((np.diff(step, axis=1) == 1).all() for step, _ in found)
    assert sum(step.size for step, _ in found) == COLUMNS * 96


def test_settings_without_sequences_are_those_of_earlier_stores(configure: Callable) -> None:
    plain, longer = configure("plasim"), configure("plasim", sequence=LENGTH)
    assert "sequence" not in plain_config(plain) and plain_config(longer) == plain_config(plain) | {"sequence": LENGTH}


def test_another_length_is_another_store(numbered: Callable, configure: Callable) -> None:
    numbered("record_0001.nc", 0, 480)
    path = preprocess(configure("plasim", sequence=LENGTH))
    assert preprocess(configure("plasim", sequence=LENGTH)) == path  # up to date
    for sequence in (1, 4):
        with pytest.raises(ParamnetError) as refused:
            preprocess(configure("plasim", sequence=sequence))
        assert "sequence" in refused.value.got


def test_steps_that_do_not_follow_each_other_are_refused(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()  # a step every six hours
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim", sequence=LENGTH))
    assert (refused.value.what, refused.value.got) == ("split train", "at most 1 in a row")
    with pytest.raises(ParamnetError) as refused:
        configure("plasim", sequence=0)
    assert refused.value.what == "preprocess.sequence"


@pytest.mark.parametrize("sequence", [7, 0, "8", True])
def test_a_store_with_parts_of_sequences_is_refused(sequence: object, convection_store: Path, tmp_path: Path) -> None:
    import shutil

    import zarr

    shutil.copytree(convection_store, tmp_path / "store")
    zarr.open_group(tmp_path / "store", mode="r+").attrs["sequence"] = sequence
    with pytest.raises(StoreError) as refused:
        open_store(tmp_path / "store")
    assert refused.value.what in ("sequence", "array train/inputs")
