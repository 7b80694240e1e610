"""A network with memory is judged over the sequences of a split, without the steps that fill its memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.evaluation import EvaluateConfig, evaluate, texts
from paramnet.evaluation.candidate import of_scheme
from paramnet.evaluation.judge import Judge
from paramnet.evaluation.persistence_figures import autocorrelations
from paramnet.exporting import ExportConfig, contract_manifest, export, write_artefact
from paramnet.physics import to_watts_per_square_metre
from paramnet.reporting.picture import Picture, numbered
from paramnet.scheme import load_checkpoint
from paramnet.store import open_store

LENGTH, BURN_IN = 8, 2
HEATING = "tendency_of_air_temperature_due_to_convection"


def judged(folder: Path, **options: Any) -> dict[str, Any]:
    evaluate(EvaluateConfig(output=str(folder), jacobian_columns=3, noise_samples=60, **options))
    skill: dict[str, Any] = json.loads((folder / "skill.json").read_text())
    return skill


def one_figure(judge: Judge, skill: dict[str, Any], folder: Path) -> list[Picture]:
    """That of the autocorrelation: drawing all takes seconds."""
    text = texts.autocorrelations(judge, skill)
    return numbered([(autocorrelations(judge, skill, folder), "distributions", "Autocorrelation in time", "", text)])


@pytest.fixture(scope="module", autouse=True)
def with_one_figure() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("paramnet.evaluation.report.draw_figures", one_figure)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("skill") / "out"


@pytest.fixture(scope="module")
def skill(memory_run: Any, folder: Path) -> dict[str, Any]:
    return judged(folder, checkpoint=str(memory_run[1].best_checkpoint), chunk=203)


def test_scores_are_those_of_the_unrolled_network_after_the_burn_in(skill: dict[str, Any], memory_run: Any, sequence_store: Path) -> None:
    scheme, contract, _ = load_checkpoint(memory_run[1].best_checkpoint)
    split = open_store(sequence_store).split("test")
    x, y = (torch.from_numpy(side[...]).unflatten(0, (-1, LENGTH)) for side in (split.inputs, split.outputs))
    with torch.no_grad():
        predicted = scheme.with_logits(x)[0].double()[:, BURN_IN:].flatten(0, 1).numpy()
    truth, pressure = (of[:, BURN_IN:].flatten(0, 1).double().numpy() for of in (y, x[..., contract.input_columns["surface_air_pressure"]]))
    wanted, found = (to_watts_per_square_metre(contract, values, pressure[:, 0]) for values in (truth, predicted))
    assert skill["samples"] == len(truth) == 600 and (skill["provenance"]["sequence"], skill["provenance"]["burn_in"]) == (LENGTH, BURN_IN)
    level = contract.output_columns[HEATING].start + 5
    r2 = 1 - np.square(found - wanted)[:, level].mean() / wanted[:, level].var()
    assert skill[HEATING]["by_level"]["r2"][5] == pytest.approx(r2, abs=1e-5)
    assert skill[HEATING]["r2"] > 0.5 > 0.1 > skill[HEATING]["linear_r2"]
    assert skill["noise"]["samples"] == 7 * (LENGTH - BURN_IN) and skill["jacobian"]["columns"] == 3


def test_heating_that_follows_independent_inputs_does_not_last(skill: dict[str, Any], folder: Path) -> None:
    table = skill["autocorrelation"]
    assert table["hours"] == [0.5, 1.0, 2.0]  # six steps of half an hour count
    rows = table["variables"][HEATING]
    assert rows.keys() == {"truth", "learned", "linear"}
    assert rows["truth"][0][0] is None and all(abs(value) < 0.2 for lag in rows["truth"] for value in lag[1:])
    assert list((folder / "figures").glob("autocorrelation.*"))
    assert "After 0.5 h. Column heating teacher" in (folder / "report.html").read_text()


def test_an_exported_scheme_has_the_scores_of_its_checkpoint(
    skill: dict[str, Any], memory_run: Any, sequence_store: Path, tmp_path: Path
) -> None:
    scheme = export(ExportConfig(checkpoint=str(memory_run[1].best_checkpoint), output=str(tmp_path / "scheme.pt"), samples=80))
    exported = judged(tmp_path / "out", checkpoint="", scheme=str(scheme), store=str(sequence_store))
    assert exported["samples"] == 600
    for key in ("r2", "mae"):
        assert exported["column_heating"][key] == pytest.approx(skill["column_heating"][key], rel=1e-4)


def test_a_store_without_sequences_is_refused(memory_run: Any, convection_store: Path, tmp_path: Path) -> None:
    with pytest.raises(ParamnetError) as refused:
        judged(tmp_path / "out", checkpoint=str(memory_run[1].best_checkpoint), store=str(convection_store))
    assert (refused.value.what, refused.value.got) == ("a network with memory", "one of single samples")


def test_a_file_that_keeps_its_noise_is_refused(convection: Contract, tmp_path: Path) -> None:
    described = contract_manifest(convection, "kept") | {"state": [{"name": "noise", "start": [0.0, 0.0]}], "random_numbers": 2}
    write_artefact(torch.nn.Linear(convection.n_in + 4, convection.n_out + 2), described, tmp_path / "kept.pt")
    with pytest.raises(ParamnetError) as refused:
        of_scheme(str(tmp_path / "kept.pt"), trust=False)
    assert refused.value.got == "one that keeps noise from step to step"
