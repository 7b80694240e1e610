"""Features: inputs computed by the scheme."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.scheme.normalization import FeatureConfig, Features, InputConfig

STATE = {"temperature": "air_temperature", "humidity": "specific_humidity"}
SO_FAR = {"heating": "tendency_of_air_temperature_so_far", "moistening": "tendency_of_specific_humidity_so_far"}
SURFACE = {"surface_temperature": "surface_temperature", "surface_humidity": "surface_specific_humidity"}


def one(contract: Contract, kind: str, **variables: str) -> torch.nn.Module:
    return Features(contract, [FeatureConfig(kind, variables)]).double().parts[0]


def saturated(temperature: np.ndarray, pressure: np.ndarray) -> np.ndarray:
    """Saturation humidity over liquid (Tetens), kg kg-1."""
    vapour, ratio = 610.78 * np.exp(17.2693882 * (temperature - 273.16) / (temperature - 35.86)), 287.0 / 461.51
    return ratio * vapour / (pressure - (1 - ratio) * vapour)


def test_relative_humidity_is_that_over_liquid(convection: Contract, convection_columns: np.ndarray) -> None:
    x = convection_columns.astype(np.float64)
    columns = convection.input_columns
    pressure = convection.vertical_grid.pressure(x[:, columns["surface_air_pressure"]][:, 0])
    expected = x[:, columns["specific_humidity"]] / saturated(x[:, columns["air_temperature"]], pressure)
    got = one(convection, "relative_humidity_over_liquid", **STATE)(torch.from_numpy(x)).numpy()
    inside = pressure > 1e4
    np.testing.assert_allclose(got[inside], np.clip(expected, -0.5, 2.0)[inside], rtol=1e-6)


def test_relative_humidity_includes_the_tendencies_so_far(convection: Contract, convection_columns: np.ndarray) -> None:
    x = torch.from_numpy(convection_columns.astype(np.float64))
    moistened = x.clone()
    q, dq = convection.input_columns["specific_humidity"], convection.input_columns["tendency_of_specific_humidity_so_far"]
    t, dt = convection.input_columns["air_temperature"], convection.input_columns["tendency_of_air_temperature_so_far"]
    moistened[:, q] += 3600.0 * x[:, dq]
    moistened[:, t] += 3600.0 * x[:, dt]
    kind = "relative_humidity_over_liquid"
    torch.testing.assert_close(one(convection, kind, **STATE, **SO_FAR)(x), one(convection, kind, **STATE)(moistened))


def test_a_dry_adiabatic_column_gives_a_neutral_lifted_parcel(convection: Contract, convection_columns: np.ndarray) -> None:
    x = torch.from_numpy(convection_columns.astype(np.float64))
    kappa = convection.constants["gas_constant_of_dry_air"] / convection.constants["specific_heat_of_dry_air"]
    sigma = torch.tensor(convection.vertical_grid.b_mid, dtype=torch.float64)
    surface = x[:, convection.input_columns["surface_temperature"]]
    x[:, convection.input_columns["air_temperature"]] = surface * sigma**kappa
    lifted = one(convection, "lifted_parcel", **STATE, **SURFACE)(x)[:, :10]
    assert float(lifted.abs().max()) < 1e-4  # kappa is float64 in both, pressure levels are float32


def test_buoyancy_of_the_lowest_level_is_its_saturation_deficit(convection: Contract, convection_columns: np.ndarray) -> None:
    x = torch.from_numpy(convection_columns.astype(np.float64))
    columns = convection.input_columns
    t, q = (x[:, columns[name]][:, -1].numpy() for name in ("air_temperature", "specific_humidity"))
    pressure = convection.vertical_grid.pressure(x[:, columns["surface_air_pressure"]][:, 0].numpy())[:, -1]
    expected = 1e-4 * convection.constants["latent_heat_of_vaporization"] * (q - saturated(t, pressure))
    np.testing.assert_allclose(one(convection, "moist_buoyancy", **STATE)(x)[:, -1].numpy(), np.clip(expected, -10, 3), rtol=1e-6)


def test_fitted_features_are_standardized(convection: Contract, convection_columns: np.ndarray) -> None:
    x = torch.from_numpy(convection_columns)
    configs = [FeatureConfig("relative_humidity_over_liquid", STATE), FeatureConfig("column_sum", {"first": SO_FAR["moistening"]})]
    features = Features(convection, configs)
    features.fit(x)
    z = features(x)
    assert z.shape == (2000, 11)
    torch.testing.assert_close(z.std(dim=0), torch.ones(11), rtol=2e-2, atol=0)
    assert float(z.mean(dim=0).abs().max()) < 1e-3


def test_a_signed_logarithm_keeps_the_sign_and_is_zero_at_zero(convection: Contract) -> None:
    x = torch.zeros(1, convection.n_in)
    columns = convection.input_columns["tendency_of_specific_humidity_so_far"]
    x[0, columns.start], x[0, columns.start + 1] = -1e-9, 1e-8
    got = one(convection, "signed_logarithm", first="tendency_of_specific_humidity_so_far").float()(x)
    torch.testing.assert_close(got[0, :3], torch.tensor([-np.log(2.0), np.log(11.0), 0.0], dtype=torch.float32))


def test_an_unknown_role_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ParamnetError) as refused:
        FeatureConfig("relative_humidity_over_liquid", {"temp": "air_temperature"})
    assert (refused.value.what, refused.value.got) == ("features relative_humidity_over_liquid", "['temp']")
    assert refused.value.expected.startswith("variables ['humidity', 'temperature']")


def test_a_variable_the_contract_lacks_is_named(convection: Contract) -> None:
    with pytest.raises(ParamnetError) as refused:
        Features(convection, [FeatureConfig("relative_humidity_over_liquid", STATE | {"temperature": "temperature"})])
    assert (refused.value.what, refused.value.got) == ("feature relative_humidity_over_liquid", "'temperature'")
    assert "air_temperature" in refused.value.expected


def test_a_kind_of_an_earlier_version_keeps_its_meaning(convection: Contract, convection_columns: np.ndarray) -> None:
    old, new = (FeatureConfig(kind, STATE) for kind in ("relative_humidity", "relative_humidity_over_liquid"))
    assert old == new
    x = torch.from_numpy(convection_columns)
    hidden = [Features(convection, [old], InputConfig(hidden_above={name: 3e4})) for name in ("relative_humidity", new.kind)]
    for features in hidden:
        features.fit(x)
    assert torch.equal(hidden[0].inverse_std, hidden[1].inverse_std)
    assert (hidden[0].inverse_std == 0).sum() == (convection.vertical_grid.pressure(1e5) < 3e4).sum()


def test_saturation_has_the_gas_constants_of_the_contract(convection: Contract, convection_columns: np.ndarray) -> None:
    x = torch.from_numpy(convection_columns.astype(np.float64))
    without = {name: value for name, value in convection.constants.items() if name != "gas_constant_of_water_vapour"}
    lighter = convection.constants | {"gas_constant_of_water_vapour": 2 * 461.51}
    told, untold, other = (
        one(replace(convection, constants=constants), "relative_humidity_over_liquid", **STATE)(x)
        for constants in (convection.constants, without | {"gas_constant_of_dry_air": 290.0}, lighter)
    )
    assert torch.equal(told, untold)
    assert float(other[:, -1].median() / told[:, -1].median()) == pytest.approx(2.0, rel=0.02)
