"""A run that was killed or ran out of disk space resumes with the same bits; all bad files are listed in one error."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from test_preprocess import assert_same_bits

from paramnet.contract import ParamnetError
from paramnet.execution import ClusterConfig
from paramnet.preprocessing import PreprocessConfig, preprocess
from paramnet.store import SPLITS, StoreError, open_store

RUN = "import pickle, sys; from paramnet.preprocessing import preprocess; preprocess(pickle.load(open(sys.argv[1], 'rb')))"


def start(config: PreprocessConfig, folder: Path) -> subprocess.Popen:
    """Start the run in a separate process, with its workers in its process group."""
    import pickle

    (folder / "config").write_bytes(pickle.dumps(config))
    (folder / "run.py").write_text(f"if __name__ == '__main__':\n    {RUN}\n")
    return subprocess.Popen([sys.executable, folder / "run.py", folder / "config"], start_new_session=True, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_killed_at_five_random_moments_it_ends_with_the_same_bits(plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    plasim_record("record_0001.nc", np.arange(0, 300, 0.125))
    began = time.monotonic()
    undisturbed = preprocess(configure("plasim", store=str(tmp_path / "one")))
    lasts, moments, kills = time.monotonic() - began, random.Random(7), 0
    while kills < 5:
        process = start(configure("plasim", store=str(tmp_path / "two")), tmp_path)
        while process.poll() is None and not (tmp_path / "two.incomplete" / "work" / "claim.json").exists():
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 0.4 * lasts))
        if process.poll() is not None:
            shutil.rmtree(tmp_path / "two")  # it finished before it was killed: try again
            continue
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
        with pytest.raises(StoreError) as refused:
            open_store(tmp_path / "two")
        assert "unfinished" in refused.value.got
    assert_same_bits(undisturbed, preprocess(configure("plasim", store=str(tmp_path / "two"))))
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["archive", "one", "two"]


def workers_of(process: subprocess.Popen, config: PreprocessConfig) -> list[psutil.Process]:
    """Return the worker processes of a run as soon as a block is done."""
    blocks = Path(f"{config.store}.incomplete") / "work" / "blocks"
    while process.poll() is None and not (blocks.is_dir() and any(path.name.isdigit() for path in blocks.iterdir())):
        time.sleep(0.005)
    started = psutil.Process(process.pid).children()
    if config.cluster.kind == "local":
        return [child for child in started if "spawn_main" in " ".join(child.cmdline())]
    return [worker for child in started if "forkserver" in " ".join(child.cmdline()) for worker in child.children()]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["processes", "local"])
def test_a_worker_that_is_killed_is_replaced(kind: str, plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    plasim_record("record_0001.nc", np.arange(0, 300, 0.125))
    config = configure("plasim", store=str(tmp_path / "two"), cluster=ClusterConfig(kind, 2))
    process = start(config, tmp_path)
    workers_of(process, config)[0].kill()
    assert process.wait(timeout=120) == 0
    assert_same_bits(preprocess(configure("plasim", store=str(tmp_path / "one"))), tmp_path / "two")


@pytest.mark.slow
def test_workers_end_with_a_run_that_is_killed(plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    plasim_record("record_0001.nc", np.arange(0, 300, 0.125))
    config = configure("plasim", store=str(tmp_path / "two"), cluster=ClusterConfig("processes", 2))
    process = start(config, tmp_path)
    workers = workers_of(process, config)
    process.kill()
    process.wait()
    gone, alive = psutil.wait_procs(workers, timeout=30)
    assert len(gone) == 2 and not alive
    assert_same_bits(preprocess(configure("plasim", store=str(tmp_path / "one"))), preprocess(config))


@pytest.mark.parametrize("stage", ["scatter_block", "_create", "write_range", "write_statistics", "put_in_place"])
def test_a_run_stopped_at_any_stage_is_resumed(
    stage: str, plasim_record: Callable, configure: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plasim_record()
    undisturbed = preprocess(configure("plasim", store=str(tmp_path / "one")))

    def stopped(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(f"paramnet.preprocessing.pipeline.{stage}", stopped)
        preprocess(configure("plasim", store=str(tmp_path / "two")))
    monkeypatch.setattr("paramnet.preprocessing.resume.planning.scan_files", stopped)  # the files are not checked again
    assert_same_bits(undisturbed, preprocess(configure("plasim", store=str(tmp_path / "two"))))


def test_an_unfinished_run_of_other_settings_is_not_overwritten(
    plasim_record: Callable, configure: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plasim_record(edit=lambda dataset: dataset["air_temperature"].__setitem__((slice(None), 2, 1, 0), 1e30))
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim"))
    assert refused.value.what == "air_temperature"
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim", seed=3))
    assert refused.value.got == "one that differs in seed" and "overwrite=true" in refused.value.remedy
    open_store(preprocess(configure("plasim", max_invalid_fraction=0.1)))  # may be changed when a run is resumed


def test_a_second_run_of_the_same_store_is_refused(plasim_record: Callable, configure: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    plasim_record()

    def again(*args: object, **kwargs: object) -> None:
        preprocess(configure("plasim"))

    monkeypatch.setattr("paramnet.preprocessing.pipeline.scatter_block", again)
    with pytest.raises(ParamnetError) as error:
        preprocess(configure("plasim"))
    assert error.value.expected == "no other process at work in it" and f"process {os.getpid()} on" in error.value.got


def test_a_full_disk_leaves_an_unfinished_store_that_training_refuses(plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    plasim_record()
    undisturbed = preprocess(configure("plasim", store=str(tmp_path / "one")))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, limits[1]))
    try:
        with pytest.raises(ParamnetError) as full:
            preprocess(configure("plasim", store=str(tmp_path / "two")))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert full.value.what == f"store {tmp_path / 'two'}" and "disk space" in full.value.expected
    with pytest.raises(StoreError) as refused:
        open_store(tmp_path / "two")
    assert refused.value.got == "the unfinished two.incomplete"
    assert_same_bits(undisturbed, preprocess(configure("plasim", store=str(tmp_path / "two"))))


def spoil(folder: Path) -> None:
    """Add a truncated file, one that is not netCDF, and an empty one to the usable ones."""
    usable = (folder / "record_0001.nc").read_bytes()
    (folder / "record_0003.nc").write_bytes(usable[: len(usable) // 2])
    (folder / "record_0004.nc").write_text("not a netCDF file")
    (folder / "record_0005.nc").write_bytes(b"")


def test_every_bad_file_is_named_before_anything_is_written(plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    plasim_record()
    spoil(tmp_path / "archive")
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim"))
    assert refused.value.expected == "4 usable files" and refused.value.got.startswith("3 ")
    for name in ("record_0003.nc", "record_0004.nc: expected a netCDF file", "record_0005.nc: expected a netCDF file"):
        assert name in refused.value.got
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_bad_files_are_left_out_on_request_and_recorded(plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    plasim_record()
    alone = open_store(preprocess(configure("plasim", store=str(tmp_path / "alone"))))
    spoil(tmp_path / "archive")
    store = open_store(preprocess(configure("plasim", on_bad_file="skip")))
    assert len(store.attributes["skipped_files"]) == 3 and store.files == ["record_0001.nc"]
    for name in SPLITS:
        np.testing.assert_array_equal(store.split(name).inputs[:], alone.split(name).inputs[:])


def test_a_first_file_that_is_bad_is_named_like_the_others(plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    plasim_record("record_0002.nc")
    (tmp_path / "archive" / "record_0001.nc").write_text("foreign")
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim"))
    assert (refused.value.what, refused.value.expected) == ("record_0001.nc", "a netCDF file")
    assert "on_bad_file=skip" in refused.value.remedy
