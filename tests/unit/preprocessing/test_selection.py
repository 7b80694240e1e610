"""Selection of the rows of an archive that become samples."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import netCDF4
import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.preprocessing import preprocess
from paramnet.sources import SourceConfig
from paramnet.sources.selection import Selection
from paramnet.store import open_store


def stored(configure: Callable, name: str, **rules: Any) -> dict[str, np.ndarray]:
    """Return latitude, column and day of every sample in a store made with a selection."""
    source = SourceConfig.from_yaml(name)
    store = open_store(preprocess(configure(replace(source, select=Selection(**rules)), overwrite=True)))
    splits = [store.split(split) for split in ("train", "validation", "test")]
    return {key: np.concatenate([getattr(split, key)[:] for split in splits]) for key in ("latitude", "column_index", "time")}


def test_a_latitude_band_keeps_its_columns(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    kept = stored(configure, "plasim", latitude=[-30.0, 90.0])
    assert set(kept["column_index"]) == set(range(9)) and kept["latitude"].min() > -30


def test_strides_keep_every_nth_column_and_step(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    kept = stored(configure, "plasim", every_column=5, first_column=1, every_step=3, first_step=2)
    assert set(kept["column_index"]) == {1, 6, 11} and set((kept["time"] * 4).astype(int) % 3) == {2}


def test_ocean_only_leaves_out_land_and_what_is_wrong_over_land(spcam_file: Callable, configure: Callable) -> None:
    def add_land(dataset: netCDF4.Dataset) -> None:
        land = dataset.createVariable("LANDFRAC", "f4", ("time", "lat", "lon"))
        land[:] = np.broadcast_to([[0.0, 1.0], [0.3, 0.0]], (len(dataset["time"]), 2, 2))
        land.units = "fraction"
        dataset["TAP"][:, 5, 0, 1] = 1e36  # over land, which is not selected

    for day in range(1, 10):
        spcam_file(f"a.cam2.h1.0000-01-{day:02d}-00000.nc", day + np.arange(8) / 48, edit=add_land)
    assert set(stored(configure, "spcam", max_land_fraction=0.0)["column_index"]) == {0, 3}
    assert set(stored(configure, "spcam", max_land_fraction=0.5)["column_index"]) == {0, 2, 3}


@pytest.mark.parametrize(
    ("rules", "what", "got"),
    [
        ({"latitude": [30.0, -30.0]}, "select.latitude", "[30.0, -30.0]"),
        ({"max_land_fraction": 1.5}, "select.max_land_fraction", "1.5"),
        ({"every_column": 2, "first_column": 2}, "select.every_column", "2 and 2"),
        ({"every_step": 0}, "select.every_step", "0 and 0"),
    ],
)
def test_rules_that_keep_nothing_are_refused(rules: dict[str, Any], what: str, got: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        Selection(**rules)
    assert (refused.value.what, refused.value.got) == (what, got)


def test_a_band_without_columns_is_an_error(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    with pytest.raises(ParamnetError) as refused:
        stored(configure, "plasim", latitude=[-1.0, 1.0])
    assert refused.value.what == "select" and refused.value.got.startswith("none of 12")


def test_ocean_only_without_a_land_fraction_says_what_to_map() -> None:
    with pytest.raises(ParamnetError) as refused:
        replace(SourceConfig.from_yaml("plasim"), select=Selection(max_land_fraction=0.0))
    assert refused.value.what == "source plasim.select.max_land_fraction" and "land_area_fraction" in refused.value.remedy


def test_a_missing_land_fraction_is_named_and_drops_no_column(spcam_file: Callable, configure: Callable) -> None:
    def add_land(dataset: netCDF4.Dataset) -> None:
        land = dataset.createVariable("LANDFRAC", "f4", ("time", "lat", "lon"))
        land[:, :, 0], land.units = 0.5, "fraction"  # the other columns are never written

    for day in range(1, 11):
        spcam_file(f"a.cam2.h1.0000-01-{day:02d}-00000.nc", day + np.arange(8) / 48, edit=add_land)
    with pytest.raises(ParamnetError) as error:
        stored(configure, "spcam", max_land_fraction=0.6)
    assert error.value.what == "land_area_fraction" and error.value.got.endswith("missing or outside (first at column 1)")
