"""Write a job script: the scheduler's options, the environment, the command."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from paramnet.contract import ParamnetError
from paramnet.execution.batch.config import BatchConfig
from paramnet.execution.batch.directives import directives_of
from paramnet.execution.quoting import log_path, option, require_printable
from paramnet.parts import OWN_PACKAGES

LAUNCHERS = {"slurm": "srun --kill-on-bad-exit=1", "pbs": "", "flux": "flux run"}
PATHS = ("PARAMNET_RUNS", "PARAMNET_BUILD", "PARAMNET_DATA")
TEXTS = (OWN_PACKAGES,)


@dataclass(frozen=True)
class Job:
    """A paramnet command and its arguments; for a sweep, the additional arguments of each trial (one job each)."""

    stage: str
    arguments: list[str]
    trials: list[list[str]] = field(default_factory=list)

    @property
    def self_requeueing(self) -> bool:
        """True for training, which handles the scheduler's signal itself: it writes a checkpoint and requeues the job."""
        return self.stage == "train"

    @property
    def launched(self) -> bool:
        """True if the launcher starts the command's tasks. ``online`` uses its own mpirun; preprocessing starts its own workers."""
        return self.stage == "train"


def render_job(config: BatchConfig, job: Job, path: Path) -> str:
    """Text of the job script for the file ``path``, which it may submit again.

    Raises ParamnetError for an unknown option of the scheduler, for text that the scheduler cannot read, and for several
    tasks without a launcher.
    """
    require_printable([*job.arguments, *job.trials], f"{job.stage}, arguments")
    require_printable(str(path), "script")
    launcher = config.launcher or LAUNCHERS[config.kind]
    if job.stage == "train" and config.tasks > 1 and config.kind != "slurm" and not config.launcher:
        raise ParamnetError(
            "batch.launcher",
            expected=f"a launcher for {config.tasks} tasks of training on {config.kind}",
            got="''",
            remedy="set launcher='torchrun ...' as on your site, or configure one task",
        )
    if config.kind == "slurm" and config.launcher == "" and job.launched and config.cpus_per_task > 1:
        launcher += f" --cpus-per-task={config.cpus_per_task}"  # since SLURM 22.05, srun does not inherit it from sbatch
    if config.kind == "flux" and not config.launcher:
        launcher += f" --nodes={config.nodes} --ntasks={config.tasks} --cores-per-task={config.cpus_per_task}"
    script = _template(config).render(
        batch=config,
        job=job,
        name=config.job_name or f"paramnet-{job.stage}",
        command=_command(config, job, launcher if job.launched else ""),
        trials=[shlex.join(trial) for trial in job.trials],
        environment=_environment(config, job),
        modules=shlex.join(word for module in config.modules for word in module.split()),
        activate=str(Path(config.activate).expanduser() / "bin" / "activate"),
        directory=str(Path(config.directory or os.getcwd()).expanduser().absolute()),
        log_directory=str(log_folder(config)),
        log_path=lambda file: log_path(config.kind, str(log_folder(config)), file, "batch.log_directory"),
        option=partial(option, config.kind),
        script=str(path.absolute()),
        quote=shlex.quote,
    )
    directives_of(config.kind, script)
    return script


def log_folder(config: BatchConfig) -> Path:
    """Folder of the job's output."""
    return Path(config.log_directory or "logs").expanduser().absolute()


def _template(config: BatchConfig):  # type: ignore[no-untyped-def]
    environment = Environment(
        loader=PackageLoader("paramnet.conf", "batch"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    if not config.template:
        return environment.get_template(f"{config.kind}.sh.jinja")
    path = Path(config.template).expanduser()
    if not path.is_file():
        raise ParamnetError("batch.template", expected="a file", got=f"none at {path}", remedy="leave it empty for the shipped template")
    return environment.from_string(path.read_text(encoding="utf-8"))


def _command(config: BatchConfig, job: Job, launcher: str) -> str:
    """The complete command line, quoted for the shell; a sweep's trial is in the script's array ``trial``."""
    own = "paramnet" if config.container or config.activate or config.modules else shlex.join([sys.executable, "-m", "paramnet.cli.main"])
    inside = shlex.join([*shlex.split(config.container_runtime), *config.container_options, config.container]) if config.container else ""
    words = [launcher, inside, config.command or own, job.stage, shlex.join(job.arguments), '"${trial[@]}"' if job.trials else ""]
    return " ".join(word for word in words if word)


def _environment(config: BatchConfig, job: Job) -> dict[str, str]:
    """Exported variables. Training gets one thread per core, other commands one thread, since workers and ranks use the cores."""
    paths = {name: str(Path(os.environ[name]).absolute()) for name in PATHS if os.environ.get(name)}
    paths |= {name: os.environ[name] for name in TEXTS if os.environ.get(name)}
    threads = str(config.cpus_per_task if job.stage == "train" else 1)
    values = {"OMP_NUM_THREADS": threads, "PYTHONUNBUFFERED": "1", **paths, **config.environment}
    return {name: shlex.quote(value) for name, value in values.items()}
