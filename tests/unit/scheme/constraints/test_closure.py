"""Budgets closed by the constraint layers, compared with budgets computed independently in float64."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from paramnet.contract import Contract, EnergyConversion, ParamnetError
from paramnet.physics import layer_mass
from paramnet.scheme.constraints import ColumnEnthalpyClosure, ColumnWaterClosure, ConstraintConfig, NonNegative, build_constraint

DT, DQ = "tendency_of_air_temperature_due_to_convection", "tendency_of_specific_humidity_due_to_convection"
RAIN = "convective_precipitation_production"


@pytest.fixture
def guess(convection: Contract) -> np.ndarray:
    """Outputs without closed budgets, some columns and levels exactly zero : (2000, 30)."""
    random = np.random.default_rng(3)
    y = random.normal(size=(2000, 30)) * np.repeat([1e-4, 4e-8, 4e-8], 10)
    y[:500], y[:, [0, 10, 20]] = 0.0, 0.0
    y[500:1000, 20:] = 0.0
    return y.astype(np.float32)


def applied(layer: torch.nn.Module, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return layer(torch.from_numpy(x), torch.from_numpy(y)).numpy()


def mass_of(contract: Contract, x: np.ndarray) -> np.ndarray:
    return layer_mass(contract, x[:, contract.input_columns["surface_air_pressure"]][:, 0])


def test_column_water_closes_to_rounding(convection: Contract, convection_columns: np.ndarray, guess: np.ndarray) -> None:
    y = applied(ColumnWaterClosure(convection, DQ, RAIN), convection_columns, guess).astype(np.float64)
    mass = mass_of(convection, convection_columns)
    residual = np.sum((y[:, 10:20] + y[:, 20:]) * mass, axis=-1)
    turnover = np.sum((np.abs(y[:, 10:20]) + np.abs(y[:, 20:])) * mass, axis=-1)
    assert np.all(np.abs(residual) <= 1e-6 * turnover)
    assert np.max(turnover) > 0


def test_water_closure_holds_when_precipitation_is_zero(convection: Contract, convection_columns: np.ndarray, guess: np.ndarray) -> None:
    y = applied(ColumnWaterClosure(convection, DQ, RAIN), convection_columns, guess).astype(np.float64)[500:1000]
    mass = mass_of(convection, convection_columns)[500:1000]
    assert np.all(np.abs(np.sum(y[:, 10:20] * mass, axis=-1)) <= 1e-6 * np.sum(np.abs(y[:, 10:20]) * mass, axis=-1))
    assert np.any(y[:, 10:20] != 0)


def test_column_enthalpy_closes_with_moist_heat_capacity(convection: Contract, convection_columns: np.ndarray, guess: np.ndarray) -> None:
    y = applied(ColumnEnthalpyClosure(convection, DT, RAIN, "specific_humidity"), convection_columns, guess).astype(np.float64)
    constants, mass = convection.constants, mass_of(convection, convection_columns)
    q = convection_columns[:, convection.input_columns["specific_humidity"]].astype(np.float64)
    cp = constants["specific_heat_of_dry_air"] * (1 - q) + constants["specific_heat_of_water_vapour"] * q
    heat, release = cp * y[:, :10], constants["latent_heat_of_vaporization"] * y[:, 20:]
    turnover = np.sum((np.abs(heat) + np.abs(release)) * mass, axis=-1)
    assert np.all(np.abs(np.sum((heat - release) * mass, axis=-1)) <= 1e-6 * turnover)


def test_closure_does_not_change_columns_and_levels_without_tendencies(
    convection: Contract, convection_columns: np.ndarray, guess: np.ndarray
) -> None:
    for layer in (ColumnWaterClosure(convection, DQ, RAIN), ColumnEnthalpyClosure(convection, DT, RAIN)):
        y = applied(layer, convection_columns, guess)
        assert np.all(y[:500] == 0)
        assert np.all(y[:, [0, 10]] == 0)


def test_closure_changes_no_level_by_more_than_its_turnover(
    convection: Contract, convection_columns: np.ndarray, guess: np.ndarray
) -> None:
    y = applied(ColumnWaterClosure(convection, DQ, RAIN), convection_columns, guess)
    bound = np.abs(guess[:, 10:20]) + np.abs(guess[:, 20:])
    assert np.all(np.abs(y[:, 10:20] - guess[:, 10:20]) <= bound * (1 + 1e-5))
    np.testing.assert_array_equal(np.delete(y, slice(10, 20), axis=1), np.delete(guess, slice(10, 20), axis=1))


def test_a_closed_column_is_not_changed(convection: Contract, convection_columns: np.ndarray, guess: np.ndarray) -> None:
    layer = ColumnWaterClosure(convection, DQ, RAIN)
    once = applied(layer, convection_columns, guess)
    np.testing.assert_allclose(applied(layer, convection_columns, once), once, rtol=1e-5, atol=1e-14)


def test_gradients_pass_through_the_closures_even_in_idle_columns(
    convection: Contract, convection_columns: np.ndarray, guess: np.ndarray
) -> None:
    y = torch.from_numpy(guess).requires_grad_()
    closed = ColumnEnthalpyClosure(convection, DT, RAIN)(torch.from_numpy(convection_columns), y)
    closed.square().sum().backward()
    assert y.grad is not None and bool(torch.isfinite(y.grad).all())


def test_rain_is_never_negative_and_positive_rain_is_untouched(
    convection: Contract, convection_columns: np.ndarray, guess: np.ndarray
) -> None:
    y = applied(NonNegative(convection, RAIN), convection_columns, guess)
    np.testing.assert_array_equal(y[:, 20:], np.maximum(guess[:, 20:], 0))
    np.testing.assert_array_equal(y[:, :20], guess[:, :20])


def test_a_name_the_contract_lacks_is_refused_with_those_it_has(convection: Contract) -> None:
    config = ConstraintConfig("non_negative", {"variable": "rain"})
    with pytest.raises(ParamnetError) as refused:
        build_constraint(config, convection)
    assert (refused.value.what, refused.value.got) == ("NonNegative", "'rain'")
    assert "plasim_convection" in refused.value.expected and RAIN in refused.value.expected


def test_a_missing_role_is_named() -> None:
    with pytest.raises(ParamnetError) as refused:
        ConstraintConfig("column_water_closure", {"sink": RAIN})
    assert refused.value.what == "constraints column_water_closure" and refused.value.got == "['sink']"
    assert refused.value.expected.startswith("variables ['sink', 'tendency']")


@pytest.mark.parametrize("units", ["J kg-1 s-1", "W m-2"])
def test_a_heating_that_is_not_in_kelvin_per_second_is_refused(convection: Contract, units: str) -> None:
    by_mass = replace(convection.outputs[0], units=units, energy=EnergyConversion("one", False))
    other = replace(convection, outputs=(by_mass, *convection.outputs[1:]))
    assert by_mass.name == DT
    with pytest.raises(ParamnetError) as refused:
        ColumnEnthalpyClosure(other, DT, RAIN)
    assert (refused.value.what, refused.value.got) == ("ColumnEnthalpyClosure", f"{DT} in {units!r}")
