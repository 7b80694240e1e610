"""The shipped sample of a superparameterized run: it is read like any SPCAM archive, in pairs of steps, and has realistic weather."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_module

from paramnet.cli.config import typed
from paramnet.execution.config import ClusterConfig
from paramnet.preprocessing import PreprocessConfig, preprocess
from paramnet.preprocessing.splits.rules import SplitConfig, SplitRule
from paramnet.scheme.constraints import build_constraint
from paramnet.sources import SourceConfig
from paramnet.store import Store, open_store
from paramnet.training import TrainConfig


def sample_store(repository: Path, folder: Path, contract: str) -> Store:
    rules = {"train": SplitRule(0.6), "validation": SplitRule(0.2), "test": SplitRule(0.2)}
    config = PreprocessConfig(
        source=SourceConfig.from_yaml("spcam"),
        input=str(repository / "data" / "sp_plasim"),
        store=str(folder / "store"),
        contract=contract,
        splits=SplitConfig(**rules, by="columns"),
        quality_page=False,
        cluster=ClusterConfig("inline"),
    )
    return open_store(preprocess(config))


@pytest.fixture(scope="module")
def store(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    return sample_store(repository, tmp_path_factory.mktemp("sample"), "rasp2018_plasim")


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


def test_heat_of_fusion_is_what_heating_and_moistening_gain_beyond_radiation(repository: Path, tmp_path: Path) -> None:
    store = sample_store(repository, tmp_path, "rasp2018_plasim_fusion")
    contract, train = store.contract, store.split("train")
    x, y = train.inputs[:].astype("f8"), train.outputs[:].astype("f8")
    rows = {variable.name: y[:, contract.output_columns[variable.name]] for variable in contract.outputs}
    mass = np.diff(contract.vertical_grid.b_interface) * x[:, contract.input_columns["surface_air_pressure"]] / 9.80665
    enthalpy = 1003.4965034965 * rows["tendency_of_air_temperature"] + 2500800.0 * rows["tendency_of_specific_humidity"]
    radiation = rows["toa_net_downward_shortwave_flux"] - rows["toa_net_upward_longwave_flux"]
    radiation -= rows["surface_net_downward_shortwave_flux"] - rows["surface_net_upward_longwave_flux"]
    expected = (enthalpy * mass).sum(1) - radiation[:, 0]
    np.testing.assert_allclose(rows["heat_of_fusion"][:, 0], expected, atol=1e-3)
    polar = np.abs(train.latitude[:]) > 70
    assert 2.0 < rows["heat_of_fusion"][polar].mean() < 8.0  # snow reaches the ground there
    assert abs(rows["heat_of_fusion"][np.abs(train.latitude[:]) < 30].mean()) < 1.0
    with initialize_config_module("paramnet.conf", version_base="1.3"):
        config = typed(compose("train", ["experiment=rasp2018_stochastic", "adapters.base=c", "store=a", "output=b"]), TrainConfig)
    closure = build_constraint(config.constraints[-1], contract)
    np.testing.assert_allclose(closure(torch.from_numpy(x), torch.from_numpy(y)).numpy(), y, rtol=1e-6, atol=1e-10)
    wrong = y + 0.1 * y.std(0) * np.random.default_rng(1).normal(size=y.shape)
    closed = closure(torch.from_numpy(x), torch.from_numpy(wrong)).numpy()
    heat = closed[:, contract.output_columns["tendency_of_air_temperature"]] * 1003.4965034965
    moist = closed[:, contract.output_columns["tendency_of_specific_humidity"]] * 2500800.0
    fluxes = closed[:, 20] - closed[:, 21] - closed[:, 22] + closed[:, 23] + closed[:, 25]
    np.testing.assert_allclose(((heat + moist) * mass).sum(1), fluxes, atol=1e-4)
