"""Fixers of schemes with one rain rate per column give the numbers of the training layers; limits keep what these closed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from paramnet.bridge import BridgeError, Scheme
from paramnet.contract import Contract, EnergyConversion, Variable
from paramnet.exporting import contract_manifest, write_artefact
from paramnet.scheme.constraints import ConstraintConfig, LayerMass, build_constraint

DT, DQ, DL, RAIN, SNOW, HUMIDITY = "dt", "dq", "dl", "rain", "snow", "specific_humidity"
LEVELS, COLUMNS = 10, 100
WATER = {"tendency": DQ, "humidity": HUMIDITY, "precipitation": RAIN, "liquid": DL, "evaporation": "evaporation"}
ENERGY = {"heating": DT, "moistening": DQ, "ice": DL, "snowfall": SNOW}


class Given(nn.Module):
    """Outputs that are inputs."""

    def __init__(self, columns: list[int]) -> None:
        super().__init__()
        self.register_buffer("columns", torch.tensor(columns))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, self.columns]


@pytest.fixture(scope="module")
def contract() -> Contract:
    """PlaSim's levels; every output is an input, too."""
    plain = Contract.from_yaml("plasim_convection")
    known = {variable.name: variable for variable in plain.inputs}
    one, profile = known["surface_air_pressure"], known[HUMIDITY]

    def named(name: str, units: str, sign: str, like: Variable = one) -> Variable:
        return replace(like, name=name, standard_name=name, units=units, sign=sign, valid_range=(-1e9, 1e9))

    given = [named(name, units, "none", profile) for name, units in ((DT, "K s-1"), (DQ, "kg kg-1 s-1"), (DL, "kg kg-1 s-1"))]
    given += [named(RAIN, "m s-1", "positive downward"), named(SNOW, "W m-2", "positive upward")]
    inputs = (profile, one, named("evaporation", "W m-2", "positive upward"), *given)
    constants = {"latent_heat_of_sublimation": 2.83e6} | plain.constants
    outputs = tuple(replace(variable, energy=EnergyConversion("none", False)) for variable in given)
    return replace(plain, name="given", inputs=inputs, outputs=outputs, constants=constants)


@pytest.fixture(scope="module")
def rows(contract: Contract) -> np.ndarray:
    """(column, n_in), values exact in float32."""
    random, rows = np.random.default_rng(5), np.zeros((COLUMNS, contract.n_in))
    sizes = {HUMIDITY: 5e-3, DT: 5e-5, DQ: 3e-8, DL: 1e-8, RAIN: 4e-8, SNOW: 30.0, "evaporation": 120.0}
    for name, size in sizes.items():
        part = rows[:, contract.input_columns[name]]
        part[:] = size * (random.normal(size=part.shape) if name in (DT, DQ, DL, SNOW) else random.uniform(-0.02, 1, part.shape))
    rows[:, contract.input_columns["surface_air_pressure"]] = random.uniform(7e4, 1.03e5, (COLUMNS, 1))
    rows[:10, contract.input_columns[DQ]] = 0.0
    return rows.astype(np.float32).astype(np.float64)


@pytest.fixture
def scheme(contract: Contract, rows: np.ndarray, tmp_path: Path, built_bridge: Path) -> Scheme:
    first = contract.input_columns[DT].start
    manifest = contract_manifest(contract, "")
    outputs = rows[:, first:]
    ranges = {"min": outputs.min(0).tolist(), "max": outputs.max(0).tolist()}
    ranges["max"][2 * LEVELS - 1] = 1e-8  # below what the lowest level gets
    manifest["envelope"] = {"inputs": {"min": rows.min(0).tolist(), "max": rows.max(0).tolist()}, "outputs": ranges}
    write_artefact(Given(list(range(first, contract.n_in))), manifest, tmp_path / "given.pt")
    return Scheme(tmp_path / "given.pt", strict=False)


