"""Histories with a time dimension: PlaSim's record and SPCAM's daily files, valid and invalid (all files synthetic)."""

from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from paramnet.contract import Contract, ParamnetError
from paramnet.preprocessing import preprocess
from paramnet.sources import SourceConfig
from paramnet.sources.grid.horizontal import gaussian_weights
from paramnet.sources.netcdf import open_netcdf
from paramnet.sources.readers.history import HistoryReader
from paramnet.store import open_store

HALF_HOUR = 1 / 48
DAY_ONE = 1.0 + np.arange(48) * HALF_HOUR
NINE_DAYS = range(1, 10)


def write_spcam_days(spcam_file: Callable) -> dict[str, np.ndarray]:
    """Write eight half-hour steps at the start of each of nine days; the ninth step of day 3 is the first of a second file."""
    parts = []
    for day in NINE_DAYS:
        parts.append(spcam_file(f"a.cam2.h1.0000-01-{day:02d}-00000.nc", day + np.arange(8) * HALF_HOUR))
        if day == 3:
            parts.append(spcam_file("a.cam2.h1.0000-01-03-14400.nc", day + np.arange(8, 12) * HALF_HOUR))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def test_plasim_samples_are_the_records_values_at_their_step_and_column(plasim_record: Callable, configure: Callable) -> None:
    record = plasim_record()
    store = open_store(preprocess(configure("plasim")))
    train, columns = store.split("train"), store.contract.input_columns
    with netCDF4.Dataset(record) as dataset:
        for sample in range(0, len(train), 17):
            step, (latitude, longitude) = train.time_index[sample], divmod(int(train.column_index[sample]), 3)
            np.testing.assert_array_equal(
                train.inputs[sample, columns["specific_humidity"]], dataset["specific_humidity"][step, :, latitude, longitude]
            )
            assert train.outputs[sample, 29] == dataset["convective_precipitation_production"][step, 9, latitude, longitude]
            assert train.latitude[sample] == pytest.approx(dataset["lat"][latitude], abs=1e-5)
            assert train.time[sample] == dataset["time"][step]


def test_area_weights_are_gaussian_with_mean_one(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    train = open_store(preprocess(configure("plasim"))).split("train")
    weights = np.polynomial.legendre.leggauss(4)[1]
    assert train.area_weight[:].mean() == pytest.approx(1.0, abs=1e-6)
    assert train.area_weight[:].max() == pytest.approx(weights.max() / weights.mean(), rel=1e-6)


def test_spcam_state_before_physics_and_fluxes_of_the_previous_step(spcam_file: Callable, configure: Callable) -> None:
    values = write_spcam_days(spcam_file)
    store = open_store(preprocess(configure("spcam")))
    columns, outputs, seen = store.contract.input_columns, store.contract.output_columns, 0
    first_row = np.cumsum([0, 8, 8, 8, 4] + [8] * 6)
    for name in ("train", "validation", "test"):
        split = store.split(name)
        for sample in range(len(split)):
            row = first_row[split.file_index[sample]] + split.time_index[sample]
            place = divmod(int(split.column_index[sample]), 2)
            x, y = split.inputs[sample], split.outputs[sample]
            state = values["TAP"][row, :, *place].astype("f8") - values["TPHYSTND"][row, :, *place].astype("f8") * 1800.0
            humidity = values["QAP"][row, :, *place].astype("f8") - values["PHQ"][row, :, *place].astype("f8") * 1800.0
            np.testing.assert_array_equal(x[columns["air_temperature"]], state.astype("f4"))
            np.testing.assert_array_equal(x[columns["specific_humidity"]], humidity.astype("f4"))
            np.testing.assert_array_equal(x[columns["northward_wind"]], values["VAP"][row, :, *place])
            assert x[columns["surface_upward_sensible_heat_flux"]] == values["SHFLX"][row - 1, *place]
            assert x[columns["surface_upward_latent_heat_flux"]] == values["LHFLX"][row - 1, *place]
            assert x[columns["surface_air_pressure"]] == values["PS"][row, *place]
            np.testing.assert_array_equal(y[outputs["tendency_of_air_temperature"]], values["TPHYSTND"][row, :, *place])
            seen += 1
    assert seen > 100


def test_spcam_pairs_across_files_and_not_across_gaps(spcam_file: Callable, configure: Callable) -> None:
    write_spcam_days(spcam_file)
    store = open_store(preprocess(configure("spcam")))
    used = {
        (store.files[f][-19:-3], int(t))
        for name in ("train", "validation", "test")
        for f, t in zip(store.split(name).file_index[:], store.split(name).time_index[:], strict=True)
    }
    assert ("0000-01-03-14400", 0) in used  # its previous step is the last one of the file before
    assert not {t for name, t in used if name != "0000-01-03-14400"} & {0}  # there is a gap before these


def test_spcam_units_are_overridden_only_where_the_source_says_so(spcam_file: Callable, configure: Callable) -> None:
    spcam_file("a.cam2.h1.0000-01-01-00000.nc", DAY_ONE, edit=lambda dataset: dataset["QAP"].setncattr("units", "g/kg"))
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("spcam"))
    assert (refused.value.what, refused.value.expected, refused.value.got) == ("QAP", "units 'kg kg-1'", "'g/kg'")
    assert refused.value.where.startswith("a.cam2") and "unit_overrides" in refused.value.remedy


