"""A folder of YAML is trusted as a script is, but what was meant to be an experiment runs nothing before the command."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hydra import compose, initialize_config_module
from omegaconf import DictConfig, OmegaConf

import paramnet.cli.config  # noqa: F401  holds Hydra to the rules
from paramnet.cli.batch import write_script
from paramnet.cli.trusted import require_trusted
from paramnet.contract import ParamnetError


class Note:
    def __reduce__(self) -> Any:
        return open, ("code_ran", "w")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine" / "experiment").mkdir(parents=True)
    np.save(tmp_path / "table.npy", np.array([Note()], dtype=object), allow_pickle=True)
    return tmp_path / "mine"


def experiment(folder: Path, text: str) -> Path:
    path = folder / "experiment" / "mine.yaml"
    path.write_text(f"# @package _global_\n{text}\n")
    return folder


CALLBACK = "hydra: {callbacks: {a: {_target_: numpy.load, file: table.npy, allow_pickle: true}}}"
HOSTILE = {
    "hydra.callbacks": CALLBACK,
    "hydra.job.env_set": "hydra: {job: {env_set: {LD_PRELOAD: /tmp/x.so}}}",
    "hydra.launcher._target_": "hydra: {launcher: {_target_: torch.load}}",
    "hydra.sweeper._target_": "hydra: {sweeper: {_target_: torch.ops.load_library}}",
    "hydra.job_logging.handlers.x.()": 'hydra: {job_logging: {handlers: {x: {"()": os.system, command: ls}}}}',
    "hydra.job_logging.handlers.x.class": "hydra: {job_logging: {handlers: {x: {class: subprocess.Popen, args: ls}}}}",
    "hydra.hydra_logging.handlers.x.stream": "hydra: {hydra_logging: {handlers: {x: {class: logging.StreamHandler, stream: 'ext://os.environ'}}}}",
    "output": "output: ${oc.env:SECRET_TOKEN}",
}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    from paramnet.cli.config import run_with_hydra

    monkeypatch.setattr("sys.argv", ["paramnet train", *arguments])
    run_with_hydra("train", lambda config: pytest.fail("the command ran"))


@pytest.mark.parametrize("key", HOSTILE)
def test_what_runs_code_or_reads_secrets_is_refused_before_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    experiment(folder, HOSTILE[key])
    chosen = ["experiment=mine", "store=s", f"hydra.run.dir={folder}/run"]
    with pytest.raises(ParamnetError) as error:
        run(monkeypatch, "--config-dir", str(folder), *chosen)
    assert error.value.what == key and "hunter2" not in str(error.value)
    with pytest.raises(ParamnetError) as batch:
        write_script("train", ["experiment=mine", "store=s", "batch=slurm"], config_dir=str(folder))
    assert batch.value.what == key
    assert not Path("code_ran").exists()


def test_sweeps_and_stages_are_held_to_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from paramnet.cli.search import run_sweep

    experiment(folder, CALLBACK)
    arguments = ["-m", "--config-dir", str(folder), "experiment=mine", "store=s", "output=o", "trainer.epochs=1,2"]
    monkeypatch.setattr("sys.argv", ["paramnet train", *arguments])
    with pytest.raises(ParamnetError) as error:
        run_sweep("train", lambda config: Path())
    assert error.value.what == "hydra.callbacks"
    with initialize_config_module("paramnet.conf", version_base="1.3"), pytest.raises(ParamnetError):
        compose("evaluate", overrides=[f"hydra.searchpath=[file://{folder}]", "experiment=mine"])
    assert not Path("code_ran").exists()


def test_every_shipped_command_and_launcher_passes(repository: Path) -> None:
    names = sorted(path.stem for path in (repository / "conf").glob("*.yaml"))
    composed = 0
    with initialize_config_module("paramnet.conf", version_base="1.3"):
        for name in names:
            if "defaults:" in (repository / "conf" / f"{name}.yaml").read_text():
                compose(name, ["pipeline=demo"] if name == "run" else [])
                composed += 1
        for sweep in (repository / "conf" / "sweep").glob("*.yaml"):
            if "optuna" in sweep.read_text():
                pytest.importorskip("hydra_plugins.hydra_optuna_sweeper")
            compose("train", overrides=[f"sweep={sweep.stem}"], return_hydra_config=True)
        compose("train", overrides=["hydra/launcher=site"], return_hydra_config=True)
    assert composed >= 8


def test_only_paramnets_own_variables_are_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAMNET_RUNS", "/scratch/runs")
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    own = OmegaConf.create(
        {"a": "${oc.env:PARAMNET_RUNS}", "b": "${oc.env:PARAMNET_NONE,runs}", "n": "SECRET_TOKEN", "c": "${oc.env:${n}}"}
    )
    assert own.a == "/scratch/runs" and own.b == "runs"
    with pytest.raises(Exception, match="PARAMNET_") as error:
        own.c  # noqa: B018
    assert "hunter2" not in str(error.value)
    for spelling in ("${oc.env:SECRET_TOKEN}", "${oc.env: SECRET_TOKEN ,x}", "a${ oc.env:'SECRET_TOKEN'}"):
        with pytest.raises(ParamnetError) as named:
            require_trusted(DictConfig({"key": {"below": [spelling]}}))
        assert named.value.what == "key.below.0" and "PARAMNET_" in named.value.expected


def test_own_log_files_and_levels_may_be_set(folder: Path) -> None:
    text = {"handlers": {"file": {"class": "logging.FileHandler", "filename": "x.log"}}, "root": {"level": logging.INFO}}
    require_trusted(DictConfig({"hydra": {"job_logging": text, "callbacks": {}, "job": {"env_set": {}}}}))
