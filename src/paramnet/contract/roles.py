"""Check the variables and settings that a feature or constraint is configured with."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from paramnet.contract.errors import ParamnetError


def require_roles(where: str, kind: str, kinds: Mapping[str, Any], variables: Mapping[str, str], settings: Mapping[str, float]) -> None:
    """Raise ParamnetError unless ``variables`` and ``settings`` are those that the class of ``kind`` accepts.

    A class's first parameter is the contract. Parameters annotated with float are settings; all others are roles of variables.
    """
    parameters = list(inspect.signature(kinds[kind]).parameters.values())[1:]
    numbers = [p for p in parameters if "float" in str(p.annotation)]
    roles = [p for p in parameters if p not in numbers]
    for given, wanted, word in ((variables, roles, "variables"), (settings, numbers, "settings")):
        required = sorted(p.name for p in wanted if p.default is inspect.Parameter.empty)
        known = sorted(p.name for p in wanted)
        if not set(required) <= set(given) <= set(known):
            raise ParamnetError(f"{where} {kind}", expected=f"{word} {required} (known: {known})", got=str(sorted(given)))
