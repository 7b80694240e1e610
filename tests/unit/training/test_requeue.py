"""A job written by `paramnet batch` under a real SLURM: interrupted and requeued, it ends with the bits of an undisturbed run."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from paramnet.cli.batch import write_script
from paramnet.scheme import load_checkpoint
from paramnet.scheme.networks import ModelConfig
from paramnet.training import ScheduleConfig, TrainConfig, TrainerConfig, train

EPOCHS, BATCH = 12, 250
JOB = ["batch.tasks_per_node=2", "batch.cpus_per_task=1", "batch.memory=2G", "batch.time=00:10:00"]

# After the first checkpoint SLURM sends the signal of --signal=USR1, as near a job's end; then wait for the end of the requeued job.
WATCH = """
job=$({submit})
until [ -e {folder}/cut/last.ckpt ]; do sleep 0.1; done
scancel --signal=SIGUSR1 "$job"
for _ in $(seq 4500); do [ -e {folder}/cut/train.json ] && break; sleep 0.1; done
sleep 1
scontrol show job "$job"
"""


def configuration(store: Path, output: Path) -> TrainConfig:
    trainer = TrainerConfig(
        epochs=EPOCHS, batch_size=BATCH, schedule=ScheduleConfig("cosine"), input_noise=0.1, devices=2, threads=1, progress_bar=False
    )
    return TrainConfig(str(store), str(output), model=ModelConfig(hidden=[16]), trainer=trainer, linear_baseline=False)


def settings(store: Path, folder: Path) -> list[str]:
    """``configuration`` as overrides; batch.tasks_per_node sets the number of processes."""
    network = ["model=small_mlp", "model.hidden=[16]", "model.negative_slope=0.3", "loss=energy", "linear_baseline=false"]
    rates = ["trainer/schedule=cosine", "trainer.input_noise=0.1"]
    sizes = [f"trainer.epochs={EPOCHS}", f"trainer.batch_size={BATCH}", "trainer.threads=1", "trainer.progress_bar=false"]
    return [f"store={store}", f"output={folder}/cut", f"paths.runs={folder}/runs", *network, *rates, *sizes]


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("slurmctld", path="/usr/sbin") and os.geteuid() == 0), reason="needs SLURM (Debian slurm-wlm) and root"
)
def test_an_interrupted_job_is_requeued_and_ends_with_the_same_bits(
    convection_store: Path, tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = write_script("train", [*JOB, *settings(convection_store, tmp_path)])
    submit = said.partition("submit it: ")[2].partition("   ")[0]
    done = subprocess.run(
        [repository / "tests" / "slurm" / "on_slurm", "bash", "-c", WATCH.format(folder=tmp_path, submit=submit)],
        capture_output=True, text=True, timeout=600, check=False, env={**os.environ, "ON_SLURM_PORT": "16837"},
    )  # fmt: skip
    log = "".join(path.read_text() for path in (tmp_path / "logs").glob("*.log"))
    assert (tmp_path / "cut" / "train.json").exists(), done.stdout[-2000:] + done.stderr[-2000:] + log[-3000:]
    assert "is requeued" in log and "Restarts=1" in done.stdout, log[-3000:]
    whole = train(configuration(convection_store, tmp_path / "whole"))
    cut = load_checkpoint(tmp_path / "cut" / "last.ckpt").scheme.state_dict()
    for name, tensor in load_checkpoint(whole.last_checkpoint).scheme.state_dict().items():
        assert torch.equal(cut[name], tensor), name
