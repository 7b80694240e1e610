"""The keys read from the YAML files are those that Hydra composes; help shows them, and other keys are refused at once."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from hydra.errors import HydraException
from omegaconf import OmegaConf

from paramnet.cli.advice import dotted, unknown_key
from paramnet.cli.config import composed
from paramnet.cli.help import help_of
from paramnet.cli.keys import every_key, experiments_of, groups_of, keys_of, options_of
from paramnet.contract import ParamnetError

COMMANDS = ("preprocess", "train", "compress", "evaluate", "export", "import", "online", "ccpp", "adapter", "source")


def composed_keys(command: str, *overrides: str) -> set[str]:
    """Hydra's own answer."""
    return set(dotted(OmegaConf.to_container(composed(command, list(overrides)))))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_keys_of_a_command_are_those_that_hydra_composes(command: str) -> None:
    ours = {name for name in keys_of(command) if name.partition(".")[0] != "paths"}
    assert ours == {name for name in composed_keys(command) if name.partition(".")[0] != "paths"}


@pytest.mark.parametrize("pipeline", options_of("pipeline"))
def test_the_keys_of_a_pipeline_are_those_that_hydra_composes(pipeline: str) -> None:
    ours = {name for name in keys_of("run", {"pipeline": pipeline}) if name.partition(".")[0] != "paths"}
    assert ours == {name for name in composed_keys("run", f"pipeline={pipeline}") if name.partition(".")[0] != "paths"}


def rounds(command: str) -> list[dict[str, str]]:
    """Choices of groups such that each option of each group is chosen at least once, experiments and sweeps alone."""
    alone = [{"experiment": name} for name in experiments_of(command)] if "experiment" in groups_of(command) else []
    groups = {name: options_of(name) for name in groups_of(command) if name not in ("experiment", "sweep", "paths", "physics")}
    together = itertools.zip_longest(*groups.values())
    return alone + [{group: name for group, name in zip(groups, names, strict=True) if name} for names in together]


@pytest.mark.parametrize("command", ["preprocess", *(pytest.param(name, marks=pytest.mark.long) for name in ("train", "online"))])
def test_no_key_that_hydra_takes_is_called_unknown(command: str) -> None:
    for choice in rounds(command):
        overrides = [f"{group}={name}" for group, name in choice.items()]
        try:
            keys = composed_keys(command, *overrides)
        except HydraException:  # choices that do not go together
            continue
        assert keys <= every_key(command).keys() | groups_of(command).keys() | {"paths"}, overrides
        for key in keys:
            assert unknown_key(command, [*overrides, f"{key}=1"]) == "", key


def test_a_chosen_group_changes_the_keys_that_are_shown() -> None:
    assert keys_of("train")["trainer.epochs"].default == "18"
    assert keys_of("train", {"trainer": "one_cycle"})["trainer.epochs"].default == "20"
    assert keys_of("train", {"experiment": "quick"})["trainer.epochs"].default == "5"
    assert keys_of("train", {"experiment": "quick"})["model.hidden"].default == "[128, 128, 128]"
    # what an experiment takes over from the one that it extends
    assert keys_of("train", {"experiment": "rasp2018_stochastic"})["trainer.schedule.kind"].default == "one_cycle"


def test_an_experiment_is_offered_by_the_commands_that_can_take_it() -> None:
    offered = {command: set(experiments_of(command)) for command in ("preprocess", "train", "evaluate", "export")}
    assert {"quick", "rasp2018"} <= offered.pop("train") and not any(offered.values())


@pytest.mark.parametrize("name", options_of("coupled"))
def test_every_set_of_coupled_runs_composes(name: str) -> None:
    config = composed("online", [f"coupled={name}", "start=s", "scheme=a.pt", "linear_scheme=b.pt"])
    assert "control" in config.runs


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_every_key_with_its_comment(command: str) -> None:
    words = " ".join(help_of(command, "", []).split())
    for key in keys_of(command).values():
        if not key.is_table and not key.name.startswith("paths."):
            assert f" {key.name} " in words, key
            assert " ".join(key.comment.split()) in words, key


def test_help_offers_the_users_own_files_and_shows_their_keys(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.yaml").write_text("# @package _global_\nmodel:\n  kind: mlp\n  hidden: [7]  # of my own\n")
    text = help_of("train", "", ["--config-dir", str(tmp_path), "model=mine"])
    assert "*mine" in text and "[7]" in text and "of my own" in text


def test_help_of_a_choice_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(ParamnetError) as refused:
        help_of("train", "", ["model=unet"])
    assert (refused.value.what, refused.value.got) == ("model", "unet") and "column_unet" in refused.value.expected


def test_help_and_a_misspelt_key_need_neither_hydra_nor_torch_nor_numpy(tmp_path: Path) -> None:
    program = (
        "import sys; from paramnet.cli.main import main\n"
        "for arguments, status in ((['train', '--help'], 0), (['host', '-h'], 0), (['online', 'dayz=3'], 1)):\n"
        "    sys.argv = ['paramnet', *arguments]; assert main() == status\n"
        "assert not {'hydra', 'omegaconf', 'torch', 'numpy'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "paramnet online: there is no key 'dayz': did you mean 'days'?\n"
