"""Splits by season, by place and by climate, and the check that nothing leaks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from test_splits import assign, make_steps

from paramnet.contract import ParamnetError
from paramnet.preprocessing import SplitConfig, SplitRule, preprocess
from paramnet.preprocessing.splits.assignment import Assignment, describe_splits
from paramnet.preprocessing.splits.columns import assign_columns, describe_columns, nearest_degrees
from paramnet.sources.grid.horizontal import Columns
from paramnet.store import SPLITS, open_store

THREE = {"train": SplitRule(0.6), "validation": SplitRule(0.2), "test": SplitRule(0.2)}


def globe(degrees: float) -> Columns:
    latitude, longitude = np.meshgrid(np.arange(-90 + degrees / 2, 90, degrees), np.arange(0, 360, degrees), indexing="ij")
    return Columns(latitude.ravel(), longitude.ravel(), np.cos(np.radians(latitude.ravel())))


def test_columns_of_different_splits_are_a_gap_apart() -> None:
    columns, config = globe(4.0), SplitConfig(**THREE, by="columns", gap_degrees=6.0)
    code = assign_columns(columns, config)
    described = describe_columns(columns, code, config)
    assert described["smallest_distance_degrees"] >= 6.0
    assert sum(described["columns"].values()) == len(columns) and min(described["columns"].values()) > 0.05 * len(columns)


def test_distances_are_those_along_the_great_circle() -> None:
    columns = Columns(np.array([0.0, 0.0, 80.0, -90.0]), np.array([359.0, 1.0, 179.0, 7.0]), np.ones(4))
    np.testing.assert_allclose(nearest_degrees(columns, np.array([0, 0, 3]), np.array([1])), [2.0, 2.0, 90.0])
    np.testing.assert_allclose(nearest_degrees(columns, np.array([2]), np.array([0])), 100.0)


def test_columns_that_leak_are_refused() -> None:
    columns = globe(4.0)
    code = np.arange(len(columns)) % 2 * 2
    with pytest.raises(ParamnetError) as refused:
        describe_columns(columns, code.astype("i1"), SplitConfig(**THREE, by="columns"))
    assert refused.value.what == "splits" and "at least 5.0 degrees" in refused.value.expected


def test_times_that_leak_are_refused() -> None:
    steps = make_steps(np.arange(0, 10, 0.25))
    with pytest.raises(ParamnetError) as refused:
        describe_splits(Assignment(np.where(steps.days < 5, 0, 1).astype("i1")), steps, SplitConfig(**THREE))
    assert "at least 1.0 days" in refused.value.expected and refused.value.got == "0.25 days"


def test_a_store_split_by_columns_has_every_time_in_every_split(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    splits = SplitConfig(**THREE, by="columns", box_degrees=45.0, gap_degrees=1.0)
    store = open_store(preprocess(configure("plasim", splits=splits)))
    columns = {name: set(store.split(name).column_index[:].tolist()) for name in SPLITS}
    assert not columns["train"] & columns["test"] and not columns["train"] & columns["validation"]
    assert all(len(np.unique(store.split(name).time[:])) == 160 for name in SPLITS)
    assert store.attributes["splits"]["columns"]["train"] == len(columns["train"])


def test_seasons_choose_the_split_in_every_year() -> None:
    rules = {"train": SplitRule(months=[12, 1, 2]), "validation": SplitRule(months=[4]), "test": SplitRule(months=[6, 7, 8])}
    days = np.arange(0, 730, 1.0)
    split, month = assign(days, SplitConfig(**rules, gap_days=0.0)), make_steps(days).date[:, 1]
    assert set(month[split == "test"]) == {6, 7, 8} and int((split == "test").sum()) == 2 * 92


def test_trained_on_one_climate_and_tested_on_the_warmer(plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    plasim_record(days=np.arange(0, 40, 0.25))
    plasim_record(days=np.arange(0, 20, 0.25), folder="warm")  # the same dates: another climate is no duplicate
    rules = {
        "train": SplitRule(0.75, climates=["control"]),
        "validation": SplitRule(0.25, climates=["control"]),
        "test": SplitRule(1.0, climates=["warm"]),
    }
    splits = SplitConfig(**rules, block_days=2.0, gap_days=0.5)
    store = open_store(preprocess(configure("plasim", splits=splits, climates={"warm": str(tmp_path / "warm")})))
    assert {name: set(store.split(name).file_index[:].tolist()) for name in SPLITS} == {"train": {0}, "validation": {0}, "test": {1}}
    assert len(store.split("test")) == 80 * 12
    assert store.attributes["splits"]["climates"] == {"control": 160, "warm": 80}


@pytest.mark.parametrize(
    ("changes", "what", "expected"),
    [
        ({"by": "place"}, "splits.by", "time or columns"),
        ({"by": "columns", "gap_degrees": 40.0}, "splits", "box_degrees > gap_degrees"),
        ({"test": SplitRule(0.3, climates=["warm"])}, "splits", "fractions of train, validation and test that add up to 1 in climate warm"),
    ],
)
def test_invalid_rules_are_refused(changes: dict, what: str, expected: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        SplitConfig(**(THREE | changes))
    assert (refused.value.what, refused.value.expected) == (what, expected)


def test_a_climate_without_an_archive_is_named(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    splits = SplitConfig(SplitRule(1.0, climates=["control"]), SplitRule(), SplitRule(1.0, climates=["warm"]))
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim", splits=splits))
    assert (refused.value.expected, refused.value.got) == ("climates among ['control']", "['warm']")
