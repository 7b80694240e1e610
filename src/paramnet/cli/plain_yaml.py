"""Numbers in YAML files of the configuration, read by the core schema of YAML 1.2."""

from __future__ import annotations

import re
from typing import Any

from omegaconf import _utils

_LOADER = _utils.get_yaml_loader
_FIRST = list("-+.0123456789")
_NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"),
    "tag:yaml.org,2002:float": re.compile(
        r"^(?:[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
}


def read_plain_numbers() -> None:
    """Make OmegaConf, by which Hydra reads, leave ``0123``, ``12:30:00`` and ``1_000`` the texts they are in YAML 1.2.

    YAML 1.1 makes them 83, 45000 and 1000. Keys that hold numbers still take ``1_000``: OmegaConf converts.
    """
    _utils.get_yaml_loader = _plain_loader


def _plain_loader() -> Any:
    loader = _LOADER()
    loader.yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if tag not in _NUMBERS] for first, rules in loader.yaml_implicit_resolvers.items()
    }
    for tag, rule in _NUMBERS.items():
        loader.add_implicit_resolver(tag, rule, _FIRST)
    return loader
