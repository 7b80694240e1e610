"""The generator of synthetic SPCAM files in ``data/``."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from paramnet.preprocessing import SplitConfig, SplitRule, preprocess
from paramnet.store import open_store


@pytest.fixture
def generate(repository: Path) -> Callable[..., list[Path]]:
    """Return a function that runs the generator on a tiny grid and returns its files."""

    def run(output: Path, *arguments: str) -> list[Path]:
        command = [sys.executable, str(repository / "data" / "generate_spcam.py"), f"output={output}", "latitudes=4", "longitudes=6"]
        subprocess.run([*command, *arguments], check=True, capture_output=True)
        return sorted(output.iterdir())

    return run


def test_a_days_file_depends_on_seed_and_day_alone(generate: Callable, tmp_path: Path) -> None:
    three = generate(tmp_path / "three", "days=3", "first_day=58", "workers=2")
    one = generate(tmp_path / "one", "days=1", "first_day=60", "workers=1")
    other = generate(tmp_path / "other", "days=1", "first_day=60", "seed=1")
    assert [path.name[18:28] for path in three] == ["0000-02-28", "0000-03-01", "0000-03-02"]
    assert three[2].read_bytes() == one[0].read_bytes() != other[0].read_bytes()


def test_synthetic_files_are_marked_and_have_the_same_wrong_units_as_real_ones(generate: Callable, tmp_path: Path) -> None:
    with netCDF4.Dataset(generate(tmp_path / "archive", "days=1")[0]) as dataset:
        assert dataset.source.startswith("SYNTHETIC") and dataset.title.startswith("SYNTHETIC")
        assert dataset["VAP"].units == "kg/kg" and dataset["PRECTEND"].units == "m/s"
        np.testing.assert_allclose(dataset["PRECTEND"][:], 1000 * dataset["PRECT"][:], rtol=1e-6)
        assert dataset["TAP"].shape == (48, 30, 4, 6)


def test_the_spcam_source_reads_them_and_every_value_is_in_range(generate: Callable, configure: Callable, tmp_path: Path) -> None:
    generate(tmp_path / "archive", "days=8", "bulk=false")
    rules = {name: SplitRule(1 / 3) for name in ("train", "validation", "test")}
    splits = SplitConfig(**rules, block_days=1.0, gap_days=0.25)
    store = open_store(preprocess(configure("spcam", splits=splits)))
    assert store.attributes["dropped"]["samples"] == 0
    humidity = store.statistics("inputs").min[store.contract.input_columns["specific_humidity"]]
    assert humidity.min() > 0
