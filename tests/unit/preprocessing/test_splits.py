"""Splits of time."""

import cftime
import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.preprocessing.splits.assignment import Assignment, assign_splits, describe_splits
from paramnet.preprocessing.splits.rules import SplitConfig, SplitRule
from paramnet.sources.time_axis.steps import Steps


def make_steps(days: np.ndarray) -> Steps:
    moments = cftime.num2date(days, "days since 0001-01-01", "noleap")
    date = np.array([(m.year, m.month, m.day) for m in moments], dtype="int32")
    zeros = np.zeros(len(days), "int32")
    return Steps(zeros, zeros, days, date, np.arange(len(days)) - 1, zeros.astype("int8"))


def assign(days: np.ndarray, config: SplitConfig) -> np.ndarray:
    return assign_splits(make_steps(days), config, np.ones(len(days), bool))


def test_blocks_are_assigned_by_fraction() -> None:
    days = np.arange(0, 200, 0.25)
    split = assign(days, SplitConfig(gap_days=0.0))
    assert {name: int((split == name).sum()) for name in ("train", "validation", "test")} == {"train": 640, "validation": 80, "test": 80}


def test_splits_are_never_closer_than_the_gap() -> None:
    days = np.sort(np.random.default_rng(0).uniform(0, 100, 700))
    config = SplitConfig(gap_days=1.5)
    split = assign(days, config)
    for name in ("train", "validation", "test"):
        mine, others = days[split == name], days[(split != name) & (split != "")]
        assert np.abs(mine[:, None] - others).min() >= 1.5
    assert describe_splits(Assignment.by_step(split), make_steps(days), config)["smallest_distance_days"] >= 1.5


def test_skipped_days_are_in_no_split() -> None:
    days = np.arange(0, 100, 1.0)
    split = assign(days, SplitConfig(skip_days=15.0))
    assert set(split[:15]) == {""} and split[15] == "train"


def test_months_and_dates_choose_the_split() -> None:
    days = np.arange(0, 365, 1.0)
    rules = {
        "train": SplitRule(months=[1, 2]),
        "validation": SplitRule(start="0001-04-01", end="0001-04-11"),
        "test": SplitRule(months=[6]),
    }
    split = assign(days, SplitConfig(**rules, gap_days=0.0))
    assert (int((split == "train").sum()), int((split == "validation").sum()), int((split == "test").sum())) == (59, 10, 30)


def test_overlapping_rules_are_refused() -> None:
    rules = {"train": SplitRule(months=[1, 2]), "validation": SplitRule(months=[2]), "test": SplitRule(months=[6])}
    with pytest.raises(ParamnetError) as refused:
        assign(np.arange(0, 365, 1.0), SplitConfig(**rules))
    assert refused.value.got == "dates in both train and validation"


def test_a_split_without_steps_is_an_error() -> None:
    with pytest.raises(ParamnetError) as refused:
        assign(np.arange(0, 10, 0.25), SplitConfig(block_days=5.0))
    assert refused.value.what == "split validation" and refused.value.got.startswith("none of 40")


@pytest.mark.parametrize(
    ("changes", "what", "got"),
    [
        ({"train": SplitRule(0.5)}, "splits", "[0.5, 0.1, 0.1]"),
        ({"test": SplitRule(months=[13])}, "splits", "train by fraction, validation by fraction, test by dates"),
        ({"gap_days": 6.0}, "splits", "5.0 and 6.0"),
        ({"skip_days": -1.0}, "splits.skip_days", "-1.0"),
        ({"train": SplitRule(0.5, months=[1])}, "splits", "both in one split"),
        ({name: SplitRule(months=[13]) for name in ("train", "validation", "test")}, "splits.train.months", "[13]"),
        ({name: SplitRule(start="May 1") for name in ("train", "validation", "test")}, "splits", "'May 1'"),
    ],
)
def test_invalid_rules_are_refused_at_construction(changes: dict, what: str, got: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        SplitConfig(**changes)
    assert (refused.value.what, refused.value.got) == (what, got)
