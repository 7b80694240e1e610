"""A computing site: one set of names for batch jobs, Dask clusters and searches."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass, field, fields
from typing import Any

from paramnet.execution.limits import memory_of, seconds_of
from paramnet.execution.quoting import require_printable

__all__ = ["SiteConfig", "value_of"]

_GIGABYTES = {"K": 1 / 1024**2, "M": 1 / 1024, "G": 1, "T": 1024}


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
        if self.time:
            seconds_of(self.time, "site.time")
        if self.memory:
            memory_of(self.memory, "site.memory")

    @property
    def minutes(self) -> int | None:
        """The time limit in minutes, as submitit takes it."""
        return math.ceil(seconds_of(self.time, "site.time") / 60) if self.time else None

    @property
    def gigabytes(self) -> int | None:
        """Memory per node in GB, as submitit takes it."""
        if not self.memory:
            return None
        number, unit = memory_of(self.memory, "site.memory")
        return max(1, round(number * _GIGABYTES[unit]))

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
