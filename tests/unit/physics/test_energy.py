"""Energy units and layer masses, compared with hand calculations."""

from dataclasses import replace

import numpy as np
import pytest

from paramnet.contract import Contract, EnergyConversion, ParamnetError
from paramnet.physics import (
    energy_per_unit,
    layer_mass,
    to_watts_per_square_metre,
)


def test_layer_masses_add_up_to_surface_pressure_over_gravity() -> None:
    contract = Contract.from_yaml("plasim_convection")
    surface_pressure = np.array([101325.0, 60000.0])
    total = layer_mass(contract, surface_pressure).sum(axis=-1)
    np.testing.assert_allclose(total, surface_pressure / 9.80665, rtol=1e-14)


def test_one_kelvin_per_day_in_the_complete_column_is_about_118_watts() -> None:
    contract = Contract.from_yaml("plasim_convection")
    outputs = np.zeros((1, contract.n_out))
    outputs[:, contract.output_columns["tendency_of_air_temperature_due_to_convection"]] = 1.0 / 86400.0
    energy = to_watts_per_square_metre(contract, outputs, np.array([1.0e5]))
    assert energy.sum() == pytest.approx(1003.4965 * 1.0e5 / 9.80665 / 86400.0, rel=1e-6)


def test_a_heating_by_mass_is_weighted_by_the_mass_of_its_level_alone() -> None:
    contract = Contract.from_yaml("plasim_convection")
    by_mass = tuple(replace(v, units="J kg-1 s-1") if v.energy == EnergyConversion("heat", True) else v for v in contract.outputs)
    outputs = np.zeros((1, contract.n_out))
    outputs[:, contract.output_columns["tendency_of_air_temperature_due_to_convection"]] = 0.01
    energy = to_watts_per_square_metre(replace(contract, outputs=by_mass), outputs, np.array([1.0e5]))
    assert energy.sum() == pytest.approx(0.01 * 1.0e5 / 9.80665, rel=1e-6)


def test_rain_by_depth_is_converted_by_its_latent_heat() -> None:
    contract = Contract.from_yaml("rasp2018")
    outputs = np.zeros((1, contract.n_out))
    outputs[:, contract.output_columns["precipitation_rate"]] = 1.0e-8
    assert to_watts_per_square_metre(contract, outputs, np.array([1.0e5])).sum() == pytest.approx(25.01, rel=1e-6)


def test_a_mass_weighted_output_without_levels_is_refused() -> None:
    contract = Contract.from_yaml("rasp2018")
    rain = next(variable for variable in contract.outputs if variable.name == "precipitation_rate")
    wrong = replace(rain, energy=EnergyConversion("water_flux", True))
    with pytest.raises(ParamnetError) as refused:
        energy_per_unit(replace(contract, outputs=tuple(wrong if v is rain else v for v in contract.outputs)))
    assert (refused.value.what, refused.value.got) == ("precipitation_rate.energy.mass_weighted", "true")
    assert refused.value.where == "contract rasp2018"
