"""Whose results a folder of a testbed has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paramnet.files import claim_identity, differences


def claim(record: Path, identity: Mapping[str, Any], what: str, results: list[Path], overwrite: bool) -> bool:
    """Record in the file ``record`` what ``results`` are made from; returns True if they are complete.

    overwrite : remove results of other settings. Raises ParamnetError for them otherwise.
    """
    now = json.loads(json.dumps(identity))
    if overwrite and record.is_file() and differences(json.loads(record.read_text(encoding="utf-8")), now):
        for path in (*results, record):
            path.unlink(missing_ok=True)
    claim_identity(record, identity, what, "choose another output, or set overwrite=true")
    return all(path.is_file() for path in results)