def run(scheme: Scheme, contract: Contract, rows: np.ndarray, correction: str, units: str) -> tuple[np.ndarray, np.ndarray]:
    outputs, size = np.zeros((COLUMNS, contract.n_out), np.float32), np.zeros(COLUMNS)
    for variable in contract.inputs:
        scheme.bind_input(variable.name, variable.units, rows[:, contract.input_columns[variable.name]])
    for variable in contract.outputs:
        scheme.bind_output(variable.name, variable.units, outputs[:, contract.output_columns[variable.name]])
    scheme.bind_output(f"correction_by_{correction}", units, size)
    assert not (scheme.run(COLUMNS) & 3).any()
    return outputs, size


@pytest.mark.parametrize(
    ("kind", "roles", "units"), [("column_water_flux_closure", WATER, "kg m-2 s-1"), ("column_energy_closure", ENERGY, "W m-2")]
)
def test_a_flux_closure_is_the_layer_of_training(
    scheme: Scheme, contract: Contract, rows: np.ndarray, kind: str, roles: dict[str, str], units: str
) -> None:
    scheme.add_fixer(kind, **roles)
    outputs, size = run(scheme, contract, rows, kind, units)
    before = torch.from_numpy(rows[:, contract.input_columns[DT].start :].astype(np.float32))
    inputs = torch.from_numpy(rows.astype(np.float32))
    layer = build_constraint(ConstraintConfig(kind, roles), contract)
    expected = layer(inputs, before).numpy()
    changed = (expected != before.numpy()).any(axis=0)
    assert changed.sum() == LEVELS
    scale = np.abs(expected[:, changed]).max(axis=1, keepdims=True)
    assert (np.abs(outputs - expected)[:, changed] <= 2e-6 * scale).all()
    np.testing.assert_array_equal(outputs[:, ~changed], before.numpy()[:, ~changed])
    residual = layer.residual(inputs, before)[:, 0].numpy()
    np.testing.assert_allclose(size, -residual, rtol=1e-4, atol=1e-6 * np.abs(residual).max())
    assert scheme.counters[kind] == COLUMNS


def test_limits_after_a_closure_keep_the_budget(scheme: Scheme, contract: Contract, rows: np.ndarray) -> None:
    scheme.add_fixer("column_water_flux_closure", **WATER)
    scheme.add_fixer("output_limits", variable=[DQ, RAIN], margin=0.0)
    outputs, beyond = run(scheme, contract, rows, "output_limits", "1")
    lower, upper = scheme.output_limits(DQ)
    dq = outputs[:, contract.output_columns[DQ]].astype(np.float64)
    assert (dq <= upper * (1 + 1e-6) + 1e-20).all() and (dq >= lower * (1 + 1e-6) - 1e-20).all()
    layer, inputs = (
        build_constraint(ConstraintConfig("column_water_flux_closure", WATER), contract),
        torch.from_numpy(rows.astype(np.float32)),
    )
    mass = LayerMass(contract).exact(inputs).numpy()
    left = np.abs(layer.residual(inputs, torch.from_numpy(outputs))[:, 0].numpy()) / (np.abs(dq) * mass).sum(axis=1)
    full = np.isclose(dq, upper, rtol=1e-5).all(axis=1) | np.isclose(dq, lower, rtol=1e-5).all(axis=1)
    assert (left[~full] < 1e-6).all() and full.sum() < COLUMNS / 10
    assert scheme.counters["output_limits"] == np.count_nonzero(beyond) > 20
    assert beyond.max() <= LEVELS


def test_a_margin_or_role_that_is_none_is_refused(scheme: Scheme) -> None:
    for roles, words in (({"variable": DQ, "margin": -0.1}, "'-0.1'"), ({"variable": "dx"}, "'dx'"), ({"margin": 1}, "'variable'")):
        with pytest.raises(BridgeError) as error:
            scheme.add_fixer("output_limits", **roles)
        assert words in str(error.value)
