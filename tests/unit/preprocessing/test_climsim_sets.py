"""ClimSim beyond v1, on real E3SM-MMF files: clouds and surface (v2), memory (v4), 21,600 columns, the published normalization."""

import shutil
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from paramnet.contract import Contract, ParamnetError
from paramnet.physics import energy_per_unit, relative_humidity_over_liquid_and_ice
from paramnet.preprocessing.packing import pack, validate
from paramnet.preprocessing.passes.moments import Moments
from paramnet.scheme.normalization import Denormalizer, Normalizer
from paramnet.sources import SourceConfig
from paramnet.sources.derive import Fields
from paramnet.sources.readers.base import Reader
from paramnet.sources.readers.step_pairs import StepPairReader
from paramnet.sources.step_account import usable_steps
from paramnet.sources.time_axis.steps import Steps, Timeline, block_of

STEPS = ("02-19-22800", "02-19-24000", "05-02-44400")
GRID = "ClimSim_low-res_grid-info.nc"


def every_step(reader: StepPairReader) -> Steps:
    timeline = Timeline.of([reader.scan(path) for path in reader.files], 1200.0)
    return timeline.steps(timeline.again < 0, 1200.0)


def read(folder: Path, contract: str) -> tuple[Reader, Fields]:
    """Read all usable steps of a folder as fields of a contract."""
    reader = StepPairReader(SourceConfig.from_yaml("climsim"), Contract.from_yaml(contract), sorted(folder.glob("*.mli.*.nc")))
    steps = every_step(reader)
    return reader, reader.read(block_of(steps, np.flatnonzero(usable_steps(steps, reader)), 0))


@pytest.fixture
def three_steps(tmp_path: Path, shared_data: Path) -> Path:
    """Real pairs with new dates, so that they are consecutive."""
    folder = tmp_path / "archive"
    folder.mkdir()
    shutil.copyfile(shared_data / "climsim_low_res" / GRID, folder / GRID)
    for number, step in enumerate(STEPS):
        for member in ("mli", "mlo"):
            target = folder / f"E3SM-MMF.{member}.0008-02-19-{22800 + 1200 * number}.nc"
            shutil.copyfile(shared_data / "climsim_low_res" / f"E3SM-MMF.{member}.0008-{step}.nc", target)
            with netCDF4.Dataset(target, "a") as dataset:
                dataset["ymd"].assignValue(80219)
                dataset["tod"].assignValue(22800 + 1200 * number)
    return folder


def raw(folder: Path, member: str, number: int, name: str) -> np.ndarray:
    with netCDF4.Dataset(sorted(folder.glob(f"*.{member}.*.nc"))[number]) as dataset:
        dataset.set_auto_mask(False)
        return dataset[name][:]


def test_v2_reads_clouds_wind_gases_and_the_surface_and_fills_snow_where_there_is_no_sea_ice(three_steps: Path) -> None:
    reader, fields = read(three_steps, "climsim_v2")
    valid, findings = validate(fields, (*reader.contract.inputs, *reader.contract.outputs))
    assert valid.shape == (3, 384) and valid.all() and not findings, "every real value lies in its valid range"
    snow, ice = raw(three_steps, "mli", 1, "cam_in_SNOWHICE"), raw(three_steps, "mli", 1, "cam_in_ICEFRAC")
    np.testing.assert_array_equal(snow > 1e29, ice == 0)
    np.testing.assert_array_equal(fields["snow_depth_over_sea_ice"][1], np.where(ice == 0, 0.0, snow))
    assert fields.filled["snow_depth_over_sea_ice"] > 0.8 * fields["snow_depth_over_sea_ice"].size
    after, before = (raw(three_steps, member, 2, "state_u") for member in ("mlo", "mli"))
    np.testing.assert_array_equal(fields["tendency_of_eastward_wind"][2], (after - before) / 1200)
    methane = fields["methane_mass_fraction"].max() * 28.97 / 16.04  # as a mole fraction: 1.8 ppmv, so the file holds mass fractions
    assert methane == pytest.approx(1.80e-6, rel=0.01)


