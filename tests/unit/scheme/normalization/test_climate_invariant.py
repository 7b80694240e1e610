"""Climate-invariant inputs compared with their formulas, and inputs hidden from the network."""

import numpy as np
import pytest
import torch
from shipped_schemes import random_scheme

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.noise import input_noise
from paramnet.scheme.normalization import FeatureConfig, Features, InputConfig, shown_inputs
from real_columns import real_columns

G, CP, LV, RD, RV = 9.80616, 1004.64, 2.501e6, 287.04, 461.51
STATE = {"temperature": "air_temperature", "humidity": "specific_humidity"}


@pytest.fixture(scope="module")
def real(e3sm_files):
    """Contract, inputs in float64, and temperature, humidity, pressure, saturation humidity (Tetens) : (column, level)."""
    contract, x, _ = real_columns(e3sm_files, 3)
    x = x.astype(np.float64)
    t, q = (x[:, contract.input_columns[name]] for name in STATE.values())
    ps = x[:, contract.input_columns["surface_air_pressure"]]
    p = np.asarray(contract.vertical_grid.a_mid) + np.asarray(contract.vertical_grid.b_mid) * ps
    vapour = 610.78 * np.exp(17.2693882 * (t - 273.16) / (t - 35.86))
    epsilon = 287.0 / RV
    return contract, x, t, q, p, epsilon * vapour / (p - (1 - epsilon) * vapour)


def raw(contract: Contract, x: np.ndarray, kind: str, **variables: str) -> np.ndarray:
    return Features(contract, [FeatureConfig(kind, variables)]).double().raw(torch.from_numpy(x)).numpy()


def test_plume_buoyancy_is_that_of_a_plume_of_constant_moist_static_energy(real) -> None:
    contract, x, t, q, p, saturated = real
    virtual = t * (1 + (RV / 287.0 - 1) * q)
    height = np.zeros_like(t)
    for level in range(t.shape[1] - 2, -1, -1):
        between = 0.5 * (virtual[:, level] + virtual[:, level + 1])
        height[:, level] = height[:, level + 1] + RD * between / G * np.log(p[:, level + 1] / p[:, level])
    plume = CP * t[:, -1:] + LV * q[:, -1:]
    kappa = 1 + LV**2 * saturated / (RV * CP * t**2)
    expected = G * (plume - CP * t - G * height - LV * saturated) / (kappa * CP * t)
    got = raw(contract, x, "plume_buoyancy", **STATE)
    inside = (p > 1e4) & (expected > -30)  # above, saturation is limited
    np.testing.assert_allclose(got[inside], expected[inside], rtol=1e-5, atol=1e-5)
    assert -1.0 < np.quantile(got[p > 7e4], 0.5) < 0.2  # m s-2: the lower troposphere is nearly neutral


def test_latent_heat_flux_is_scaled_by_the_saturation_deficit(real) -> None:
    contract, x, _, q, _, saturated = real
    flux = x[:, contract.input_columns["surface_upward_latent_heat_flux"]][:, 0]
    expected = flux / (LV * np.maximum(saturated[:, -1] - q[:, -1], 1e-3))
    got = raw(contract, x, "scaled_latent_heat_flux", **STATE, flux="surface_upward_latent_heat_flux")
    np.testing.assert_allclose(got[:, 0], expected, rtol=1e-5)


def test_a_floor_is_a_setting(real) -> None:
    contract, x, *_ = real
    config = FeatureConfig("scaled_latent_heat_flux", {**STATE, "flux": "surface_upward_latent_heat_flux"}, {"floor": 1.0})
    flux = x[:, contract.input_columns["surface_upward_latent_heat_flux"]]
    np.testing.assert_allclose(Features(contract, [config]).double().raw(torch.from_numpy(x)).numpy(), flux / LV, rtol=1e-12)


def test_hidden_inputs_have_no_effect_on_the_network_and_all_others_have(convection: Contract, convection_columns: np.ndarray) -> None:
    selection = InputConfig(hidden=["surface_temperature"], hidden_above={"air_temperature": 3e4})
    scheme = random_scheme(convection, convection_columns, ModelConfig(hidden=[8]), selection=selection)
    x = torch.from_numpy(convection_columns[:50])
    shown = shown_inputs(selection, convection)
    before = scheme(x)
    for column in range(convection.n_in):
        moved = x.clone()
        moved[:, column] *= 1.01
        assert torch.equal(scheme(moved), before) == (not shown[column] or bool((x[:, column] == 0).all()))
    noise = input_noise(x, scheme.shown(), 0.1, 1, 1)
    noisy = scheme.with_logits(x, noise)[0]
    scheme.network.trunk[0].weight.data[:, torch.from_numpy(~shown)] = 1e3  # hidden inputs get no noise either
    torch.testing.assert_close(scheme.with_logits(x, noise)[0], noisy)


def test_levels_are_hidden_by_their_pressure(convection: Contract) -> None:
    shown = shown_inputs(InputConfig(hidden_above={"specific_humidity": 2e4}), convection)
    sigma = np.asarray(convection.vertical_grid.b_mid)
    np.testing.assert_array_equal(shown[convection.input_columns["specific_humidity"]], sigma >= 0.2)
    assert shown.sum() == convection.n_in - (sigma < 0.2).sum()


@pytest.mark.parametrize("selection", [InputConfig(hidden=["rain"]), InputConfig(hidden_above={"surface_temperature": 1e4})])
def test_a_name_that_is_not_an_input_is_refused(convection: Contract, selection: InputConfig) -> None:
    with pytest.raises(ParamnetError) as refused:
        shown_inputs(selection, convection)
    assert refused.value.what == ("inputs.hidden" if selection.hidden else "inputs.hidden_above")
    assert "contract plasim_convection" in refused.value.expected
    assert refused.value.got == str([*selection.hidden, *selection.hidden_above])
