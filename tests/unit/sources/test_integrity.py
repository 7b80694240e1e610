"""Truncated classic files, which the netCDF library silently reads as zeros."""

import os
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.sources.archive import find_files
from paramnet.sources.netcdf import open_netcdf
from paramnet.sources.netcdf.classic import ClassicFile


def write(path: Path, form: str, records: int = 5, several: bool = True) -> Path:
    with netCDF4.Dataset(path, "w", format=form) as dataset:
        dataset.title = "odd length"
        for name, size in (("time", None), ("x", 7)):
            dataset.createDimension(name, size)
        dataset.createVariable("fixed", "f8", ("x",))[:] = np.arange(7.0)
        dataset.createVariable("moving", "i2", ("time", "x"))[:] = np.ones((records, 7))
        if several:
            dataset.createVariable("more", "f8", ("time", "x"))[:] = np.ones((records, 7))
    return path


def bytes_by_header(path: Path) -> int:
    with open_netcdf(path) as dataset:
        assert isinstance(dataset, ClassicFile)
        return dataset.header.bytes()


@pytest.mark.parametrize("form", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA"])
@pytest.mark.parametrize("several", [True, False])
@pytest.mark.parametrize("records", [0, 1, 5])
def test_the_size_by_the_header_is_the_files_size(form: str, several: bool, records: int, tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc", form, records, several)
    assert 0 <= path.stat().st_size - bytes_by_header(path) < 4  # the last value may be padded


@pytest.mark.parametrize("form", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_DATA"])
@pytest.mark.parametrize("missing", [8, 200])
def test_a_truncated_classic_file_is_named(form: str, missing: int, tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc", form)
    path.write_bytes(path.read_bytes()[:-missing])
    with pytest.raises(ParamnetError) as refused, open_netcdf(path):
        pass
    assert (refused.value.what, refused.value.got) == ("a.nc", str(path.stat().st_size)) and "bytes" in refused.value.expected


def test_a_file_cut_inside_its_header_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc", "NETCDF3_CLASSIC")
    path.write_bytes(path.read_bytes()[:90])
    with pytest.raises(ParamnetError) as refused, open_netcdf(path):
        pass
    assert (refused.value.what, refused.value.expected) == ("a.nc", "a complete netCDF header")


def test_every_real_file_is_complete(shared_data: Path) -> None:
    files = [*sorted((shared_data / "climsim_low_res").glob("*.nc")), shared_data / "spcam" / "ancil_spcam.nc"]
    assert len(files) > 100
    assert all(0 <= path.stat().st_size - bytes_by_header(path) < 4 for path in files)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused, open_netcdf(tmp_path / "b.nc"):
        pass
    assert (refused.value.what, refused.value.got, refused.value.where) == ("b.nc", "none", str(tmp_path))


def test_a_folder_instead_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.nc").mkdir()
    with pytest.raises(ParamnetError) as refused, open_netcdf(tmp_path / "a.nc"):
        pass
    assert (refused.value.what, refused.value.got) == ("a.nc", "'Is a directory'")


def test_a_pipe_instead_of_a_file_is_named_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.nc")
    with pytest.raises(ParamnetError) as error, open_netcdf(tmp_path / "a.nc"):
        pass
    assert (error.value.what, error.value.expected, error.value.where) == ("a.nc", "a regular file", str(tmp_path))


def test_a_folder_without_read_permission_is_not_reported_as_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # the tests may run as root
    with pytest.raises(ParamnetError) as error:
        find_files(str(tmp_path), "*.nc")
    assert (error.value.what, error.value.got) == (f"input {tmp_path}", "'Permission denied'")
