"""A computing site: one set of names for batch jobs, Dask clusters and searches."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, fields
from typing import Any

from paramnet.contract import require
from paramnet.execution.quoting import require_printable

_TIME = re.compile(r"(?:(\d+)-)?(\d{1,3}):([0-5]\d):([0-5]\d)", re.ASCII)
_GIGABYTES = {"M": 1 / 1024, "G": 1, "T": 1024}


@dataclass
class SiteConfig:
    """What a site's jobs have in common; conf/site/example.yaml describes the keys. An empty one keeps the default of its use."""

    time: str = ""
    queue: str = ""
    account: str = ""
    cpus: int | None = None
    gpus: int | None = None
    memory: str = ""
    directives: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    activate: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    prologue: list[str] = field(default_factory=list)
    container: str = ""
    container_runtime: str = ""
    container_options: list[str] = field(default_factory=list)
    log_directory: str = ""
    interface: str = ""

    def __post_init__(self) -> None:
        for setting in fields(self):
            require_printable(getattr(self, setting.name), f"site.{setting.name}")
        require(not self.time or bool(_TIME.fullmatch(self.time)), "site.time", "HH:MM:SS or D-HH:MM:SS such as 04:00:00", self.time)

    @property
    def minutes(self) -> int | None:
        """The time limit in minutes, as submitit takes it."""
        found = _TIME.fullmatch(self.time)
        if not found:
            return None
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return 1440 * days + 60 * hours + minutes + (seconds > 0)

    @property
    def gigabytes(self) -> int | None:
        """Memory per node in GB, as submitit takes it."""
        found = re.fullmatch(r"(\d+)\s*([MGT])B?", self.memory, re.ASCII | re.IGNORECASE)
        return max(1, round(int(found[1]) * _GIGABYTES[found[2].upper()])) if found else None

    @property
    def setup(self) -> list[str]:
        """Lines of shell that prepare a job."""
        return prepared(self.modules, self.activate, self.prologue)


def prepared(modules: list[str], activate: str, prologue: list[str]) -> list[str]:
    """Lines of shell that load modules, activate a virtual environment, and follow."""
    loaded = [shlex.join(["module", "load", *(word for module in modules for word in module.split())])] if modules else []
    return [*loaded, *([f". {shlex.quote(activate)}/bin/activate"] if activate else []), *prologue]


def value_of(site: SiteConfig | None, name: str, default: Any) -> Any:
    """The site's value of a key, or ``default`` where there is no site or the key is empty."""
    value = getattr(site, name) if site else None
    return default if value in (None, "", [], {}) else value
