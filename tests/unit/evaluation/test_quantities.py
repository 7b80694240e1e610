"""Derived quantities and budgets of a column, computed by hand."""

from dataclasses import replace

import numpy as np
import pytest

from paramnet.contract import Contract, EnergyConversion
from paramnet.evaluation.budgets import budgets
from paramnet.evaluation.quantities import derived_quantities, rain_weights
from paramnet.physics import to_watts_per_square_metre

PLASIM = Contract.from_yaml("plasim_convection")
PRESSURE = np.array([9.80665e4])  # 10,000 kg of air per square metre
VAPOUR = 0.01


def column(rain: float, drying: float, heating: float) -> tuple[np.ndarray, np.ndarray]:
    """(inputs, energy) of one column with the same rates, per kg of air, on every level."""
    outputs = np.zeros((1, PLASIM.n_out))
    names = ("tendency_of_air_temperature_due_to_convection", "tendency_of_specific_humidity_due_to_convection")
    for name, value in zip((*names, "convective_precipitation_production"), (heating, -drying, rain), strict=True):
        outputs[:, PLASIM.output_columns[name]] = value
    inputs = np.zeros((1, PLASIM.n_in))
    inputs[:, PLASIM.input_columns["specific_humidity"]] = VAPOUR
    return inputs, to_watts_per_square_metre(PLASIM, outputs, PRESSURE)


def test_rain_in_millimetres_per_day_is_the_mass_of_water() -> None:
    _, energy = column(rain=1e-8, drying=0.0, heating=0.0)
    weights = rain_weights(PLASIM)
    assert weights is not None
    assert (energy @ weights)[0] == pytest.approx(1e-8 * 1e4 * 86400.0)


def test_plasim_gets_column_heating_moistening_and_rain() -> None:
    _, energy = column(rain=1e-8, drying=2e-8, heating=1e-5)
    found = {quantity.name: float(quantity(energy)[0]) for quantity in derived_quantities(PLASIM)}
    latent, heat = PLASIM.constants["latent_heat_of_vaporization"], PLASIM.constants["specific_heat_of_dry_air"]
    assert found == pytest.approx(
        {"column_heating": 1e-5 * 1e4 * heat, "column_moistening": -2e-8 * 1e4 * latent, "column_rain": 1e-8 * 1e4 * latent}
    )


def test_the_water_residual_is_the_difference_of_drying_and_rain() -> None:
    water = next(budget for budget in budgets(PLASIM) if budget.name == "water")
    assert water.residual(*column(rain=2e-8, drying=2e-8, heating=0.0))[0] == pytest.approx(0.0, abs=1e-9)
    short = water.residual(*column(rain=1e-8, drying=2e-8, heating=0.0))[0]
    assert short == pytest.approx(-1e-8 * 1e4 * PLASIM.constants["latent_heat_of_vaporization"])


def test_enthalpy_closes_with_the_heat_capacity_of_moist_air() -> None:
    enthalpy = next(budget for budget in budgets(PLASIM) if budget.name == "enthalpy")
    constants = PLASIM.constants
    dry, vapour = constants["specific_heat_of_dry_air"], constants["specific_heat_of_water_vapour"]
    rain = 1e-8
    heating = constants["latent_heat_of_vaporization"] * rain / (dry * (1 + (vapour / dry - 1) * VAPOUR))
    assert enthalpy.residual(*column(rain, rain, heating))[0] == pytest.approx(0.0, abs=1e-6)


def test_surface_fluxes_that_are_inputs_give_a_second_budget() -> None:
    found = {budget.name: budget.formula for budget in budgets(Contract.from_yaml("rasp2018"))}
    assert found["water with evaporation"].endswith("− LH") and found["enthalpy with sensible heat"].endswith("− Rnet − SH")
    assert "LH" not in found["water"]
    assert "enthalpy" not in {budget.name for budget in budgets(Contract.from_yaml("climsim_v1"))}, "no budget without fluxes at the top"


def test_evaporation_is_subtracted_from_the_vapour_gained() -> None:
    contract = Contract.from_yaml("climsim_v1")
    inputs = np.zeros((1, contract.n_in))
    inputs[:, contract.input_columns["surface_upward_latent_heat_flux"]] = 80.0
    residual = {budget.name: float(budget.residual(inputs, np.zeros((1, contract.n_out)))[0]) for budget in budgets(contract)}
    assert residual == {"water": 0.0, "water with evaporation": -80.0}


def test_a_rain_rate_is_used_without_production_by_level() -> None:
    weights = rain_weights(Contract.from_yaml("rasp2018"))
    assert weights is not None and np.count_nonzero(weights) == 1


LATENT = 2.5e6
RAIN_NAMES = ["lwe_precipitation_rate", "precipitation_flux", "convective_precipitation_flux", "lwe_convective_precipitation_rate"]
RAIN_NAMES += ["stratiform_precipitation_flux", "lwe_large_scale_precipitation_rate", "rainfall_flux", "convective_rainfall_rate"]


def raining(*rows: tuple[str, str, str, str]) -> Contract:
    """cf_example with the rain outputs in ``rows``: standard name, units, factor of energy, sign."""
    contract = Contract.from_yaml("cf_example")
    heating, rain = contract.outputs
    outputs = [
        replace(rain, name=f"rain_{number}", standard_name=name, units=units, sign=sign, energy=EnergyConversion(factor, False))
        for number, (name, units, factor, sign) in enumerate(rows)
    ]
    return replace(contract, outputs=(heating, *outputs))


def rain_of(contract: Contract, *rates: float) -> float:
    """Rain in mm day-1 of one column with the rain outputs ``rates``."""
    outputs = np.zeros((1, contract.n_out))
    outputs[0, -len(rates) :] = rates
    weights = rain_weights(contract)
    assert weights is not None
    return float((to_watts_per_square_metre(contract, outputs, PRESSURE) @ weights)[0])


@pytest.mark.parametrize("name", RAIN_NAMES)
@pytest.mark.parametrize(
    ("units", "factor", "rate"),
    [
        ("m s-1", "water_flux", 1e-3 / 86400),
        ("kg m-2 s-1", "latent", 1 / 86400),
        ("kg m-2 s-1", "one", 1 / 86400),
        ("W m-2", "one", LATENT / 86400),
    ],
)
def test_rain_is_recognised_by_every_name_and_unit_of_cf(name: str, units: str, factor: str, rate: float) -> None:
    contract = raining((name, units, factor, "positive downward"))
    assert rain_of(contract, 7 * rate) == pytest.approx(7.0)


def test_rain_is_counted_once() -> None:
    down, mass = "positive downward", ("kg m-2 s-1", "latent")
    total, convective = ("precipitation_flux", *mass, down), ("convective_precipitation_flux", *mass, down)
    stratiform, snow = ("stratiform_precipitation_flux", *mass, down), ("snowfall_flux", *mass, down)
    rain = ("rainfall_flux", *mass, "positive upward")
    assert rain_of(raining(total, convective), 5 / 86400, 3 / 86400) == pytest.approx(5.0)
    assert rain_of(raining(convective, stratiform, snow), 3 / 86400, 2 / 86400, 1 / 86400) == pytest.approx(5.0)
    assert rain_of(raining(rain, snow), -3 / 86400, 1 / 86400) == pytest.approx(4.0)
    assert rain_weights(raining(snow)) is None and rain_weights(raining(("cloud_top", "Pa", "one", "none"))) is None
