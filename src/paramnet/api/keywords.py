"""Keywords of a Python call as the command line's configuration: the same code composes and checks both."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from paramnet.cli.advice import unknown_key
from paramnet.cli.config import composed, require_values, unresolved
from paramnet.cli.keys import every_key, groups_of, options_of
from paramnet.cli.stages import run_stage
from paramnet.cli.words import in_quotes
from paramnet.contract import ParamnetError
from paramnet.files import flattened
from paramnet.reporting.progress import lines_of_progress

_PLAIN = re.compile(r"[\w./-]+")


def run(command: str, keywords: Mapping[str, Any]) -> tuple[DictConfig, Any]:
    """Run a command; returns its configuration and its result.

    keywords : keys of the command, and ``config_dir``, as ``--config-dir``. Raises ParamnetError as the command does.
    """
    try:
        config = configuration(command, keywords)
        require_values(config)
        with lines_of_progress():
            return config, run_stage(command, config)
    except OmegaConfBaseException as error:
        raise unresolved(error) from error


def configuration(command: str, keywords: Mapping[str, Any]) -> DictConfig:
    """The configuration of a command with these keywords. Raises ParamnetError for an unknown one."""
    given = {key: value for key, value in keywords.items() if key != "config_dir"}
    folders = [os.fspath(keywords["config_dir"])] if keywords.get("config_dir") else []
    flat = flattened(given)
    overrides = [_override(command, key, value) for key, value in flat.items() if value is not None]
    nothing = [key for key, value in flat.items() if value is None and not _is_no_choice(command, key)]
    if not folders and (wrong := unknown_key(command, [*overrides, *(f"{key}=null" for key in nothing)])):
        raise ParamnetError(wrong)
    config = composed(command, overrides, folders=folders)
    for key in nothing:
        OmegaConf.update(config, key, None)  # "null" of a text key would be these four letters
    return config


def _is_no_choice(command: str, key: str) -> bool:
    """Return True for a group of which nothing is chosen; raise ParamnetError for one of which something must be."""
    groups = groups_of(command)
    if key in groups and groups[key] is not None:
        raise ParamnetError(key, expected=f"one of {', '.join(options_of(key))}", got="None")
    return key in groups


def _override(command: str, key: str, value: Any) -> str:
    """One assignment in Hydra's grammar; with ``++`` in tables that are empty by default and take any key."""
    if key in groups_of(command) and isinstance(value, str) and _PLAIN.fullmatch(value):
        return f"{key}={value}"
    free = every_key(command).get(key.rpartition(".")[0]) == "{}"
    return f"{'++' if free else ''}{key}={_text(key, value)}"


def _text(key: str, value: Any) -> str:
    """A value in Hydra's grammar. Raises ParamnetError for a type that a YAML file cannot have."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str | os.PathLike):
        return in_quotes(str(os.fspath(value)))
    if isinstance(value, list | tuple):
        return f"[{','.join(_text(key, item) for item in value)}]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name}:{_text(key, item)}" for name, item in value.items()) + "}"
    expected = "text, a path, a number, True, False, None, a list or a dict of these"
    raise ParamnetError(key, expected=expected, got=type(value).__name__, remedy="give the values that a YAML file would have")
