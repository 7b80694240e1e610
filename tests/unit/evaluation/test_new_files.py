"""Evaluation on files not used in training, directly and as a store without a train split, compared with the numbers in the files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import torch

from paramnet.cli.config import composed
from paramnet.cli.stages import evaluate, preprocess
from paramnet.contract import ParamnetError
from paramnet.exporting import ExportConfig, contract_manifest, export, load_scheme, write_artefact
from paramnet.scheme.networks import ModelConfig
from paramnet.store import StoreError, open_store
from paramnet.training import TrainConfig, TrainerConfig, train

HEATING = "tendency_of_air_temperature_due_to_convection"
NO_PROBES = ["jacobian_columns=0", "noise_samples=0", "envelope_samples=500"]


def skill(*words: str) -> dict[str, Any]:
    folder = evaluate(composed("evaluate", ["linear_checkpoint=none", *NO_PROBES, *words]))
    found: dict[str, Any] = json.loads((folder / "skill.json").read_text())
    return found


@pytest.fixture(scope="module", autouse=True)
def without_figures() -> Any:
    """Scores alone: drawing takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("paramnet.evaluation.report.draw_figures", lambda judge, skill, folder: folder.mkdir() or [])
        yield


@pytest.fixture(scope="module")
def folder(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``archive``, on which a small network was trained in ``run``, its scheme, and ``later``: two warmer days of the next year."""
    import runpy

    folder = tmp_path_factory.mktemp("new_files")
    write: Callable[[Path], Path] = runpy.run_path(str(repository / "data" / "make_cf_example.py"))["write"]
    write(folder / "archive")
    write(folder / "whole")
    (folder / "later").mkdir()
    _last_days(folder / "whole" / "cf_example.nc", folder / "later" / "cf_example.nc", steps=48)
    words = ("source=cf_example", f"input={folder}/archive", f"store={folder}/store", "quality_page=false", "cluster=inline")
    preprocess(composed("preprocess", [*words, "splits.block_days=1", "splits.gap_days=0.25"]))
    trainer = TrainerConfig(epochs=1, batch_size=256, progress_bar=False)
    run = train(TrainConfig(f"{folder}/store", f"{folder}/run", ModelConfig(hidden=[8], activation="silu"), trainer=trainer))
    export(ExportConfig(str(run.best_checkpoint), f"{folder}/scheme.pt"))
    return folder


def _last_days(source: Path, target: Path, steps: int) -> None:
    """The last ``steps`` of a file, a year later and 3 K warmer."""
    with netCDF4.Dataset(source) as old, netCDF4.Dataset(target, "w") as new:
        new.setncatts(old.__dict__)
        for name, dimension in old.dimensions.items():
            new.createDimension(name, steps if name == "time" else len(dimension))
        for name, variable in old.variables.items():
            made = new.createVariable(name, variable.dtype, variable.dimensions)
            made.setncatts(variable.__dict__)
            made[...] = variable[-steps:] if "time" in variable.dimensions else variable[...]
        new["time"][:] += 365.0 * 24.0
        new["t"][:] += 3.0


def errors_of_heating(folder: Path) -> tuple[float, float]:
    """Mean absolute error and bias in W m-2, area weighted, from the netCDF file and the scheme, by formulas written here."""
    with netCDF4.Dataset(folder / "later" / "cf_example.nc") as data:
        surface = 100.0 * data["sp"][:].data.reshape(-1)  # the attribute lies: hPa
        profiles = [data[name][:].data[:, ::-1].transpose(0, 2, 3, 1).reshape(-1, 8).astype(np.float64) for name in ("t", "q", "tntc")]
        edges = data["ap_bounds"][:].data + data["b_bounds"][:].data * surface[:, None, None]
        area = np.broadcast_to(np.cos(np.radians(data["latitude"][:].data))[:, None], (48, 4, 6)).reshape(-1)
    mass = (edges[:, :, 0] - edges[:, :, 1])[:, ::-1] / 9.81
    x = np.column_stack([profiles[0] + 273.15, profiles[1] / 1000.0, surface]).astype(np.float32)
    with torch.inference_mode():
        predicted = load_scheme(folder / "scheme.pt")[0](torch.from_numpy(x)).double().numpy()[:, :8]
    error = (predicted - profiles[2] / 86400.0) * 1004.5 * mass
    return (area @ np.abs(error) / area.sum()).mean(), (area @ error / area.sum()).mean()


@pytest.fixture(scope="module")
def alone(folder: Path) -> dict[str, Any]:
    return skill(f"checkpoint={folder}/run/best.ckpt", f"input={folder}/later", f"output={folder}/alone")


def test_new_files_are_scored_by_their_own_numbers(folder: Path, alone: dict[str, Any]) -> None:
    mae, bias = errors_of_heating(folder)
    assert alone["samples"] == 48 * 24 and alone["provenance"]["split_in_training"] == "that training never saw"
    assert alone[HEATING]["mae"] == pytest.approx(mae, rel=1e-5)
    assert alone[HEATING]["bias"] == pytest.approx(bias, rel=1e-4, abs=1e-5 * mae)


def test_climatology_and_distance_are_those_of_the_training_data(folder: Path, alone: dict[str, Any]) -> None:
    store, later = open_store(folder / "store"), open_store(folder / "alone" / "store")
    train_split, test = store.split("train"), later.split("test")
    where, there = np.asarray(train_split.column_index[...]), np.asarray(test.column_index[...])
    columns = store.contract.output_columns[HEATING]
    values = np.asarray(train_split.outputs[:, columns], dtype=np.float64)
    means = np.stack([values[where == column].mean(axis=0) for column in range(24)])
    surface = np.asarray(test.inputs[:, store.contract.input_columns["surface_air_pressure"].start], dtype=np.float64)
    error = means[there] - np.asarray(test.outputs[:, columns], dtype=np.float64)
    error *= 1004.5 * store.contract.vertical_grid.pressure_thickness(surface) / 9.81
    area = np.asarray(test.area_weight[...], dtype=np.float64)
    assert alone["climatology"] == "column"
    assert alone[HEATING]["climatology_mae"] == pytest.approx((area @ np.abs(error) / area.sum()).mean(), rel=1e-6)
    assert alone["by"]["distance"]["beyond all training"]["share"] > 0, "3 K warmer"


def test_a_store_without_train_split_has_the_scores_of_its_files(folder: Path, alone: dict[str, Any]) -> None:
    rules = ["splits.train.fraction=null", "splits.validation.fraction=null", "splits.test.fraction=1.0"]
    words = ("source=cf_example", f"input={folder}/later", f"store={folder}/all_test", "quality_page=false", "cluster=inline")
    preprocess(composed("preprocess", [*words, *rules]))
    with pytest.raises(StoreError):
        open_store(folder / "all_test").split("train")
    found = skill(f"checkpoint={folder}/run/best.ckpt", f"store={folder}/all_test", f"output={folder}/of_store")
    unlike = {"provenance"}
    assert {key: value for key, value in found.items() if key not in unlike} == {k: v for k, v in alone.items() if k not in unlike}
    assert found["provenance"]["split_in_training"] == "that training never saw"


def test_a_scheme_has_the_scores_of_its_checkpoint_on_new_files_and_the_log_tells_the_progress(
    folder: Path, alone: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "paramnet.reporting"):
        found = skill(f"scheme={folder}/scheme.pt", f"input={folder}/later", f"output={folder}/of_scheme", "chunk=500")
    told = [record.getMessage().partition(",")[0] for record in caplog.records if record.name == "paramnet.reporting.progress"]
    trained = len(open_store(folder / "store").split("train"))
    assert told[-3:] == [f"climatology: {trained} of {trained} samples", "evaluate: 3 of 3 chunks", "report: 3 of 3 steps"]
    assert found["samples"] == alone["samples"] and found["provenance"]["split_in_training"] == "that training never saw"
    for key in ("mae", "bias", "r2", "climatology_mae"):
        assert found[HEATING][key] == pytest.approx(alone[HEATING][key], rel=1e-5, abs=1e-6), key


def test_a_contract_without_moistening_has_no_linear_response_and_the_reason_is_given(folder: Path) -> None:
    found = skill(f"scheme={folder}/scheme.pt", f"output={folder}/probed", "jacobian_columns=2")
    assert found["linear_response"] == {"not_applicable": "the contract lacks a tendency of specific humidity by level"}
    assert found["jacobian"]["columns"] == 2
    assert "no linear response" in (folder / "probed" / "report.html").read_text()


def test_a_scheme_without_a_record_of_its_data_needs_a_source(folder: Path, tmp_path: Path) -> None:
    contract = open_store(folder / "store").contract
    module = torch.nn.Linear(contract.n_in, contract.n_out)
    write_artefact(module.eval(), contract_manifest(contract, "foreign"), tmp_path / "foreign.pt")
    with pytest.raises(ParamnetError) as error:
        skill(f"scheme={tmp_path}/foreign.pt", f"input={folder}/later", f"output={tmp_path}/out")
    assert error.value.what == f"scheme {tmp_path}/foreign.pt" and "source=" in error.value.remedy


def test_without_training_data_whatever_needs_them_is_omitted(folder: Path, tmp_path: Path) -> None:
    contract = open_store(folder / "store").contract
    write_artefact(torch.nn.Linear(contract.n_in, contract.n_out).eval(), contract_manifest(contract, "foreign"), tmp_path / "foreign.pt")
    probes = ["jacobian_columns=2", "noise_samples=20"]
    words = [f"scheme={tmp_path}/foreign.pt", f"input={folder}/later", f"output={tmp_path}/out", "source=cf_example", *probes]
    found = skill(*words)
    assert found["samples"] == 48 * 24 and found["climatology"] is None and not {"jacobian", "noise"} & set(found)
    assert not any("climatology" in key for row in found.values() if isinstance(row, dict) for key in row)
    assert "distance" not in found["by"] and "There is no climatology" in (tmp_path / "out" / "report.html").read_text()
