"""The shipped sample of a superparameterized run: it is read like any SPCAM archive, in pairs of steps, and has realistic weather."""

from pathlib import Path

import numpy as np
import pytest

from paramnet.execution.config import ClusterConfig
from paramnet.preprocessing import PreprocessConfig, preprocess
from paramnet.preprocessing.splits.rules import SplitConfig, SplitRule
from paramnet.sources import SourceConfig
from paramnet.store import Store, open_store


@pytest.fixture(scope="module")
def store(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    rules = {"train": SplitRule(0.6), "validation": SplitRule(0.2), "test": SplitRule(0.2)}
    config = PreprocessConfig(
        source=SourceConfig.from_yaml("spcam"),
        input=str(repository / "data" / "sp_plasim"),
        store=str(tmp_path_factory.mktemp("sample") / "store"),
        contract="rasp2018_plasim",
        splits=SplitConfig(**rules, by="columns"),
        quality_page=False,
        cluster=ClusterConfig("inline"),
    )
    return open_store(preprocess(config))


def test_every_second_step_has_its_previous_step(store: Store) -> None:
    times = np.unique(np.concatenate([store.split(name).time[:] for name in ("train", "validation", "test")]))
    assert len(times) == 4 * 5  # four days, every fourth hour except midnight


def test_the_sample_has_the_weather_of_an_aquaplanet(store: Store) -> None:
    statistics, outputs = store.statistics("inputs"), store.statistics("outputs")
    rain = outputs.mean[store.contract.output_columns["precipitation_rate"]][0] * 86400e3
    temperature = statistics.mean[store.contract.input_columns["air_temperature"]]
    assert 1.0 < rain < 4.0  # mm/day
    assert 200 < temperature[0] < 220 and 275 < temperature[-1] < 295
    assert not outputs.constant.any()
