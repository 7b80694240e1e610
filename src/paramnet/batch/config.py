"""What a job asks of a batch system, and what must be set up before its command can run there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields

from paramnet.contract import ParamnetError
from paramnet.schedulers import require_printable

KINDS = ("slurm", "pbs", "flux")
_TIME = re.compile(r"(?:(\d+)-)?(\d{1,3}):([0-5]\d):([0-5]\d)", re.ASCII)
_MEMORY = re.compile(r"(\d+)\s*([KMGT])B?", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass
class BatchConfig:
    """A job of ``nodes`` x ``tasks_per_node`` processes with ``cpus_per_task`` cores each, for ``time`` ([D-]HH:MM:SS).

    ``kind`` : slurm, pbs or flux. ``template`` : the script, a shipped one's name or a path; empty: the kind's own.
    ``memory`` : of a node, such as 16G; empty: the site's default. ``queue``, ``account``, ``gpus_per_node`` as the site
    calls them; ``directives`` : further options of the scheduler, such as "--constraint=cpu".
    ``modules`` (loaded after a purge), ``activate`` (a virtual environment), ``environment`` (exported) and ``prologue``
    (lines of shell) come before the command. ``container`` : an image it runs in, by ``container_runtime`` with
    ``container_options``. ``command`` : how paramnet is called there; empty: this Python, or ``paramnet`` in a container.
    ``launcher`` : what starts the tasks; empty: srun, flux run, nothing on PBS.
    ``requeue`` : ``signal_seconds`` before its time ends, the job leaves its place and waits for another, where it goes on
    from what is on disk; at most ``max_restarts`` times. ``array_limit`` : jobs of a sweep that run at a time; 0: all.
    ``directory`` : where the command runs; empty: here. ``log_directory`` : where the job's output goes.
    """

    kind: str = "slurm"
    template: str = ""
    job_name: str = ""
    time: str = "04:00:00"
    nodes: int = 1
    tasks_per_node: int = 1
    cpus_per_task: int = 4
    gpus_per_node: int = 0
    memory: str = "16G"
    queue: str = ""
    account: str = ""
    directives: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)
    activate: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    prologue: list[str] = field(default_factory=list)
    container: str = ""
    container_runtime: str = "apptainer exec"
    container_options: list[str] = field(default_factory=list)
    command: str = ""
    launcher: str = ""
    requeue: bool = True
    signal_seconds: int = 120
    max_restarts: int = 50
    array_limit: int = 0
    directory: str = ""
    log_directory: str = ""

    def __post_init__(self) -> None:
        for setting in fields(self):
            require_printable(getattr(self, setting.name), f"batch.{setting.name}")
        if self.kind not in KINDS:
            raise ParamnetError(f"batch.kind: expected one of {list(KINDS)}, got {self.kind!r}")
        for name in ("nodes", "tasks_per_node", "cpus_per_task"):
            if getattr(self, name) < 1:
                raise ParamnetError(f"batch.{name}: expected 1 or more, got {getattr(self, name)}")
        for name in ("gpus_per_node", "max_restarts", "array_limit"):
            if getattr(self, name) < 0:
                raise ParamnetError(f"batch.{name}: expected 0 or more, got {getattr(self, name)}")
        if not 1 <= self.signal_seconds < self.seconds:
            raise ParamnetError(f"batch.signal_seconds: expected 1 to less than the job's {self.seconds} s, got {self.signal_seconds}")
        if self.memory and not _MEMORY.fullmatch(self.memory):
            raise ParamnetError(f"batch.memory: expected a number with K, M, G or T such as 16G, got {self.memory!r}")
        if self.job_name and not _NAME.fullmatch(self.job_name):
            raise ParamnetError(f"batch.job_name: expected letters, digits, '.', '_' or '-', a letter first, got {self.job_name!r}")
        wrong = [name for name in self.environment if not _VARIABLE.fullmatch(name)]
        if wrong:
            raise ParamnetError(f"batch.environment: expected names of shell variables, got {wrong}")

    @property
    def seconds(self) -> int:
        """The time limit in seconds."""
        found = _TIME.fullmatch(self.time)
        if not found:
            raise ParamnetError(f"batch.time: expected HH:MM:SS or D-HH:MM:SS such as 04:00:00, got {self.time!r}")
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return 86400 * days + 3600 * hours + 60 * minutes + seconds

    @property
    def hours(self) -> str:
        """The time limit as HH:MM:SS, which every scheduler reads."""
        return f"{self.seconds // 3600:02d}:{self.seconds // 60 % 60:02d}:{self.seconds % 60:02d}"

    @property
    def tasks(self) -> int:
        """Processes in all."""
        return self.nodes * self.tasks_per_node

    def memory_as(self, suffix: str) -> str:
        """The memory of a node with the scheduler's own suffix (``G`` or ``gb``)."""
        found = _MEMORY.fullmatch(self.memory)
        return f"{found[1]}{found[2].upper()}" if found and suffix == "G" else f"{found[1]}{found[2].lower()}b" if found else ""
