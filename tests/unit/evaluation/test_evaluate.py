"""A complete evaluation on a small store: the files it writes, the settings it refuses."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from paramnet.contract import Contract, ContractMismatch, ParamnetError
from paramnet.evaluation import EvaluateConfig, evaluate
from paramnet.evaluation.climatology import train_climatology
from paramnet.reporting.html import number
from paramnet.scheme import load_checkpoint, part_in_training
from paramnet.scheme.networks import ModelConfig
from paramnet.store import open_store
from paramnet.training import TrainConfig, TrainerConfig, train
from report_page import page

DQ = "tendency_of_specific_humidity_due_to_convection"


def checkpoint(store: Path, output: Path, name: str = "mlp") -> Path:
    trainer = TrainerConfig(epochs=1, batch_size=256, progress_bar=False)
    model = ModelConfig(hidden=[16], activation="silu") if name == "mlp" else ModelConfig(kind="linear")
    return train(TrainConfig(store=str(store), output=str(output), model=model, trainer=trainer)).best_checkpoint


@pytest.fixture(scope="module")
def run(convection_store: Path, tmp_path_factory: pytest.TempPathFactory) -> EvaluateConfig:
    """A small network and a linear one, evaluated."""
    folder = tmp_path_factory.mktemp("evaluation")
    learned, linear = (checkpoint(convection_store, folder / name, name) for name in ("mlp", "linear"))
    config = EvaluateConfig(str(learned), str(folder / "out"), linear_checkpoint=str(linear), chunk=300)
    evaluate(config)
    return config


@pytest.fixture(scope="module")
def skill(run: EvaluateConfig) -> dict[str, Any]:
    return json.loads((Path(run.output) / "skill.json").read_text())


def test_every_output_and_column_integral_has_its_scores(skill: dict[str, Any], convection: Contract) -> None:
    for name in (*convection.output_columns, "column_heating", "column_moistening", "column_rain"):
        assert {"r2", "mae", "rmse", "bias", "linear_mae", "linear_r2", "climatology_mae", "units"} <= set(skill[name]), name
    assert len(skill[DQ]["by_level"]["mae"]) == 10
    assert skill[DQ]["by_level"]["r2"][0] is None, "the top level never acts, so it has no R²"
    assert np.mean(skill[DQ]["by_level"]["mae"]) == pytest.approx(skill[DQ]["mae"])


def test_scores_have_intervals(skill: dict[str, Any]) -> None:
    row = skill[DQ]
    assert row["low"]["r2"] < row["r2"] < row["high"]["r2"] and row["low"]["linear_mae"] < row["linear_mae"] < row["high"]["linear_mae"]
    minus = row["learned_minus"]["linear"]["mae"]
    assert minus["low"] < minus["value"] == row["mae"] - row["linear_mae"] < minus["high"]
    assert skill["uncertainty"]["level"] == 0.95


def test_the_dataset_has_the_scores_of_the_json(run: EvaluateConfig, skill: dict[str, Any], convection: Contract) -> None:
    with xr.open_dataset(Path(run.output) / "skill.nc") as dataset:
        dataset.load()
    assert list(dataset.predictor.values) == ["learned", "linear", "climatology"]
    for score in ("r2", "mae", "rmse", "bias"):
        for name in dataset.output.values:
            assert float(dataset[score].sel(predictor="linear", output=name)) == skill[name][f"linear_{score}"]
        levels = dataset[f"level_{score}"].sel(predictor="learned", profile=DQ)
        np.testing.assert_array_equal(levels, np.array(skill[DQ]["by_level"][score], dtype=np.float64))
    tropics = dataset.sel(stratum="latitude: tropics, to 15°", predictor="learned", output=DQ)
    assert float(tropics.stratum_mae) == skill["by"]["latitude"]["tropics, to 15°"][DQ]["mae"]
    assert (dataset.mae.units, dataset.r2.units, dataset.pressure.units) == ("W m-2", "1", "Pa")
    assert dataset.attrs["contract_digest"] == convection.digest


def test_the_dataset_has_the_sums_behind_the_figures(run: EvaluateConfig, skill: dict[str, Any]) -> None:
    with xr.open_dataset(Path(run.output) / "skill.nc") as dataset:
        dataset.load()
    assert float(dataset.joint_count.sel(output=DQ).sum()) == 10 * skill["samples"]
    np.testing.assert_allclose(dataset.rain_count.sum("rain_class"), skill["samples"])
    assert dataset.residual_count.sizes["residual_class"] + 1 == dataset.residual_edge.size
    weight = np.diff(np.sin(np.radians(dataset.latitude_bounds)), axis=1)
    assert dataset.latitude_bias.dims == ("profile", "level", "latitude") and weight.sum() == pytest.approx(2.0)


def test_the_dataset_has_the_intervals_and_what_the_figures_of_sensitivity_show(run: EvaluateConfig, skill: dict[str, Any]) -> None:
    with xr.open_dataset(Path(run.output) / "skill.nc") as dataset:
        dataset.load()
    for limit in ("low", "high"):
        assert float(dataset[f"r2_{limit}"].sel(predictor="linear", output=DQ)) == skill[DQ][limit]["linear_r2"]
        assert dataset[f"level_bias_{limit}"].dims == ("predictor", "profile", "level")
    block = dataset.jacobian.sel(jacobian_block=0).values
    np.testing.assert_array_equal(block, skill["jacobian"]["blocks"][0]["mean"])
    np.testing.assert_array_equal(dataset.noise_r2.sel(output=DQ), skill["noise"]["variables"][DQ]["r2"])
    base = skill["linear_response"]["base_states"][str(dataset.base_state.values[0])]
    np.testing.assert_array_equal(dataset.eigenvalue_imaginary[0], base["eigenvalues"]["imaginary"])
    np.testing.assert_array_equal(dataset.mode_humidity_real[0], base["fastest_mode"]["humidity"]["real"])


def errors_without_bias(value: Any, where: str = "skill") -> list[str]:
    """Places with a mean absolute error but no bias."""
    if not isinstance(value, dict):
        return []
    missing = [f"{where}.{key}" for key in value if key.endswith("mae") and key.removesuffix("mae") + "bias" not in value]
    return missing + [place for key, item in value.items() for place in errors_without_bias(item, f"{where}.{key}")]


def test_a_bias_goes_with_every_mean_absolute_error(run: EvaluateConfig, skill: dict[str, Any]) -> None:
    assert errors_without_bias(skill) == [] and "bias" in skill["budgets"]["water"]["learned"]
    report = (Path(run.output) / "report.html").read_text()
    assert report.count('colspan="3">mean absolute error') == 1 == report.count('colspan="3" title="mean of prediction minus truth">bias')


def test_the_bias_is_prediction_minus_truth_and_is_given_with_the_mean_of_the_truth(
    run: EvaluateConfig, skill: dict[str, Any], convection_store: Path
) -> None:
    import torch

    from paramnet.physics import to_watts_per_square_metre

    scheme, contract, _ = load_checkpoint(run.checkpoint)
    split = open_store(convection_store).split("test")
    inputs, truth = np.asarray(split.inputs[:]), np.asarray(split.outputs[:], dtype=np.float64)
    with torch.inference_mode():
        predicted = scheme(torch.from_numpy(inputs)).double().numpy()
    pressure = inputs[:, contract.input_columns["surface_air_pressure"].start].astype(np.float64)
    columns = contract.output_columns[DQ]
    mean = [to_watts_per_square_metre(contract, values, pressure)[:, columns].mean() for values in (predicted, truth)]
    assert skill[DQ]["bias"] == pytest.approx(mean[0] - mean[1], rel=1e-5)
    assert skill[DQ]["truth_mean"] == pytest.approx(mean[1], rel=1e-6)


def test_scores_are_those_of_the_scheme_on_the_test_split(run: EvaluateConfig, skill: dict[str, Any], convection_store: Path) -> None:
    import torch

    from paramnet.physics import to_watts_per_square_metre

    scheme, contract, _ = load_checkpoint(run.checkpoint)
    split = open_store(convection_store).split("test")
    inputs = np.asarray(split.inputs[:])
    with torch.inference_mode():
        predicted = scheme(torch.from_numpy(inputs)).numpy()
    pressure = inputs[:, contract.input_columns["surface_air_pressure"].start].astype(np.float64)
    columns = contract.output_columns[DQ]
    difference = predicted.astype(np.float64) - np.asarray(split.outputs[:], dtype=np.float64)
    error = to_watts_per_square_metre(contract, difference, pressure)[:, columns]
    assert skill[DQ]["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-6)


def test_the_report_is_self_contained(run: EvaluateConfig) -> None:
    text = (Path(run.output) / "report.html").read_text()
    assert text.count("data:image/svg+xml;base64,") == len(list((Path(run.output) / "figures").glob("*.svg"))) == 11
    assert "http" not in text and 'src="figures' not in text
    assert "Convective regimes" in text and "Provenance" in text


def test_the_report_is_complete_for_readers_of_all_kinds(run: EvaluateConfig, skill: dict[str, Any]) -> None:
    report = page((Path(run.output) / "report.html").read_text())
    assert report.faults() == []
    assert {"skill.json", "skill.nc"} <= set(report.links)
    r2 = next(text for text in report.pictures if text.startswith("Prediction against truth"))
    assert number(skill[DQ]["r2"], 2) in r2


def test_the_provenance_says_how_the_evaluation_was_made(skill: dict[str, Any]) -> None:
    assert skill["provenance"]["training_seed"] == 1
    made = skill["provenance"]["made"]
    assert made["versions"]["numpy"] == np.__version__ and made["wall_seconds"] > 0 and "core" in made["machine"]


def test_no_partial_file_remains(run: EvaluateConfig) -> None:
    assert not list(Path(run.output).glob("*.partial"))


def test_a_climatology_by_column_is_the_training_mean_of_that_column(convection_store: Path) -> None:
    store = open_store(convection_store)
    climatology = train_climatology(store, "column", np.array([0]), chunk=1000)
    outputs = np.asarray(store.split("train").outputs[:], dtype=np.float64)
    assert climatology.kind == "column"
    np.testing.assert_allclose(climatology(np.array([0, 0]))[1], outputs.mean(axis=0), rtol=1e-10)


@pytest.mark.parametrize("kind", ["column", "global"])
def test_a_climatology_includes_all_splits_used_for_fitting(convection_store: Path, kind: str) -> None:
    store = open_store(convection_store)
    climatology = train_climatology(store, kind, np.array([0]), chunk=1000, fitted_on=["train", "validation"])
    outputs = np.concatenate([np.asarray(store.split(name).outputs[:], dtype=np.float64) for name in ("train", "validation")])
    np.testing.assert_allclose(climatology(np.array([0]))[0], outputs.mean(axis=0), rtol=1e-10)


def test_the_report_has_the_use_of_the_split_in_training(run: EvaluateConfig) -> None:
    text = (Path(run.output) / "report.html").read_text()
    assert "split that training never saw" in text.replace("</em>", "") and "MFLOP per column" in text
    checkpoint = load_checkpoint(run.checkpoint)
    store = open_store(checkpoint.meta["store"]["path"])
    found = [part_in_training(name, checkpoint, store) for name in ("train", "validation", "test")]
    assert found == ["that training was fitted to", "that chose the epoch", "that training never saw"]


def test_a_column_never_trained_on_falls_back_to_the_global_mean(convection_store: Path) -> None:
    climatology = train_climatology(open_store(convection_store), "column", np.array([0, 3]), chunk=1000)
    assert climatology.kind == "global" and climatology(np.array([3])).shape == (1, 30)


def test_a_store_of_another_contract_is_refused(run: EvaluateConfig, convection: Contract, make_store: Callable[[Contract], Path]) -> None:
    other = make_store(replace(convection, time_step=600.0))
    with pytest.raises(ContractMismatch) as refused:
        evaluate(replace(run, store=str(other)))
    assert "time_step" in refused.value.what


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [("split", "tset", "validation"), ("climatology", "monthly", "global"), ("chunk", 0, "positive"), ("limit", -1, "0 or a positive")],
)
def test_a_wrong_setting_is_named(key: str, value: Any, expected: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        EvaluateConfig(**({"checkpoint": "a", "output": "b"} | {key: value}))
    assert refused.value.what == key and expected in refused.value.expected and str(value) in refused.value.got


def test_climsim_climatology_reproduces_the_published_check(shared_data: Path) -> None:
    """Train-period mean of each column, months 1–5 against 6–7: 4.93 and 6.04 W/m² (real files, through our own formulas)."""
    import netCDF4

    from paramnet.evaluation.moments import ColumnMoments
    from paramnet.evaluation.scores import scores
    from paramnet.physics import to_watts_per_square_metre

    contract, folder = Contract.from_yaml("climsim_v1"), shared_data / "climsim_low_res"
    with netCDF4.Dataset(folder / "ClimSim_low-res_grid-info.nc") as grid:
        area = np.asarray(grid["area"][:] / grid["area"][:].mean())
    outputs, pressure, months = [], [], []
    for before in sorted(folder.glob("*.mli.*.nc")):
        with netCDF4.Dataset(before) as a, netCDF4.Dataset(str(before).replace(".mli.", ".mlo.")) as b:
            step = np.zeros((area.size, contract.n_out))
            for name, variable in (("tendency_of_air_temperature", "state_t"), ("tendency_of_specific_humidity", "state_q0001")):
                step[:, contract.output_columns[name]] = (b[variable][:] - a[variable][:]).T / 1200.0
            outputs.append(step)
            pressure.append(np.asarray(a["state_ps"][:]))
            months.append(int(before.name.split("-")[2]))
    trained = np.array(months) <= 5
    climatology = np.mean([o for o, t in zip(outputs, trained, strict=True) if t], axis=0)
    judged = ColumnMoments(area.size, contract.n_out, ("climatology",), np.zeros(contract.n_out))
    for step, surface in [(o, p) for o, p, t in zip(outputs, pressure, trained, strict=True) if not t]:
        truth, predicted = (to_watts_per_square_metre(contract, values, surface) for values in (step, climatology))
        judged.add(np.arange(area.size), area, np.zeros(area.size), truth, {"climatology": predicted})
    mae = scores(judged, "climatology").mae
    found = [mae[contract.output_columns[name]].mean() for name in ("tendency_of_air_temperature", "tendency_of_specific_humidity")]
    assert found == pytest.approx([4.93, 6.04], abs=0.006)
