"""Time limits and memory of batch jobs, as they are written for schedulers."""

from __future__ import annotations

import re

from paramnet.contract import ParamnetError

_TIME = re.compile(r"(?:(\d+)-)?(\d{1,3}):([0-5]\d):([0-5]\d)", re.ASCII)
_MEMORY = re.compile(r"(\d+)\s*([KMGT])B?", re.IGNORECASE | re.ASCII)


def seconds_of(time: str, key: str) -> int:
    """A time limit [D-]HH:MM:SS in seconds. Raises ParamnetError with ``key`` for any other text."""
    found = _TIME.fullmatch(time)
    if not found:
        raise ParamnetError(key, expected="HH:MM:SS or D-HH:MM:SS such as 04:00:00", got=repr(time))
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return 86400 * days + 3600 * hours + 60 * minutes + seconds


def memory_of(memory: str, key: str) -> tuple[int, str]:
    """A number and its unit, K, M, G or T. Raises ParamnetError with ``key`` for any other text."""
    found = _MEMORY.fullmatch(memory)
    if not found:
        raise ParamnetError(key, expected="a number with K, M, G or T such as 16G", got=repr(memory))
    return int(found[1]), found[2].upper()
