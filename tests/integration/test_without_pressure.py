"""Schemes without pressure: levels by height, or no levels at all, from files to the bridge."""

import json
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr

import paramnet
from paramnet.bridge import BridgeError, Scheme
from paramnet.contract import Contract, ParamnetError
from paramnet.evaluation import EvaluateConfig, evaluate
from paramnet.execution import ClusterConfig
from paramnet.exporting import ExportConfig, export
from paramnet.preprocessing import PreprocessConfig, SplitConfig, SplitRule, preprocess
from paramnet.scheme.networks import ModelConfig
from paramnet.sources import SourceConfig
from paramnet.sources.layout import SourceDimensions, SourceGrid, SourceTime
from paramnet.sources.rules import SourceVariable
from paramnet.store import open_store
from paramnet.training import TrainConfig, TrainerConfig, train

HEIGHTS = [12000.0, 8000.0, 4000.0, 1500.0, 200.0]  # m, from the top
UP, WET, CLOUD, BASE = "updraught", "surface_wetness", "cloudy", "cloud_base"


def row(name: str, units: str, limits: tuple[float, float], profile: bool, output: bool) -> dict[str, Any]:
    time = {"level": "after_physics", "method": "mean"} if output else {"level": "before_physics", "method": "instantaneous"}
    dims = ["column", "level"] if profile else ["column"]
    given = {"name": name, "standard_name": name, "long_name": name, "units": units, "dims": dims, "time": time, "sign": "none"}
    return given | {"valid_range": list(limits)} | ({"energy": {"factor": "none", "mass_weighted": False}} if output else {})


def contract_of(kind: str) -> Contract:
    """A scheme of a few values per column; with heights also of a profile. The file has the levels from the ground up."""
    profile = kind == "height"
    grid = {"kind": kind, "order": "bottom_first", **({"height": HEIGHTS[::-1]} if profile else {})}
    table = {"name": f"clouds_by_{kind}", "description": "Clouds.", "time_step": 1800.0, "tendency_interval": 1800.0}
    inputs = [row(UP, "m s-1", (-9.0, 9.0), profile, False), row(WET, "1", (0.0, 1.0), False, False)]
    outputs = [row(CLOUD, "1", (0.0, 1.0), profile, True), row(BASE, "m", (0.0, 2e4), False, True)]
    return Contract.from_dict(table | {"vertical_grid": grid, "constants": {}, "inputs": inputs, "outputs": outputs})


def write_files(folder: Path, contract: Contract) -> None:
    """Four days of half-hours on 12 columns; levels from the ground up, in km."""
    folder.mkdir()
    random = np.random.default_rng(3)
    with netCDF4.Dataset(folder / "clouds.nc", "w") as file:
        for name, size in (("time", 192), ("level", 5), ("cell", 12)):
            file.createDimension(name, size)
        for name, dim, values, units in (
            ("time", "time", np.arange(192) / 48, "days since 2001-01-01"),
            ("height", "level", np.array(HEIGHTS[::-1]) / 1000, "km"),
            ("lat", "cell", np.linspace(-60, 60, 12), "degrees_north"),
            ("lon", "cell", np.linspace(0, 330, 12), "degrees_east"),
        ):
            file.createVariable(name, "f8", (dim,))[:] = values
            file[name].units = units
        profile = contract.n_levels > 0
        up = random.uniform(-5, 5, (192, 5, 12) if profile else (192, 12))
        wet = random.uniform(0, 1, (192, 12))
        for name, values, units in ((UP, up, "m s-1"), (WET, wet, "1"), (CLOUD, (up > 0) * 1.0, "1"), (BASE, 1500 - 1000 * wet, "m")):
            dims = ("time", "level", "cell") if values.ndim == 3 else ("time", "cell")
            file.createVariable(name, "f4", dims)[:] = values
            file[name].units = units


@pytest.fixture(scope="module", params=["height", "none"])
def scheme(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Contract, Path]:
    """Contract and folder with store, run, evaluation and scheme.pt."""
    folder, contract = tmp_path_factory.mktemp(request.param), contract_of(request.param)
    (folder / "clouds.yaml").write_text(json.dumps(contract.to_dict()))
    write_files(folder / "files", contract)
    profile = contract.n_levels > 0
    source = SourceConfig(
        name="clouds",
        reader="cf",
        contract=str(folder / "clouds.yaml"),
        pattern="*.nc",
        dims=SourceDimensions(["cell"], "level", "time", "auto" if profile else "top_first"),
        time=SourceTime(variable="time"),
        grid=SourceGrid("lat", "lon", "uniform", vertical="height" if profile else "", vertical_of_contract=not profile),
        variables={name: SourceVariable(name=name) for name in (UP, WET, CLOUD, BASE)},
    )
    splits = SplitConfig(SplitRule(0.5), SplitRule(0.25), SplitRule(0.25), block_days=1.0, gap_days=0.0)
    cluster = ClusterConfig(kind="inline")
    store = preprocess(PreprocessConfig(source, str(folder / "files"), str(folder / "store"), splits=splits, cluster=cluster))
    trainer = TrainerConfig(epochs=1, batch_size=128, progress_bar=False)
    run = train(TrainConfig(str(store), str(folder / "run"), model=ModelConfig(hidden=[16]), trainer=trainer, linear_baseline=False))
    evaluate(EvaluateConfig(str(run.best_checkpoint), str(folder / "evaluation"), noise_samples=0))
    export(ExportConfig(str(run.best_checkpoint), str(folder / "scheme.pt")))
    return contract, folder


