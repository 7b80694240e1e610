"""failed.json: how a climate ended before its last day. It is kept, and not tried again, until the run is started again."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

from paramnet.files import write_json
from paramnet.online.ending import HostRunFailed

logger = logging.getLogger(__name__)
NAME = "failed.json"
# Versions up to 0.x kept faults in the same file: deaths by a signal, run-time errors, files that could not be written.
_FAULT = re.compile(r"the host stopped after day \d+ with status|: (history|frequent|record|plasim\.cam2\S*)\.nc: |NetCDF: ")
_NOT_ASKED = "--- Abort_Message"


def keep(run: Path, failure: HostRunFailed) -> None:
    """Write failed.json."""
    write_json(run / NAME, {"days": failure.days, "message": str(failure), "kind": "scheme"})


def recall(run: Path) -> HostRunFailed | None:
    """The end that an earlier call kept; a fault that an earlier version kept, or a damaged file, is removed and forgotten."""
    path = run / NAME
    if not path.is_file():
        return None
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        days, message = int(kept["days"]), str(kept["message"])
    except (ValueError, KeyError, TypeError):
        logger.warning("%s is damaged and was removed: the run is resumed", path)
        path.unlink()
        return None
    if "kind" not in kept and _FAULT.search(message) and _NOT_ASKED not in message:
        logger.warning("%s kept a fault (%s), not an end by the scheme: removed, the run is resumed", path, message.splitlines()[0])
        path.unlink()
        return None
    return HostRunFailed(message, days)
