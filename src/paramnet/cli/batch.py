"""``paramnet batch <command>``: a command's job script, checked as far as it can be before it waits in a queue."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

from paramnet.batch import BatchConfig, Job, render_job, submission, submit_job
from paramnet.cli.advice import explain
from paramnet.cli.config import typed
from paramnet.cli.sweeps import expand, trial_name
from paramnet.contract import ParamnetError
from paramnet.preprocessing import PreprocessConfig
from paramnet.training import TrainConfig

STAGES: dict[str, type | None] = {"preprocess": PreprocessConfig, "train": TrainConfig, "evaluate": None, "export": None, "online": None}
_OWN = ("batch", "script", "submit")
_DESCRIPTION = """Write the job script of a command for SLURM, PBS or Flux (batch=slurm|pbs|flux), and with submit=true hand it over.
Keys that begin with batch., script= and submit= are the job's (conf/batch/slurm.yaml lists them), all others the command's, which
is composed and checked before anything is written. With -m, each trial of the sweep becomes a job of an array."""
_EXAMPLES = """examples:
  paramnet batch preprocess source=climsim input=/data/climsim store=/scratch/store batch.cpus_per_task=16
  paramnet batch train store=/scratch/store experiment=rasp2018 batch.gpus_per_node=1 batch.time=08:00:00 submit=true
  paramnet batch train -m store=/scratch/store trainer.learning_rate=1e-3,3e-4 batch=pbs batch.array_limit=4
  paramnet batch online mode=learned scheme=scheme.pt ranks=4 batch.tasks_per_node=4"""


def main(name: str) -> None:
    """Command line of ``paramnet batch``."""
    parser = argparse.ArgumentParser(
        prog=f"paramnet {name}", description=_DESCRIPTION, epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage", choices=STAGES, metavar="COMMAND", help=", ".join(STAGES))
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="the job's and the command's")
    parser.add_argument("-m", "--multirun", action="store_true", help="a,b and range(...) are swept over: an array of jobs")
    parser.add_argument("-cd", "--config-dir", default="", help="your own folder of YAML files beside the shipped ones")
    arguments = parser.parse_intermixed_args()
    script = write_script(arguments.stage, arguments.overrides, arguments.multirun, arguments.config_dir)
    print(script)


def write_script(stage: str, overrides: list[str], multirun: bool = False, config_dir: str = "") -> str:
    """Write the script (and submit it, if told so); returns what to tell the user."""
    search = [f"hydra.searchpath=[file://{Path(config_dir).absolute()}]"] if config_dir else []
    own = [override for override in overrides if override.lstrip("+").partition("=")[0].partition(".")[0] in _OWN]
    rest = [override for override in overrides if override not in own]
    settings = _composed("batch", [*own, *search, *(override for override in rest if override.startswith("paths."))])
    config = typed(settings.batch, BatchConfig)
    trials = _trials(stage, rest, search) if multirun else []
    swept = {override.partition("=")[0] for trial in trials for override in trial}
    fixed = [override for override in rest if override.partition("=")[0] not in swept]
    arguments = [*fixed, *_fitting(config, stage, fixed)]
    for trial in trials or [[]]:
        _check(stage, [*arguments, *trial, *search])
    job = Job(stage, [*arguments, *(["--config-dir", str(Path(config_dir).absolute())] if config_dir else [])], trials)
    label = config.job_name or f"paramnet-{stage}"
    path = Path(settings.script or Path(settings.paths.runs) / "batch" / f"{label}.sh").absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    logs = Path(config.log_directory or "logs")
    logs.mkdir(parents=True, exist_ok=True)  # SLURM fails without a word where there is none
    path.write_text(render_job(config, job, path))
    path.chmod(0o755)
    said = f"job script: {path}" + (f" ({len(trials)} jobs)" if trials else "")
    if settings.submit:
        return f"{said}\nsubmitted: {submit_job(config, path, len(trials))}"
    return f"{said}\nsubmit it: {shlex.join(submission(config, path, len(trials)))}   (or say submit=true)"


def _composed(config_name: str, overrides: list[str]) -> DictConfig:
    GlobalHydra.instance().clear()
    try:
        with initialize_config_module("paramnet.conf", version_base="1.3"):
            return compose(config_name, overrides=overrides)
    except HydraException as error:
        raise ParamnetError(explain(config_name, error)) from error


def _trials(stage: str, overrides: list[str], search: list[str]) -> list[list[str]]:
    """The overrides of each trial, with a folder of its own below the command's ``output``."""
    swept = expand(overrides)
    if not swept:
        raise ParamnetError("batch -m: expected values to sweep over, such as trainer.learning_rate=1e-3,1e-4, got none")
    if stage != "train":
        raise ParamnetError(f"batch -m: expected train, whose trials have folders of their own, got {stage}")
    fixed = [override for override in overrides if override.partition("=")[0] not in {o.partition("=")[0] for o in swept[0]}]
    output = _composed(stage, [*fixed, *swept[0], *search]).output
    return [[*trial, f"output={Path(output) / trial_name(trial)}"] for trial in swept]


def _fitting(config: BatchConfig, stage: str, overrides: list[str]) -> list[str]:
    """What the command must be told to use the cores it asked for, unless the user has said it."""
    said = {override.lstrip("+").partition("=")[0] for override in overrides}
    if stage == "preprocess" and not any(key == "cluster" or key.startswith("cluster.") for key in said):
        return [f"cluster.workers={config.cpus_per_task}"]
    if stage == "train" and config.tasks > 1:
        wanted = {"trainer.devices": config.tasks_per_node, "trainer.nodes": config.nodes}
        return [f"{key}={value}" for key, value in wanted.items() if value > 1 and key not in said]
    return []


def _check(stage: str, overrides: list[str]) -> None:
    """Compose and validate what the job will compose, so that a misspelt key fails now."""
    config = _composed(stage, overrides)
    config_class = STAGES[stage]
    if config_class is not None:
        typed(config, config_class)
        return
    missing: Any = OmegaConf.missing_keys(config)
    if missing:
        raise ParamnetError(f"{stage}: expected {', '.join(sorted(missing))}, got none; say {min(missing)}=...")
