"""``paramnet batch <command>``: a command's job script, checked as far as it can be before it waits in a queue."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path

from paramnet.cli.config import composed, require_values, typed
from paramnet.cli.sweeps import expand, trial_name
from paramnet.cli.words import keep_letters, search_path
from paramnet.contract import ParamnetError
from paramnet.execution.batch import BatchConfig, Job, log_folder, render_job, submission, submit_job
from paramnet.files import require_writable_folder, write_text

STAGES = ("preprocess", "train", "evaluate", "export", "online")
_OWN = ("batch", "site", "script", "submit")
_DESCRIPTION = """Write the job script of a command for SLURM, PBS or Flux (batch=slurm|pbs|flux), and with submit=true hand it over.
Keys that begin with batch., script= and submit= are the job's (conf/batch/slurm.yaml lists them), all others the command's, which
is composed and checked before anything is written. With -m, each trial of a sweep, or each coupled run of a set, becomes a job of
an array."""
_EXAMPLES = """examples:
  paramnet batch preprocess source=climsim input=/data/climsim store=/scratch/store batch.cpus_per_task=16
  paramnet batch train store=/scratch/store experiment=rasp2018 batch.gpus_per_node=1 batch.time=08:00:00 submit=true
  paramnet batch train -m store=/scratch/store trainer.learning_rate=1e-3,3e-4 batch=pbs batch.array_limit=4
  paramnet batch online mode=learned scheme=scheme.pt ranks=4 batch.tasks_per_node=4
  paramnet batch online -m coupled=sp_climate +runs.learned.members=5 scheme=scheme.pt linear_scheme=linear.pt"""


def main(name: str) -> None:
    """Command line of ``paramnet batch``."""
    parser = argparse.ArgumentParser(
        prog=f"paramnet {name}", description=_DESCRIPTION, epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage", choices=STAGES, metavar="COMMAND", help=", ".join(STAGES))
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="the job's and the command's")
    parser.add_argument("-m", "--multirun", action="store_true", help="an array of jobs: a,b and range(...) are swept over")
    parser.add_argument("-cd", "--config-dir", default="", help="your own folder of YAML files, in addition to the shipped ones")
    arguments = parser.parse_intermixed_args()
    script = write_script(arguments.stage, arguments.overrides, arguments.multirun, arguments.config_dir)
    print(script)


def write_script(stage: str, overrides: list[str], multirun: bool = False, config_dir: str = "") -> str:
    """Write the script, and submit it with submit=true; returns the message for the user."""
    search = search_path([config_dir] if config_dir else [])
    own = [override for override in overrides if override.lstrip("+").partition("=")[0].partition(".")[0] in _OWN]
    rest = [override for override in overrides if override not in own]
    settings = composed("batch", [*own, *search, *(override for override in rest if override.startswith("paths."))])
    require_values(settings)
    config = typed(settings.batch, BatchConfig, "batch")
    given = {override.lstrip("+").partition("=")[0] for override in overrides}
    config = _with_a_task_per_gpu(config, stage, given)
    trials = _trials(stage, rest, search) if multirun else []
    swept = {override.partition("=")[0] for trial in trials for override in trial}
    fixed = [override for override in rest if override.partition("=")[0] not in swept]
    arguments = [*fixed, *_fitting(config, stage, given)]
    for trial in trials or [[]]:
        _check(stage, [*arguments, *trial, *search])
    job = Job(stage, [*arguments, *(["--config-dir", str(Path(config_dir).absolute())] if config_dir else [])], trials)
    label = config.job_name or f"paramnet-{stage}"
    path = Path(str(settings.script or Path(settings.paths.runs) / "batch" / f"{label}.sh")).expanduser().absolute()
    script = render_job(config, job, path)
    require_writable_folder(path.parent, "script")
    require_writable_folder(log_folder(config), "batch.log_directory")  # without one SLURM fails silently
    write_text(path, script)
    path.chmod(0o755)
    message = f"job script: {path}" + (f" ({len(trials)} jobs)" if trials else "")
    if settings.submit:
        return f"{message}\nsubmitted: {submit_job(config, path, len(trials))}"
    return f"{message}\nsubmit it: {shlex.join(submission(config, path, len(trials)))}   (or set submit=true)"


def _trials(stage: str, overrides: list[str], search: list[str]) -> list[list[str]]:
    """The overrides of each trial, with a folder of its own below the command's ``output``; of ``online``, each run of its set."""
    swept = expand(keep_letters(stage, overrides, multirun=True))
    if stage == "online" and not swept:
        from paramnet.cli.coupled import coupled_config

        return [[f"only=[{name}]"] for name in coupled_config(composed(stage, [*overrides, *search])).runs]
    if not swept:
        raise ParamnetError("batch -m", expected="values to sweep over, such as trainer.learning_rate=1e-3,1e-4", got="none")
    if stage != "train":
        expected = "train, whose trials have separate folders, or online without values to sweep over"
        raise ParamnetError("batch -m", expected=expected, got=stage)
    fixed = [override for override in overrides if override.partition("=")[0] not in {o.partition("=")[0] for o in swept[0]}]
    output = composed(stage, [*fixed, *swept[0], *search]).output
    return [[*trial, f"output={Path(output) / trial_name(trial)}"] for trial in swept]


