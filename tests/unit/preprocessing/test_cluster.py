"""Clusters: job scripts as they would be submitted, existing clusters, and the same bits from a real SLURM."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from distributed import LocalCluster
from test_preprocess import assert_same_bits

from paramnet.contract import ParamnetError
from paramnet.execution import ClusterConfig
from paramnet.execution.jobs import job_script, require_accepted
from paramnet.preprocessing import preprocess
from paramnet.store import open_store


def test_the_pbs_script_asks_for_what_was_configured() -> None:
    lines = job_script(
        ClusterConfig(
            "pbs", workers=8, workers_per_job=4, queue="main", account="P93300606", memory="16GB", time="02:30:00",
            directives=["-l place=scatter"], prologue=["module load python"],
        )
    ).splitlines()  # fmt: skip
    assert "#PBS -q main" in lines and "#PBS -A P93300606" in lines and "#PBS -l place=scatter" in lines
    assert "#PBS -l select=1:ncpus=4:mem=15GB" in lines and "#PBS -l walltime=02:30:00" in lines
    assert "module load python" in lines and "export OMP_NUM_THREADS=1" in lines
    assert lines[-1].startswith(sys.executable) and "--nthreads 1 " in lines[-1] and "--nworkers 4" in lines[-1]


def test_the_slurm_script_asks_for_what_was_configured() -> None:
    script = job_script(ClusterConfig("slurm", queue="compute", account="bb1153", memory="4GB", directives=["--constraint=cpu"]))
    for line in ("#SBATCH -p compute", "#SBATCH -A bb1153", "#SBATCH --cpus-per-task=1", "#SBATCH --mem=4G", "#SBATCH --constraint=cpu"):
        assert line in script.splitlines()


def test_ctrl_c_is_an_interruption_with_a_batch_system_too() -> None:
    program = """if True:
        import os, signal
        from paramnet.execution import ClusterConfig
        from paramnet.execution.jobs import job_script
        signal.signal(signal.SIGINT, signal.default_int_handler)
        job_script(ClusterConfig("slurm"))
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            os._exit(77)
    """
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=120).returncode == 77


def test_a_machine_that_cannot_submit_jobs_is_named(plasim_record: Callable, configure: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    plasim_record()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim", cluster=ClusterConfig("pbs")))
    assert (refused.value.what, refused.value.expected) == ("cluster pbs", "the command qsub")


def _command(folder: Path, name: str, *lines: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("minimum", [-1, 0])
def test_rejected_jobs_end_the_run(
    minimum: int, plasim_record: Callable, configure: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plasim_record()
    _command(tmp_path / "bin", "sbatch", "echo 'sbatch: error: invalid partition specified: fast' >&2", "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim", cluster=ClusterConfig("slurm", workers=2, interface="lo", minimum_workers=minimum)))
    assert (refused.value.what, refused.value.got) == ("cluster slurm", "'sbatch: error: invalid partition specified: fast'")


def test_a_job_tried_on_pbs_is_held_and_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _command(tmp_path / "bin", "qsub", f'echo "qsub $1" >>{tmp_path}/asked', f"cat $2 >{tmp_path}/script", "echo 17.server")
    _command(tmp_path / "bin", "qdel", f'echo "qdel $1" >>{tmp_path}/asked')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    require_accepted("pbs", job_script(ClusterConfig("pbs", queue="compute", interface="lo")))
    assert (tmp_path / "asked").read_text().splitlines() == ["qsub -h", "qdel 17.server"]
    assert "#PBS -q compute" in (tmp_path / "script").read_text()


@pytest.mark.slow
def test_an_existing_cluster_is_used_and_left_running(plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    plasim_record()
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        there = preprocess(
            configure("plasim", store=str(tmp_path / "a"), cluster=ClusterConfig("existing", address=cluster.scheduler_address))
        )
        assert len(cluster.workers) == 1
    assert_same_bits(there, preprocess(configure("plasim", store=str(tmp_path / "b"))))


@pytest.mark.slow
def test_adaptive_workers_and_the_performance_report(plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    pytest.importorskip("bokeh", reason="bokeh not installed (paramnet-climate[cluster])")
    plasim_record()
    page = tmp_path / "report.html"
    cluster = ClusterConfig("local", workers=2, minimum_workers=0, performance_report=str(page))
    open_store(preprocess(configure("plasim", cluster=cluster)))
    assert "bokeh" in page.read_text()


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("slurmctld", path="/usr/sbin") and os.geteuid() == 0), reason="needs SLURM (Debian slurm-wlm) and root"
)
def test_a_real_slurm_gives_the_same_bits(plasim_record: Callable, configure: Callable, tmp_path: Path, repository: Path) -> None:
    plasim_record("record_0001.nc", np.arange(0, 150, 0.25))
    local = preprocess(configure("plasim", store=str(tmp_path / "local")))
    splits = {name: {"fraction": share} for name, share in (("train", 0.5), ("validation", 0.25), ("test", 0.25))}
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    experiment = {"splits": {**splits, "block_days": 2.0, "gap_days": 0.5}, "chunk_samples": 512, "block_megabytes": 1}
    (tmp_path / "conf" / "experiment" / "one_node.yaml").write_text("# @package _global_\n" + yaml.safe_dump(experiment))
    command = [sys.executable, "-m", "paramnet.cli.main", "preprocess", "--config-dir", "conf", "cluster=slurm", "experiment=one_node"]
    command += ["input=archive", "store=on_slurm", "cluster.workers=2", "cluster.memory=500MB", "cluster.interface=lo", "paths.runs=runs"]
    command += [f"cluster.log_directory={tmp_path}/logs"]
    done = subprocess.run(
        [repository / "tests" / "slurm" / "on_slurm", *command], cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
    )
    logs = "".join(path.read_text()[-1500:] for path in sorted((tmp_path / "logs").glob("*")))
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:] + logs
    assert "#SBATCH --mem=" in done.stderr + done.stdout
    assert_same_bits(local, tmp_path / "on_slurm")


@pytest.mark.parametrize(
    ("changes", "what", "got"),
    [
        ({"kind": "lsf"}, "cluster.kind", "'lsf'"),
        ({"workers": 0}, "cluster.workers", "0"),
        ({"kind": "pbs", "workers_per_job": 0}, "cluster.workers_per_job", "0"),
        ({"kind": "local", "minimum_workers": 3}, "cluster.minimum_workers", "3"),
        ({"kind": "existing"}, "cluster.address", "''"),
        ({"kind": "inline", "performance_report": "a.html"}, "cluster.performance_report", "one of kind existing, local, pbs, slurm"),
        ({"kind": "processes", "minimum_workers": 1}, "cluster.minimum_workers", "one of kind local, pbs, slurm"),
    ],
)
def test_invalid_settings_are_refused(changes: dict[str, Any], what: str, got: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        ClusterConfig(**changes)
    assert (refused.value.what, refused.value.got) == (what, got)


def test_a_scheduler_that_is_not_there_is_named(plasim_record: Callable, configure: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    plasim_record()
    monkeypatch.setattr("paramnet.execution.dask_cluster._CONNECT_SECONDS", 1)
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim", cluster=ClusterConfig("existing", address="tcp://127.0.0.1:9")))
    assert (refused.value.what, refused.value.expected) == ("cluster.address", "a Dask scheduler at tcp://127.0.0.1:9")
