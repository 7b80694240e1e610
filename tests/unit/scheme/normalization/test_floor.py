"""Floors for inputs that hardly vary: half a year later they are small for the network and accepted by a host's guard."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from paramnet.contract import Contract, ParamnetError
from paramnet.exporting.envelope import distance, envelope
from paramnet.scheme.checkpoint import build_scheme
from paramnet.scheme.networks import ModelConfig
from paramnet.scheme.normalization import FeatureConfig, Features, InputConfig, deviation_floor, shown_inputs, usual_quantiles, usual_range
from paramnet.store import ColumnStatistics, open_store
from paramnet.training import TrainConfig
from paramnet.training.description import describe

NONE = InputConfig(floor_of_size=0.0, floor_of_profile=0.0, floor_of_features=0.0, envelope_margin=0.0)
HUMIDITY = "specific_humidity"


def steady_aloft(contract: Contract, columns: np.ndarray, drift: float = 0.0) -> np.ndarray:
    """The columns with a humidity of 2.17e-6 at the two top levels, varying by 0.1 %, times 1 + ``drift``."""
    x = columns.astype(np.float64)
    noise = np.random.default_rng(3).normal(size=(len(x), 2))
    x[:, contract.input_columns[HUMIDITY]][:, :2] = 2.17e-6 * (1.0 + drift + 1e-3 * noise)
    return x


def statistics_of(x: np.ndarray) -> ColumnStatistics:
    constant = np.ptp(x, axis=0) == 0
    quantiles = np.quantile(x, (0.001, 0.01, 0.5, 0.99, 0.999), axis=0)
    mean, low, high = x.mean(axis=0), x.min(axis=0), x.max(axis=0)
    return ColumnStatistics(np.clip(mean, low, high), np.where(constant, 0.0, x.std(axis=0)), low, high, constant, quantiles)


@pytest.fixture(scope="module")
def steady(convection: Contract, convection_columns: np.ndarray) -> ColumnStatistics:
    return statistics_of(steady_aloft(convection, convection_columns))


def outside(x: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    return float(((x < lower) | (x > upper)).any(axis=1).mean())


def test_the_floor_is_relative_to_the_size_of_an_input_or_the_spread_of_its_profile(convection: Contract, steady: ColumnStatistics) -> None:
    floor = deviation_floor(InputConfig(), convection, steady)
    pressure, humidity = convection.input_columns["surface_air_pressure"], convection.input_columns[HUMIDITY]
    np.testing.assert_allclose(floor[pressure], 2e-3 * np.hypot(steady.mean[pressure], steady.std[pressure]))
    assert floor[humidity][0] == pytest.approx(2e-4 * np.sqrt(np.mean(steady.std[humidity] ** 2)))


def test_it_acts_only_on_inputs_that_hardly_vary(convection: Contract, steady: ColumnStatistics) -> None:
    raised = np.flatnonzero(deviation_floor(InputConfig(), convection, steady) > steady.std)
    top = convection.input_columns[HUMIDITY].start
    assert set(raised[~steady.constant[raised]]) == {top, top + 1}


def test_inputs_that_hardly_vary_are_small_for_the_network_half_a_year_later(convection: Contract, convection_store, steady) -> None:
    store = open_store(convection_store)
    description = describe(TrainConfig(str(convection_store), "unused", model=ModelConfig(hidden=[4])), store)
    description["statistics"]["inputs"] |= {key: getattr(steady, key).tolist() for key in ("mean", "std", "min", "max", "constant")}
    normalized = {}
    for name, selection in (("floor", InputConfig()), ("none", NONE)):
        scheme = build_scheme(description | {"inputs": vars(selection)})
        x = torch.tensor(steady.mean, dtype=torch.float32)[None].clone()
        x[:, convection.input_columns[HUMIDITY].start] *= 1.005
        normalized[name] = scheme.normalizer(x)[0, convection.input_columns[HUMIDITY].start].item()
    assert normalized["none"] == pytest.approx(5.0, rel=0.1) and 0 < normalized["floor"] < 0.1


def test_a_checkpoint_from_before_the_floor_keeps_its_numbers(convection_store) -> None:
    store = open_store(convection_store)
    description = describe(TrainConfig(str(convection_store), "unused", model=ModelConfig(hidden=[4])), store)
    old = {"hidden": [], "hidden_above": {}, "memory": True}
    assert InputConfig.of_checkpoint({"inputs": old}) == NONE and InputConfig.of_checkpoint({}) == NONE
    inverse = build_scheme(description | {"inputs": old}).normalizer.inverse_std.numpy()
    statistics = store.statistics("inputs")
    expected = np.divide(1.0, statistics.std, out=np.zeros_like(statistics.std), where=~statistics.constant)
    np.testing.assert_array_equal(inverse, expected.astype(np.float32))


def test_half_a_year_later_no_column_is_outside_because_of_inputs_that_hardly_vary(
    convection: Contract, convection_columns, steady
) -> None:
    later = steady_aloft(convection, convection_columns, drift=0.006)
    assert outside(later, *usual_range(NONE, convection, steady)) > 0.95
    assert outside(later, *usual_range(replace(InputConfig(), envelope_margin=0.0), convection, steady)) == 0.0
    quantiles = {key: usual_quantiles(config, convection, steady) for key, config in (("none", NONE), ("floor", InputConfig()))}
    top = slice(convection.input_columns[HUMIDITY].start, convection.input_columns[HUMIDITY].start + 2)
    assert outside(later[:, top], quantiles["none"][0, top], quantiles["none"][-1, top]) > 0.95
    assert outside(later[:, top], quantiles["floor"][0, top], quantiles["floor"][-1, top]) == 0.0


def test_half_a_year_later_columns_are_not_far_from_the_training_data_by_distance(convection: Contract, convection_columns, steady) -> None:
    now, later = steady_aloft(convection, convection_columns), steady_aloft(convection, convection_columns, drift=0.006)
    share = {}
    for name, selection in (("none", NONE), ("floor", InputConfig())):
        table = envelope(convection, steady, steady, now, selection)["distance"]
        share[name] = float(np.mean(distance(table, later) > table["quantiles"][1]))  # 99 % of training columns are nearer
    assert share["none"] > 0.95 and share["floor"] == pytest.approx(0.01, abs=0.003)


def test_for_inputs_that_vary_the_range_is_that_of_the_training_data(convection: Contract, convection_columns) -> None:
    statistics = statistics_of(convection_columns.astype(np.float64))
    lower, upper = usual_range(replace(InputConfig(), envelope_margin=0.0), convection, statistics)
    varies = deviation_floor(InputConfig(), convection, statistics) < statistics.std
    assert varies.mean() > 0.9
    np.testing.assert_array_equal(lower[varies], statistics.min[varies])
    np.testing.assert_array_equal(upper[varies], statistics.max[varies])


def test_the_margin_extends_the_range_but_not_below_zero(convection: Contract, steady: ColumnStatistics) -> None:
    lower, upper = usual_range(InputConfig(), convection, steady)
    warmest = convection.input_columns["surface_temperature"].start
    assert upper[warmest] == pytest.approx(steady.max[warmest] + 0.25 * steady.std[warmest])
    assert lower[convection.input_columns[HUMIDITY]].min() == 0.0


def test_a_constant_input_has_a_range_of_finite_width(convection: Contract, steady) -> None:
    column = convection.input_columns["surface_air_pressure"].start
    std, constant = steady.std.copy(), steady.constant.copy()
    low, high, mean, quantiles = (getattr(steady, key).copy() for key in ("min", "max", "mean", "quantiles"))
    std[column], constant[column] = 0.0, True
    low[column] = high[column] = mean[column] = 1.0e5
    quantiles[:, column] = 1.0e5
    lower, upper = usual_range(InputConfig(), convection, ColumnStatistics(mean, std, low, high, constant, quantiles))
    assert (lower[column], upper[column]) == pytest.approx((1.0e5 - 800.0, 1.0e5 + 800.0))


def test_computed_features_have_the_floor_too(convection: Contract, convection_columns) -> None:
    x = torch.from_numpy(steady_aloft(convection, convection_columns))
    x[:, convection.input_columns[HUMIDITY]][:, 3] = 1e-3 * x[:, convection.input_columns[HUMIDITY]][:, 0]  # far from saturation
    configs = [FeatureConfig("relative_humidity_over_liquid", {"temperature": "air_temperature", "humidity": HUMIDITY})]
    inverse = {}
    for name, selection in (("floor", replace(InputConfig(), floor_of_features=0.0)), ("none", NONE)):
        features = Features(convection, configs, selection).double()
        features.fit(x)
        inverse[name] = features.inverse_std.numpy()
    std = features.raw(x).std(dim=0, unbiased=False).numpy()
    assert inverse["none"][3] == pytest.approx(1.0 / std[3])
    assert inverse["floor"][3] == pytest.approx(1.0 / (2e-4 * np.sqrt(np.mean(std**2))))
    np.testing.assert_array_equal(np.delete(inverse["floor"], 3), np.delete(inverse["none"], 3))


SOUNDING = {"temperature": "air_temperature", "humidity": HUMIDITY}
SURFACE = {"surface_temperature": "surface_temperature", "surface_humidity": "surface_specific_humidity"}


@pytest.mark.parametrize(
    ("kind", "variables", "uncertainties"),
    [
        ("relative_humidity_over_liquid", SOUNDING, [0.05]),
        ("moist_buoyancy", SOUNDING, [0.05]),
        ("plume_buoyancy", SOUNDING, [0.02]),
        ("lifted_parcel", SOUNDING | SURFACE, [0.5, 0.05]),
    ],
)
def test_a_feature_is_standardized_by_at_least_its_uncertainty(
    convection: Contract, convection_columns: np.ndarray, kind: str, variables: dict[str, str], uncertainties: list[float]
) -> None:
    x = torch.from_numpy(convection_columns.astype(np.float64))
    x = x.mean(dim=0) + 0.01 * (x - x.mean(dim=0))  # hardly varies anywhere
    for share in (1.0, 2.0, 0.0):
        selection = InputConfig(floor_of_size=0.0, floor_of_profile=0.0, floor_of_features=share)
        features = Features(convection, [FeatureConfig(kind, variables)], selection).double()
        features.fit(x)
        std = features.raw(x).std(dim=0, unbiased=False).numpy()
        least = share * np.repeat(uncertainties, convection.n_levels)
        varies = std > 1e-6 * features.raw(x).abs().amax(dim=0).numpy()
        assert (std[varies] < least[varies]).any() == (share > 0)
        np.testing.assert_allclose(features.inverse_std.numpy(), np.where(varies, 1.0 / np.maximum(np.where(varies, std, 1.0), least), 0.0))


def test_a_kind_of_feature_can_be_hidden_above_a_level(convection: Contract, convection_columns: np.ndarray) -> None:
    configs = [FeatureConfig("relative_humidity_over_liquid", SOUNDING), FeatureConfig("lifted_parcel", SOUNDING | SURFACE)]
    features = {}
    for name, above in (("all", {}), ("below", {"lifted_parcel": 4e4, HUMIDITY: 6e4})):
        features[name] = Features(convection, configs, InputConfig(hidden_above=above)).double()
        features[name].fit(torch.from_numpy(convection_columns.astype(np.float64)))
    aloft = convection.vertical_grid.pressure(1e5) < 4e4
    hidden = np.concatenate([np.zeros_like(aloft), aloft, aloft])  # a lifted parcel is two profiles
    assert 0 < aloft.sum() < len(aloft)
    expected = np.where(hidden, 0.0, features["all"].inverse_std.numpy())
    np.testing.assert_array_equal(features["below"].inverse_std.numpy(), expected)


def test_a_name_that_is_neither_a_profile_nor_a_feature_cannot_be_hidden_above_a_level(convection: Contract) -> None:
    selection = InputConfig(hidden_above={"relative_humidity": 1e4})
    assert shown_inputs(selection, convection, ["relative_humidity_over_liquid"]).all()  # by its old name
    with pytest.raises(ParamnetError) as refused:
        shown_inputs(selection, convection)
    assert (refused.value.what, refused.value.got) == ("inputs.hidden_above", "['relative_humidity']")


@pytest.mark.parametrize("key", ["floor_of_size", "floor_of_profile", "floor_of_features", "envelope_margin"])
def test_a_negative_floor_is_refused(key: str) -> None:
    with pytest.raises(ParamnetError) as error:
        InputConfig(**{key: -1.0})
    assert error.value.what == f"inputs.{key}" and error.value.got == "-1.0"
