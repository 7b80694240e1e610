"""Evaluation of a scheme.pt exported from a checkpoint, and of one without any information on its training."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hostile_torchscript import MARK, WritesWhenCalled, hostile_scheme
from torch import nn

from paramnet.contract import Contract, ContractMismatch, ParamnetError
from paramnet.evaluation import EvaluateConfig, evaluate
from paramnet.evaluation.candidate import of_scheme
from paramnet.exporting import ExportConfig, contract_manifest, export, write_artefact
from paramnet.physics.linear_response import GROWING
from paramnet.scheme.networks import ModelConfig
from paramnet.training import TrainConfig, TrainerConfig, train

SIZES = {"chunk": 300, "jacobian_columns": 5, "noise_samples": 200}


@pytest.fixture(scope="module")
def files(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkpoint and the scheme exported from it."""
    folder = tmp_path_factory.mktemp("judged")
    model, trainer = ModelConfig(hidden=[16], activation="silu"), TrainerConfig(epochs=1, batch_size=256, progress_bar=False)
    checkpoint = train(TrainConfig(str(convection_store), str(folder / "run"), model, trainer=trainer)).best_checkpoint
    return checkpoint, export(ExportConfig(str(checkpoint), str(folder / "scheme.pt")))


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores alone: drawing takes seconds."""
    monkeypatch.setattr("paramnet.evaluation.report.draw_figures", lambda judge, skill, folder: folder.mkdir() or [])


def skill_of(config: EvaluateConfig) -> dict[str, Any]:
    evaluate(config)
    found: dict[str, Any] = json.loads((Path(config.output) / "skill.json").read_text())
    return found


def differing(one: Any, other: Any, where: str = "", rtol: float = 2e-4) -> list[str]:
    """Places in which two tables differ by more than rounding errors of float32."""
    if isinstance(one, dict) and isinstance(other, dict):
        missing = [f"{where}.{key}" for key in one.keys() ^ other.keys()]
        return missing + [place for key in one.keys() & other.keys() for place in differing(one[key], other[key], f"{where}.{key}", rtol)]
    if isinstance(one, list) and isinstance(other, list) and all(isinstance(x, float | int) for x in (*one, *other)):
        size = max(map(abs, one), default=0.0)
        return [] if np.allclose(one, other, rtol=rtol, atol=1e-5 * size) else [where]
    if isinstance(one, list) and isinstance(other, list):
        return [place for i, pair in enumerate(zip(one, other, strict=True)) for place in differing(*pair, f"{where}[{i}]", rtol)]
    if isinstance(one, float | int) and isinstance(other, float | int):
        return [] if one == pytest.approx(other, rel=rtol, abs=1e-7) else [where]
    return [] if one == other else [where]


@pytest.mark.usefixtures("without_figures")
def test_an_exported_scheme_has_the_scores_of_its_checkpoint(files: tuple[Path, Path], tmp_path: Path) -> None:
    checkpoint, scheme = files
    expected = skill_of(EvaluateConfig(str(checkpoint), str(tmp_path / "checkpoint"), linear_checkpoint="none", **SIZES))
    found = skill_of(EvaluateConfig("", str(tmp_path / "scheme"), scheme=str(scheme), **SIZES))
    assert found["samples"] == 800 and found["climatology"] == "column" and {"distance", "latitude", "rain"} <= set(found["by"])
    known = {"split_in_training", "parameters", "flop_per_column", "contract_digest", "training_seed"}
    assert {key: found["provenance"][key] for key in known} == {key: expected["provenance"][key] for key in known}
    assert found["provenance"]["scheme"] == "scheme.pt" and "checkpoint" not in found["provenance"]
    assert differing({**expected, "provenance": 0}, {**found, "provenance": 0}) == []
    assert "that training never saw" in (tmp_path / "scheme" / "report.html").read_text()


@pytest.mark.usefixtures("without_figures")
def test_a_scheme_is_distinguished_from_another_in_the_same_output(files: tuple[Path, Path], tmp_path: Path) -> None:
    checkpoint, scheme = files
    config = EvaluateConfig("", str(tmp_path / "out"), scheme=str(scheme), limit=50, jacobian_columns=0, noise_samples=0)
    evaluate(config)
    before = (tmp_path / "out" / "skill.json").stat().st_mtime_ns
    evaluate(replace(config, scheme=str(shutil.copy(scheme, tmp_path / "same.pt"))))
    assert (tmp_path / "out" / "skill.json").stat().st_mtime_ns == before, "the same content"
    with pytest.raises(ParamnetError) as error:
        evaluate(replace(config, scheme="", checkpoint=str(checkpoint)))
    assert "checkpoint" in error.value.got and "overwrite=true" in error.value.remedy


@pytest.mark.parametrize("both", [{"checkpoint": "", "scheme": ""}, {"checkpoint": "a", "scheme": "b"}])
def test_exactly_one_file_is_evaluated(both: dict[str, str]) -> None:
    with pytest.raises(ParamnetError) as error:
        EvaluateConfig(**both, output="out")
    assert error.value.what == "checkpoint, scheme" and error.value.expected == "one file"


def test_a_scheme_that_could_do_more_than_compute_is_refused(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = hostile_scheme(files[1], WritesWhenCalled(), tmp_path / "hostile.pt")
    with pytest.raises(ParamnetError) as error:
        evaluate(EvaluateConfig("", str(tmp_path / "out"), scheme=str(path), **SIZES))
    assert error.value.expected == "TorchScript that only computes" and "trust=true" in error.value.remedy
    assert not (tmp_path / MARK).exists() and not (tmp_path / "out" / "skill.json").exists()


class Linear(nn.Module):
    """Heating and moistening that depend on temperature and humidity by known matrices."""

    def __init__(self, contract: Contract, growth: float) -> None:
        super().__init__()
        self.linear = nn.Linear(contract.n_in, contract.n_out)
        scale = contract.constants["latent_heat_of_vaporization"] / contract.constants["specific_heat_of_dry_air"]
        random, columns, levels = np.random.default_rng(6), contract.input_columns, contract.n_levels
        similar = np.eye(2 * levels) + 0.2 * random.normal(size=(2 * levels, 2 * levels))
        values = np.array([growth, *-np.geomspace(0.05, 20.0, 2 * levels - 1)])
        matrix = similar @ np.diag(values) @ np.linalg.inv(similar) / 86400.0  # of T and Lv q / cp, K
        weight = np.zeros((contract.n_out, contract.n_in))
        state = np.r_[columns["air_temperature"], columns["specific_humidity"]]
        factor = np.repeat([1.0, scale], levels)
        weight[np.ix_(range(2 * levels), state)] = matrix * factor / factor[:, None]
        self.linear.weight = nn.Parameter(torch.tensor(weight, dtype=torch.float32))
        self.linear.bias = nn.Parameter(torch.zeros(contract.n_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x)


def foreign_scheme(contract: Contract, growth: float, path: Path) -> Path:
    """As written by an import: with its own description, without information on its training."""
    described = replace(contract, description=f"{contract.description} Imported from somewhere.")
    write_artefact(
        Linear(contract, growth).eval(), contract_manifest(described, "foreign") | {"provenance": {"imported_from": "test"}}, path
    )
    return path


@pytest.mark.usefixtures("without_figures")
@pytest.mark.parametrize("growth", [0.26, 0.80])
def test_a_foreign_scheme_is_evaluated_with_its_known_growth_rate(
    growth: float, convection: Contract, convection_store: Path, tmp_path: Path
) -> None:
    path = foreign_scheme(convection, growth, tmp_path / "foreign.pt")
    skill = skill_of(EvaluateConfig("", str(tmp_path / "out"), scheme=str(path), store=str(convection_store), **SIZES))
    response = skill["linear_response"]
    assert set(response["base_states"]) >= {"mean", "mean response"} and response["columns"]["columns"] == 5
    for base in response["base_states"].values():
        assert base["growth_rate"] == pytest.approx(growth, rel=1e-4) and base["growing_modes"] == 1
        assert base["e_folding_days"] == pytest.approx(1 / growth, rel=1e-4) and base["fastest_decay"] == pytest.approx(-20, rel=1e-4)
    assert response["columns"]["growth_rate"]["max"] == pytest.approx(growth, rel=1e-4) and response["columns"]["share_growing"] == 1.0
    assert skill["climatology"] == "column" and skill["climatology_of"] == "the train split of the evaluated store"
    assert "distance" not in skill["by"] and "does not say" in skill["provenance"]["split_in_training"]
    assert response["growing_from"] == GROWING


def test_a_scheme_needs_data_of_its_contract(convection: Contract, convection_store: Path, tmp_path: Path) -> None:
    path = foreign_scheme(replace(convection, time_step=600.0), 0.3, tmp_path / "foreign.pt")
    with pytest.raises(ParamnetError) as error:
        evaluate(EvaluateConfig("", str(tmp_path / "out"), scheme=str(path)))
    assert error.value.what == "store, input" and error.value.got == "none"
    with pytest.raises(ContractMismatch) as refused:
        evaluate(EvaluateConfig("", str(tmp_path / "out"), scheme=str(path), store=str(convection_store)))
    assert "time_step" in refused.value.what


def test_a_wrong_value_on_the_training_in_a_manifest_is_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    from fuzz.mutations import with_agreeing_hashes
    from paramnet.exporting.archive import MANIFEST, members_of

    members = members_of(files[1].read_bytes())
    manifest, rest = json.loads(members[MANIFEST]), {key: value for key, value in members.items() if key != MANIFEST}
    for key, value in (("fit_on", 5), ("fit_on", [1])):
        manifest["provenance"]["training"][key] = value
        (tmp_path / "lies.pt").write_bytes(with_agreeing_hashes(rest, manifest))
        with pytest.raises(ParamnetError) as error:
            of_scheme(str(tmp_path / "lies.pt"), trust=False)
        assert error.value.what.startswith("provenance.training.fit_on") and "lies.pt" in error.value.where