def _with_a_task_per_gpu(config: BatchConfig, stage: str, given: set[str]) -> BatchConfig:
    """Training has one process for each GPU of a node; SLURM starts them, elsewhere training does on one node."""
    gpus, tasks = config.gpus_per_node, config.tasks_per_node
    if not gpus:
        return config
    if config.container and not {"--nv", "--rocm", "--nvccli"} & set(config.container_options) and _is_apptainer(config):
        raise ParamnetError(
            "batch.container_options",
            expected=f"--nv or --rocm, without which the container sees none of the {gpus} GPUs",
            got=str(config.container_options),
            remedy="set batch.container_options=[--nv] for NVIDIA, [--rocm] for AMD",
        )
    if stage != "train" or tasks == gpus:
        return config
    if tasks == 1 and "batch.tasks_per_node" not in given:
        started = config.kind == "slurm" or config.launcher
        return replace(config, tasks_per_node=gpus) if started or config.nodes > 1 else config
    raise ParamnetError(
        "batch.tasks_per_node",
        expected=f"{gpus}, a training process for each GPU (batch.gpus_per_node={gpus})",
        got=str(tasks),
        remedy=f"leave it out, or set batch.gpus_per_node={tasks}",
    )


def _is_apptainer(config: BatchConfig) -> bool:
    return Path(config.container_runtime.split()[0]).name in ("apptainer", "singularity") if config.container_runtime else False


def _fitting(config: BatchConfig, stage: str, given: set[str]) -> list[str]:
    """Overrides by which the command uses the cores and GPUs of the job, unless the user has given them."""
    wanted: dict[str, object] = {}
    if stage == "preprocess" and not any(key == "cluster" or key.startswith("cluster.") for key in given):
        wanted["cluster.workers"] = config.cpus_per_task
    if stage == "train":
        processes = max(config.tasks_per_node, config.gpus_per_node)
        wanted |= {"trainer.accelerator": "gpu"} if config.gpus_per_node else {}
        wanted |= {"trainer.devices": processes} if processes > 1 else {}
        wanted |= {"trainer.nodes": config.nodes} if config.nodes > 1 else {}
    if stage == "online" and config.gpus_per_node:
        wanted["options.device"] = "auto"  # a run of the teacher alone has no use for a GPU
    return [f"{key}={value}" for key, value in wanted.items() if key not in given]


def _check(stage: str, overrides: list[str]) -> None:
    """Compose and validate what the job will compose, so that a misspelt key fails now."""
    config = composed(stage, overrides)
    require_values(config)
    if stage == "preprocess":
        from paramnet.preprocessing import PreprocessConfig

        typed(config, PreprocessConfig)
    elif stage == "train":
        from paramnet.training import TrainConfig  # imports torch

        typed(config, TrainConfig)
