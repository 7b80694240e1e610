"""Layers that speak of contract variables by role: what a configuration must and may name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from paramnet.contract.errors import ParamnetError


def require_roles(where: str, kind: str, kinds: Mapping[str, Any], variables: Mapping[str, str], settings: Mapping[str, float]) -> None:
    """Raise ParamnetError unless ``kind`` is known and ``variables`` and ``settings`` are what its class takes.

    A class takes the contract first; parameters annotated with float are settings, all others are roles of variables.
    """
    if kind not in kinds:
        raise ParamnetError(f"{where}.kind: expected one of {sorted(kinds)}, got {kind!r}")
    parameters = list(inspect.signature(kinds[kind]).parameters.values())[1:]
    numbers = [p for p in parameters if "float" in str(p.annotation)]
    roles = [p for p in parameters if p not in numbers]
    for given, wanted, word in ((variables, roles, "variables"), (settings, numbers, "settings")):
        required = sorted(p.name for p in wanted if p.default is inspect.Parameter.empty)
        known = sorted(p.name for p in wanted)
        if not set(required) <= set(given) <= set(known):
            raise ParamnetError(f"{where} {kind}: expected {word} {required} (known: {known}), got {sorted(given)}")
