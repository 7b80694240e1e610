"""Hand a script to the scheduler."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

from paramnet.batch.config import BatchConfig
from paramnet.contract import ParamnetError

_COMMANDS = {"slurm": ["sbatch", "--parsable"], "pbs": ["qsub"], "flux": ["flux", "batch"]}


def submission(config: BatchConfig, script: Path, trials: int = 0) -> list[str]:
    """The command that submits a script; on Flux a sweep is one job per trial, submitted by ``--cc``."""
    array = [f"--cc=0-{trials - 1}"] if config.kind == "flux" and trials else []
    return [*_COMMANDS[config.kind], *array, str(script)]


def submit_job(config: BatchConfig, script: Path, trials: int = 0) -> str:
    """Submit a script and return the job's identifier; raises ParamnetError with the scheduler's own words."""
    command = submission(config, script, trials)
    if not shutil.which(command[0]):
        raise ParamnetError(f"submit: expected {command[0]} on this machine, found none; take {script} to a login node of the cluster")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ParamnetError(f"submit: expected a job, got from `{shlex.join(command)}`: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.strip()
