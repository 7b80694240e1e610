"""One description of a machine for batch jobs, Dask clusters and searches."""

from dataclasses import asdict
from pathlib import Path

import pytest

from paramnet.cli.batch import write_script
from paramnet.cli.config import composed, typed
from paramnet.contract import ParamnetError
from paramnet.execution import ClusterConfig
from paramnet.execution.jobs import job_script
from paramnet.execution.site import SiteConfig

HERE = ["site=example", "site.queue=compute", "site.account=bb1153", "site.time=02:30:00", "site.memory=8G", "site.modules=[python/3.11]"]


def test_a_job_a_cluster_and_a_search_take_the_same_names(tmp_path: Path) -> None:
    script = tmp_path / "job.sh"
    write_script("train", [*HERE, "site.cpus=6", "site.gpus=1", "store=s", f"script={script}", f"batch.log_directory={tmp_path}"])
    lines = script.read_text().splitlines()
    for option in ("--partition=compute", "--account=bb1153", "--time=02:30:00", "--mem=8G", "--cpus-per-task=6"):
        assert f"#SBATCH {option}" in lines, option
    assert "module load python/3.11" in lines
    config = composed("preprocess", ["cluster=slurm", *HERE])
    cluster = typed(config.cluster, ClusterConfig, "cluster")
    lines = job_script(cluster).splitlines()
    for line in ("#SBATCH -p compute", "#SBATCH -A bb1153", "#SBATCH --mem=8G", "#SBATCH -t 02:30:00", "module load python/3.11"):
        assert line in lines, line
    launcher = composed("train", ["hydra/launcher=site", "store=s", *HERE, "site.cpus=6"], hydra_too=True).hydra.launcher
    assert (launcher.partition, launcher.account, launcher.timeout_min) == ("compute", "bb1153", 150)
    assert (launcher.cpus_per_task, launcher.gpus_per_node, launcher.mem_gb) == (6, None, 8)
    assert list(launcher.setup) == ["module load python/3.11"]


@pytest.mark.parametrize("kind", ["slurm", "pbs"])
def test_an_empty_key_keeps_the_default_of_its_use(kind: str) -> None:
    with_site, without = (
        typed(composed("preprocess", [f"cluster={kind}", *site]).cluster, ClusterConfig, "cluster") for site in (["site=example"], [])
    )
    assert asdict(with_site) == asdict(without) == asdict(ClusterConfig(kind))


def test_the_example_states_every_key_of_a_site() -> None:
    site = composed("batch", ["site=example"]).site
    assert set(site) == set(asdict(SiteConfig())) and typed(site, SiteConfig, "site") == SiteConfig()


def test_a_misspelt_key_of_a_site_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "here.yaml").write_text("quue: compute\n")
    with pytest.raises(ParamnetError) as refused:
        write_script("train", ["site=here", "store=s"], config_dir=str(tmp_path))
    assert "'quue'" in str(refused.value) and "'queue'" in str(refused.value)


def test_a_wrong_time_is_refused() -> None:
    with pytest.raises(ParamnetError) as refused:
        SiteConfig(time="90")
    assert (refused.value.what, refused.value.got) == ("site.time", "'90'")
    assert SiteConfig(time="1-02:30:01").minutes == 1591 and SiteConfig(time="00:30:00").minutes == 30


def test_memory_is_never_left_out_of_a_search() -> None:
    sizes = {"512M": 1, "8G": 8, "2TB": 2048, "900K": 1, "": None}
    assert {size: SiteConfig(memory=size).gigabytes for size in sizes} == sizes
    with pytest.raises(ParamnetError) as refused:
        SiteConfig(memory="16GiB")
    assert (refused.value.what, refused.value.got) == ("site.memory", "'16GiB'")
