"""Every shipped YAML file for training and export composes, validates and builds its scheme."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_module
from omegaconf import DictConfig

from paramnet.cli.config import typed
from paramnet.contract import Contract, ParamnetError
from paramnet.exporting import ExportConfig
from paramnet.exporting.export import AIMS
from paramnet.scheme import Scheme
from paramnet.store import ColumnStatistics
from paramnet.training import TrainConfig

CONF = Path(__file__).resolve().parents[3] / "conf"
# By experiment: contract ("": that of any store) and number of weights, for quick with the contract below.
EXPERIMENTS = {
    "climate_invariant": ("rasp2018", 582_977),
    "climsim_mlp_v1": ("climsim_v1", 685_696),
    "climsim_unet": ("climsim_v1", 60_298),
    "lorenz96": ("lorenz96", 34_689),
    "plasim_demo": ("plasim_convection", 100_641),
    "quick": ("", 53_569),
    "rasp2018": ("rasp2018", 567_361),
    "rasp2018_plasim": ("rasp2018_plasim", 541_721),
    "rasp2018_stochastic": ("rasp2018_plasim_fusion", 558_394),
}


def composed(name: str, *overrides: str) -> DictConfig:
    with initialize_config_module("paramnet.conf", version_base="1.3"):
        return compose(name, list(overrides))


def names(group: str) -> list[str]:
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def unit_statistics(width: int) -> ColumnStatistics:
    one, zero = np.ones(width), np.zeros(width)
    return ColumnStatistics(zero, one, -one, one, zero.astype(bool), np.zeros((5, width)))


def test_every_experiment_is_tested_here_and_documented(repository: Path) -> None:
    assert set(names("experiment")) == set(EXPERIMENTS)
    text = (repository / "docs" / "start" / "experiments.md").read_text()
    assert all(f"`{name}`" in text for group in ("experiment", "coupled", "pipeline") for name in names(group))


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_an_experiment_builds_its_scheme(experiment: str) -> None:
    base = ["adapters.base=c"] if experiment == "rasp2018_stochastic" else []
    config = typed(composed("train", f"experiment={experiment}", "store=a", "output=b", *base), TrainConfig)
    contract_name, weights = EXPERIMENTS[experiment]
    assert config.contract == contract_name
    contract = Contract.from_yaml(config.contract or "rasp2018")
    statistics = (unit_statistics(contract.n_in), unit_statistics(contract.n_out))
    scheme = Scheme(contract, *statistics, config.model, config.features, config.constraints)
    assert sum(parameter.numel() for parameter in scheme.parameters()) == weights


@pytest.mark.parametrize("experiment", ["climsim_mlp_v1", "climsim_unet"])
def test_the_climsim_recipes_hide_stratospheric_humidity_and_predict_means(experiment: str) -> None:
    config = typed(composed("train", f"experiment={experiment}", "store=a", "output=b"), TrainConfig)
    contract = Contract.from_yaml("climsim_v1")
    statistics = (unit_statistics(contract.n_in), unit_statistics(contract.n_out))
    scheme = Scheme(contract, *statistics, config.model, config.features, config.constraints, config.inputs)
    x = torch.rand(50, contract.n_in, dtype=torch.float64)
    x[:, contract.input_columns["surface_air_pressure"]] = 1e5
    x[:, contract.input_columns["air_temperature"]] += 250.0
    x[:, contract.input_columns["specific_humidity"]] *= 1e-5
    scheme.features.fit(x)
    hidden = np.flatnonzero(~scheme.shown().numpy())
    humidity, aloft = contract.input_columns["specific_humidity"].start, np.arange(19)  # 19 levels are above 100 hPa
    np.testing.assert_array_equal(hidden, np.concatenate([humidity + aloft, contract.n_in + aloft]))
    assert (config.inputs.floor_of_features, config.loss.kind, config.loss.bias_rate) == (1.0, "mae", 0.02)


def test_the_u_net_weights_surface_variables_by_four_and_profiles_by_one() -> None:
    config = typed(composed("train", "experiment=climsim_unet", "store=a", "output=b"), TrainConfig)
    contract = Contract.from_yaml("climsim_v1")
    weights = {variable.name: config.loss.weights.get(variable.name, 1.0) for variable in contract.outputs}
    assert weights == {variable.name: 1.0 if variable.is_profile else 4.0 for variable in contract.outputs}


PHYSICS = {
    "climate_invariant": "climsim_v1",
    "cloud_phase": "climsim_v2",
    "closed": "rasp2018",
    "closed_with_fusion": "rasp2018_plasim_fusion",
}


@pytest.mark.parametrize("physics", names("physics"))
def test_physics_replaces_the_layers_of_a_model(physics: str) -> None:
    config = typed(composed("train", "model=small_mlp", f"physics={physics}", "store=a", "output=b"), TrainConfig)
    contract = Contract.from_yaml(PHYSICS[physics])
    statistics = (unit_statistics(contract.n_in), unit_statistics(contract.n_out))
    scheme = Scheme(contract, *statistics, config.model, config.features, config.constraints, config.inputs)
    x = torch.rand(3, contract.n_in) + 1.0
    x[:, contract.input_columns["surface_air_pressure"]] = 1e5
    x[:, contract.input_columns["air_temperature"]] *= 200.0
    assert bool(torch.isfinite(scheme(x)).all())
    assert config.inputs.hidden == (["air_temperature", "specific_humidity", "surface_upward_latent_heat_flux"] if config.features else [])


@pytest.mark.parametrize("group", ["model", "loss", "trainer", "trainer/schedule", "trainer/average", "logger"])
def test_every_choice_of_a_group_validates(group: str) -> None:
    assert names(group)
    for name in names(group):
        typed(composed("train", f"{group}={name}", "store=a", "output=b"), TrainConfig)


@pytest.mark.parametrize("adapters", names("adapters"))
def test_every_kind_of_adapter_validates_and_requires_a_base(adapters: str) -> None:
    given = ("store=a", "output=b", f"adapters={adapters}")
    if adapters != "none":
        with pytest.raises(ParamnetError) as refused:
            typed(composed("train", *given), TrainConfig)
        assert refused.value.what == "adapters.base"
        given += ("adapters.base=runs/train/best.ckpt", *(["adapters.teacher=best.ckpt"] if adapters == "distilled" else []))
    assert typed(composed("train", *given), TrainConfig).adapters.adapts == (adapters != "none")


def test_the_linear_baseline_of_an_experiment_sees_the_bare_inputs() -> None:
    config = typed(composed("train", "experiment=plasim_demo", "model=linear", "store=a", "output=b"), TrainConfig)
    assert config.model.kind == "linear" and config.features == [] and config.constraints == []


def test_export_validates() -> None:
    config = typed(composed("export", "checkpoint=a", "output=b"), ExportConfig)
    assert config.samples >= 10_000 and config.rms == 10 * AIMS["float64_rms"] and config.max == 10 * AIMS["float64_max"]


def test_a_misspelt_key_is_refused_with_the_likely_one() -> None:
    with pytest.raises(ParamnetError) as refused:
        typed(composed("train", "+trainer.lerning_rate=1", "store=a", "output=b"), TrainConfig)
    assert "trainer.lerning_rate" in str(refused.value) and "trainer.learning_rate" in str(refused.value)


def test_a_renamed_key_is_refused_with_its_new_name() -> None:
    with pytest.raises(ParamnetError) as refused:
        typed(composed("train", "+trainer.memory_budget_gb=4", "store=a", "output=b"), TrainConfig)
    assert "memory_budget_gb" in str(refused.value) and "trainer.data.residence=auto" in str(refused.value)


def test_an_experiment_has_its_schedule_and_accepts_another() -> None:
    base = ("experiment=plasim_demo", "store=a", "output=b")
    assert typed(composed("train", *base), TrainConfig).trainer.schedule.kind == "one_cycle"
    assert typed(composed("train", *base, "trainer/schedule=plateau"), TrainConfig).trainer.schedule.kind == "plateau"


def test_the_network_with_memory_is_small_and_composes_with_an_experiment() -> None:
    config = typed(composed("train", "experiment=rasp2018_plasim", "model=column_memory", "store=a", "output=b"), TrainConfig)
    contract = Contract.from_yaml(config.contract)
    scheme = Scheme(contract, unit_statistics(contract.n_in), unit_statistics(contract.n_out), config.model, [], [])
    assert sum(parameter.numel() for parameter in scheme.parameters()) == 225_081 and scheme.width == contract.n_in + 16
    timescales = -1.0 / torch.log(torch.sigmoid(scheme.network.body.head.bias[-16:].detach()))
    assert timescales.min() == pytest.approx(1.0, rel=1e-3) and timescales.max() == pytest.approx(24.0, rel=1e-3)
