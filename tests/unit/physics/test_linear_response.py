"""Growth rates of linear responses with known eigenvalues, for different units and inputs of a contract."""

from dataclasses import replace

import numpy as np
import pytest

from paramnet.contract import Contract
from paramnet.contract.variable import EnergyConversion
from paramnet.physics import layer_mass, moist_static_energy, relative_humidity_over_liquid_and_ice
from paramnet.physics.linear_response import linear_response, modes, why_not

DT, DQ = "tendency_of_air_temperature_due_to_convection", "tendency_of_specific_humidity_due_to_convection"
LEVELS = 10


def known_response(contract: Contract, growth: float) -> tuple[np.ndarray, np.ndarray]:
    """M in K and kg kg-1, s-1, and its eigenvalues, day-1: one of ``growth``, a pair with a period of pi days, decaying ones."""
    values = np.array([growth, *-np.geomspace(0.1, 30.0, 2 * LEVELS - 3)])
    diagonal = np.zeros((2 * LEVELS, 2 * LEVELS))
    diagonal[2:, 2:] = np.diag(values)
    diagonal[:2, :2] = [[-0.5, 2.0], [-2.0, -0.5]]
    base = np.eye(2 * LEVELS) + 0.3 * np.random.default_rng(4).normal(size=(2 * LEVELS, 2 * LEVELS))
    scale = np.repeat([contract.constants[f"{name}"] for name in ("specific_heat_of_dry_air", "latent_heat_of_vaporization")], LEVELS)
    energy = base @ diagonal @ np.linalg.inv(base) / 86400.0
    return energy * scale / scale[:, None], np.concatenate([[-0.5 + 2j, -0.5 - 2j], values])


def gradients_of(contract: Contract, response: np.ndarray) -> np.ndarray:
    """(1, n_out, n_in): a scheme with this ``response`` to temperature and humidity, and random gradients to all else."""
    found = np.random.default_rng(1).normal(size=(1, contract.n_out, contract.n_in)) * 1e-6
    for row, output in enumerate((DT, DQ)):
        for column, name in enumerate(("air_temperature", "specific_humidity")):
            block = response[row * LEVELS : (row + 1) * LEVELS, column * LEVELS : (column + 1) * LEVELS]
            found[0, contract.output_columns[output], contract.input_columns[name]] = block
    return found


@pytest.mark.parametrize("growth", [0.26, 0.80, -0.02])
def test_the_growth_rate_is_the_largest_real_part(growth: float, convection: Contract, convection_columns: np.ndarray) -> None:
    response, values = known_response(convection, growth)
    matrix = linear_response(convection, convection_columns[:1].astype(np.float64), gradients_of(convection, response))[0]
    found = modes(matrix, convection)
    assert found is not None
    expected = values[np.lexsort((-values.imag, -values.real))]
    np.testing.assert_allclose(found.eigenvalues, expected, rtol=1e-9)
    plain = found.to_plain()
    assert plain["growth_rate"] == pytest.approx(growth) and plain["fastest_decay"] == pytest.approx(-30.0)
    assert plain["growing_modes"] == (growth > 0) and plain["period_days"] is None
    assert plain["e_folding_days"] == (pytest.approx(1.0 / growth) if growth > 0 else None)
    vector = np.concatenate([found.temperature, found.humidity])
    assert np.abs(vector).max() == 1.0 and np.allclose(matrix @ vector, growth * vector, atol=1e-9)


def test_an_oscillation_has_its_period_and_rotates_forward(convection: Contract) -> None:
    matrix = -3.0 * np.eye(2 * LEVELS)
    matrix[:2, :2] = [[0.4, 2.0], [-2.0, 0.4]]
    found = modes(matrix, convection)
    assert found is not None and found.eigenvalues[0] == pytest.approx(0.4 + 2.0j)
    assert found.to_plain()["period_days"] == pytest.approx(np.pi) and found.growing == 2


def test_outputs_in_other_units_give_the_same_response(convection: Contract, convection_columns: np.ndarray) -> None:
    columns = convection_columns[:3].astype(np.float64)
    response, _ = known_response(convection, 0.8)
    gradients = np.repeat(gradients_of(convection, response), 3, axis=0)
    expected = linear_response(convection, columns, gradients)
    mass = layer_mass(convection, columns[:, convection.input_columns["surface_air_pressure"].start])
    changes = {
        DT: ("W kg-1", EnergyConversion("one", True), np.full_like(mass, convection.constants["specific_heat_of_dry_air"])),
        DQ: ("kg m-2 s-1", EnergyConversion("latent", False), mass),
    }
    outputs = [replace(v, units=changes[v.name][0], energy=changes[v.name][1]) if v.name in changes else v for v in convection.outputs]
    other, converted = replace(convection, outputs=tuple(outputs)), gradients.copy()
    for name, (_, _, factor) in changes.items():
        converted[:, convection.output_columns[name]] *= factor[:, :, None]
    np.testing.assert_allclose(linear_response(other, columns, converted), expected, rtol=1e-12)


