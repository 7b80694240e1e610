"""Intervals of the errors of climates: those of the values beside them, and of the width that the weather gives them."""

from __future__ import annotations

import numpy as np
import pytest

from paramnet.climate.climate import Climate, root_mean_square
from paramnet.climate.groups import Groups
from paramnet.climate.history import HistoryGrid
from paramnet.climate.uncertainty import differences, error_intervals

INTERFACES = np.array([0.0, 0.3, 1.0])
GRID = HistoryGrid(
    latitude=np.rad2deg(np.arcsin(np.polynomial.legendre.leggauss(8)[0][::-1])),
    longitude=np.arange(4) * 90.0,
    sigma=np.array([0.15, 0.65]),
    sigma_interface=INTERFACES,
    land=None,
)
FIELD, WINDOW = "air_temperature", (5, 95)


def climate(name: str, seed: int, offset: float = 0.0, days: int = 95) -> Climate:
    """Weather with a memory of some days about a constant profile, to which ``offset`` is added."""
    weather = np.random.default_rng(seed).standard_normal((days + 30, 2, 8))
    for day in range(1, len(weather)):
        weather[day] += 0.6 * weather[day - 1]
    zonal = {FIELD: 250.0 + weather[30:] + offset}
    return Climate(name, GRID, days, (WINDOW[0], min(days, WINDOW[1])), zonal, None, None, None)


def rmse(run: Climate, other: Climate) -> float:
    return root_mean_square(GRID, run.zonal_mean(FIELD, WINDOW) - other.zonal_mean(FIELD, WINDOW))


def test_mean_squares_are_those_of_the_errors_with_members_too() -> None:
    climates = {name: climate(name, seed) for seed, name in enumerate(("control", "floor", "learned", "learned 2"))}
    groups = Groups(("control", "floor"), {"control": ("control",), "floor": ("floor",), "learned": ("learned", "learned 2")})
    found = differences(climates, groups.pairs("learned"), FIELD, WINDOW[1])
    wanted = [rmse(climates[run], climates[other]) for run, other in groups.pairs("learned")]
    assert found is not None and len(wanted) == 4
    assert found.mean_square == pytest.approx(np.mean(np.square(wanted)))


def test_intervals_enclose_their_values_and_a_biased_run_is_above_the_floor() -> None:
    climates = {"control": climate("control", 0), "floor": climate("floor", 1), "learned": climate("learned", 2, offset=1.5)}
    found = error_intervals(climates, Groups.of_runs(climates), FIELD, WINDOW[1])
    for role in ("floor", "learned"):
        assert found["low"][role] < rmse(climates[role], climates["control"]) < found["high"][role]
    ratio = found["ratio"]["learned"]
    assert ratio["value"] == pytest.approx(rmse(climates["learned"], climates["control"]) / rmse(climates["floor"], climates["control"]))
    assert 1.0 < ratio["low"] < ratio["value"] < ratio["high"]
    assert 4.0 <= found["block_days"]["floor"] <= 14.0


def test_ratios_of_runs_of_the_same_climate_contain_one_about_as_often_as_they_should() -> None:
    hits = 0
    for seed in range(20):
        climates = {name: climate(name, 3 * seed + number) for number, name in enumerate(("control", "floor", "learned"))}
        ratio = error_intervals(climates, Groups.of_runs(climates), FIELD, WINDOW[1])["ratio"]["learned"]
        hits += ratio["low"] <= 1.0 <= ratio["high"]
    assert hits >= 16


def test_a_run_that_ended_early_has_no_interval_and_equal_runs_have_no_ratio() -> None:
    control = climate("control", 0)
    climates = {"control": control, "floor": climate("floor", 0), "learned": climate("learned", 1, days=60)}
    found = error_intervals(climates, Groups.of_runs(climates), FIELD, WINDOW[1])
    assert found["low"] == {"floor": 0.0} == found["high"] and "ratio" not in found
