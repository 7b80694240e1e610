"""A starting file changes nothing until it is edited, and is never written over another."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf

from paramnet.cli.config import composed
from paramnet.cli.keys import groups_of, keys_of
from paramnet.cli.starting_file import COMMANDS, group_of, main, write_starting_file
from paramnet.cli.words import search_path
from paramnet.contract import ParamnetError


def settings(command: str, *overrides: str) -> object:
    config = composed(command, list(overrides))
    for name in ("experiment", "coupled", "hydra"):
        config.pop(name, None)
    return OmegaConf.to_container(config)


@pytest.mark.parametrize(
    ("command", "overrides"),
    [
        *((command, []) for command in COMMANDS),
        ("train", ["model=ensemble", "trainer=one_cycle"]),
        ("preprocess", ["cluster=slurm", "seed=3"]),
    ],
)
def test_a_command_with_its_starting_file_is_configured_as_without(command: str, overrides: list[str], tmp_path: Path) -> None:
    path = tmp_path / group_of(command) / "mine.yaml"
    write_starting_file(command, path, overrides)
    assert settings(command, f"{group_of(command)}=mine", *search_path([str(tmp_path)])) == settings(command, *overrides)


def test_every_key_of_the_file_has_its_comment_and_every_group_its_choices(tmp_path: Path) -> None:
    path = tmp_path / "experiment" / "mine.yaml"
    write_starting_file("train", path, [])
    text = path.read_text()
    for key in keys_of("train").values():
        if not key.name.startswith("paths"):
            assert f"{key.name.rpartition('.')[2]}:" in text and key.comment in text, key
    chosen = {name.removeprefix("override /"): option for entry in yaml.safe_load(text)["defaults"] for name, option in entry.items()}
    assert chosen == {name: option for name, option in groups_of("train").items() if option and name != "paths"}


@pytest.mark.parametrize("name", ["experiment/mine.yaml", "mine.yaml", "experiment/mine.txt"])
def test_a_file_that_exists_or_would_not_be_found_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name == "experiment/mine.yaml":
        path.parent.mkdir()
        path.write_text("mine")
    with pytest.raises(ParamnetError) as refused:
        write_starting_file("train", path, [])
    assert refused.value.what == str(path)
    assert not path.exists() or path.read_text() == "mine"


def test_the_command_says_how_to_use_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["paramnet config", "init", "export", "samples=7"])
    main("config")
    assert f"paramnet export --config-dir {tmp_path / 'my'} experiment=export" in capsys.readouterr().out
    assert yaml.safe_load((tmp_path / "my" / "experiment" / "export.yaml").read_text())["samples"] == 7
