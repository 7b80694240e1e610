"""Record of what an output folder was made from, compared before anything is added to it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.files.atomic import write_json


def differences(then: Mapping[str, Any], now: Mapping[str, Any], free: Collection[str] = ()) -> dict[str, tuple[Any, Any]]:
    """Return the keys whose values differ (dotted for nested mappings), with old and new value; None for a missing key.

    free : dotted keys that may differ; the key of a mapping includes all keys below it.
    """
    old, new = flattened(then), flattened(now)
    keys = [key for key in sorted(old.keys() | new.keys()) if not any(key == name or key.startswith(name + ".") for name in free)]
    return {key: (old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)}


def listed(changed: Mapping[str, tuple[Any, Any]]) -> str:
    """Return the result of ``differences`` as text for errors, with hashes and long values shortened."""
    return ", ".join(f"{key}: {_short(old)} → {_short(new)}" for key, (old, new) in changed.items())


def claim_identity(path: Path, identity: Mapping[str, Any], what: str, remedy: str, free: Collection[str] = ()) -> bool:
    """Record ``identity`` in the JSON file ``path`` if there is none; return True if there was one.

    what : contents of the folder, for errors. remedy : what to do if the identities differ.
    free : keys that may change between calls (number of epochs, devices …); the record keeps the first values.
    Raises ParamnetError naming each key that differs with both values, or if the record cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        write_json(path, identity)
        return False
    try:
        then = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ParamnetError(
            path.name, expected="a JSON record", got=f"a damaged one ({error})", where=str(path.parent), remedy=remedy
        ) from error
    now = json.loads(json.dumps(identity))
    if changed := differences(then, now, free):
        raise ParamnetError(
            what, expected="the settings and data it was made with", got=f"others ({listed(changed)})", where=str(path), remedy=remedy
        )
    return True


def flattened(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a nested mapping as one with dotted keys; empty mappings are values."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            flat |= flattened(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _short(value: Any) -> str:
    text = value[:12] if isinstance(value, str) and len(value) == 64 else json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "…"
