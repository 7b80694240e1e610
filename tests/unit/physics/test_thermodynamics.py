"""Humidity and energy of columns."""

import numpy as np
import pytest
import torch

from paramnet.contract import Contract
from paramnet.physics import moist_static_energy, relative_humidity_over_liquid_and_ice
from paramnet.physics.saturation import saturation_specific_humidity

CONTRACT = Contract.from_yaml("rasp2018")  # without a gas constant of water vapour


def test_mixed_phase_humidity_meets_the_tabulated_saturation_pressures() -> None:
    # Murphy and Koop (2005), appendix C: the triple point, ice at 240 K, water at 300 K, in Pa
    for temperature, saturated in ((273.16, 611.657), (240.0, 27.272), (300.0, 3536.8)):
        humidity = 287.0 / 461.51 * saturated / 80000.0
        assert relative_humidity_over_liquid_and_ice(CONTRACT, temperature, humidity, 80000.0) == pytest.approx(1.0, rel=2e-4)


def test_warm_mixed_phase_humidity_is_that_over_liquid_up_to_the_mass_of_vapour() -> None:
    temperature, humidity = np.array([275.0, 285.0, 300.0]), np.array([0.002, 0.005, 0.012])
    saturated = saturation_specific_humidity(torch.from_numpy(temperature), torch.tensor(9e4), 287.0 / 461.51).numpy()
    ratio = relative_humidity_over_liquid_and_ice(CONTRACT, temperature, humidity, 9e4) / (humidity / saturated)
    assert np.all((ratio > 0.98) & (ratio < 1.02))


def test_saturation_at_the_triple_point_and_in_thin_air() -> None:
    temperature, pressure = torch.tensor([273.16, 330.0], dtype=torch.float64), torch.tensor([1.0e5, 500.0], dtype=torch.float64)
    ratio = 287.0 / 461.51
    got = saturation_specific_humidity(temperature, pressure, ratio).numpy()
    limited = ratio * 0.5 / (1 - 0.5 * (1 - ratio))  # the vapour pressure is at most half the pressure
    np.testing.assert_allclose(got, [ratio * 610.78 / (1e5 - (1 - ratio) * 610.78), limited], rtol=1e-12)


def test_moist_static_energy_of_an_isothermal_dry_column_grows_with_the_logarithm_of_pressure() -> None:
    contract = Contract.from_yaml("rasp2018")
    surface_pressure = np.array([9.8e4, 1.01e5])
    energy = moist_static_energy(contract, np.full((2, 30), 250.0), np.zeros((2, 30)), surface_pressure)
    pressure = contract.vertical_grid.pressure(surface_pressure)
    height_energy = 287.04 * 250.0 * np.log(surface_pressure[:, None] / pressure)
    np.testing.assert_allclose(energy, 1004.64 * 250.0 + height_energy, rtol=1e-12)
    assert np.all(np.diff(energy, axis=-1) < 0)


def test_vapour_adds_its_latent_heat() -> None:
    contract = Contract.from_yaml("rasp2018")
    humidity = np.zeros((1, 30))
    humidity[0, 0] = 0.01  # at the top level, so the height of no other level changes
    dry, moist = (moist_static_energy(contract, np.full((1, 30), 250.0), q, np.array([1e5])) for q in (np.zeros((1, 30)), humidity))
    np.testing.assert_array_equal(moist[0, 1:], dry[0, 1:])
    assert moist[0, 0] - dry[0, 0] == pytest.approx(2.501e6 * 0.01, rel=0.02)
