"""Choosing nothing from a group of settings, and options whose names are numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from paramnet.cli.config import composed
from paramnet.cli.help import help_of
from paramnet.cli.keys import groups_of, options_of
from paramnet.cli.overrides import spelt
from paramnet.contract import ParamnetError

CONFIGURED = ("source", "preprocess", "train", "evaluate", "export", "ccpp", "import", "card", "online", "compare", "run", "batch")
CHOICES = [(command, group) for command in CONFIGURED for group in groups_of(command)]


@pytest.mark.parametrize("nothing", ["null", "NULL", ""])
@pytest.mark.parametrize(("command", "group"), CHOICES)
def test_null_leaves_out_an_optional_group_and_is_refused_for_others(command: str, group: str, nothing: str) -> None:
    override = f"{group}={nothing}"
    if "none" in options_of(group):
        assert spelt(command, [override]) == [f"{group}=none"]
    elif groups_of(command)[group] is None:
        assert spelt(command, [override]) == [f"~{group}"]
    else:
        with pytest.raises(ParamnetError) as refused:
            spelt(command, [override])
        assert (refused.value.what, refused.value.got) == (group, nothing or "nothing")
        assert refused.value.expected == f"one of {', '.join(options_of(group))}"


def test_null_takes_away_what_an_experiment_has_chosen() -> None:
    assert composed("train", ["experiment=climate_invariant"]).features
    assert composed("train", ["experiment=climate_invariant", "physics=null", "trainer/average=null"]).features == []


@pytest.mark.parametrize("group", ["trainer/schedule", "hydra"])
def test_null_is_refused_for_groups_inside_others_and_for_those_of_hydra(group: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        spelt("train", [f"{group}=null"])
    assert (refused.value.what, refused.value.expected) == (group, f"one of {', '.join(options_of(group))}")


def test_null_among_the_values_of_a_sweep_is_the_option_none_or_refused() -> None:
    assert spelt("train", ["trainer/average=null,ema"], multirun=True) == ["trainer/average=none,ema"]
    with pytest.raises(ParamnetError) as refused:
        spelt("train", ["physics=null,closed"], multirun=True)
    assert (refused.value.what, refused.value.got) == ("physics", "null,closed")


def test_help_takes_null_for_an_optional_group_only() -> None:
    assert help_of("train", "", ["physics=null"]) == help_of("train", "", [])
    with pytest.raises(ParamnetError) as refused:
        help_of("train", "", ["model=null"])
    assert (refused.value.what, refused.value.got) == ("model", "null")


def test_an_option_may_be_named_by_a_number(tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "2018.yaml").write_text("# @package _global_\nseed: 7\n")
    assert composed("train", ["experiment=2018"], folders=[str(tmp_path)]).seed == 7
