"""Missing, packed and limited values as netCDF4-python reads them, in both readers."""

import os
import warnings
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from random_netcdf import random_file

from paramnet.contract import ParamnetError
from paramnet.sources.netcdf import open_netcdf, read_complete, read_values

FILES = int(os.environ.get("PARAMNET_RANDOM_FILES", "120"))
FORMATS = ("NETCDF3_CLASSIC", "NETCDF4")


def assert_same_numbers(ours: np.ndarray, theirs: np.ma.MaskedArray) -> None:
    mask = np.ma.getmaskarray(theirs)
    assert ours.shape == theirs.shape
    if not mask.any():
        assert ours.dtype == theirs.dtype.newbyteorder("=")
    np.testing.assert_array_equal(ours[~mask], theirs.data[~mask])
    assert np.isnan(ours[mask].astype(float)).all()


def random_index(random: np.random.Generator, shape: tuple[int, ...]) -> tuple[Any, ...]:
    def one(size: int) -> Any:
        start = int(random.integers(0, size))
        some = np.flatnonzero(random.random(size) < 0.6)
        return [slice(None), slice(start, size), start, some if len(some) else slice(0, 1), slice(0, size, 2)][random.integers(0, 5)]

    return tuple(one(size) for size in shape)


@pytest.mark.parametrize("part", range(4))
def test_random_files_mean_what_netcdf4_python_says(part: int, tmp_path: Path) -> None:
    for seed in range(part, FILES, 4):
        random = np.random.default_rng(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # netCDF4-python warns of values outside the range of a type
            path, plain, names = random_file(tmp_path, seed)
            with netCDF4.Dataset(plain) as theirs, open_netcdf(path) as ours:
                for name in names:
                    index = random_index(random, ours[name].shape)
                    assert_same_numbers(read_values(ours[name], "a.nc"), np.ma.asarray(theirs[name][...]))
                    assert_same_numbers(read_values(ours[name], "a.nc", index), np.ma.asarray(theirs[name][index]))
        path.unlink()
        plain.unlink()


def read(folder: Path, form: str, kind: str, values: Any, **attributes: Any) -> np.ndarray:
    """Return the decoded ``values`` for these attributes."""
    with netCDF4.Dataset(folder / "a.nc", "w", format=form) as dataset:
        dataset.createDimension("x", len(values))
        variable = dataset.createVariable("v", kind, ("x",), fill_value=attributes.pop("fill", None))
        variable.set_auto_maskandscale(False)
        variable.setncatts(attributes)
        variable[:] = np.array(values, dtype=kind)
    with open_netcdf(folder / "a.nc") as dataset:
        return read_values(dataset["v"], "a.nc")


NAN = np.nan


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("missing", [np.float32(-999.9), np.float64(-999.9), "-999.9", np.array([1.0, -999.9])])
def test_a_missing_value_is_compared_in_the_type_of_the_data(missing: Any, form: str, tmp_path: Path) -> None:
    np.testing.assert_array_equal(read(tmp_path, form, "f4", [-999.9, -999, 2], missing_value=missing), np.float32([NAN, -999, 2]))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", ["i2", "i4", "f4", "f8"])
def test_values_never_written_are_missing(kind: str, form: str, tmp_path: Path) -> None:
    default = netCDF4.default_fillvals[kind]
    np.testing.assert_array_equal(read(tmp_path, form, kind, [default, 1]), [NAN, 1])
    np.testing.assert_array_equal(read(tmp_path, form, kind, [default, 1], missing_value=np.dtype(kind).type(1)), [NAN, NAN])
    np.testing.assert_array_equal(read(tmp_path, form, kind, [default, 1], fill=7), np.array([default, 1], kind))


@pytest.mark.parametrize("form", FORMATS)
def test_bytes_have_no_default_fill_value(form: str, tmp_path: Path) -> None:
    np.testing.assert_array_equal(read(tmp_path, form, "i1", [-127, 1]), [-127, 1])
    np.testing.assert_array_equal(read(tmp_path, form, "i1", [-127, 1], fill=-127), [NAN, 1])


@pytest.mark.parametrize("form", FORMATS)
def test_unsigned_data_in_signed_integers(form: str, tmp_path: Path) -> None:
    np.testing.assert_array_equal(read(tmp_path, form, "i1", [-1, -2, 3], _Unsigned="true", fill=-1), [NAN, 254, 3])
    np.testing.assert_array_equal(read(tmp_path, form, "i2", [-1, 3], _Unsigned="true", missing_value=np.int32(65535)), [NAN, 3])
    packed = read(tmp_path, form, "i1", [-1, 3], _Unsigned="true", scale_factor=np.float32(0.5), add_offset=np.float32(1))
    np.testing.assert_array_equal(packed, np.float32([128.5, 2.5]))


@pytest.mark.parametrize("form", FORMATS)
def test_unpacked_values_have_the_precision_of_the_attributes(form: str, tmp_path: Path) -> None:
    scale, offset = 0.0021538461538461538, 250.0
    values = np.array([-32000, 31999], "i2")
    single = read(tmp_path, form, "i2", values, scale_factor=np.float32(scale), add_offset=np.float32(offset))
    double = read(tmp_path, form, "i2", values, scale_factor=scale, add_offset=offset)
    assert single.dtype == np.float32 and double.dtype == np.float64
    np.testing.assert_array_equal(single, values * np.float32(scale) + np.float32(offset))
    np.testing.assert_array_equal(double, values * scale + offset)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("i2", {"missing_value": np.float32(1e20)}, "v:missing_value"),
    ("i2", {"missing_value": np.float32(-999.9)}, "v:missing_value"),
    ("i2", {"missing_value": np.float32(NAN)}, "v:missing_value"),
    ("f4", {"missing_value": 1e40}, "v:missing_value"),
    ("f4", {"missing_value": "none"}, "v:missing_value"),
    ("f4", {"missing_value": ""}, "v:missing_value"),
    ("f4", {"valid_range": np.float32([0, 1, 2])}, "v:valid_range"),
    ("f4", {"valid_min": np.float32([0, 1])}, "v:valid_min"),
    ("i2", {"scale_factor": "0.01"}, "v:scale_factor"),
    ("i2", {"scale_factor": np.float32([1, 2])}, "v:scale_factor"),
    ("i2", {"add_offset": np.float32([1, 2])}, "v:add_offset"),
    ("i2", {"scale_factor": np.int16(3000)}, "v:scale_factor"),
    ("i2", {"_Unsigned": "perhaps"}, "v:_Unsigned"),
    ("f4", {"_Unsigned": "true"}, "v:_Unsigned"),
    # packed values from 0 to 99, unpacked ones from 200 to 249.5: which of them is limited?
    ("i2", {"scale_factor": 0.5, "add_offset": 200.0, "valid_range": np.array([210.0, 240.0])}, "v:valid_range"),
    ("i2", {"scale_factor": 0.5, "add_offset": 200.0, "missing_value": np.float64(210.0)}, "v:missing_value"),
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("kind", "attributes", "what"), REFUSED)
def test_an_attribute_that_cannot_be_applied_is_refused_by_name(
    kind: str, attributes: dict[str, Any], what: str, form: str, tmp_path: Path
) -> None:
    with pytest.raises(ParamnetError) as error:
        read(tmp_path, form, kind, np.arange(100), **attributes)
    assert error.value.what == what and error.value.where == "a.nc" and error.value.got