def test_levels_are_stored_from_the_top_and_skill_is_in_own_units(scheme: tuple[Contract, Path]) -> None:
    contract, folder = scheme
    store = open_store(folder / "store")
    assert store.contract.digest == contract.digest and contract.vertical_grid.order == "top_first"
    split = store.split("train")
    with netCDF4.Dataset(folder / "files" / "clouds.nc") as file:
        got = split.inputs[0][contract.input_columns[UP]]
        np.testing.assert_allclose(got, np.atleast_1d(file[UP][int(split.time_index[0]), ..., int(split.column_index[0])])[::-1], rtol=1e-6)
    skill = json.loads((folder / "evaluation" / "skill.json").read_text())
    assert (skill["units"], skill["budgets"]) == ({CLOUD: "1", BASE: "m"}, {})
    if contract.n_levels:
        assert skill[CLOUD]["by_level"]["height_km"] == [height / 1000 for height in HEIGHTS]
    assert "not_applicable" in skill["linear_response"]


def test_the_bridge_and_python_run_it(scheme: tuple[Contract, Path], built_bridge: Path) -> None:
    contract, folder = scheme
    rows = open_store(folder / "store").split("test").inputs[:64].astype(np.float64)
    bridge = Scheme(folder / "scheme.pt")
    outputs = np.zeros((64, contract.n_out))
    for bind, variables, columns, array in (
        (bridge.bind_input, contract.inputs, contract.input_columns, rows),
        (bridge.bind_output, contract.outputs, contract.output_columns, outputs),
    ):
        for variable in variables:
            bind(variable.name, variable.units, array[:, columns[variable.name]])
    if contract.n_levels:
        with pytest.raises(BridgeError) as error:
            bridge.run(64)
        assert "call declare_heights once" in error.value.what
        with pytest.raises(BridgeError) as error:
            bridge.declare_heights(np.array(HEIGHTS[::-1]))
        assert "declare_heights: level 1 of 5 (1 = top): expected 12000 m, got 200 m" in error.value.what
        bridge.declare_heights(np.array(HEIGHTS[::-1]), order="bottom_first")
    assert not bridge.run(64).any()
    np.testing.assert_allclose(outputs, bridge.predict(rows)[0], rtol=1e-6)
    with pytest.raises(BridgeError) as error:
        bridge.declare_grid(np.zeros(contract.n_levels), np.ones(contract.n_levels))
    assert "a scheme whose levels are given by pressure" in error.value.what
    with pytest.raises(BridgeError):
        bridge.add_fixer("output_limits", variable=CLOUD, margin=-1)
    bridge.add_fixer("output_limits", variable=BASE)
    python = paramnet.load(folder / "scheme.pt")
    assert python.contract == contract
    upward = xr.Dataset({WET: ("cell", rows[:, -1], {"units": "1"})})
    if contract.n_levels:
        upward = upward.assign_coords(z=("z", np.array(HEIGHTS[::-1]) / 1000, {"units": "km"}))
    upward[UP] = (("cell", "z"), rows[:, 4::-1], {"units": "m s-1"}) if contract.n_levels else ("cell", rows[:, 0], {"units": "m s-1"})
    found = python.predict(upward)
    np.testing.assert_allclose(found[BASE], outputs[:, -1], rtol=1e-5)
    if contract.n_levels:
        np.testing.assert_allclose(found[CLOUD], outputs[:, 4::-1], rtol=1e-5, atol=1e-6)
        with pytest.raises(ParamnetError) as problem:
            python.predict(upward.assign_coords(z=("z", np.array(HEIGHTS[::-1]) / 900, {"units": "km"})))
        assert problem.value.what == "height"


def test_what_needs_masses_is_refused() -> None:
    table = contract_of("height").to_dict()
    table["outputs"][0] |= {"units": "K s-1", "energy": {"factor": "heat", "mass_weighted": True}}
    with pytest.raises(ParamnetError) as error:
        Contract.from_dict(table)
    assert (error.value.what, error.value.got) == ("vertical_grid", "kind 'height'")
    with pytest.raises(ParamnetError) as error:
        Contract.from_dict(table | {"vertical_grid": {"kind": "none", "order": "top_first"}})
    assert error.value.what == f"contract clouds_by_height: {UP}.dims"
    with pytest.raises(ParamnetError) as error:
        _ = contract_of("none").surface_pressure_name
    assert error.value.got == "none"