def test_v4_uses_two_earlier_steps_and_only_steps_that_have_them(three_steps: Path) -> None:
    reader, fields = read(three_steps, "climsim_v4")
    assert reader.lags == 2 and len(fields["air_temperature"]) == 1
    t = {(member, n): raw(three_steps, member, n, "state_t") for member in ("mli", "mlo") for n in range(3)}
    expected = {
        "tendency_of_air_temperature_due_to_dynamics": (t["mli", 2] - t["mlo", 1]) / 1200,
        "previous_tendency_of_air_temperature_due_to_dynamics": (t["mli", 1] - t["mlo", 0]) / 1200,
        "previous_tendency_of_air_temperature": (t["mlo", 1] - t["mli", 1]) / 1200,
        "earlier_tendency_of_air_temperature": (t["mlo", 0] - t["mli", 0]) / 1200,
        "previous_surface_air_pressure": raw(three_steps, "mli", 1, "state_ps"),
    }
    for name, values in expected.items():
        np.testing.assert_allclose(fields[name][0], values, rtol=1e-12, atol=1e-18, err_msg=name)
    water = [sum(raw(three_steps, member, n, f"state_q000{k}") for k in (1, 2, 3)) for member, n in (("mli", 2), ("mlo", 1))]
    np.testing.assert_allclose(fields["tendency_of_total_water_due_to_dynamics"][0], (water[0] - water[1]) / 1200, atol=1e-17)
    state = [raw(three_steps, "mli", 2, name) for name in ("state_q0001", "state_pmid")]
    humidity = relative_humidity_over_liquid_and_ice(Contract.from_yaml("climsim_v4"), t["mli", 2], *state)
    np.testing.assert_allclose(fields["relative_humidity"][0], humidity, rtol=1e-6)
    np.testing.assert_array_equal(fields["column_number"][0], np.arange(1, 385))
    # with its new date the last step is really months after the others: only the tendencies due to dynamics are out of range
    _, findings = validate(fields, (*reader.contract.inputs, *reader.contract.outputs))
    assert all("due_to_dynamics" in finding.variable for finding in findings)


def test_an_archive_without_consecutive_steps_cannot_serve_a_contract_with_memory(shared_data: Path) -> None:
    files = [shared_data / "climsim_low_res" / f"E3SM-MMF.mli.0008-{step}.nc" for step in STEPS]
    reader = StepPairReader(SourceConfig.from_yaml("climsim"), Contract.from_yaml("climsim_v4"), files)
    steps = every_step(reader)
    with pytest.raises(ParamnetError) as error:
        usable_steps(steps, reader)
    assert error.value.expected.startswith("some with 2 earlier steps in the archive, 1200 s apart, as contract climsim_v4 needs")
    assert error.value.got == "none of 3, most of them 1200 s apart"


