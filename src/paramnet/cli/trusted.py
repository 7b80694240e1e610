"""What Hydra may run and read on behalf of a configuration, wherever its YAML comes from.

Hydra instantiates what is below ``hydra`` before a command starts, and any value may ask for an environment variable. A folder
given by --config-dir is trusted as a script is (docs/guides/security.md); these checks keep a YAML file that was only meant to be an
experiment from being one, and keep the environment's secrets out of checkpoints.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from omegaconf import DictConfig, OmegaConf

from paramnet.contract import ParamnetError

# Hydra's own parts and those of its plugins, which the shipped configuration chooses from.
_PARTS = ("hydra._internal.core_plugins.", "hydra_plugins.")
_SAMPLERS = "optuna.samplers."
_HANDLERS = (
    *("logging.StreamHandler", "logging.FileHandler", "logging.NullHandler", "logging.Formatter"),
    "paramnet.reporting.log.StandardOutput",
)
_STREAMS = ("ext://sys.stdout", "ext://sys.stderr")
_ENVIRONMENT = "PARAMNET_"
_REMEDY = "take it out of the YAML file (--config-dir) or the command line; docs/guides/security.md says why"
_ASKS = re.compile(r"\$\{\s*oc\.env\s*:\s*['\"]?([^,}'\"${]+)")  # other spellings meet _environment when they are resolved
_MISSING = object()


def guard_hydra() -> None:
    """Hold every configuration that Hydra composes in this process to ``require_trusted``, and oc.env to our own variables."""
    OmegaConf.register_new_resolver("oc.env", _environment, replace=True)
    if getattr(ConfigLoaderImpl.load_configuration, "guarded", False):
        return
    load = ConfigLoaderImpl.load_configuration

    def load_guarded(self: ConfigLoaderImpl, *arguments: Any, **named: Any) -> DictConfig:
        config = load(self, *arguments, **named)
        require_trusted(config)
        return config

    load_guarded.guarded = True  # type: ignore[attr-defined]
    ConfigLoaderImpl.load_configuration = load_guarded  # type: ignore[method-assign]


def require_trusted(config: DictConfig) -> None:
    """Raise ParamnetError where something below ``hydra`` names code that is not Hydra's own, or a value a foreign variable."""
    values: Any = OmegaConf.to_container(config, resolve=False)
    for key, value in _leaves(values or {}, ""):
        if key.startswith(".hydra.overrides."):
            continue  # the command line as it was typed
        for name in _ASKS.findall(value) if isinstance(value, str) else ():
            if not name.startswith(_ENVIRONMENT):
                raise _no_variable(name, key.removeprefix("."))
    settings = (values or {}).get("hydra") or {}
    if settings.get("callbacks"):
        _refuse("hydra.callbacks", "none", str(sorted(map(str, settings["callbacks"]))))
    if variables := (settings.get("job") or {}).get("env_set"):
        _refuse("hydra.job.env_set", "no variables of the environment", str(sorted(map(str, variables))))
    for key, value in _leaves(settings, "hydra"):
        _require_value(key, str(key).rpartition(".")[2], value)


def _require_value(key: str, name: str, value: Any) -> None:
    logging = key.startswith(("hydra.job_logging.", "hydra.hydra_logging."))
    if name == "_target_" and not _is_part(key, str(value)):
        _refuse(key, "a part of Hydra", repr(value))
    if name == "custom_search_space" and value is not None:
        _refuse(key, "none", repr(value))
    if not logging:
        return
    if name == "()" or (name in ("class", "factory") and value not in _HANDLERS):
        _refuse(key, f"one of {', '.join(_HANDLERS)}", repr(value))
    if isinstance(value, str) and value.startswith(("ext://", "cfg://")) and value not in _STREAMS:
        _refuse(key, " or ".join(_STREAMS), repr(value))
    if isinstance(value, str) and "${" in value and name in ("class", "factory", "stream"):
        _refuse(key, "a plain word", repr(value))


def _is_part(key: str, target: str) -> bool:
    if key.startswith("hydra.sweeper.sampler."):
        return target.startswith(_SAMPLERS) and target.count(".") == 2
    return target.startswith(_PARTS) and target.rpartition(".")[2].endswith(("Launcher", "Sweeper"))


def _leaves(node: Any, key: str) -> Iterator[tuple[str, Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in items:
        if isinstance(value, dict | list):
            if name == "()":
                yield f"{key}.{name}", value
            yield from _leaves(value, f"{key}.{name}")
        else:
            yield f"{key}.{name}", value


def _environment(name: str, default: Any = _MISSING) -> Any:
    if not str(name).startswith(_ENVIRONMENT):
        raise _no_variable(str(name), "oc.env")
    value = os.environ.get(name)
    if value is None and default is _MISSING:
        raise ParamnetError(f"${{oc.env:{name}}}", expected="a variable that is set, or a default", got="none", remedy=f"export {name}=...")
    return value if value is not None else default if default is None else str(default)


def _no_variable(name: str, key: str) -> ParamnetError:
    return ParamnetError(
        key,
        expected=f"a variable of the environment whose name begins with {_ENVIRONMENT}",
        got=f"${{oc.env:{name}}}",
        remedy="write the value itself, or set a variable of such a name: what is resolved goes into checkpoints and reports",
    )


def _refuse(key: str, expected: str, got: str) -> None:
    raise ParamnetError(key, expected=expected, got=got, remedy=_REMEDY)
