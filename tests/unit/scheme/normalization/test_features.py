"""Features: inputs computed by the scheme."""

import numpy as np
import pytest
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.physics import relative_humidity, saturation_specific_humidity
from paramnet.scheme.normalization import FeatureConfig, Features

STATE = {"temperature": "air_temperature", "humidity": "specific_humidity"}
SO_FAR = {"heating": "tendency_of_air_temperature_so_far", "moistening": "tendency_of_specific_humidity_so_far"}
SURFACE = {"surface_temperature": "surface_temperature", "surface_humidity": "surface_specific_humidity"}


def one(contract: Contract, kind: str, **variables: str) -> torch.nn.Module:
    return Features(contract, [FeatureConfig(kind, variables)]).double().parts[0]


def test_relative_humidity_is_that_of_the_physics_package(convection: Contract, convection_columns: np.ndarray) -> None:
    x = convection_columns.astype(np.float64)
    columns = convection.input_columns
    pressure = convection.vertical_grid.pressure(x[:, columns["surface_air_pressure"]][:, 0])
    expected = relative_humidity(x[:, columns["air_temperature"]], x[:, columns["specific_humidity"]], pressure)
    got = one(convection, "relative_humidity", **STATE)(torch.from_numpy(x)).numpy()
    inside = pressure > 1e4
    np.testing.assert_allclose(got[inside], np.clip(expected, -0.5, 2.0)[inside], rtol=1e-6)


def test_relative_humidity_includes_the_tendencies_so_far(convection: Contract, convection_columns: np.ndarray) -> None:
    x = torch.from_numpy(convection_columns.astype(np.float64))
    moistened = x.clone()
    q, dq = convection.input_columns["specific_humidity"], convection.input_columns["tendency_of_specific_humidity_so_far"]
    t, dt = convection.input_columns["air_temperature"], convection.input_columns["tendency_of_air_temperature_so_far"]
    moistened[:, q] += 3600.0 * x[:, dq]
    moistened[:, t] += 3600.0 * x[:, dt]
    torch.testing.assert_close(
        one(convection, "relative_humidity", **STATE, **SO_FAR)(x), one(convection, "relative_humidity", **STATE)(moistened)
    )


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
    expected = 1e-4 * convection.constants["latent_heat_of_vaporization"] * (q - saturation_specific_humidity(t, pressure))
    np.testing.assert_allclose(one(convection, "moist_buoyancy", **STATE)(x)[:, -1].numpy(), np.clip(expected, -10, 3), rtol=1e-6)


def test_fitted_features_are_standardized(convection: Contract, convection_columns: np.ndarray) -> None:
    x = torch.from_numpy(convection_columns)
    configs = [FeatureConfig("relative_humidity", STATE), FeatureConfig("column_sum", {"first": SO_FAR["moistening"]})]
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
        FeatureConfig("relative_humidity", {"temp": "air_temperature"})
    assert (refused.value.what, refused.value.got) == ("features relative_humidity", "['temp']")
    assert refused.value.expected.startswith("variables ['humidity', 'temperature']")


def test_a_variable_the_contract_lacks_is_named(convection: Contract) -> None:
    with pytest.raises(ParamnetError) as refused:
        Features(convection, [FeatureConfig("relative_humidity", STATE | {"temperature": "temperature"})])
    assert (refused.value.what, refused.value.got) == ("feature relative_humidity", "'temperature'")
    assert "air_temperature" in refused.value.expected
