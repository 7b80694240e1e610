"""Classic files read without the netCDF library, compared with the library."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from paramnet.sources.netcdf.classic import ClassicFile
from paramnet.sources.netcdf.classic_header import Header, read_header

TYPES = {"NETCDF3_CLASSIC": ("i1", "i2", "i4", "f4", "f8"), "NETCDF3_64BIT_DATA": ("u1", "u2", "u4", "i8", "u8", "f4")}
TYPES["NETCDF3_64BIT_OFFSET"] = TYPES["NETCDF3_CLASSIC"]


@contextmanager
def opened(path: Path) -> Iterator[ClassicFile]:
    """Open a file by its header, of any length."""
    descriptor = os.open(path, os.O_RDONLY)
    yield ClassicFile(descriptor, read_header(descriptor))
    os.close(descriptor)


def header_of(path: Path) -> Header:
    with opened(path) as ours:
        return ours.header


def write(path: Path, form: str, records: int, several: bool = True) -> Path:
    random = np.random.default_rng(records)
    with netCDF4.Dataset(path, "w", format=form) as dataset:
        dataset.setncatts({"title": "odd", "constant": 9.81, "table": np.array([1.0, 2.0, 4.0])})
        for name, size in (("time", None), ("x", 7), ("y", 3)):
            dataset.createDimension(name, size)
        dataset.createVariable("alone", "f8", ())[...] = 2.5
        dataset.createVariable("word", "S1", ("x",))[:] = np.array(list("netCDF3"), "S1")
        for kind in TYPES[form]:
            dataset.createVariable(f"fixed_{kind}", kind, ("x", "y"))[:] = random.integers(0, 100, (7, 3))
            dataset[f"fixed_{kind}"].units = "K"
            if several:
                dataset.createVariable(f"moving_{kind}", kind, ("time", "x"))[:] = random.integers(0, 100, (records, 7))
        if not several:
            dataset.createVariable("only", "i2", ("time", "x"))[:] = random.integers(0, 100, (records, 7))
        dataset.createVariable("last", "f4", ("y",))[:] = 1.0
    return path


@pytest.mark.parametrize("form", list(TYPES))
@pytest.mark.parametrize(("records", "several"), [(0, True), (1, True), (5, True), (5, False)])
def test_every_variable_and_attribute_is_what_the_library_reads(form: str, records: int, several: bool, tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc", form, records, several)
    with netCDF4.Dataset(path) as theirs, opened(path) as ours:
        theirs.set_auto_maskandscale(False)
        theirs.set_auto_chartostring(False)
        assert list(ours.variables) == list(theirs.variables) and ours.ncattrs() == theirs.ncattrs()
        assert {name: len(dim) for name, dim in ours.dimensions.items()} == {name: len(dim) for name, dim in theirs.dimensions.items()}
        np.testing.assert_equal(ours.table, theirs.table)
        for name in ours.variables:
            mine, other = ours[name], theirs[name]
            assert (mine.dimensions, mine.shape, mine.dtype, mine.ncattrs()) == (
                other.dimensions,
                other.shape,
                other.dtype,
                other.ncattrs(),
            )
            np.testing.assert_array_equal(mine[...], other[...])


INDICES: list[Any] = [
    slice(1, 3),
    (slice(None), 2),
    3,
    -1,
    (slice(2, 2), slice(1, 4)),
    (np.array([1, 4]), slice(None)),
    slice(0, 5, 2),
    Ellipsis,
]


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("name", ["moving_f4", "fixed_i2"])
def test_values_are_indexed_as_the_library_indexes_them(index: Any, name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc", "NETCDF3_64BIT_OFFSET", 5)
    with netCDF4.Dataset(path) as theirs, opened(path) as ours:
        theirs.set_auto_maskandscale(False)
        np.testing.assert_array_equal(ours[name][index], np.asarray(theirs[name][index]))


def test_a_header_is_read_again_if_files_differ(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.nc", "NETCDF3_CLASSIC", 5), write(tmp_path / "b.nc", "NETCDF3_CLASSIC", 5, several=False)
    assert "only" not in header_of(first).variables and "only" in header_of(second).variables
    assert header_of(first).variables is header_of(first).variables


def test_a_header_longer_than_the_first_read_is_read_completely(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "a.nc", "w", format="NETCDF3_CLASSIC") as dataset:
        dataset.history = "long " * 60_000
        dataset.createDimension("x", 3)
        dataset.createVariable("v", "f4", ("x",))[:] = 1.5
    with opened(tmp_path / "a.nc") as ours:
        assert len(ours.history) == 300_000 and ours["v"][1] == 1.5


def test_a_value_beyond_the_end_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc", "NETCDF3_CLASSIC", 5)
    path.write_bytes(path.read_bytes()[:-8])
    with opened(path) as ours, pytest.raises(OSError, match="the file ends before byte"):
        ours["moving_f8"][...]


def test_real_files_are_read_as_the_library_reads_them(shared_data: Path) -> None:
    for path in sorted((shared_data / "climsim_low_res").glob("*.nc"))[::40]:
        with netCDF4.Dataset(path) as theirs, opened(path) as ours:
            theirs.set_auto_maskandscale(False)
            for name in theirs.variables:
                np.testing.assert_array_equal(ours[name][...], theirs[name][...])


def test_arrays_of_several_dimensions_select_a_product(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "a.nc", "w", format="NETCDF3_64BIT_OFFSET") as dataset:
        for name, size in (("x", 4), ("y", 3), ("member", 1), ("time", 5)):
            dataset.createDimension(name, size)
        dataset.createVariable("v", "i4", ("x", "y", "member", "time"))[...] = np.arange(60).reshape(4, 3, 1, 5)
    steps = np.array([1, 4])
    wanted: list[Any] = [
        (slice(None), slice(None), 0, steps),
        (np.array([0, 2]), slice(None), 0, steps),
        (2, np.array([0, 1]), slice(None), steps),
        (Ellipsis, steps),
        (slice(None, None, 2), 1, Ellipsis, 3),
    ]
    with netCDF4.Dataset(tmp_path / "a.nc") as theirs, opened(tmp_path / "a.nc") as ours:
        theirs.set_auto_maskandscale(False)
        for index in wanted:
            np.testing.assert_array_equal(ours["v"][index], np.asarray(theirs["v"][index]))
        for beyond in ((4,), (slice(None), -4), (0, 0, 0, 0, 0)):
            with pytest.raises(IndexError):
                ours["v"][beyond]
