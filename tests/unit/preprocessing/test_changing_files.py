"""Files that change during a run, are open for writing, or need a missing filter: each has its own error and is never skipped."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.preprocessing import preprocess
from paramnet.preprocessing.passes.scatter import scatter_block
from paramnet.sources.netcdf import open_netcdf, read_values
from paramnet.sources.netcdf.unreadable import UnreadableNow, cannot_open_hdf5, cannot_read
from paramnet.sources.readers.base import Reader


def rewrite(path: Path, other: Path) -> None:
    """Replace the content by that of another file of the same size, with a later time of change."""
    status = path.stat()
    path.write_bytes(other.read_bytes())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))


def test_a_file_changed_between_its_check_and_its_reading_is_named(
    plasim_record: Callable, configure: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last = plasim_record("record_0001.nc", np.arange(0, 40, 0.25)), plasim_record("record_0002.nc", np.arange(40, 80, 0.25))

    def changing(number: int, unfinished: Path, may_drop: bool) -> int:
        if number == 1:
            rewrite(last, first)
        return scatter_block(number, unfinished, may_drop)

    monkeypatch.setattr("paramnet.preprocessing.pipeline.scatter_block", changing)
    with pytest.raises(ParamnetError) as error:
        preprocess(configure("plasim"))
    assert error.value.what == "record_0002.nc" and "changed while it was read" in error.value.got
    noted = sorted(path.name for path in (Path(f"{configure('plasim').store}.incomplete") / "work" / "blocks").iterdir())
    assert noted == ["00000000"]  # the block is not noted as done
    monkeypatch.undo()
    rewrite(last, plasim_record("record_0002.nc", np.arange(40, 80, 0.25), folder="fresh"))
    assert preprocess(configure("plasim", overwrite=True)).is_dir()


def test_a_file_changed_while_the_archive_is_checked_is_named(
    plasim_record: Callable, configure: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = plasim_record()
    record = Reader.record

    def changing(self: Reader, *args: Any) -> Any:
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000))
        return record(self, *args)

    monkeypatch.setattr(Reader, "record", changing)
    with pytest.raises(ParamnetError) as error:
        preprocess(configure("plasim"))
    assert error.value.what == path.name and "changed while it was read" in error.value.got
    assert [one.name for one in tmp_path.iterdir()] == ["archive"]


def test_a_file_truncated_while_it_is_read_is_not_reported_as_damaged(
    plasim_record: Callable, configure: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = plasim_record()

    def changing(number: int, unfinished: Path, may_drop: bool) -> int:
        path.write_bytes(path.read_bytes()[:-5000])
        return scatter_block(number, unfinished, may_drop)

    monkeypatch.setattr("paramnet.preprocessing.pipeline.scatter_block", changing)
    with pytest.raises(ParamnetError) as error:
        preprocess(configure("plasim"))
    assert "changed while it was read" in error.value.got


HOLD = "import netCDF4, sys; d = netCDF4.Dataset(sys.argv[1], 'a'); d.sync(); print('open', flush=True); sys.stdin.read()"


@pytest.mark.parametrize("on_bad_file", ["stop", "skip"])
def test_a_file_open_for_writing_is_reported_as_such(on_bad_file: str, plasim_record: Callable, configure: Callable) -> None:
    plasim_record("record_0001.nc", np.arange(0, 40, 0.25))
    path = plasim_record("record_0002.nc", np.arange(40, 80, 0.25))
    with subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout and writer.stdout.readline()
        with pytest.raises(UnreadableNow) as error, open_netcdf(path):
            pass
        with pytest.raises(ParamnetError) as refused:
            preprocess(configure("plasim", on_bad_file=on_bad_file))
        writer.communicate(b"")
    assert refused.value.what == path.name and "open for writing" in refused.value.got
    assert error.value.what == path.name and "HDF5_USE_FILE_LOCKING" in error.value.remedy
    assert preprocess(configure("plasim")).is_dir()


def test_a_damaged_file_is_still_reported_as_damaged(plasim_record: Callable) -> None:
    path = plasim_record()
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(ParamnetError) as error, open_netcdf(path):
        pass
    assert not isinstance(error.value, UnreadableNow) and "damaged" in error.value.remedy


def test_a_missing_compression_filter_is_named(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as dataset:
        dataset.createDimension("x", 1000)
        if not dataset.has_zstd_filter():
            pytest.skip("this netCDF library has no zstd")
        dataset.createVariable("t", "f4", ("x",), compression="zstd")[:] = 1.0
    with open_netcdf(tmp_path / "a.nc") as dataset:
        assert read_values(dataset["t"], "a.nc").sum() == 1000
    code = f"""
