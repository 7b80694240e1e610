"""Which rows of an archive become samples."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import netCDF4
import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.preprocessing import SourceConfig, preprocess
from paramnet.preprocessing.selection import Selection
from paramnet.store import open_store


def stored(configure: Callable, name: str, **rules: Any) -> dict[str, np.ndarray]:
    """Latitude, column and day of every sample in a store made with a selection."""
    source = SourceConfig.from_yaml(name)
    store = open_store(preprocess(configure(replace(source, select=Selection(**rules)), overwrite=True)))
    splits = [store.split(split) for split in ("train", "validation", "test")]
    return {key: np.concatenate([getattr(split, key)[:] for split in splits]) for key in ("latitude", "column_index", "time")}


def test_a_latitude_band_keeps_its_columns(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    kept = stored(configure, "plasim", latitude=[-30.0, 90.0])
    assert set(kept["column_index"]) == set(range(9)) and kept["latitude"].min() > -30


def test_strides_keep_every_so_many_columns_and_steps(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    kept = stored(configure, "plasim", every_column=5, first_column=1, every_step=3, first_step=2)
    assert set(kept["column_index"]) == {1, 6, 11} and set((kept["time"] * 4).astype(int) % 3) == {2}


def test_ocean_only_leaves_out_land_and_what_is_wrong_over_land(spcam_file: Callable, configure: Callable) -> None:
    def add_land(dataset: netCDF4.Dataset) -> None:
        land = dataset.createVariable("LANDFRAC", "f4", ("time", "lat", "lon"))
        land[:] = np.broadcast_to([[0.0, 1.0], [0.3, 0.0]], (len(dataset["time"]), 2, 2))
        land.units = "fraction"
        dataset["TAP"][:, 5, 0, 1] = 1e36  # over land: nobody wants it

    for day in range(1, 10):
        spcam_file(f"a.cam2.h1.0000-01-{day:02d}-00000.nc", day + np.arange(8) / 48, edit=add_land)
    assert set(stored(configure, "spcam", max_land_fraction=0.0)["column_index"]) == {0, 3}
    assert set(stored(configure, "spcam", max_land_fraction=0.5)["column_index"]) == {0, 2, 3}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"latitude": [30.0, -30.0]}, r"select\.latitude: expected \[south, north\]"),
        ({"max_land_fraction": 1.5}, "expected 0 to 1, got 1.5"),
        ({"every_column": 2, "first_column": 2}, "first_column below it"),
        ({"every_step": 0}, "select.every_step: expected 1 or more"),
    ],
)
def test_rules_that_keep_nothing_are_refused(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(ParamnetError, match=message):
        Selection(**rules)


def test_a_band_without_columns_is_an_error(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    with pytest.raises(ParamnetError, match="select: expected columns, got none of 12"):
        stored(configure, "plasim", latitude=[-1.0, 1.0])


def test_ocean_only_without_a_land_fraction_says_what_to_map() -> None:
    with pytest.raises(ParamnetError, match=r"select\.max_land_fraction needs land_area_fraction under `variables`"):
        replace(SourceConfig.from_yaml("plasim"), select=Selection(max_land_fraction=0.0))


def test_a_missing_land_fraction_is_named_and_no_column_lost_by_it(spcam_file: Callable, configure: Callable) -> None:
    def add_land(dataset: netCDF4.Dataset) -> None:
        land = dataset.createVariable("LANDFRAC", "f4", ("time", "lat", "lon"))
        land[:, :, 0], land.units = 0.5, "fraction"  # the other columns are never written

    for day in range(1, 11):
        spcam_file(f"a.cam2.h1.0000-01-{day:02d}-00000.nc", day + np.arange(8) / 48, edit=add_land)
    with pytest.raises(ParamnetError) as error:
        stored(configure, "spcam", max_land_fraction=0.6)
    assert error.value.what == "land_area_fraction" and error.value.got.endswith("missing or outside (first at column 1)")
