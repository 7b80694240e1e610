"""Outputs that are no energy, such as a cloud top and a flag, are scored in their own units."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from paramnet.contract import Contract, EnergyConversion, ParamnetError
from paramnet.evaluation import EvaluateConfig
from paramnet.evaluation.dataset import skill_dataset
from paramnet.evaluation.figures import joint_histograms, profiles
from paramnet.evaluation.judge import LEARNED, Chunk, Judge
from paramnet.evaluation.skill import skill_table
from paramnet.evaluation.zonal import bias_map
from paramnet.physics import energy_per_unit
from paramnet.store import ColumnStatistics
from paramnet.training.loss.energy import balance_weights, energy_spread
from paramnet.training.scores import ValidationScores

NONE = EnergyConversion("none", False)
TOP, FLAG = "cloud_top_height", "cloudy_layer"


@pytest.fixture(scope="module")
def contract() -> Contract:
    """cf_example with a cloud top in m and a layer of 0 and 1."""
    plain = Contract.from_yaml("cf_example")
    heating, rain = plain.outputs
    top = replace(rain, name=TOP, standard_name=TOP, units="m", valid_range=(0.0, 2e4), energy=NONE)
    flag = replace(heating, name=FLAG, standard_name=FLAG, units="1", valid_range=(0.0, 1.0), energy=NONE)
    return replace(plain, outputs=(heating, rain, top, flag))


@pytest.fixture(scope="module")
def judged(contract: Contract) -> tuple[Judge, dict[str, Any], np.ndarray]:
    """200 samples with errors of 100 m and of 0.25; heating and rain are exact."""
    random = np.random.default_rng(1)
    inputs = np.full((200, contract.n_in), 250.0)
    inputs[:, contract.input_columns[contract.surface_pressure_name]] = 1e5
    truth = random.normal(0, 1e-5, (200, contract.n_out))
    truth[:, contract.output_columns[TOP]] = random.uniform(2e3, 1e4, (200, 1))
    truth[:, contract.output_columns[FLAG]] = random.integers(0, 2, (200, contract.n_levels))
    predicted = truth.copy()
    predicted[:, contract.output_columns[TOP]] += 100.0
    predicted[:, contract.output_columns[FLAG]] += 0.25
    judge = Judge(contract, (LEARNED,), 20, EvaluateConfig("a.ckpt", "out"))
    column = np.arange(200) % 20
    judge.add(Chunk(inputs, truth, {LEARNED: predicted}, column, np.ones(200), np.linspace(-80.0, 80.0, 20)[column]))
    return judge, skill_table(judge), truth


def test_scores_are_in_the_outputs_own_units(judged: tuple[Judge, dict[str, Any], np.ndarray]) -> None:
    _, skill, truth = judged
    assert (skill[TOP]["units"], skill[FLAG]["units"], skill["column_heating"]["units"]) == ("m", "1", "W m-2")
    assert skill["units"] == {name: row["units"] for name, row in skill.items() if isinstance(row, dict) and "r2" in row}
    assert skill[TOP]["mae"] == pytest.approx(100.0) and skill[TOP]["bias"] == pytest.approx(100.0)
    assert skill[FLAG]["by_level"]["mae"] == pytest.approx([0.25] * truth[:, -8:].shape[1])
    assert skill["column_heating"]["mae"] == pytest.approx(0.0, abs=1e-9)


def test_the_dataset_gives_the_units_of_each_output(judged: tuple[Judge, dict[str, Any], np.ndarray]) -> None:
    judge, skill, _ = judged
    dataset = skill_dataset(judge, {**skill, "provenance": {}})
    assert dict(zip(dataset.output.values, dataset.output_units.values, strict=True)) == skill["units"]
    assert "units" not in dataset.mae.attrs and dataset.r2.units == "1"


def test_the_figures_say_them(judged: tuple[Judge, dict[str, Any], np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge, skill, _ = judged
    drawn: list[Figure] = []
    for module in ("figures", "zonal"):
        monkeypatch.setattr(f"paramnet.evaluation.{module}.save", lambda figure, folder, name: drawn.append(figure) or folder / name)
    for draw in (profiles, joint_histograms):
        draw(judge, skill, tmp_path)
    bias_map(judge, tmp_path)
    labels = [{text for axis in figure.axes for text in (axis.get_xlabel(), axis.get_title())} for figure in drawn]
    assert {"bias, W m⁻² per level", "bias, 1 per level"} <= labels[0]
    assert {"teacher, m", "teacher, W m⁻²", "teacher, 1"} <= labels[1]
    assert {"K day⁻¹", "1"} <= labels[2]


def test_the_loss_weighs_them_by_their_own_spread(contract: Contract) -> None:
    std = np.ones(contract.n_out)
    std[contract.output_columns[TOP]] = 3000.0
    zero = np.zeros(contract.n_out)
    statistics = ColumnStatistics(zero, std, zero - 1, zero + 1, std == 0, np.zeros((1, contract.n_out)))
    for balance in ("none", "variable", "column"):
        cost = (balance_weights(balance, contract, statistics) * energy_spread(contract, statistics)) ** 2
        assert cost[contract.output_columns[TOP]] == pytest.approx(1.0)
    plain = balance_weights("none", contract, statistics)
    assert len(np.unique(plain[: contract.output_columns[TOP].start])) == 1  # W m-2 are not touched by metres


def test_validation_has_a_bias_in_watts_only(contract: Contract) -> None:
    scores = ValidationScores(contract)
    assert list(scores.bias()) == [variable.name for variable in contract.outputs[:2]]


def test_no_energy_is_never_weighted_by_mass(contract: Contract) -> None:
    factor, weighted = energy_per_unit(contract)
    assert factor[contract.output_columns[FLAG]].tolist() == [1.0] * contract.n_levels
    assert not weighted[contract.output_columns[FLAG]].any()
    with pytest.raises(ParamnetError) as error:
        EnergyConversion("none", True)
    assert (error.value.what, error.value.got) == ("energy.mass_weighted", "true")
