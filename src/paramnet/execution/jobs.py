"""Workers in jobs of a batch system: dask-jobqueue writes the script and submits it."""

from __future__ import annotations

import logging
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import dask

from paramnet.contract import ParamnetError, install_extra
from paramnet.execution.config import WORKER_ENVIRONMENT, JobCluster
from paramnet.execution.quoting import log_path, quoted
from paramnet.execution.site import prepared
from paramnet.files import require_writable_folder

# commands that test if a job would be accepted: SLURM submits nothing, PBS submits it on hold, to be deleted by its number
_TRIAL = {"slurm": ["sbatch", "--test-only"], "pbs": ["qsub", "-h"]}
_DELETE = {"pbs": "qdel"}
_TRIAL_SECONDS = 120

_log = logging.getLogger(__name__)


def open_jobs(config: JobCluster) -> Any:
    """Open a Dask cluster of batch jobs; raise ParamnetError if the batch system would reject them."""
    cluster = _job_cluster(config)
    try:
        require_accepted(config.kind, cluster.job_script())
    except ParamnetError:
        cluster.close()
        raise
    _log.info("job script of each of %d jobs:\n%s", -(-config.workers // config.workers_per_job), cluster.job_script())
    if config.minimum_workers >= 0:
        cluster.adapt(minimum=config.minimum_workers, maximum=config.workers)
    else:
        cluster.scale(config.workers)
    return cluster


def job_script(config: JobCluster) -> str:
    """Return the job script; nothing is submitted."""
    with _job_cluster(config) as cluster:
        return str(cluster.job_script())


def require_accepted(kind: str, script: str) -> None:
    """Raise ParamnetError if a job would be rejected. Dask would silently submit it again and again, and the run would wait forever."""
    command = _TRIAL[kind]
    if not shutil.which(command[0]):
        raise ParamnetError(
            f"cluster {kind}", expected=f"the command {command[0]}", got="none", remedy="run on a machine that can submit jobs"
        )
    with tempfile.NamedTemporaryFile("w", suffix=".sh", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        try:
            done = subprocess.run([*command, file.name], capture_output=True, text=True, check=False, timeout=_TRIAL_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ParamnetError(
                f"cluster {kind}",
                expected=f"an answer from {command[0]} within {_TRIAL_SECONDS} s",
                got="none",
                remedy="check that the batch system is running",
            ) from error
    if done.returncode:
        answer = (done.stderr or done.stdout).strip().splitlines()[-1:] or [f"status {done.returncode} of {command[0]}"]
        raise ParamnetError(
            f"cluster {kind}",
            expected="a job that the batch system accepts",
            got=repr(answer[0]),
            remedy="correct cluster.queue, account, time, memory or directives, or choose another cluster",
        )
    if kind in _DELETE:
        subprocess.run([_DELETE[kind], done.stdout.strip()], capture_output=True, check=False)


def _job_cluster(config: JobCluster) -> Any:
    if not find_spec("dask_jobqueue"):
        raise ParamnetError(
            f"cluster {config.kind}",
            expected="the package dask-jobqueue",
            got="none",
            remedy=install_extra("cluster"),
        )
    jobqueue = _import_jobqueue()
    exports = [f"export {name}={value}" for name, value in WORKER_ENVIRONMENT.items()]
    kind = jobqueue.SLURMCluster if config.kind == "slurm" else jobqueue.PBSCluster
    keys = {"walltime": "time"}
    texts = {"queue": config.queue, "account": config.account, "walltime": config.time}
    quoted_texts: dict[str, Any] = {
        name: quoted(config.kind, text, f"cluster.{keys.get(name, name)}") if text else None for name, text in texts.items()
    }
    return kind(
        **quoted_texts,
        python=dask.config.get(f"jobqueue.{config.kind}.python", None) or shlex.quote(sys.executable),
        memory=config.memory,
        cores=config.workers_per_job,
        processes=config.workers_per_job,
        interface=config.interface or None,
        job_extra_directives=[*_log_directives(config), *config.directives],
        job_script_prologue=[*exports, *prepared(config.modules, config.activate, config.prologue)],
        silence_logs="error",
    )


def _import_jobqueue() -> ModuleType:
    """Import dask_jobqueue and restore the handler of SIGINT: the import makes Ctrl-C end the process with status 0."""
    handler = signal.getsignal(signal.SIGINT)
    import dask_jobqueue

    signal.signal(signal.SIGINT, handler)
    return dask_jobqueue


def _log_directives(config: JobCluster) -> list[str]:
    """Return the directives for the jobs' output; dask-jobqueue does not quote paths with blanks."""
    if not config.log_directory:
        return []
    folder = require_writable_folder(Path(config.log_directory).expanduser().absolute(), "cluster.log_directory")
    files = {"-e": "dask-worker-%J.err", "-o": "dask-worker-%J.out"} if config.kind == "slurm" else {"-e": "", "-o": ""}
    return [f"{name} {log_path(config.kind, str(folder), file, 'cluster.log_directory')}" for name, file in files.items()]
