"""Configuration of batch jobs: resources, and the environment of the command."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields

from paramnet.contract import ParamnetError
from paramnet.execution.limits import memory_of, seconds_of
from paramnet.execution.quoting import require_printable

KINDS = ("slurm", "pbs", "flux")
_NAME = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass
class BatchConfig:
    """A job of ``nodes`` x ``tasks_per_node`` processes with ``cpus_per_task`` cores each, for ``time`` ([D-]HH:MM:SS).

    ``kind`` : slurm, pbs or flux. ``template`` : path of the script's template; empty: the shipped one.
    ``memory`` : per node, such as 16G; empty: the site's default. ``queue``, ``account``, ``gpus_per_node`` : names and numbers
    of the site; ``directives`` : further options of the scheduler, such as "--constraint=cpu".
    ``modules`` (loaded after a purge), ``activate`` (a virtual environment), ``environment`` (exported) and ``prologue``
    (lines of shell) precede the command. ``container`` : image to run it in, with ``container_runtime`` and
    ``container_options``. ``command`` : the paramnet executable; empty: this Python, or ``paramnet`` in a container.
    ``launcher`` : starts the tasks; empty: srun, flux run, none on PBS.
    ``requeue`` : the job is stopped ``signal_seconds`` before its time limit and submitted again, to resume from the files on
    disk; at most ``max_restarts`` times. ``array_limit`` : jobs of a sweep that run at a time; 0: all.
    ``directory`` : working directory; empty: the current one. ``log_directory`` : folder of the job's output.
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
            raise ParamnetError("batch.kind", expected=f"one of {', '.join(KINDS)}", got=repr(self.kind))
        for name in ("nodes", "tasks_per_node", "cpus_per_task"):
            if getattr(self, name) < 1:
                raise ParamnetError(f"batch.{name}", expected="1 or more", got=str(getattr(self, name)))
        for name in ("gpus_per_node", "max_restarts", "array_limit"):
            if getattr(self, name) < 0:
                raise ParamnetError(f"batch.{name}", expected="0 or more", got=str(getattr(self, name)))
        if not 1 <= self.signal_seconds < self.seconds:
            expected = f"at least 1 and less than the job's {self.seconds} s"
            raise ParamnetError("batch.signal_seconds", expected=expected, got=str(self.signal_seconds))
        if self.memory:
            memory_of(self.memory, "batch.memory")
        if self.job_name and not _NAME.fullmatch(self.job_name):
            expected = "letters, digits, '.', '_' or '-', starting with a letter"
            raise ParamnetError("batch.job_name", expected=expected, got=repr(self.job_name))
        wrong = [name for name in self.environment if not _VARIABLE.fullmatch(name)]
        if wrong:
            raise ParamnetError("batch.environment", expected="names of shell variables", got=", ".join(map(repr, wrong)))

    @property
    def seconds(self) -> int:
        """The time limit in seconds."""
        return seconds_of(self.time, "batch.time")

    @property
    def hours(self) -> str:
        """The time limit as HH:MM:SS, a format of every scheduler."""
        return f"{self.seconds // 3600:02d}:{self.seconds // 60 % 60:02d}:{self.seconds % 60:02d}"

    @property
    def tasks(self) -> int:
        """Total number of processes."""
        return self.nodes * self.tasks_per_node

    def memory_as(self, suffix: str) -> str:
        """Memory per node with the scheduler's suffix (``G`` or ``gb``)."""
        if not self.memory:
            return ""
        number, unit = memory_of(self.memory, "batch.memory")
        return f"{number}{unit}" if suffix == "G" else f"{number}{unit.lower()}b"