def test_high_resolution_needs_only_another_grid_file(tmp_path: Path, shared_data: Path) -> None:
    columns = 21600
    source, folder, repeat = shared_data / "climsim_low_res", tmp_path / "archive", -(-columns // 384)
    folder.mkdir()
    names = {GRID: "ClimSim_high-res_grid-info.nc"} | {f"E3SM-MMF.{m}.0008-{STEPS[0]}.nc": None for m in ("mli", "mlo")}
    for name, target in names.items():
        with netCDF4.Dataset(source / name) as old, netCDF4.Dataset(folder / (target or name), "w", format="NETCDF3_64BIT_DATA") as new:
            for dim, size in old.dimensions.items():
                new.createDimension(dim, columns if dim == "ncol" else len(size))
            for own, variable in old.variables.items():
                values = np.asarray(variable[...])
                values = np.tile(values, repeat)[..., :columns] if "ncol" in variable.dimensions else values
                new.createVariable(own, variable.dtype, variable.dimensions)[...] = values
    reader, fields = read(folder, "climsim_v1")
    assert len(reader.columns) == columns and fields["air_temperature"].shape == (1, 60, columns)
    np.testing.assert_array_equal(fields["precipitation_rate"][0, 384:768], fields["precipitation_rate"][0, :384])
    for member in ("mli", "mlo"):
        shutil.copyfile(source / f"E3SM-MMF.{member}.0008-{STEPS[2]}.nc", folder / f"E3SM-MMF.{member}.0008-{STEPS[2]}.nc")
    with pytest.raises(ParamnetError) as refused:
        reader.scan(folder / f"E3SM-MMF.mli.0008-{STEPS[2]}.nc")
    assert (refused.value.expected, refused.value.got) == ("21600 columns as in ClimSim_high-res_grid-info.nc", "384")


def test_the_published_normalization_and_ours_give_the_same_physical_values(three_steps: Path, shared_data: Path) -> None:
    reader, fields = read(three_steps, "climsim_v1")
    contract, published = reader.contract, shared_data / "climsim_normalization"
    x, y = (np.empty((3, 384, width), dtype="f4") for width in (contract.n_in, contract.n_out))
    pack(fields, contract.inputs, contract.input_columns, x)
    pack(fields, contract.outputs, contract.output_columns, y)
    x, y = x.reshape(-1, contract.n_in), y.reshape(-1, contract.n_out)
    ours = {}
    for side, values in (("inputs", x), ("outputs", y)):
        moments = Moments.of(values)
        std, constant = np.sqrt(moments.squares / moments.count), moments.min == moments.max
        normalized = Normalizer(moments.mean, std, constant)(_tensor(values))
        ours[side] = Denormalizer(moments.mean, std, constant)(normalized).numpy()
    with (
        netCDF4.Dataset(published / "input_mean.nc") as mean,
        netCDF4.Dataset(published / "input_min.nc") as low,
        netCDF4.Dataset(published / "input_max.nc") as high,
        netCDF4.Dataset(published / "output_scale.nc") as scale,
    ):
        for variable in contract.inputs:
            own, column = reader.source.variables[variable.name].name, contract.input_columns[variable.name]
            middle, span = np.atleast_1d(mean[own][:]), np.atleast_1d(high[own][:] - low[own][:])
            theirs = (np.moveaxis(fields[variable.name], 1, -1).reshape(len(x), -1) - middle) / span * span + middle
            assert np.abs(ours["inputs"][:, column] - theirs).max() < 3e-6 * np.abs(theirs).max(), own
        for variable in contract.outputs:
            own, column = reader.source.variables[variable.name].name, contract.output_columns[variable.name]
            factor = np.atleast_1d(scale[own.replace("state_", "ptend_")][:])
            published_values = np.moveaxis(np.atleast_3d(raw_tendency(three_steps, own)), 1, -1).reshape(len(y), -1) * factor
            theirs = published_values / factor
            assert np.abs(ours["outputs"][:, column] - theirs).max() < 3e-6 * np.abs(theirs).max(), own
        heat, _ = energy_per_unit(contract)
        assert heat[0] == scale["ptend_t"][0] == 1004.64, "K s-1 on both sides"


def _tensor(values: np.ndarray):
    import torch

    return torch.from_numpy(values)


def raw_tendency(folder: Path, own: str) -> np.ndarray:
    """Return what the published code scales: (after - before) / 1200 of a state, a surface field unchanged : (step, [level,] column)."""
    after = np.stack([raw(folder, "mlo", n, own) for n in range(3)])
    return (after - np.stack([raw(folder, "mli", n, own) for n in range(3)])) / 1200 if own.startswith("state_") else after


def test_the_published_statistics_have_means_outside_their_own_range(shared_data: Path) -> None:
    """In this file only by rounding, in constant columns. Our statistics have means within their range (test_moments.py)."""
    published, outside = shared_data / "climsim_normalization", {}
    with (
        netCDF4.Dataset(published / "input_mean.nc") as mean,
        netCDF4.Dataset(published / "input_min.nc") as low,
        netCDF4.Dataset(published / "input_max.nc") as high,
    ):
        for name in (own for own in mean.variables if own.startswith(("state", "pbuf", "cam"))):
            middle, bottom, top = (np.atleast_1d(file[name][:]) for file in (mean, low, high))
            if np.any((middle < bottom) | (middle > top)):
                outside[name] = (int((middle > top).sum()), int((middle < bottom).sum()))
        assert high["state_t"][:].max() > 1000, "and a temperature no air ever had: this is what valid ranges are for"
        assert high["cam_in_SNOWHICE"][...] == 1e30 and mean["cam_in_SNOWHICE"][...] > 8e29, "and fill values taken for snow"
    assert outside == {"pbuf_CH4": (0, 33), "pbuf_N2O": (33, 0), "state_pmid": (14, 8)}


def test_valid_ranges_include_seven_years_of_climsim_except_its_invalid_values(shared_data: Path) -> None:
    source, broken = SourceConfig.from_yaml("climsim"), []
    with (
        netCDF4.Dataset(shared_data / "climsim_normalization" / "input_min.nc") as low,
        netCDF4.Dataset(shared_data / "climsim_normalization" / "input_max.nc") as high,
    ):
        for variable in Contract.from_yaml("climsim_v2").inputs:
            own = source.variables[variable.name].name
            if not (variable.valid_range[0] <= low[own][:].min() and high[own][:].max() <= variable.valid_range[1]):
                broken.append(own)
    assert broken == ["state_t", "cam_in_SNOWHICE"], "110 K and 1322 K; the fill value"