def test_spcam_of_another_vertical_grid_is_refused(spcam_file: Callable, configure: Callable) -> None:
    def edit(dataset: netCDF4.Dataset) -> None:
        dataset["hybi"][20] += 1e-3

    spcam_file("a.cam2.h1.0000-01-01-00000.nc", DAY_ONE, edit=edit)
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("spcam"))
    assert refused.value.what == "vertical grid" and refused.value.where.startswith("a.cam2")
    assert refused.value.expected.startswith("interface 20 at")


def test_a_real_spcam_file_has_the_grid_of_its_contract(shared_data: Path) -> None:
    source, contract = SourceConfig.from_yaml("spcam"), Contract.from_yaml("rasp2018")
    path = shared_data / "spcam" / "ancil_spcam.nc"
    reader = HistoryReader(source, contract, [path])
    assert len(reader.columns) == 64 * 128 and not reader.bottom_first
    latitude, weight = (values.reshape(64, 128)[:, 0] for values in (reader.columns.latitude, reader.columns.area_weight))
    np.testing.assert_allclose(weight, 32 * gaussian_weights(latitude, path.name), rtol=1e-7)
    with open_netcdf(path) as dataset:
        surface_pressure = reader.values(dataset, "PS", path, slice(0, 48))
        low, high = contract.inputs[3].valid_range
        assert surface_pressure.shape == (48, 8192) and low < surface_pressure.min() and surface_pressure.max() < high
        level = np.asarray(dataset["lev"][:])
    np.testing.assert_allclose(contract.vertical_grid.pressure(1e5) / 100, level, rtol=1e-6)


