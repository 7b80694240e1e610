"""From a composed Hydra configuration to a stage's typed configuration, with errors that say what to write."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from importlib import resources
from typing import Any, TypeVar

import hydra
import yaml
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from paramnet.cli.advice import advise, dotted, explain
from paramnet.contract import ParamnetError

T = TypeVar("T")


def typed(config: DictConfig, config_class: type[T]) -> T:
    """The configuration as ``config_class``; an unknown key, a wrong type or a missing value is a ParamnetError."""
    schema = OmegaConf.structured(config_class)
    values: Any = OmegaConf.to_container(config, resolve=True)
    plain = OmegaConf.create({key: value for key, value in values.items() if key not in ("paths", "hydra", "search")})
    try:
        return OmegaConf.to_object(OmegaConf.merge(schema, plain))  # type: ignore[return-value]
    except OmegaConfBaseException as error:
        raise ParamnetError(_explain(error, OmegaConf.to_container(schema))) from error


def _explain(error: OmegaConfBaseException, schema: Any) -> str:
    """One sentence naming the key, and for an unknown key the nearest known one."""
    first = str(error).splitlines()[0]
    unknown = re.match(r"Key '([^']+)' not in '([^']+)'", first)
    if not unknown:
        return f"configuration key {error.full_key}: {first}"
    key = error.full_key or unknown[1]
    return f"configuration key {key!r} is not known to {unknown[2]}: {advise(str(key), set(dotted(schema)))}"


def _plain_keys(config_name: str) -> set[str]:
    """Keys of a primary configuration that hold a plain value although a group of the same name exists beside it."""
    folder = resources.files("paramnet.conf")
    table = yaml.safe_load((folder / f"{config_name}.yaml").read_text())
    chosen = {str(key).removeprefix("optional ") for entry in table["defaults"] if isinstance(entry, dict) for key in entry}
    return {key for key in table if (folder / key).is_dir() and key not in chosen}


def _spelt_for_hydra(argument: str, plain_keys: set[str]) -> str:
    """``contract=mine.yaml`` would choose from the group ``contract`` where a command only wants a value: say it aside."""
    key = argument.partition("=")[0]
    return f"+plain.{argument}" if "=" in argument and key in plain_keys else argument


OmegaConf.register_new_resolver("repeat", lambda value, times: [value] * times, replace=True)  # layer widths


def run_with_hydra(config_name: str, task: Callable[[DictConfig], Any]) -> None:
    """Compose ``conf/<config_name>.yaml`` with the command line's overrides and hand it to ``task``, once for each trial of a sweep."""

    plain_keys = _plain_keys(config_name)
    sys.argv[1:] = [_spelt_for_hydra(argument, plain_keys) for argument in sys.argv[1:]]

    def job(config: DictConfig) -> Any:
        OmegaConf.set_struct(config, False)
        for key, value in config.pop("plain", {}).items():
            config[key] = value
        try:
            return task(config)
        except ParamnetError as error:
            if HydraConfig.get().mode == RunMode.MULTIRUN:
                raise  # one trial's
            # Hydra would print a traceback; a user's error needs only its sentence.
            raise SystemExit(f"paramnet {config_name}: {error}") from error

    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # Hydra hands its errors on; we say them in a sentence
    try:
        hydra.main(version_base="1.3", config_path="pkg://paramnet.conf", config_name=config_name)(job)()
    except HydraException as error:
        raise ParamnetError(explain(config_name, error)) from error
