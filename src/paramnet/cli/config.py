"""From a composed Hydra configuration to a typed one; errors name the key to write."""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import hydra
from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from paramnet.cli.advice import advise, dotted, explain
from paramnet.cli.failures import explained, first_line
from paramnet.cli.overrides import command_line, spelt
from paramnet.cli.plain_yaml import read_plain_numbers
from paramnet.cli.texts import as_texts, of_kind
from paramnet.cli.trusted import guard_hydra
from paramnet.cli.words import search_path
from paramnet.contract import ParamnetError
from paramnet.execution.site import SiteConfig, value_of

__all__ = ["composed", "require_values", "unresolved"]

T = TypeVar("T")

read_plain_numbers()


def typed(config: DictConfig, config_class: type[T], key: str = "") -> T:
    """The configuration as ``config_class``; an unknown key, a wrong type or a missing value is a ParamnetError.

    key : where the configuration is in the command's, for messages.
    """
    require_values(config)
    values: Any = OmegaConf.to_container(config, resolve=True)
    values = {key: value for key, value in values.items() if key not in ("paths", "hydra", "search", "site")}
    schema = _schema(config_class, values)
    try:
        plain = OmegaConf.create(as_texts(values, config_class, key))
        return OmegaConf.to_object(OmegaConf.merge(schema, plain))  # type: ignore[return-value]
    except OmegaConfBaseException as error:
        raise ParamnetError(_explain(error, OmegaConf.to_container(schema))) from error


def _schema(config_class: Any, values: Any) -> DictConfig:
    """The structure that ``values`` must have, with the dataclass of the kind that each table chooses."""
    config_class = of_kind(config_class, values)
    schema: DictConfig = OmegaConf.structured(config_class)
    for name, annotation in get_type_hints(config_class).items():
        if is_dataclass(annotation) and isinstance(values.get(name), dict):
            schema[name] = _schema(annotation, values[name])
    return schema


_ONE_OF = ("checkpoint", "scheme")  # what evaluate judges


def require_values(config: DictConfig) -> None:
    """Every key that must be set is set, and the site is well described; checked before a stage is imported, which takes seconds."""
    if config.get("site"):
        typed(config.site, SiteConfig, "site")
    own = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    own._set_parent(config._get_parent())  # for a table that takes values from others
    try:
        missing = sorted(OmegaConf.missing_keys(own))
    except OmegaConfBaseException as error:
        raise ParamnetError(f"configuration key {error.full_key}", got=first_line(error)) from error
    if missing:
        raise ParamnetError(", ".join(missing), expected="a value", got="none", remedy="set " + " ".join(f"{key}=..." for key in missing))
    if all(key in config for key in _ONE_OF) and not any(config[key] for key in _ONE_OF):
        raise ParamnetError(", ".join(_ONE_OF), expected="one file", got="none", remedy="set checkpoint=best.ckpt or scheme=scheme.pt")


def _explain(error: OmegaConfBaseException, schema: Any) -> str:
    """One sentence naming the key, and for an unknown key the nearest known one."""
    first = str(error).splitlines()[0]
    unknown = re.match(r"Key '([^']+)' not in '([^']+)'", first)
    if not unknown:
        return f"configuration key {error.full_key}: {first}"
    key = error.full_key or unknown[1]
    if is_dataclass(error.object_type):  # its own keys, where the table is the user's choice
        folder = str(key).rpartition(".")[0]
        neighbours = {f"{folder}.{one.name}".lstrip("."): None for one in fields(error.object_type)}
        schema = {**neighbours, **schema}
    return f"configuration key {key!r} is not known to {unknown[2]}: {advise(str(key), set(dotted(schema)))}"


def composed(config_name: str, overrides: list[str], hydra_too: bool = False, folders: list[str] | None = None) -> DictConfig:
    """The configuration of a command with these overrides, nothing run. folders : of the user's own YAML files."""
    overrides = spelt(config_name, [*search_path(folders or []), *overrides])
    GlobalHydra.instance().clear()
    try:
        with initialize_config_module("paramnet.conf", version_base="1.3"):
            config = compose(config_name, overrides=overrides, return_hydra_config=hydra_too)
    except HydraException as error:
        raise ParamnetError(explain(config_name, error)) from error
    return _with_plain_values(config, folders)


