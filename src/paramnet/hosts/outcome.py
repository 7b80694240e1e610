"""failed.json: why the scheme ended a run early. Such a run is not tried again until it is started afresh."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

from paramnet.files import write_json
from paramnet.hosts.base import HostRunFailed

logger = logging.getLogger(__name__)
NAME = "failed.json"
# Older versions recorded faults in the same file: death by a signal, run-time errors, files that could not be written.
_FAULT = re.compile(r"the host stopped after day \d+ with status|: (history|frequent|record|plasim\.cam2\S*)\.nc: |NetCDF: ")
_ABORTED = "--- Abort_Message"


def record(run: Path, failure: HostRunFailed) -> None:
    """Write failed.json."""
    write_json(run / NAME, {"days": failure.days, "message": str(failure), "kind": "scheme"})


def recall(run: Path) -> HostRunFailed | None:
    """The failure recorded by an earlier call, or None. A damaged file, or a fault recorded by an older version, is removed."""
    path = run / NAME
    if not path.is_file():
        return None
    try:
        recorded = json.loads(path.read_text(encoding="utf-8"))
        days, message = int(recorded["days"]), str(recorded["message"])
    except (ValueError, KeyError, TypeError):
        logger.warning("%s was damaged and is removed: the run resumes", path)
        path.unlink()
        return None
    if "kind" not in recorded and _FAULT.search(message) and _ABORTED not in message:
        logger.warning(
            "%s records a fault (%s), not a failure of the scheme; it is removed and the run resumes", path, message.splitlines()[0]
        )
        path.unlink()
        return None
    return HostRunFailed(message, days)
