"""Each physics layer on real columns, compared with budgets computed from their formulas in NumPy and float64."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from paramnet.contract import Contract, ParamnetError
from paramnet.exporting.program.interpreter import interpret
from paramnet.exporting.program.lowering import lower
from paramnet.exporting.torchscript import compile_scheme, from_archive, to_archive
from paramnet.scheme.constraints import CONSTRAINT_KINDS, ConstraintConfig, build_constraint
from real_columns import real_columns

G, CP, LV, LS, STEP = 9.80616, 1004.64, 2.501e6, 2.8347e6, 1200.0
DT, DQ, DL, DI, DU, DV = (
    f"tendency_of_{name}"
    for name in ("air_temperature", "specific_humidity", "cloud_liquid_water", "cloud_ice", "eastward_wind", "northward_wind")
)
LIMIT = 1e-6  # of the column integral of absolute tendencies
KINDS = {
    "column_water_closure": {"tendency": DQ, "sink": DL},  # any profile can be the sink
    "column_enthalpy_closure": {"heating": DT, "condensation": DL},
    "column_water_flux_closure": {
        "tendency": DQ, "humidity": "specific_humidity", "precipitation": "precipitation_rate", "liquid": DL, "ice": DI,
        "evaporation": "surface_upward_latent_heat_flux",
    },
    "column_energy_closure": {
        "heating": DT, "moistening": DQ, "ice": DI, "sensible": "surface_upward_sensible_heat_flux",
        "latent": "surface_upward_latent_heat_flux", "shortwave_surface": "surface_net_downward_shortwave_flux",
        "snowfall": "snowfall_rate", "eastward_wind": "eastward_wind", "eastward_acceleration": DU,
        "northward_wind": "northward_wind", "northward_acceleration": DV,
    },
    "liquid_ice_partition": {
        "liquid": DL, "ice": DI, "cloud_liquid": "cloud_liquid_water", "cloud_ice": "cloud_ice", "temperature": "air_temperature",
        "heating": DT,
    },
    "non_negative_water": {"tendency": DQ, "water": "specific_humidity", "heating": DT},
    "non_negative": {"variable": "precipitation_rate"},
    "physical_range": {"variable": "surface_net_downward_shortwave_flux"},
    "upper_level_taper": {"variable": DT},
}  # fmt: skip
SETTINGS = {"upper_level_taper": {"zero_above": 5e3, "full_below": 1.5e4}}


class Columns:
    """Real inputs and a guess of the outputs without closed budgets, with access by name."""

    def __init__(self, folder: Path) -> None:
        self.contract, self.x, truth = real_columns(folder)
        random = np.random.default_rng(3)
        std = truth.std(axis=0)
        # With the errors of a poor network, half a standard deviation; some columns without tendencies.
        self.y = (truth + 0.5 * std * random.normal(size=truth.shape)).astype(np.float32)
        self.y[:200] = 0.0
        edges = np.asarray(self.contract.vertical_grid.a_interface) + np.outer(
            self.given("surface_air_pressure"), self.contract.vertical_grid.b_interface
        )
        self.mass = np.diff(edges, axis=1) / G

    def given(self, name: str) -> NDArray[np.float64]:
        return self.x[:, self.contract.input_columns[name]].astype(np.float64)

    def of(self, y: NDArray, name: str) -> NDArray[np.float64]:
        return y[:, self.contract.output_columns[name]].astype(np.float64)

    def apply(self, kind: str) -> NDArray[np.float32]:
        layer = build_constraint(ConstraintConfig(kind, KINDS[kind], SETTINGS.get(kind, {})), self.contract)
        return layer(torch.from_numpy(self.x), torch.from_numpy(self.y)).numpy()

    def integral(self, profile: NDArray[np.float64]) -> NDArray[np.float64]:
        return (profile * self.mass).sum(axis=1)


@pytest.fixture(scope="module")
def columns(e3sm_files: Path) -> Columns:
    return Columns(e3sm_files)


def test_vapour_lost_is_water_made_on_real_columns(columns: Columns) -> None:
    y = columns.apply("column_water_closure")
    dq, sink = columns.of(y, DQ), columns.of(y, DL)
    turnover = columns.integral(abs(dq) + abs(sink))
    assert np.all(abs(columns.integral(dq + sink)) <= LIMIT * turnover) and turnover.max() > 1e-4


def test_heat_gained_is_heat_released_on_real_columns(columns: Columns) -> None:
    y = columns.apply("column_enthalpy_closure")
    heat, release = CP * columns.of(y, DT), LV * columns.of(y, DL)
    turnover = columns.integral(abs(heat) + abs(release))
    assert np.all(abs(columns.integral(heat - release)) <= LIMIT * turnover) and turnover.max() > 100


def test_column_water_gains_evaporation_less_precipitation(columns: Columns) -> None:
    y = columns.apply("column_water_flux_closure")
    water = columns.of(y, DQ) + columns.of(y, DL) + columns.of(y, DI)
    supplied = columns.given("surface_upward_latent_heat_flux")[:, 0] / LV - 1000.0 * columns.of(y, "precipitation_rate")[:, 0]
    turnover = columns.integral(abs(columns.of(y, DQ)) + abs(columns.of(y, DL)) + abs(columns.of(y, DI)))
    assert np.all(abs(columns.integral(water) - supplied) <= LIMIT * turnover)
    before = columns.integral(columns.of(columns.y, DQ) + columns.of(columns.y, DL) + columns.of(columns.y, DI)) - supplied
    moist = turnover > 0
    assert np.median(abs(before)[moist] / turnover[moist]) > 0.05  # not closed before


def test_the_stratosphere_stays_dry_when_the_water_budget_is_closed(columns: Columns) -> None:
    y = columns.apply("column_water_flux_closure")
    change = abs(columns.of(y, DQ) - columns.of(columns.y, DQ))
    bound = abs(columns.of(columns.y, DQ)) + abs(columns.of(columns.y, DL)) + abs(columns.of(columns.y, DI))
    vapour = columns.given("specific_humidity")
    net = columns.given("surface_upward_latent_heat_flux")[:, 0] / LV - 1000.0 * columns.of(columns.y, "precipitation_rate")[:, 0]
    bound += abs(net)[:, None] * vapour / columns.integral(vapour)[:, None]
    assert np.all(change <= bound * (1 + 1e-5))


def test_column_energy_gain_is_the_net_flux_at_top_and_bottom(columns: Columns) -> None:
    y = columns.apply("column_energy_closure")
    du, dv = columns.of(y, DU), columns.of(y, DV)
    kinetic = columns.given("eastward_wind") * du + columns.given("northward_wind") * dv + 0.5 * STEP * (du**2 + dv**2)
    parts = [CP * columns.of(y, DT), LV * columns.of(y, DQ), -(LS - LV) * columns.of(y, DI), kinetic]
    flux = columns.given("surface_upward_sensible_heat_flux") + columns.given("surface_upward_latent_heat_flux")
    flux += (LS - LV) * 1000.0 * columns.of(y, "snowfall_rate") - columns.of(y, "surface_net_downward_shortwave_flux")
    turnover = columns.integral(sum(abs(part) for part in parts))
    assert np.all(abs(columns.integral(sum(parts)) - flux[:, 0]) <= LIMIT * turnover)
    assert np.all(np.delete(y, columns.contract.output_columns[DT], 1) == np.delete(columns.y, columns.contract.output_columns[DT], 1))


def test_radiation_closes_the_energy_of_rasps_columns() -> None:
    contract, random = Contract.from_yaml("rasp2018"), np.random.default_rng(8)
    x = np.zeros((300, contract.n_in), np.float32)
    x[:, contract.input_columns["surface_air_pressure"]] = random.uniform(6e4, 1.04e5, (300, 1))
    for name in ("surface_upward_sensible_heat_flux", "surface_upward_latent_heat_flux"):
        x[:, contract.input_columns[name]] = random.uniform(-50, 300, (300, 1))
    fluxes = {"toa_net_downward_shortwave_flux": 1, "surface_net_downward_shortwave_flux": -1}
    fluxes |= {"toa_net_upward_longwave_flux": -1, "surface_net_upward_longwave_flux": 1}
    y = (random.normal(size=(300, contract.n_out)) * 1e-8).astype(np.float32)
    y[:, contract.output_columns[DT]] *= 1e3
    for name in fluxes:
        y[:, contract.output_columns[name]] = random.uniform(0, 400, (300, 1))
    names = {"heating": DT, "moistening": DQ, "sensible": "surface_upward_sensible_heat_flux", "latent": "surface_upward_latent_heat_flux"}
    names |= dict(zip(("shortwave_top", "shortwave_surface", "longwave_top", "longwave_surface"), fluxes, strict=True))
    layer = build_constraint(ConstraintConfig("column_energy_closure", names, {"top": 1e4}), contract)
    closed = layer(torch.from_numpy(x), torch.from_numpy(y)).numpy().astype(np.float64)
    ps = x[:, contract.input_columns["surface_air_pressure"]].astype(np.float64)
    grid = contract.vertical_grid
    mass = (np.diff(grid.a_interface) + np.diff(grid.b_interface) * ps) / G
    heat, latent = (factor * closed[:, contract.output_columns[name]] for factor, name in ((CP, DT), (LV, DQ)))
    enters = sum(sign * closed[:, contract.output_columns[name]] for name, sign in fluxes.items())
    enters = enters + sum(x[:, contract.input_columns[names[role]]] for role in ("sensible", "latent"))
    turnover = ((abs(heat) + abs(latent)) * mass).sum(axis=1)
    assert np.all(abs(((heat + latent) * mass).sum(axis=1) - enters[:, 0]) <= LIMIT * turnover)
    aloft = np.asarray(grid.a_mid) + np.asarray(grid.b_mid) * 1e5 < 1e4
    assert aloft.any() and abs(closed[:, contract.output_columns[DT]][:, aloft]).max() < 2e-4  # no share of the fluxes


def test_cloud_water_is_split_by_the_temperature_after_the_step(columns: Columns) -> None:
    y = columns.apply("liquid_ice_partition")
    temperature = columns.given("air_temperature") + STEP * columns.of(y, DT)
    share = np.interp(temperature, [253.16, 273.16], [0.0, 1.0])
    liquid = columns.given("cloud_liquid_water") + STEP * columns.of(y, DL)
    ice = columns.given("cloud_ice") + STEP * columns.of(y, DI)
    cloud = np.maximum(
        columns.given("cloud_liquid_water") + columns.given("cloud_ice") + STEP * (columns.of(columns.y, DL) + columns.of(columns.y, DI)), 0
    )
    scale = np.maximum(cloud, columns.given("cloud_liquid_water") + columns.given("cloud_ice"))
    np.testing.assert_allclose(liquid, share * cloud, atol=3e-7 * scale.max())
    np.testing.assert_allclose(ice, (1 - share) * cloud, atol=3e-7 * scale.max())
    assert (ice[temperature > 273.16] == pytest.approx(0, abs=1e-10)) and (liquid[temperature < 253.16] == pytest.approx(0, abs=1e-10))


def test_splitting_cloud_water_keeps_its_sum(columns: Columns) -> None:
    y = columns.apply("liquid_ice_partition")
    before, after = (columns.of(values, DL) + columns.of(values, DI) for values in (columns.y, y))
    cloud = columns.given("cloud_liquid_water") + columns.given("cloud_ice") + STEP * before
    kept = cloud >= 0
    turnover = abs(columns.of(y, DL)) + abs(columns.of(y, DI))
    assert np.all((abs(after - before) <= 1e-6 * turnover + 1e-20)[kept])


def test_no_level_loses_more_water_than_it_holds_and_column_water_is_conserved(columns: Columns) -> None:
    short = columns.given("specific_humidity") + STEP * columns.of(columns.y, DQ) < 0
    assert short.any()
    y = columns.apply("non_negative_water")
    dq, before = columns.of(y, DQ), columns.of(columns.y, DQ)
    assert np.all(columns.given("specific_humidity") + STEP * dq >= 0)
    turnover = columns.integral(abs(dq))
    assert np.all(abs(columns.integral(dq - before)) <= LIMIT * turnover)
    untouched = ~short.any(axis=1)
    np.testing.assert_array_equal(y[untouched], columns.y[untouched])
    moist = CP * columns.of(y, DT) + LV * dq - CP * columns.of(columns.y, DT) - LV * before
    assert np.all(abs(moist) <= 1e-6 * (CP * abs(columns.of(y, DT)) + LV * (abs(dq) + abs(before))))


def test_a_column_that_loses_more_water_than_it_has_ends_dry(convection: Contract) -> None:
    x, y = np.zeros((1, convection.n_in), np.float32), np.zeros((1, convection.n_out), np.float32)
    x[0, convection.input_columns["surface_air_pressure"]] = 1e5
    x[0, convection.input_columns["specific_humidity"]] = 1e-3
    name = "tendency_of_specific_humidity_due_to_convection"
    y[0, convection.output_columns[name]] = -2e-3 / convection.tendency_interval
    layer = build_constraint(ConstraintConfig("non_negative_water", {"tendency": name, "water": "specific_humidity"}), convection)
    after = 1e-3 + convection.tendency_interval * layer(torch.from_numpy(x), torch.from_numpy(y)).numpy()[0, 10:20].astype(np.float64)
    assert np.all(after >= 0) and np.all(after < 1e-8)


def test_upper_levels_are_pruned_and_tapered(columns: Columns) -> None:
    grid = columns.contract.vertical_grid
    pressure = np.asarray(grid.a_mid) + np.asarray(grid.b_mid) * 1e5
    ratio = columns.of(columns.apply("upper_level_taper"), DT)[200:] / columns.of(columns.y, DT)[200:]
    assert np.all(ratio[:, pressure <= 5e3] == 0) and np.all(ratio[:, pressure >= 1.5e4] == 1)
    between = (pressure > 5e3) & (pressure < 1.5e4)
    assert between.sum() > 2
    expected = 0.5 * (1 - np.cos(np.pi * np.log(pressure[between] / 5e3) / np.log(3.0)))
    np.testing.assert_allclose(ratio[:, between].mean(axis=0), expected, rtol=1e-5)


def test_outputs_stay_within_the_contract_range_or_a_given_one(columns: Columns) -> None:
    name = "surface_net_downward_shortwave_flux"
    clipped, guess = columns.of(columns.apply("physical_range"), name), columns.of(columns.y, name)
    np.testing.assert_array_equal(clipped, np.clip(guess, -1, 1500))
    assert guess.min() < -1
    tight = build_constraint(ConstraintConfig("physical_range", {"variable": name}, {"lower": 0.0, "upper": 300.0}), columns.contract)
    limited = columns.of(tight(torch.from_numpy(columns.x), torch.from_numpy(columns.y)).numpy(), name)
    np.testing.assert_array_equal(limited, np.clip(guess, 0, 300))


class Alone(torch.nn.Module):
    """A constraint as a module with one argument: inputs and outputs concatenated."""

    def __init__(self, layer: torch.nn.Module, n_in: int) -> None:
        super().__init__()
        self.layer = layer
        self.n_in: int = n_in

    def forward(self, both: torch.Tensor) -> torch.Tensor:
        return self.layer(both[:, : self.n_in], both[:, self.n_in :])


@pytest.mark.parametrize("kind", CONSTRAINT_KINDS)
def test_every_layer_gives_the_same_as_torchscript_and_as_a_program(columns: Columns, kind: str) -> None:
    layer = build_constraint(ConstraintConfig(kind, KINDS[kind], SETTINGS.get(kind, {})), columns.contract)
    module, both = Alone(layer, columns.contract.n_in), np.concatenate([columns.x, columns.y], axis=1)
    expected = module(torch.from_numpy(both)).numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        script = from_archive(to_archive(compile_scheme(module)))
    np.testing.assert_array_equal(script(torch.from_numpy(both)).numpy(), expected)
    computed = interpret(lower(module, both.shape[1]), both)
    std = np.where(expected.std(axis=0) > 0, expected.std(axis=0), 1.0)
    assert (abs(computed - expected) / std).max() < 1e-6


@pytest.mark.parametrize("kind", CONSTRAINT_KINDS)
def test_gradients_pass_through_every_layer(columns: Columns, kind: str) -> None:
    layer = build_constraint(ConstraintConfig(kind, KINDS[kind], SETTINGS.get(kind, {})), columns.contract)
    y = torch.from_numpy(columns.y[150:400]).requires_grad_()
    layer(torch.from_numpy(columns.x[150:400]), y).double().square().sum().backward()
    assert y.grad is not None and bool(torch.isfinite(y.grad).all())


@pytest.mark.parametrize(
    ("kind", "variables", "settings", "what", "expected", "got"),
    [
        ("upper_level_taper", {"variable": DT}, {}, "constraints upper_level_taper", "settings ['full_below', 'zero_above']", "[]"),
        (
            "upper_level_taper",
            {"variable": DT},
            {"zero_above": 2e4, "full_below": 1e4},
            "UpperLevelTaper",
            "zero_above <= full_below",
            "20000.0 and 10000.0",
        ),
        (
            "upper_level_taper",
            {"variable": "snowfall_rate"},
            {"zero_above": 1e3, "full_below": 1e4},
            "UpperLevelTaper",
            "a profile of 60 levels",
            "the single-level snowfall_rate",
        ),
        ("physical_range", {"variable": DT}, {"lower": 1.0}, "PhysicalRange", f"lower < upper for {DT}", "1.0 and "),
        (
            "column_energy_closure",
            {"heating": DT, "moistening": DQ, "longwave_top": DU},
            {},
            f"ColumnEnergyClosure: {DU}",
            "units W m-2, kg m-2 s-1 or m s-1",
            "'m s-2'",
        ),
        ("column_wateer_closure", {}, {}, "constraints.kind", "column_water_closure", "'column_wateer_closure'"),
    ],
)
def test_invalid_constraints_are_refused(kind: str, variables: dict, settings: dict, what: str, expected: str, got: str) -> None:
    with pytest.raises(ParamnetError) as refused:
        build_constraint(ConstraintConfig(kind, variables, settings), Contract.from_yaml("climsim_v2"))
    assert refused.value.what == what and expected in refused.value.expected and refused.value.got.startswith(got)
