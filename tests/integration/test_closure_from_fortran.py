"""A scheme with closure constraints called from Fortran: budgets of its outputs on real columns, from their formulas in float64."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from paramnet.bridge import Scheme
from paramnet.bridge.paths import default_build_folder
from paramnet.contract import Contract
from paramnet.exporting import load_program, write_artefact
from paramnet.exporting.manifest import contract_manifest
from paramnet.scheme.constraints import ConstraintConfig
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.scheme import Scheme as TrainedScheme
from paramnet.store import ColumnStatistics
from real_columns import real_columns

G, CP, LV, LS, STEP = 9.80616, 1004.64, 2.501e6, 2.8347e6, 1200.0
DT, DQ, DL, DI = (f"tendency_of_{name}" for name in ("air_temperature", "specific_humidity", "cloud_liquid_water", "cloud_ice"))
LIMIT = 1e-6  # of the column integral of absolute tendencies
CLOSED = [
    ConstraintConfig("upper_level_taper", {"variable": DQ}, {"zero_above": 5e3, "full_below": 1e4}),
    ConstraintConfig("non_negative", {"variable": "precipitation_rate"}),
    ConstraintConfig(
        "liquid_ice_partition",
        {"liquid": DL, "ice": DI, "cloud_liquid": "cloud_liquid_water", "cloud_ice": "cloud_ice", "temperature": "air_temperature"},
    ),
    ConstraintConfig(
        "column_water_flux_closure",
        {"tendency": DQ, "humidity": "specific_humidity", "precipitation": "precipitation_rate", "liquid": DL, "ice": DI,
         "evaporation": "surface_upward_latent_heat_flux"},
    ),
    ConstraintConfig("non_negative_water", {"tendency": DQ, "water": "specific_humidity"}),
    ConstraintConfig(
        "column_energy_closure",
        {"heating": DT, "moistening": DQ, "ice": DI, "latent": "surface_upward_latent_heat_flux",
         "sensible": "surface_upward_sensible_heat_flux", "snowfall": "snowfall_rate"},
    ),
]  # fmt: skip


def statistics(values: NDArray[np.float32]) -> ColumnStatistics:
    wide = values.astype(np.float64)
    low, high = wide.min(axis=0), wide.max(axis=0)
    std = np.where(low == high, 0.0, wide.std(axis=0))
    return ColumnStatistics(np.clip(wide.mean(axis=0), low, high), std, low, high, low == high, np.zeros((3, len(std))))


@pytest.fixture(scope="module")
def scheme_and_columns(e3sm_files: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Contract, NDArray[np.float32]]:
    """An untrained network, so that only the constraint layers can close the budgets."""
    contract, x, truth = real_columns(e3sm_files)
    torch.manual_seed(5)
    module = TrainedScheme(contract, statistics(x), statistics(truth), ModelConfig(hidden=[64, 64]), [], CLOSED).eval()
    path = tmp_path_factory.mktemp("closed") / "scheme.pt"
    write_artefact(module, contract_manifest(contract, ""), path)
    assert load_program(path) is not None  # the native kernel runs it
    return path, contract, x


def through_fortran(path: Path, columns: NDArray[np.float32], folder: Path, backend: str) -> NDArray[np.float64]:
    executable = default_build_folder() / "library" / "tests" / "parity_any"
    if not executable.is_file():
        pytest.skip(f"{executable} is not built; run `make bridge`")
    scheme = Scheme(path, strict=False)
    rows = [("input", row) for row in scheme.inputs] + [("output", row) for row in scheme.outputs]
    text = "".join(f"{role} {row['name']} {row['levels']} |{row['units']}\n" for role, row in rows)
    (folder / "variables.txt").write_text(text)
    columns.astype(np.float64).tofile(folder / "columns.bin")
    command = [executable, folder / "columns.bin", path, folder / "out.bin", folder / "variables.txt", backend, "float32"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return np.fromfile(folder / "out.bin", np.float64).reshape(len(columns), -1)


@pytest.mark.parametrize("backend", ["native", "torchscript"])
def test_water_and_enthalpy_close_in_fortran(
    built_bridge: Path, scheme_and_columns: tuple[Path, Contract, NDArray[np.float32]], tmp_path: Path, backend: str
) -> None:
    path, contract, x = scheme_and_columns
    y = through_fortran(path, x, tmp_path, backend)
    given = {name: x[:, columns].astype(np.float64) for name, columns in contract.input_columns.items()}
    got = {name: y[:, columns] for name, columns in contract.output_columns.items()}
    grid = contract.vertical_grid
    mass = (np.diff(grid.a_interface) + np.diff(grid.b_interface) * given["surface_air_pressure"]) / G

    water = got[DQ] + got[DL] + got[DI]
    supply = given["surface_upward_latent_heat_flux"][:, 0] / LV - 1000.0 * got["precipitation_rate"][:, 0]
    turnover = ((abs(got[DQ]) + abs(got[DL]) + abs(got[DI])) * mass).sum(axis=1)
    # If rain and clouds take more than the column's vapour, closure is impossible, but no level may become negative.
    enough = (given["specific_humidity"] * mass).sum(axis=1) + STEP * (supply - ((got[DL] + got[DI]) * mass).sum(axis=1)) > 0
    water_residual = abs((water * mass).sum(axis=1) - supply)
    assert enough.mean() > 0.5 and np.all(water_residual[enough] <= LIMIT * turnover[enough])
    assert np.all(given["specific_humidity"] + STEP * got[DQ] >= 0)

    energy = CP * got[DT] + LV * got[DQ] - (LS - LV) * got[DI]
    flux = given["surface_upward_latent_heat_flux"] + given["surface_upward_sensible_heat_flux"]
    flux += (LS - LV) * 1000.0 * got["snowfall_rate"]
    turnover = ((CP * abs(got[DT]) + LV * abs(got[DQ]) + (LS - LV) * abs(got[DI])) * mass).sum(axis=1)
    assert np.all(abs((energy * mass).sum(axis=1) - flux[:, 0]) <= LIMIT * turnover)


def test_fortran_gets_the_outputs_of_the_trained_module(
    built_bridge: Path, scheme_and_columns: tuple[Path, Contract, NDArray[np.float32]], tmp_path: Path
) -> None:
    path, _, x = scheme_and_columns
    expected, flags = Scheme(path, backend="torchscript", strict=False).predict(x)
    assert not flags.any() and np.isfinite(expected).all() and expected.any()
    np.testing.assert_array_equal(through_fortran(path, x, tmp_path, "torchscript").astype(np.float32), expected)
