"""The complete pipeline: same bits for any number of workers, no work done twice, nothing left incomplete."""

import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paramnet.contract import ParamnetError
from paramnet.execution import ClusterConfig
from paramnet.preprocessing import PreprocessConfig, SplitConfig, SplitRule, preprocess
from paramnet.store import SPLITS, Store, StoreError, open_store


def every_array(store: Store) -> dict[str, np.ndarray]:
    return {name: array[...] for name, array in store.root.arrays()} | {
        f"{group}/{name}": array[...]
        for group in (*SPLITS, "statistics/inputs", "statistics/outputs")
        for name, array in store.root[group].arrays()
    }


def assert_same_bits(one: Path, other: Path) -> None:
    mine, theirs = every_array(open_store(one)), every_array(open_store(other))
    assert mine.keys() == theirs.keys() and len(mine) == 51
    for name, array in mine.items():
        assert array.tobytes() == theirs[name].tobytes(), name
    reports = [(store / "quality" / "quality.json").read_bytes() for store in (one, other)]
    assert reports[0] == reports[1]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_results_do_not_depend_on_how_the_work_is_done(workers: int, plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    plasim_record("record_0001.nc", np.arange(0, 150, 0.25))
    plasim_record("record_0002.nc", np.arange(150, 200, 0.25))
    alone = preprocess(configure("plasim", store=str(tmp_path / "one")))
    assert_same_bits(alone, preprocess(configure("plasim", store=str(tmp_path / "two"), cluster=ClusterConfig("local", workers))))


def test_samples_do_not_depend_on_the_size_of_blocks(plasim_record: Callable, configure: Callable, tmp_path: Path) -> None:
    plasim_record("record_0001.nc", np.arange(0, 150, 0.25))
    small = open_store(preprocess(configure("plasim", store=str(tmp_path / "one"))))
    large = open_store(preprocess(configure("plasim", store=str(tmp_path / "two"), block_megabytes=50)))
    for name in SPLITS:
        np.testing.assert_array_equal(small.split(name).inputs[:], large.split(name).inputs[:])
    np.testing.assert_allclose(small.statistics("inputs").std, large.statistics("inputs").std, rtol=1e-12)


def test_every_sample_is_stored_once_in_a_random_order(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    store = open_store(preprocess(configure("plasim")))
    seen = 0
    for name in SPLITS:
        split = store.split(name)
        places = {(int(t), int(c)) for t, c in zip(split.time_index[:], split.column_index[:], strict=True)}
        assert len(places) == len(split) == 12 * store.attributes["splits"][name]["steps"]
        order = split.time[:]
        assert abs(np.corrcoef(order[1:], order[:-1])[0, 1]) < 4 / np.sqrt(len(split))
        seen += len(split)
    assert seen == 12 * (160 - store.attributes["splits"]["left_out_steps"])


def test_statistics_are_those_of_the_stored_training_samples(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    store = open_store(preprocess(configure("plasim")))
    for side in ("inputs", "outputs"):
        values, statistics = getattr(store.split("train"), side)[:].astype("f8"), store.statistics(side)
        np.testing.assert_allclose(statistics.mean, values.mean(axis=0), rtol=1e-10, atol=1e-12 * values.std(axis=0).max())
        np.testing.assert_allclose(statistics.std, values.std(axis=0), rtol=1e-10)
        np.testing.assert_array_equal(statistics.min, values.min(axis=0))
        np.testing.assert_array_equal(statistics.quantiles, np.quantile(values, statistics.quantile_levels, axis=0))


def test_a_second_run_does_nothing_and_says_so(plasim_record: Callable, configure: Callable, caplog: pytest.LogCaptureFixture) -> None:
    plasim_record()
    store = preprocess(configure("plasim"))
    written = (store / "zarr.json").stat().st_mtime_ns
    with caplog.at_level(logging.INFO):
        assert preprocess(configure("plasim", cluster=ClusterConfig("local", workers=1))) == store
    assert "nothing to do" in caplog.text
    assert (store / "zarr.json").stat().st_mtime_ns == written


def test_another_configuration_names_what_differs_and_needs_overwrite(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    preprocess(configure("plasim"))
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim", seed=1))
    assert refused.value.got == "one that differs in seed" and "overwrite=true" in refused.value.remedy
    assert open_store(preprocess(configure("plasim", seed=1, overwrite=True))).attributes["provenance"]["seed"] == 1


def test_a_changed_file_is_noticed(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    preprocess(configure("plasim"))
    plasim_record(days=np.arange(0, 42, 0.25))
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim"))
    assert refused.value.got == "one that differs in the files, or the contract"


def test_invalid_columns_are_dropped_counted_and_kept_out_of_statistics(plasim_record: Callable, configure: Callable) -> None:
    plasim_record(edit=lambda dataset: dataset["air_temperature"].__setitem__((slice(None), 2, 1, 0), 1e30))
    store = open_store(preprocess(configure("plasim", max_invalid_fraction=0.1)))
    assert store.attributes["dropped"]["share"] == pytest.approx(1 / 12)
    assert 3 not in store.split("train").column_index[:]
    assert store.statistics("inputs").max[2] < 360


def test_more_invalid_columns_than_allowed_are_an_error(plasim_record: Callable, configure: Callable) -> None:
    plasim_record(edit=lambda dataset: dataset["air_temperature"].__setitem__((slice(None), 2, 1, 0), 1e30))
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim", max_invalid_fraction=0.05))
    assert (refused.value.what, refused.value.where) == ("air_temperature", "record_0001.nc")
    assert "0.05" in refused.value.expected and "max_invalid_fraction" in refused.value.remedy


def test_provenance_names_files_versions_and_code(plasim_record: Callable, configure: Callable) -> None:
    record = plasim_record()
    store = open_store(preprocess(configure("plasim")))
    provenance, (file,) = store.attributes["provenance"], store.root["sources"].attrs["files"]
    assert file["name"] == record.name and provenance["files"]["bytes"] == file["size"] == record.stat().st_size
    assert len(provenance["code_sha256"]) == 64 and provenance["versions"]["zarr"][0] == "3"


def test_a_split_of_fraction_zero_is_empty_and_refused_when_asked_for(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    rules = {"train": SplitRule(0.5), "validation": SplitRule(0.5), "test": SplitRule(0.0)}
    store = open_store(preprocess(configure("plasim", splits=SplitConfig(**rules))))
    assert len(store.split("validation")) > 0
    with pytest.raises(StoreError) as refused:
        store.split("test")
    assert (refused.value.what, refused.value.got) == ("split test", "none")


def test_no_file_at_the_input_is_an_error(configure: Callable, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim"))
    assert (refused.value.expected, refused.value.got) == ("files matching record_*.nc", "none")


def test_a_source_that_lacks_the_contracts_variables_is_refused(plasim_record: Callable, configure: Callable) -> None:
    plasim_record()
    with pytest.raises(ParamnetError) as refused:
        preprocess(configure("plasim", contract="rasp2018"))
    assert refused.value.what == "source plasim.variables" and "contract rasp2018" in refused.value.expected
    assert refused.value.got.startswith("none for northward_wind")


@pytest.mark.parametrize(
    ("changes", "expected", "got"),
    [
        ({"compression": "gzip"}, "one of ['none', 'lz4', 'zstd']", "'gzip'"),
        ({"on_bad_file": "ignore"}, "one of ['stop', 'skip']", "'ignore'"),
        ({"max_invalid_fraction": 1.0}, "0 to below 1", "1.0"),
        ({"seed": -1}, "0 or more", "-1"),
        ({"chunk_samples": 0}, "1 or more", "0"),
        ({"input": ""}, "a folder", "nothing"),
    ],
)
def test_settings_are_checked_at_construction(changes: dict[str, Any], expected: str, got: str, configure: Callable) -> None:
    with pytest.raises(ParamnetError) as refused:
        configure("plasim", **changes)
    where = "" if "compression" in changes else "preprocess."  # which the store checks
    assert (refused.value.what, refused.value.expected, refused.value.got) == (where + next(iter(changes)), expected, got)


def test_the_shipped_configuration_has_exactly_the_stages_fields(repository: Path) -> None:
    import yaml

    table = yaml.safe_load((repository / "conf" / "preprocess.yaml").read_text())
    groups = {key for row in table.pop("defaults") if isinstance(row, dict) for key in row} - {
        "paths",
        "hydra",
        "select",
        "experiment",
        "site",
    }
    assert set(table) | groups == {field.name for field in dataclasses.fields(PreprocessConfig)}
    defaults = {f.name: f.default for f in dataclasses.fields(PreprocessConfig) if f.default is not dataclasses.MISSING}
    assert {name: table[name] for name in defaults if name != "contract"} == {n: v for n, v in defaults.items() if n != "contract"}
