"""Opening, checking and writing a training store."""

from pathlib import Path

import numpy as np
import pytest
import zarr

from paramnet.contract import Contract, ContractMismatch, ParamnetError
from paramnet.store import ColumnStatistics, StoreError, create_split, create_statistics, open_store, unfinished_path

CONTRACT = Contract.from_yaml("plasim_convection")


def statistics(width: int, **changes: np.ndarray) -> ColumnStatistics:
    values = {"mean": 0.5, "std": 0.1, "min": 0.0, "max": 1.0}
    arrays = {name: np.full(width, value) for name, value in values.items()} | changes
    return ColumnStatistics(**arrays, constant=np.zeros(width, bool), quantiles=np.tile([[0.1], [0.2], [0.5], [0.8], [0.9]], width))


def write_store(path: Path, **attributes: object) -> Path:
    root = zarr.create_group(path)
    for name in ("train", "validation", "test"):
        group = create_split(root, name, CONTRACT, 20, 8, "lz4")
        group["outputs"][:] = 1.0
        group["inputs"][:] = np.arange(20 * CONTRACT.n_in, dtype="float32").reshape(20, -1)
    create_statistics(root, {"inputs": statistics(CONTRACT.n_in), "outputs": statistics(CONTRACT.n_out)})
    root.attrs.update(
        {
            "paramnet_store_version": 1,
            "contract": CONTRACT.to_dict(),
            "contract_digest": CONTRACT.digest,
            "source": "test",
            "provenance": {},
            "files": ["a.nc"],
            "splits": {},
            "time_units": "days since 0001-01-01",
            "calendar": "noleap",
            "complete": True,
        }
        | attributes
    )
    return path


def test_a_store_reads_back_as_written(tmp_path: Path) -> None:
    store = open_store(write_store(tmp_path / "store"))
    train = store.split("train")
    assert len(train) == 20
    np.testing.assert_array_equal(train.inputs[3], np.arange(3 * 53, 4 * 53, dtype="float32"))
    assert store.statistics("outputs").mean.shape == (30,)
    assert store.statistics("inputs").quantile_levels == (0.001, 0.01, 0.5, 0.99, 0.999)
    store.require_contract(CONTRACT, "the test")


def test_an_unfinished_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(write_store(tmp_path / "store", complete=False))
    assert "complete: true" in refused.value.got


def test_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(write_store(tmp_path / "store", paramnet_store_version=7))
    assert (refused.value.expected, refused.value.got) == ("paramnet_store_version 1", "7")


def test_a_folder_that_is_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(tmp_path)
    assert (refused.value.what, refused.value.got) == (f"store {tmp_path}", "no zarr.json")


def test_a_contract_edited_in_place_is_refused(tmp_path: Path) -> None:
    edited = CONTRACT.to_dict() | {"time_step": 600.0}
    with pytest.raises(StoreError) as refused:
        open_store(write_store(tmp_path / "store", contract=edited))
    assert refused.value.expected == f"contract digest {CONTRACT.digest[:12]}" and CONTRACT.digest[:12] not in refused.value.got


def test_a_store_of_another_contract_names_the_first_difference(tmp_path: Path) -> None:
    store = open_store(write_store(tmp_path / "store"))
    with pytest.raises(ContractMismatch) as refused:
        store.require_contract(Contract.from_yaml("climsim_v1"), "checkpoint")
    assert all(text in str(refused.value) for text in ("'climsim_v1'", "checkpoint", f"store {store.path}"))


def test_an_array_of_the_wrong_width_is_refused(tmp_path: Path) -> None:
    path = write_store(tmp_path / "store")
    group = zarr.open_group(path)["test"]
    group.create_array("outputs", data=np.zeros((20, 3), "float32"), overwrite=True)
    with pytest.raises(StoreError) as refused:
        open_store(path)
    assert (refused.value.what, refused.value.expected, refused.value.got) == ("array test/outputs", "shape (20, 30)", "(20, 3)")


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    path = write_store(tmp_path / "store")
    del zarr.open_group(path)["validation/latitude"]
    with pytest.raises(StoreError) as refused:
        open_store(path)
    assert (refused.value.what, refused.value.got) == ("array validation/latitude", "no such file")


def test_a_store_that_is_being_written_is_reported_as_unfinished(tmp_path: Path) -> None:
    unfinished_path(tmp_path / "store").mkdir()
    with pytest.raises(StoreError) as refused:
        open_store(tmp_path / "store")
    assert refused.value.got == "the unfinished store.incomplete"


def test_a_run_killed_before_its_first_array_is_reported_as_unfinished(tmp_path: Path) -> None:
    (tmp_path / "store.incomplete" / "work").mkdir(parents=True)
    (tmp_path / "store.incomplete" / "work" / "claim.json").write_text("{}")
    with pytest.raises(StoreError) as refused:
        open_store(tmp_path / "store.incomplete")
    assert refused.value.got == "an unfinished one"


def test_statistics_with_a_mean_above_their_maximum_are_refused() -> None:
    with pytest.raises(ParamnetError) as refused:
        statistics(4, mean=np.array([0.5, 0.5, 1.5, 0.5]))
    assert (refused.value.expected, refused.value.where) == ("min <= mean <= max", "column 2")


def test_zero_spread_must_be_marked_constant() -> None:
    with pytest.raises(ParamnetError) as refused:
        statistics(4, std=np.array([0.5, 0.0, 1.5, 0.5]))
    assert refused.value.expected == "std > 0 except in constant columns" and refused.value.where == "column 1"


def test_a_standard_deviation_too_small_for_float32_counts_as_zero() -> None:
    """Stratospheric cloud water of E3SM-MMF varies by 1e-47 kg kg-1: its inverse is infinite in float32."""
    low, spread = np.zeros(3), np.array([1e-47, 1e-30, 0.0])
    statistics = ColumnStatistics(low + spread, spread, low, 2 * spread, spread == 0, np.zeros((5, 3)))
    assert statistics.constant.tolist() == [True, False, True] and statistics.std.tolist() == [0.0, 1e-30, 0.0]
    with np.errstate(over="raise"):
        assert np.isfinite(np.float32(1.0) / np.float32(statistics.std[1]))


def test_contradictory_statistics_give_one_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_store(tmp_path / "store")
    root = zarr.open_group(path, mode="a")
    root["statistics/inputs/std"][7] = 0.8  # of numbers between 0 and 1
    root["statistics/inputs/quantiles"][3, 9] = 0.2  # below the median
    root["statistics/inputs/quantiles"][4, 11] = 1.5
    for _ in range(2):
        open_store(path).statistics("inputs")
        open_store(path).statistics("outputs")
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(told) == 3 and all(str(path) in sentence for sentence in told)
    for sentence, (what, column) in zip(told, (("half its range", 7), ("decrease", 9), ("outside its range", 11)), strict=True):
        assert what in sentence and f"in column {column} with" in sentence


def test_a_mean_outside_the_range_is_refused(tmp_path: Path) -> None:
    path = write_store(tmp_path / "store")
    zarr.open_group(path, mode="a")["statistics/inputs/mean"][5] = 2.0
    with pytest.raises(ParamnetError) as refused:
        open_store(path).statistics("inputs")
    assert refused.value.where == "column 5" and refused.value.got.startswith("mean") and "2.0" in refused.value.got