@pytest.mark.parametrize("form", FORMATS)
def test_limits_of_another_type_are_applied_if_they_are_unambiguous(form: str, tmp_path: Path) -> None:
    assert np.isnan(read(tmp_path, form, "f4", [0.05, 0.1, 0.2], valid_max=0.1)).tolist() == [False, False, True]
    assert np.isnan(read(tmp_path, form, "i2", [0, 1, 2], valid_range=np.array([0.5, 1e9]))).tolist() == [True, False, False]
    packed = read(tmp_path, form, "i2", [10, 90], scale_factor=2.0, valid_range=np.array([0.0, 1000.0]))
    np.testing.assert_array_equal(packed, [20, 180])


def test_text_is_refused_where_numbers_are_expected(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as dataset:
        dataset.createDimension("x", 3)
        dataset.createVariable("letters", "S1", ("x",))[:] = np.array(list("abc"), "S1")
        dataset.createVariable("words", str, ("x",))
    with open_netcdf(tmp_path / "a.nc") as dataset:
        for name in ("letters", "words"):
            with pytest.raises(ParamnetError) as error:
                read_values(dataset[name], "a.nc")
            assert (error.value.what, error.value.expected) == (name, "numbers")


def test_a_coordinate_with_missing_values_is_refused(tmp_path: Path) -> None:
    read(tmp_path, "NETCDF4", "f8", [1, netCDF4.default_fillvals["f8"], 3])
    with open_netcdf(tmp_path / "a.nc") as dataset, pytest.raises(ParamnetError) as error:
        read_complete(dataset["v"], "a.nc")
    assert (error.value.what, error.value.got) == ("v", "1 of 3 missing")
