"""Invalid headers of classic netCDF files: refused at once with an error, without allocating memory."""

import os
import struct
import sys
import time
from itertools import islice
from pathlib import Path

import pytest

from paramnet.contract import ParamnetError
from paramnet.sources.netcdf import open_netcdf

sys.path.insert(0, str(Path(__file__).parents[2] / "fuzz"))
from classic_netcdf import checked, mutated, seeds

INPUTS = int(os.environ.get("PARAMNET_MUTATED_HEADERS", "2000"))
LIST, LONG = struct.pack(">ii", 10, 0x7FFFFFFF), 0x7FFFFFFF


def dimension(size: int, name: bytes = b"x\0\0\0", length: int = 1) -> bytes:
    return struct.pack(">i", length) + name + struct.pack(">i", size)


def variable(dims: list[int], begin: int = 200) -> bytes:
    numbers = struct.pack(f">{len(dims) + 1}i", len(dims), *dims)
    return struct.pack(">ii", 11, 1) + struct.pack(">i", 1) + b"v\0\0\0" + numbers + bytes(8) + struct.pack(">iii", 5, 4, begin)


def attribute(name: bytes) -> bytes:
    return struct.pack(">i", 1) + name + bytes(3) + struct.pack(">iif", 5, 1, 1.0)


def header(rest: bytes, records: int = 0, version: int = 1) -> bytes:
    return b"CDF" + bytes([version]) + struct.pack(">I", records) + rest


BROKEN = {
    "a name of -8 letters in an endless list": header(LIST + struct.pack(">ii", -8, 1)),
    "more dimensions than bytes": header(LIST),
    "a negative number of dimensions": header(struct.pack(">ii", 10, -1)),
    "a dimension of negative size": header(struct.pack(">ii", 10, 1) + dimension(-5) + bytes(16)),
    "a dimension without a name": header(struct.pack(">ii", 10, 1) + dimension(5, b"", 0) + bytes(16)),
    "two dimensions of one name": header(struct.pack(">ii", 10, 2) + dimension(5) + dimension(6) + bytes(16)),
    "two record dimensions": header(struct.pack(">ii", 10, 2) + dimension(0) + dimension(0, b"y\0\0\0") + bytes(16)),
    "a list of another kind": header(struct.pack(">ii", 11, 1) + dimension(5) + bytes(16)),
    "a variable of a dimension before the first": header(struct.pack(">ii", 10, 1) + dimension(5) + bytes(8) + variable([-1])),
    "a variable of a dimension behind the last": header(struct.pack(">ii", 10, 1) + dimension(5) + bytes(8) + variable([1])),
    "values before the file's start": header(struct.pack(">ii", 10, 1) + dimension(5) + bytes(8) + variable([0], -4)),
    "two attributes of one name": header(bytes(8) + struct.pack(">ii", 12, 2) + 2 * attribute(b"a") + bytes(8)),
    "a format that does not exist": header(bytes(24), version=3),
    "no number of records": header(bytes(24), records=0xFFFFFFFF),
}


@pytest.mark.parametrize("what", list(BROKEN))
def test_an_impossible_header_is_refused_at_once(what: str, tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_bytes(BROKEN[what] + bytes(64))
    began = time.monotonic()
    with pytest.raises(ParamnetError) as error, open_netcdf(tmp_path / "a.nc"):
        pass
    assert (error.value.what, error.value.expected) == ("a.nc", "a complete netCDF header")
    assert time.monotonic() - began < 1


def test_a_header_above_the_size_limit_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "a.nc").open("wb") as file:
        file.write(header(struct.pack(">ii", 10, 1 << 24)))
        file.truncate(1 << 30)
        for number in range(1 << 14):
            file.seek(16 + number * 16)
            file.write(struct.pack(">i", 5) + f"{number:05d}".encode() + bytes(3) + struct.pack(">i", 7))
    with pytest.raises(ParamnetError) as error, open_netcdf(tmp_path / "a.nc"):
        pass
    assert error.value.expected == "a complete netCDF header"


def test_mutated_files_are_read_or_refused_with_an_error(tmp_path: Path) -> None:
    files = seeds(tmp_path)
    assert all(checked(data, tmp_path / "a.nc") for data in files)
    read = sum(checked(data, tmp_path / "a.nc") for data in islice(mutated(files, 11), INPUTS))
    assert 0.1 * INPUTS < read < 0.9 * INPUTS
