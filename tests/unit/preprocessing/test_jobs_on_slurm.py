"""The rendered job scripts, submitted to a real SLURM: preprocessing, then an array of training jobs on its store."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from paramnet.scheme import load_checkpoint
from paramnet.store import open_store


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("slurmctld", path="/usr/sbin") and os.geteuid() == 0), reason="needs SLURM (Debian slurm-wlm) and root"
)
def test_rendered_jobs_run_on_a_real_slurm(plasim_record: Callable, tmp_path: Path, repository: Path) -> None:
    plasim_record("record_0001.nc", np.arange(0, 40, 0.25))
    rules = {name: {"fraction": share} for name, share in (("train", 0.5), ("validation", 0.25), ("test", 0.25))}
    experiment = {"splits": {**rules, "block_days": 2.0, "gap_days": 0.5}, "chunk_samples": 512, "block_megabytes": 1}
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    (tmp_path / "conf" / "experiment" / "small.yaml").write_text("# @package _global_\n" + yaml.safe_dump(experiment))
    batch = [sys.executable, "-m", "paramnet.cli.main", "batch"]
    job = ["submit=true", "batch.cpus_per_task=1", "batch.memory=2G", "batch.time=00:10:00", "batch.directives=[--wait]"]
    train = ["store=store", "model=small_mlp", "model.hidden=[16]", "trainer=one_cycle", "trainer.epochs=1", "trainer.progress_bar=false"]
    lines = [
        [*batch, "preprocess", *job, "--config-dir", "conf", "experiment=small", "cluster=inline", "input=archive", "store=store"],
        [*batch, "train", "-m", *job, *train, "output=swept", "script=sweep.sh", "trainer.learning_rate=1e-2,1e-3"],
    ]
    script = tmp_path / "all.sh"
    unknown = subprocess.list2cmdline([*lines[0], "batch.directives=[--partitionn=a]", "script=unknown.sh"])
    script.write_text(f"set -ex\n! {unknown} 2> refused\n" + "".join(f"{subprocess.list2cmdline(line)}\n" for line in lines))
    on_slurm = [repository / "tests" / "slurm" / "on_slurm", "bash", script]
    done = subprocess.run(on_slurm, cwd=tmp_path, capture_output=True, text=True, timeout=500, check=False, env=_environment())
    logs = "".join(f"--- {path.name}\n{path.read_text()[-1500:]}" for path in sorted((tmp_path / "logs").glob("*")))
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:] + logs
    assert "unrecognized option '--partitionn=a'" in (tmp_path / "refused").read_text()  # in sbatch's words
    assert len(open_store(tmp_path / "store").split("train")) > 0
    rates = {load_checkpoint(path).meta["training"]["trainer"]["learning_rate"] for path in (tmp_path / "swept").glob("trial_*/best.ckpt")}
    assert rates == {1e-2, 1e-3}, logs


def _environment() -> dict[str, str]:
    """Use a separate port, as another SLURM may run on this machine."""
    return {**os.environ, "ON_SLURM_PORT": "16917"}
