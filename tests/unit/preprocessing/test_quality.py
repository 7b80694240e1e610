"""Quality of an archive: counts, histograms, the report."""

import json
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from paramnet.contract import Contract, ParamnetError
from paramnet.preprocessing import preprocess
from paramnet.preprocessing.packing import validate
from paramnet.preprocessing.quality.statistics import BINS, Quality, bin_edges, observe
from paramnet.sources import SourceConfig
from paramnet.sources.derive import Fields
from paramnet.sources.selection import Selection

CONTRACT = Contract.from_yaml("plasim_convection")
EVERY = (*CONTRACT.inputs, *CONTRACT.outputs)


def random_fields(steps: int, columns: int = 40) -> Fields:
    generator, fields = np.random.default_rng(0), Fields()
    for variable in EVERY:
        low, high = variable.valid_range
        shape = (steps, 10, columns) if variable.is_profile else (steps, columns)
        fields[variable.name] = generator.uniform(low, high, shape).astype("f4").clip(low, high)
    return fields


def part(fields: Fields, steps: slice) -> Fields:
    result = Fields()
    result.update({name: values[steps] for name, values in fields.items()})
    return result


def observed(fields: Fields, wanted: np.ndarray | None = None) -> Quality:
    return observe(CONTRACT, fields, wanted, validate(fields, EVERY, wanted)[0])


def test_counts_by_level_are_exact_for_any_blocks() -> None:
    fields = random_fields(12)
    temperature, humidity = fields["air_temperature"], fields["specific_humidity"]
    temperature[3, 2, 1], temperature[4, 2, 5], humidity[5, 9, 7], humidity[6, 9, :3] = 1e30, np.nan, -0.5, 0.5
    at_once = observed(fields)
    split = Quality.merged(observed(part(fields, piece)) for piece in (slice(0, 4), slice(4, 5), slice(5, 12)))
    for quality in (at_once, split):
        assert (quality.selected, quality.valid) == (480, 480 - 6)
        t, q = quality.variables["air_temperature"], quality.variables["specific_humidity"]
        np.testing.assert_array_equal(t.missing, 2 * (np.arange(10) == 2))
        assert (q.below[9], q.above[9], q.below[:9].sum(), t.above.sum()) == (1, 3, 0, 0)
        assert t.maximum.max() <= 360 and q.maximum[9] == 0.5
        present = np.where(np.abs(temperature) < 1e25, temperature.astype("f8"), np.nan)
        np.testing.assert_allclose(t.mean, np.nanmean(present, axis=(0, 2)), rtol=1e-12)
    for name, one in at_once.variables.items():
        np.testing.assert_array_equal(one.histogram, split.variables[name].histogram)


@pytest.mark.parametrize("name", ["air_temperature", "tendency_of_specific_humidity_so_far", "surface_air_pressure"])
def test_histograms_agree_with_numpy_to_the_precision_of_the_leading_bits(name: str) -> None:
    fields = random_fields(400)
    variable = next(v for v in EVERY if v.name == name)
    counts = observed(fields).variables[name].histogram
    assert counts.sum() == fields[name].size and counts[0] == counts[-1] == 0, "the limits themselves are inside"
    values, edges = np.sort(fields[name].ravel().astype("f8")), bin_edges(*variable.valid_range)
    reached = np.concatenate([[0], np.cumsum(counts[1:-1])])
    slack = np.abs(edges) / 128
    assert np.all(reached >= np.searchsorted(values, edges - slack)) and np.all(reached <= np.searchsorted(values, edges + slack, "right"))
    assert len(counts) == BINS + 2


def test_only_selected_samples_are_examined() -> None:
    fields, wanted = random_fields(5), np.zeros((5, 40), bool)
    wanted[:, ::4] = True
    fields["surface_temperature"][2, 1] = np.nan
    quality = observed(fields, wanted)
    assert (quality.selected, quality.valid) == (50, 50)
    assert quality.variables["surface_temperature"].values[0] == 50 and quality.variables["surface_temperature"].missing[0] == 0


def test_the_report_names_dropped_values_and_their_files(plasim_record: Callable, configure: Callable) -> None:
    def spoil(dataset: netCDF4.Dataset) -> None:
        dataset["air_temperature"][3, 2, 1, 0], dataset["surface_temperature"][4, 1, 1] = 1e30, 500.0
        dataset["specific_humidity"].setncattr("missing_value", np.float32(-999.0))
        dataset["specific_humidity"][5, 0, 0, 0] = -999.0

    plasim_record(edit=spoil)
    folder = preprocess(configure("plasim", max_invalid_fraction=0.5, quality_page=True)) / "quality"
    table = json.loads((folder / "quality.json").read_text())
    assert table["samples"]["dropped"] == 3 and table["samples"]["kept"] == table["samples"]["examined"] - 3
    rows = table["variables"]
    assert rows["air_temperature"]["missing"] == 1 and rows["air_temperature"]["levels"]["missing"][2] == 1
    assert rows["specific_humidity"]["missing"] == 1 and rows["surface_temperature"]["above_range"] == 1
    assert {row["file"] for row in table["findings"]} == {"record_0001.nc"} and len(table["findings"]) == 3
    page = (folder / "quality.html").read_text()
    panels = len(rows) + sum(row["levels"] is not None for row in rows.values())
    assert page.count('<svg class="panel"') == panels and "Temperature at the start of the step" in page


def test_a_refused_archive_leaves_its_report_in_the_unfinished_store(plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    plasim_record(edit=lambda dataset: dataset["air_temperature"].__setitem__((slice(None), 2, 1, 0), 1e30))
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim", max_invalid_fraction=0.001))
    assert refused.value.what == "air_temperature" and "0.001" in refused.value.expected
    table = json.loads((tmp_path / "store.incomplete" / "quality" / "quality.json").read_text())
    assert table["samples"]["dropped"] > 0


def test_steps_and_samples_left_out_are_counted_by_reason(
    plasim_record: Callable, configure: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    plasim_record(days=np.append(np.arange(0, 20, 0.25), np.arange(21, 41, 0.25)))
    source = SourceConfig.from_yaml("plasim")
    source.select = Selection(latitude=[-90.0, 0.0], every_step=2)
    config = configure(source)
    config.splits.skip_days, config.splits.gap_days = 1.0, 1.25
    with caplog.at_level("INFO"):
        table = json.loads((preprocess(config) / "quality" / "quality.json").read_text())
    steps = table["steps"]
    assert steps["archive"] == 160 and steps["kept"] + sum(steps["left_out"].values()) == 160
    assert steps["left_out"]["not selected"] == 80 and steps["left_out"]["within skip_days"] == 2
    assert steps["left_out"]["in a gap or in no split"] > 0
    assert table["samples"]["not_selected"] == steps["kept"] * 6 and table["samples"]["examined"] == steps["kept"] * 6
    line = next(line for line in caplog.messages if line.startswith("steps: 160 in 1 files"))
    assert f"{steps['kept']} of them in the splits" in line and "80 not selected" in line
