"""Shards written without zarr-python and read with it."""

from pathlib import Path

import numpy as np
import pytest
import zarr

from paramnet.contract import Contract, ParamnetError
from paramnet.store import COMPRESSIONS, create_split, write_shard

CONTRACT = Contract.from_yaml("plasim_convection")


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_zarr_reads_back_every_value(compression: str, tmp_path: Path) -> None:
    group = create_split(zarr.create_group(tmp_path / "s"), "train", CONTRACT, 1000, 64, compression, shard_chunks=5)
    wide = np.random.default_rng(0).normal(size=(1000, CONTRACT.n_in)).astype("f4")
    narrow = np.arange(1000) / 48
    for number in range(4):
        stretch = range(number * 320, min(1000, (number + 1) * 320), 64)
        pieces = ({"inputs": wide[at : at + 64], "time": narrow[at : at + 64]} for at in stretch)
        write_shard({name: group[name] for name in ("inputs", "time")}, number, pieces)
    read = zarr.open_group(tmp_path / "s", mode="r")["train"]
    np.testing.assert_array_equal(read["inputs"][...], wide)
    np.testing.assert_array_equal(read["time"][310:650], narrow[310:650])
    assert len(list((tmp_path / "s" / "train" / "inputs" / "c").iterdir())) == 4


def test_a_shard_of_another_length_is_refused(tmp_path: Path) -> None:
    group = create_split(zarr.create_group(tmp_path / "s"), "train", CONTRACT, 1000, 64, "lz4", shard_chunks=5)
    with pytest.raises(ParamnetError) as refused:
        write_shard({"time": group["time"]}, 3, [{"time": np.zeros(64)}])
    assert (refused.value.what, refused.value.got) == ("array train/time", "(64,)") and "(40,)" in refused.value.expected
    with pytest.raises(ParamnetError) as refused:
        write_shard({"time": group["time"]}, 3, [])
    assert refused.value.expected.startswith("40 samples") and refused.value.got == "0"
    assert not list((tmp_path / "s" / "train" / "time" / "c").iterdir())


def test_an_array_made_elsewhere_is_refused(tmp_path: Path) -> None:
    array = zarr.create_group(tmp_path / "s").create_array("x", shape=(10,), chunks=(10,), dtype="f4")
    with pytest.raises(ParamnetError) as refused:
        write_shard({"x": array}, 0, [])
    assert refused.value.what == "array x" and "create_split" in refused.value.expected