def _with_plain_values(config: DictConfig, folders: list[str] | None = None) -> DictConfig:
    OmegaConf.set_struct(config, False)
    for key, value in config.pop("plain", {}).items():
        config[key] = value
    resolve_contract(config, own_folders() if folders is None else folders)
    return config


def own_folders() -> list[str]:
    """Of YAML files that the user gave this process with --config-dir, which the commands of its stages see too."""
    if not HydraConfig.initialized():
        return []
    return [source.path for source in HydraConfig.get().runtime.config_sources if source.provider == "command-line"]


def resolve_contract(config: DictConfig, folders: list[str]) -> None:
    """Find a contract in the user's own folders: by name in its ``contract``; by relative path below it, or next to its source."""
    name = None if OmegaConf.is_missing(config, "contract") else config.get("contract")
    if not isinstance(name, str) or (name.endswith(".yaml") and Path(name).is_file()):
        return
    for folder in map(Path, folders):
        file = name if name.endswith(".yaml") else f"{name}.yaml"
        for place in (folder / "contract", *([folder, folder / "source"] if name.endswith(".yaml") else [])):
            if (place / file).is_file():
                config.contract = str((place / file).absolute())
                return


guard_hydra()
OmegaConf.register_new_resolver("repeat", lambda value, times: [value] * times, replace=True)  # layer widths
OmegaConf.register_new_resolver("product", lambda *factors: math.prod(factors), replace=True)  # days and samples of a pipeline
OmegaConf.register_new_resolver("quotient", lambda dividend, divisor: dividend / divisor, replace=True)


def _of_site(name: str, default: Any, *, _root_: DictConfig) -> Any:
    """``${site:queue,""}``: a value of the chosen site, or the default."""
    site = _root_.get("site")
    return value_of(typed(site, SiteConfig, "site") if site else None, name, default)


OmegaConf.register_new_resolver("site", _of_site, replace=True)


class _Ended(BaseException):
    """Carries a command's error past Hydra, which would print it in its own way."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def unresolved(error: OmegaConfBaseException) -> ParamnetError:
    """The error of a configuration whose values take others that are not there."""
    return ParamnetError("configuration", expected="every key that others take their value from", got=repr(first_line(error)))


def run_with_hydra(config_name: str, task: Callable[[DictConfig], Any]) -> None:
    """Compose ``conf/<config_name>.yaml`` with the command line's overrides and hand it to ``task``, once for each trial of a sweep."""

    def job(config: DictConfig) -> Any:
        try:
            config = _with_plain_values(config)
            require_values(config)
            return task(config)
        except Exception as error:
            if isinstance(error, OmegaConfBaseException):
                error = unresolved(error)
            elif not isinstance(error, BrokenPipeError):
                error = explained(error, config_name, output_folder(config))
            if HydraConfig.get().mode == RunMode.MULTIRUN:
                raise error from error.__cause__  # one trial's
            raise _Ended(error) from error.__cause__

    options, overrides, multirun = command_line(sys.argv[1:])
    sys.argv[1:] = [*options, *spelt(config_name, overrides, multirun)]
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # Hydra passes its errors on; they become one sentence
    try:
        hydra.main(version_base="1.3", config_path="pkg://paramnet.conf", config_name=config_name)(job)()
    except _Ended as ended:
        raise ended.error from ended.error.__cause__
    except HydraException as error:
        raise ParamnetError(explain(config_name, error)) from error
    except OmegaConfBaseException as error:
        raise ParamnetError("configuration", got=first_line(error)) from error


def output_folder(config: DictConfig) -> Path | None:
    """The folder that a command writes to, or the one its file is in; None where the configuration does not tell."""
    for key in ("output", "store", "build"):
        try:
            if value := config.get(key):
                path = Path(str(value))
                return path if path.is_dir() and key != "store" else path.parent
        except (OmegaConfBaseException, OSError):
            continue
    return None
