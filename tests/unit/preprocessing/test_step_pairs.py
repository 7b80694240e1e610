"""Pairs of files before and after physics, on real E3SM-MMF (ClimSim) files."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.preprocessing import PreprocessConfig, SplitConfig, SplitRule, preprocess
from paramnet.store import open_store

STEPS = ("02-19-22800", "02-19-24000", "05-02-44400", "06-05-06000")
SPLITS = {"train": SplitRule(months=[1, 2, 3, 4]), "validation": SplitRule(months=[5]), "test": SplitRule(months=[6, 7])}


@pytest.fixture
def archive(tmp_path: Path, shared_data: Path) -> Path:
    """Four real pairs and the grid file."""
    folder = tmp_path / "archive"
    folder.mkdir()
    names = [f"E3SM-MMF.{member}.0008-{step}.nc" for step in STEPS for member in ("mli", "mlo")]
    for name in (*names, "ClimSim_low-res_grid-info.nc"):
        shutil.copyfile(shared_data / "climsim_low_res" / name, folder / name)
    return folder


@pytest.fixture
def config(archive: Path, configure: Callable) -> PreprocessConfig:
    """A configuration on those pairs."""
    return configure("climsim", splits=SplitConfig(**SPLITS))


def edit(path: Path, change: Callable[[netCDF4.Dataset], object]) -> None:
    with netCDF4.Dataset(path, "a") as dataset:
        change(dataset)


def test_tendencies_are_after_minus_before_over_the_time_step(archive: Path, config: PreprocessConfig) -> None:
    store = open_store(preprocess(config))
    test = store.split("test")
    before, after = (netCDF4.Dataset(archive / f"E3SM-MMF.{member}.0008-06-05-06000.nc") for member in ("mli", "mlo"))
    with before, after:
        order = test.column_index[:]
        for own, name in (("state_t", "tendency_of_air_temperature"), ("state_q0001", "tendency_of_specific_humidity")):
            expected = ((after[own][:] - before[own][:]) / 1200.0)[:, order].T.astype("f4")
            np.testing.assert_array_equal(test.outputs[:, store.contract.output_columns[name]], expected)
        column = store.contract.output_columns["precipitation_rate"]
        np.testing.assert_array_equal(test.outputs[:, column][:, 0], after["cam_out_PRECC"][:][order].astype("f4"))
        column = store.contract.input_columns["surface_upward_latent_heat_flux"]
        np.testing.assert_array_equal(test.inputs[:, column][:, 0], before["pbuf_LHFLX"][:][order].astype("f4"))


def test_the_grid_file_gives_position_and_area_of_each_column(archive: Path, config: PreprocessConfig) -> None:
    train = open_store(preprocess(config)).split("train")
    with netCDF4.Dataset(archive / "ClimSim_low-res_grid-info.nc") as grid:
        area = grid["area"][:] / grid["area"][:].mean()
        np.testing.assert_allclose(train.area_weight[:], area[train.column_index[:]], rtol=1e-6)
        np.testing.assert_allclose(train.latitude[:], grid["lat"][:][train.column_index[:]], rtol=1e-6)


def test_columns_without_variance_are_marked_constant(config: PreprocessConfig) -> None:
    store = open_store(preprocess(config))
    statistics, column = store.statistics("outputs"), store.contract.output_columns["tendency_of_specific_humidity"]
    assert statistics.constant[column][:12].all() and not statistics.constant[column][12:].any()


def test_statistics_are_within_the_published_ranges(config: PreprocessConfig, shared_data: Path) -> None:
    store = open_store(preprocess(config))
    statistics, published = store.statistics("inputs"), shared_data / "climsim_normalization"
    with netCDF4.Dataset(published / "input_min.nc") as low, netCDF4.Dataset(published / "input_max.nc") as high:
        for name, own in config.source.variables.items():
            if name in store.contract.input_columns:
                column, bounds = store.contract.input_columns[name], [np.atleast_1d(file[own.name][:]) for file in (low, high)]
                slack = 1e-6 * np.abs(bounds).max(axis=0)
                assert np.all(statistics.min[column] >= bounds[0] - slack) and np.all(statistics.max[column] <= bounds[1] + slack), name


def test_statistics_of_the_complete_real_sample_agree_with_numpy(shared_data: Path, configure: Callable) -> None:
    source = shared_data / "climsim_low_res"
    store = open_store(preprocess(configure("climsim", input=str(source), splits=SplitConfig(**SPLITS), block_megabytes=2)))
    for side in ("inputs", "outputs"):
        values, ours = getattr(store.split("train"), side)[:].astype(np.float64), store.statistics(side)
        spread = values.std(axis=0)
        assert np.all(np.abs(ours.mean - values.mean(axis=0)) <= 1e-10 * np.maximum(np.abs(values.mean(axis=0)), 1e-3 * spread))
        np.testing.assert_allclose(ours.std[~ours.constant], spread[~ours.constant], rtol=1e-10)
        np.testing.assert_array_equal(ours.min, values.min(axis=0))
        np.testing.assert_array_equal(ours.quantiles, np.quantile(values, ours.quantile_levels, axis=0))


def test_a_missing_partner_is_named(archive: Path, config: PreprocessConfig) -> None:
    (archive / "E3SM-MMF.mlo.0008-02-19-24000.nc").unlink()
    with pytest.raises(ParamnetError) as refused:
        preprocess(config)
    assert (refused.value.what, refused.value.got, refused.value.where) == ("E3SM-MMF.mlo.0008-02-19-24000.nc", "none", str(archive))


def test_a_truncated_member_is_named(archive: Path, config: PreprocessConfig) -> None:
    path = archive / "E3SM-MMF.mlo.0008-02-19-24000.nc"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ParamnetError) as refused:
        preprocess(config)
    assert (refused.value.what, refused.value.got) == (path.name, str(path.stat().st_size)) and "truncated" in refused.value.remedy


def test_members_of_different_times_are_refused(archive: Path, config: PreprocessConfig) -> None:
    edit(archive / "E3SM-MMF.mlo.0008-02-19-24000.nc", lambda dataset: dataset["tod"].assignValue(25200))
    with pytest.raises(ParamnetError) as refused:
        preprocess(config)
    assert (refused.value.what, refused.value.got, refused.value.where) == (
        "time",
        "0008-02-19 07:00:00",
        "E3SM-MMF.mlo.0008-02-19-24000.nc",
    )
    assert refused.value.expected == "0008-02-19 06:40:00 as in E3SM-MMF.mli.0008-02-19-24000.nc"


def test_another_models_grid_file_is_refused(archive: Path, config: PreprocessConfig) -> None:
    edit(archive / "ClimSim_low-res_grid-info.nc", lambda dataset: dataset["hyam"].__setitem__(30, 0.2))
    with pytest.raises(ParamnetError) as refused:
        preprocess(config)
    assert (refused.value.what, refused.value.where) == ("vertical grid", "ClimSim_low-res_grid-info.nc")
    assert refused.value.expected.startswith("mid-level 30 at")


def test_a_missing_grid_file_says_where_to_put_it(archive: Path, config: PreprocessConfig) -> None:
    (archive / "ClimSim_low-res_grid-info.nc").unlink()
    with pytest.raises(ParamnetError) as refused:
        preprocess(config)
    assert (refused.value.what, refused.value.got, refused.value.where) == ("grid file", "none", str(archive))
    assert "'*grid-info*.nc'" in refused.value.expected


def test_an_impossible_date_is_refused(archive: Path, config: PreprocessConfig) -> None:
    edit(archive / "E3SM-MMF.mli.0008-02-19-24000.nc", lambda dataset: dataset["ymd"].assignValue(80231))
    with pytest.raises(ParamnetError) as refused:
        preprocess(config)
    assert (refused.value.what, refused.value.got, refused.value.where) == ("ymd", "80231", "E3SM-MMF.mli.0008-02-19-24000.nc")


def test_a_changed_grid_file_needs_another_store(archive: Path, config: PreprocessConfig) -> None:
    preprocess(config)
    edit(archive / "ClimSim_low-res_grid-info.nc", lambda dataset: dataset["area"].__setitem__(0, 2 * dataset["area"][0]))
    with pytest.raises(ParamnetError) as refused:
        preprocess(config)
    assert refused.value.got.startswith("one that differs in the files")


def test_a_missing_date_is_named(archive: Path, config: PreprocessConfig) -> None:
    path = sorted(archive.glob("*mli*.nc"))[0]
    edit(path, lambda dataset: dataset["ymd"].setncattr("missing_value", dataset["ymd"][...].item()))
    with pytest.raises(ParamnetError) as refused:
        preprocess(config)
    assert (refused.value.what, refused.value.got, refused.value.where) == ("ymd", "1 of 1 missing", path.name)


def test_a_repeated_pair_with_the_same_values_counts_once(archive: Path, config: PreprocessConfig) -> None:
    for member in ("mli", "mlo"):
        shutil.copyfile(archive / f"E3SM-MMF.{member}.0008-02-19-22800.nc", archive / f"E3SM-MMF.{member}.rerun.nc")
    assert open_store(preprocess(config)).attributes["dropped"]["steps"]["repeated"] == 1
    edit(archive / "E3SM-MMF.mlo.rerun.nc", lambda dataset: dataset["cam_out_PRECC"].__setitem__(7, 1e-8))
    with pytest.raises(ParamnetError) as error:
        preprocess(replace(config, store=f"{config.store}_2"))
    assert error.value.got.endswith("in E3SM-MMF.mli.0008-02-19-22800.nc and again in E3SM-MMF.mli.rerun.nc with another cam_out_PRECC")


def test_a_date_that_its_type_cannot_hold_is_refused(archive: Path, config: PreprocessConfig) -> None:
    def narrow(dataset: netCDF4.Dataset) -> None:
        dataset.renameVariable("ymd", "date")
        dataset.createVariable("ymd", "f4", ())[...] = 20010103

    edit(archive / "E3SM-MMF.mli.0008-02-19-24000.nc", narrow)
    with pytest.raises(ParamnetError) as error:
        preprocess(config)
    assert error.value.got == "20010104.0 as float32"


def test_the_sample_in_data_has_the_variables_and_shapes_of_the_archive(archive: Path, repository: Path) -> None:
    def variables(path: Path) -> dict[str, tuple[int, ...]]:
        with netCDF4.Dataset(path) as file:
            return {name: variable.shape for name, variable in file.variables.items()}

    for member in ("E3SM-MMF.mli.*", "E3SM-MMF.mlo.*"):
        real, sample = (sorted(folder.glob(member))[0] for folder in (archive, repository / "data" / "e3sm_schema"))
        assert variables(sample) == variables(real)
