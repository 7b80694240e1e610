"""Submit a script to the scheduler."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

from paramnet.contract import ParamnetError
from paramnet.execution.batch.config import BatchConfig

_COMMANDS = {"slurm": ["sbatch", "--parsable"], "pbs": ["qsub"], "flux": ["flux", "batch"]}


def submission(config: BatchConfig, script: Path, trials: int = 0) -> list[str]:
    """The command that submits a script; on Flux a sweep is one job per trial, with ``--cc``."""
    array = [f"--cc=0-{trials - 1}"] if config.kind == "flux" and trials else []
    return [*_COMMANDS[config.kind], *array, str(script)]


def submit_job(config: BatchConfig, script: Path, trials: int = 0) -> str:
    """Submit a script and return the job's identifier. Raises ParamnetError with the scheduler's message."""
    command = submission(config, script, trials)
    if not shutil.which(command[0]):
        raise ParamnetError(
            "submit", expected=f"{command[0]} on PATH", got="none", remedy=f"submit {script} on a login node of the cluster"
        )
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ParamnetError(
            "submit",
            expected=f"a job from `{shlex.join(command)}`",
            got=done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}",
            where=str(script),
        )
    return done.stdout.strip()