def test_two_heatings_add_up(convection: Contract, convection_columns: np.ndarray) -> None:
    response, _ = known_response(convection, 0.8)
    heating = next(v for v in convection.outputs if v.name == DT)
    radiative = replace(heating, name="radiative", standard_name="tendency_of_air_temperature_due_to_radiative_heating")
    other = replace(convection, outputs=(*convection.outputs, radiative))
    gradients = gradients_of(convection, response)
    parts = np.concatenate([gradients, 0.25 * gradients[:, convection.output_columns[DT]]], axis=1)
    parts[:, convection.output_columns[DT]] *= 0.75
    columns = convection_columns[:1].astype(np.float64)
    np.testing.assert_allclose(linear_response(other, columns, parts), linear_response(convection, columns, gradients), rtol=1e-12)


def test_inputs_made_from_temperature_and_humidity_change_with_them(convection: Contract, convection_columns: np.ndarray) -> None:
    """A linear scheme of relative humidity and moist static energy, compared with differences of the composed function."""
    humidity = next(v for v in convection.inputs if v.name == "specific_humidity")
    relative = replace(humidity, name="relative_humidity", standard_name="relative_humidity", units="1")
    energy = replace(humidity, name="moist_static_energy", standard_name="moist_static_energy", units="J kg-1")
    others = [v for v in convection.inputs if v.name != "specific_humidity"]
    contract = replace(convection, inputs=(*others, relative, energy))
    places = contract.input_columns
    weight = np.random.default_rng(2).normal(size=(contract.n_out, contract.n_in)) * 1e-6
    weight[:, places["moist_static_energy"]] *= 1e-4
    row = convection_columns[0].astype(np.float64)
    pressure = row[convection.input_columns["surface_air_pressure"]]

    def inputs_of(state: np.ndarray) -> np.ndarray:
        temperature, vapour = state[None, :LEVELS], state[None, LEVELS:]
        x = np.concatenate([row[convection.input_columns[v.name]] for v in others] + [np.zeros(2 * LEVELS)])[None]
        x[:, places["air_temperature"]] = temperature
        levels = contract.vertical_grid.pressure(pressure)
        x[:, places["relative_humidity"]] = relative_humidity_over_liquid_and_ice(contract, temperature, vapour, levels)
        x[:, places["moist_static_energy"]] = moist_static_energy(contract, temperature, vapour, pressure)
        return x

    def rates(state: np.ndarray) -> np.ndarray:
        y = inputs_of(state)[0] @ weight.T
        return np.concatenate([y[contract.output_columns[DT]], y[contract.output_columns[DQ]]])

    state = np.concatenate([row[convection.input_columns[name]] for name in ("air_temperature", "specific_humidity")])
    scale = np.repeat([contract.constants["specific_heat_of_dry_air"], contract.constants["latent_heat_of_vaporization"]], LEVELS)
    steps = np.diag(np.repeat([1e-3, 1e-7], LEVELS))
    differences = np.stack([(rates(state + step) - rates(state - step)) / (2 * step.sum()) for step in steps], axis=1)
    expected = 86400.0 * scale[:, None] * differences / scale
    found = linear_response(contract, inputs_of(state), weight[None])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7 * np.abs(expected).max())


def test_a_contract_without_the_state_or_its_tendencies_is_reported_with_what_it_lacks(convection: Contract) -> None:
    assert why_not(convection) == "" and why_not(Contract.from_yaml("climsim_v4")) == ""
    assert why_not(Contract.from_yaml("cf_example")) == "the contract lacks a tendency of specific humidity by level"
    earlier = [replace(v, time_level="previous_step") if v.name == "air_temperature" else v for v in convection.inputs]
    assert why_not(replace(convection, inputs=tuple(earlier))) == "the contract lacks the input air_temperature by level"
    constants = {name: value for name, value in convection.constants.items() if name != "gravity"}
    assert why_not(replace(convection, constants=constants)) == "the contract lacks the constant gravity"


def test_a_response_that_is_not_finite_has_no_modes(convection: Contract) -> None:
    assert modes(np.full((20, 20), np.nan), convection) is None