from pathlib import Path
from paramnet.sources.netcdf import open_netcdf, read_values
from paramnet.sources.netcdf.unreadable import UnreadableNow, require_filters
with open_netcdf(Path({str(tmp_path / "a.nc")!r})) as dataset:
    for ask in (require_filters, read_values):
        try:
            ask(dataset["t"], "a.nc")
        except UnreadableNow as error:
            print(error.what, error.where, "HDF5_PLUGIN_PATH" in error.remedy, "'/nowhere'" in error.remedy)
"""
    environment = os.environ | {"HDF5_PLUGIN_PATH": "/nowhere"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["t a.nc True True"] * 2


SCRIPT = """
import pickle, sys
from paramnet.preprocessing import preprocess
{guard}preprocess(pickle.load(open(sys.argv[1], "rb")))
"""


@pytest.mark.parametrize("guard", ["", "if True: ", "if __name__ == '__main__': "])
def test_a_script_without_a_main_guard_is_recognised(guard: str, plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    import pickle

    from paramnet.execution import ClusterConfig

    plasim_record(days=np.arange(0, 12, 0.25))
    (tmp_path / "config").write_bytes(pickle.dumps(configure("plasim", cluster=ClusterConfig("processes", 1))))
    (tmp_path / "run.py").write_text(SCRIPT.format(guard=guard))
    done = subprocess.run([sys.executable, tmp_path / "run.py", tmp_path / "config"], capture_output=True, text=True, timeout=120)
    if "__name__" in guard:
        assert done.returncode == 0 and (tmp_path / "store").is_dir()
    else:
        assert done.returncode == 1 and f"{tmp_path / 'run.py'}, line 4" in done.stderr.splitlines()[-1]
        assert "__main__" in done.stderr.splitlines()[-1]


def test_a_store_of_another_version_is_kept_with_a_warning(
    plasim_record: Callable, configure: Callable, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plasim_record()
    preprocess(configure("plasim"))
    monkeypatch.setattr("paramnet.preprocessing.resume.claim.code_digest", lambda *packages: "another")
    preprocess(configure("plasim"))
    assert any("made by another version" in line for line in caplog.messages)


def test_a_store_below_something_that_is_no_folder_is_refused_before_any_work(plasim_record: Callable, configure: Callable) -> None:
    path = plasim_record()
    with pytest.raises(ParamnetError) as error:
        preprocess(configure("plasim", store=str(path / "below" / "store")))
    assert error.value.what.startswith("store ") and error.value.expected == "a folder that can be written to"


def test_a_file_system_without_locks_is_named(plasim_record: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("paramnet.sources.netcdf.unreadable.fcntl.flock", refuse)
    error = cannot_open_hdf5(plasim_record(), OSError(-101, "NetCDF: HDF error"))
    assert isinstance(error, UnreadableNow) and "No locks available" in error.got and "HDF5_USE_FILE_LOCKING=FALSE" in error.remedy


def test_a_disk_error_is_not_reported_as_damage() -> None:
    assert isinstance(cannot_read("t", OSError(errno.EIO, "Input/output error"), "a.nc"), UnreadableNow)
    assert not isinstance(cannot_read("t", OSError("the file ends before byte 9"), "a.nc"), UnreadableNow)
