"""A job under a real SLURM: told to end, queued again, and in the end the same bits as an undisturbed run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from paramnet.architectures import ModelConfig
from paramnet.training import ScheduleConfig, TrainConfig, TrainerConfig, load_checkpoint, train

EPOCHS, BATCH = 12, 250

# Two tasks; as soon as the first checkpoint stands, SLURM sends what --signal=SIGUSR1@90 sends near a job's end.
JOB = """#!/bin/bash
#SBATCH --ntasks=2 --ntasks-per-node=2 --mem=2G --requeue --open-mode=append --output={folder}/job.log --signal=SIGUSR1@90
echo "start ${{SLURM_RESTART_COUNT:-0}}"
if [ -z "$SLURM_RESTART_COUNT" ]; then
  (until [ -e {folder}/cut/last.ckpt ]; do sleep 0.1; done; scancel --signal=SIGUSR1 "$SLURM_JOB_ID") &
fi
srun {python} -m paramnet.cli.main train {arguments} && touch {folder}/done
"""

# Wait for the end, not for the first start's.
WAIT = "sbatch {folder}/job.sh && for _ in $(seq 1800); do [ -e {folder}/done ] && break; sleep 0.1; done; sleep 0.5; scontrol show job"


def configuration(store: Path, output: Path) -> TrainConfig:
    trainer = TrainerConfig(
        epochs=EPOCHS, batch_size=BATCH, schedule=ScheduleConfig("cosine"), input_noise=0.1, devices=2, threads=1, progress_bar=False
    )
    return TrainConfig(str(store), str(output), model=ModelConfig(hidden=[16]), trainer=trainer)


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("slurmctld", path="/usr/sbin") and os.geteuid() == 0), reason="needs SLURM (Debian slurm-wlm) and root"
)
def test_a_job_told_to_end_is_queued_again_and_ends_with_the_same_bits(convection_store: Path, tmp_path: Path, repository: Path) -> None:
    arguments = [
        f"store={convection_store}",
        f"output={tmp_path}/cut",
        f"paths.runs={tmp_path}/runs",
        "model=small_mlp",
        "'model.hidden=[16]'",
    ]
    arguments += ["model.negative_slope=0.3", "features=[]", "trainer/schedule=cosine", "trainer.schedule.warmup=0.1", "trainer.devices=2"]
    arguments += [f"trainer.epochs={EPOCHS}", f"trainer.batch_size={BATCH}", "trainer.input_noise=0.1", "trainer.threads=1"]
    arguments += ["loss=energy", "trainer.progress_bar=false"]
    job = JOB.format(folder=tmp_path, python=sys.executable, arguments=" ".join(arguments))
    (tmp_path / "job.sh").write_text(job)
    done = subprocess.run(
        [repository / "tests" / "slurm" / "on_slurm", "bash", "-c", WAIT.format(folder=tmp_path)],
        capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "ON_SLURM_PORT": "16837"},
    )  # fmt: skip
    log = (tmp_path / "job.log").read_text() if (tmp_path / "job.log").exists() else "no log"
    assert (tmp_path / "done").exists(), done.stdout[-2000:] + done.stderr[-2000:] + log[-3000:]
    assert "is queued again" in log and "start 0" in log and "start 1" in log, log[-3000:]
    assert "Restarts=1" in done.stdout
    whole = train(configuration(convection_store, tmp_path / "whole"))
    cut = load_checkpoint(tmp_path / "cut" / "last.ckpt").scheme.state_dict()
    for name, tensor in load_checkpoint(whole.last_checkpoint).scheme.state_dict().items():
        assert torch.equal(cut[name], tensor), name