# change of the record, `what` of the error, parts of its other fields
BAD_RECORDS = {
    "a missing variable": (lambda d: d.renameVariable("specific_humidity", "hus"), "specific_humidity", {"got": "none"}),
    "wrong units": (
        lambda d: d["specific_humidity"].setncattr("units", "g kg-1"),
        "specific_humidity",
        {"expected": "units 'kg kg-1'", "got": "'g kg-1'", "remedy": "unit_overrides of source plasim"},
    ),
    "no units": (lambda d: d["air_temperature"].delncattr("units"), "air_temperature", {"expected": "units 'K'", "got": "none"}),
    "wrong dimensions": (
        lambda d: (d.renameVariable("surface_temperature", "old"), d.createVariable("surface_temperature", "f4", ("lat", "lon"))),
        "surface_temperature",
        {"expected": "['lat', 'lon', 'time']", "got": "['lat', 'lon']", "remedy": "`dims`"},
    ),
    "other levels": (
        lambda d: d.setncattr("sigma_interface", np.linspace(0, 1, 11)),
        "vertical grid",
        {"expected": "interface 1 at 7660.000 Pa", "got": "10000.000 Pa"},
    ),
    "another number of levels": (
        lambda d: d.setncattr("sigma_interface", np.linspace(0, 1, 21)),
        "vertical grid",
        {"expected": "11 interface coefficients as in contract plasim_convection", "got": "21"},
    ),
    "another time step": (
        lambda d: d.setncattr("time_step_seconds", 2700.0),
        "time_step_seconds",
        {"expected": "1800.0 as time_step in contract plasim_convection", "got": "2700.0"},
    ),
    "another gravity": (lambda d: d.setncattr("gravity", 3.7), "gravity", {"expected": "9.80665", "got": "3.7"}),
    "latitudes that are not Gaussian": (
        lambda d: d["lat"].__setitem__(slice(None), [60.0, 20.0, -20.0, -60.0]),
        "latitude",
        {"expected": "-59.44", "got": "-60.0000"},
    ),
    "a time that it has already, with other values": (
        lambda d: d["time"].__setitem__(5, 0.0),
        "time",
        {"got": "day 0.0 in record_0001.nc and again in record_0001.nc with another"},
    ),
    "times that run backwards": (lambda d: d["time"].__setitem__(5, 0.1), "time", {"got": "0.1 after 1.0 at step 5"}),
    "no steps": (lambda d: d["time"].__setitem__(slice(None), np.nan), "time", {"got": "160 of which 160 are missing"}),
    "a fill value": (
        lambda d: d["air_temperature"].__setitem__((3, 2, 1, 0), 1e30),
        "air_temperature",
        {"expected": "within [120.0, 360.0] K", "got": "(first 1e+30 at column 3, level 2)", "where": "step 3 of", "remedy": "max_invalid"},
    ),
    "a value that is not a number": (
        lambda d: d["surface_temperature"].__setitem__((3, 1, 0), np.nan),
        "surface_temperature",
        {"got": "(first missing: nan or a fill value at column 3)", "where": "step 3 of"},
    ),
}


@pytest.mark.parametrize("case", BAD_RECORDS)
def test_a_record_is_refused_for(case: str, plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    edit, what, facts = BAD_RECORDS[case]
    plasim_record(edit=edit)
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim"))
    assert refused.value.what == what and "record_0001.nc" in f"{refused.value.got} {refused.value.where}"
    assert all(fact in getattr(refused.value, field) for field, fact in facts.items()), vars(refused.value)
    assert not (tmp_path / "store").exists()


def test_a_file_of_another_grid_is_refused_by_name(plasim_record: Callable, configure: Callable) -> None:
    plasim_record("record_0001.nc", np.arange(0, 10, 0.25))
    plasim_record("record_0002.nc", np.arange(10, 20, 0.25), edit=lambda d: d["lon"].__setitem__(slice(None), [60.0, 180.0, 300.0]))
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim"))
    assert (refused.value.what, refused.value.where) == ("grid", "record_0002.nc") and "record_0001.nc" in refused.value.expected


def test_a_truncated_record_is_refused_by_name(plasim_record: Callable, configure: Callable) -> None:
    path = plasim_record()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim"))
    assert refused.value.what == "record_0001.nc" and "truncated or damaged" in refused.value.remedy


def test_a_file_that_is_not_netcdf_is_refused_by_name(plasim_record: Callable, configure: Callable) -> None:
    plasim_record().with_name("record_0002.nc").write_text("a listing of the tape")
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim"))
    assert (refused.value.what, refused.value.got) == ("record_0002.nc", "one beginning with b'a li'")


def test_an_empty_file_is_refused(plasim_record: Callable, configure: Callable) -> None:
    plasim_record().with_name("record_0002.nc").touch()
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim"))
    assert (refused.value.what, refused.value.got) == ("record_0002.nc", "an empty file")


def test_a_step_given_twice_names_both_files(plasim_record: Callable, configure: Callable) -> None:
    plasim_record("record_0001.nc", np.arange(0, 10, 0.25))
    plasim_record("record_0002.nc", np.arange(9.75, 20, 0.25))
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim"))
    assert refused.value.what == "time" and refused.value.got.startswith("day 9.75 in record_0001.nc and again in record_0002.nc")
