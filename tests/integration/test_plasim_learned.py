"""A learned scheme in the host: bound by name, with counted corrections; a scheme that does not match ends the run cleanly."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from paramnet.contract import Contract
from paramnet.hosts.plasim.run import HostFault, HostRunFailed
from paramnet.hosts.plasim.setup import HostSetup

pytestmark = pytest.mark.host
OPEN = {"decode_times": False}


def summary_of(folder: Path) -> dict[str, float]:
    return json.loads((folder / "summary.json").read_text())


def test_a_learned_scheme_rains_heats_and_makes_clouds(run: Callable[..., Path], toy_scheme: Callable[..., Path]) -> None:
    folder = run("toy", days=2, mode="learned", scheme=toy_scheme())
    history = xr.open_dataset(folder / "history_0001.nc", **OPEN)
    assert float(history.convective_precipitation_flux.isel(time=1).max()) > 1e-6
    assert float(history.cloud_area_fraction.max()) > 0.2
    summary = summary_of(folder)
    assert summary["learned_calls"] == 2 * 48 + 3 and summary["columns"] == 2048 * (2 * 48 + 3)
    assert summary["nonfinite"] == 0 and summary["fallback_fraction"] == 0 and summary["learned_ms_mean"] > 0
    assert summary["limited_fraction"] == 0
    assert summary["water_closure_correction_mm_day"] < 1e-5  # the toy closes but for real32


def test_columns_far_from_the_training_data_are_counted_where_the_scheme_has_a_table_of_distances(
    run: Callable[..., Path], toy_scheme: Callable[..., Path], contract: Contract
) -> None:
    surface = contract.input_columns["surface_temperature"].start

    def measured(manifest: dict) -> None:
        """The distance is that of the surface temperature from 280 K, in K; the farthest training column has 10."""
        one = [float(column == surface) for column in range(contract.n_in)]
        manifest["envelope"]["distance"] = {
            "mean": [280.0 * x for x in one],
            "inverse_std": one,
            "components": [one],
            "inverse_scale": [1.0],
        }
        manifest["envelope"]["distance"] |= {"residual_inverse_scale": 1.0, "quantile_levels": [1.0], "quantiles": [10.0], "columns": 1}

    with_table = run("far", days=1, mode="learned", scheme=toy_scheme(change=measured))
    without = run("near", days=1, mode="learned", scheme=toy_scheme())
    summary = summary_of(with_table)
    assert summary["distance_columns"] == summary["columns"] and 0.05 < summary["far_from_training_fraction"] < 0.95
    assert summary_of(without)["distance_columns"] == 0 and "far_from_training_fraction" not in summary_of(without)
    one, other = (xr.open_dataset(folder / "history_0001.nc", **OPEN) for folder in (with_table, without))
    assert np.array_equal(one.air_temperature, other.air_temperature)


def test_the_teachers_result_passes_through_the_bridge_bit_for_bit(run: Callable[..., Path], identity_scheme: Path) -> None:
    direct, through = run("direct", days=2), run("through", days=2, mode="passthrough", scheme=identity_scheme)
    status = [(folder / "chunks/0001/plasim_status").read_bytes() for folder in (direct, through)]
    assert len(status[0]) > 1_000_000 and status[0] == status[1]


def test_a_restarted_learned_run_is_bit_identical_to_an_uninterrupted_one(
    run: Callable[..., Path], toy_scheme: Callable[..., Path]
) -> None:
    scheme = toy_scheme()
    through = run("through", days=2, mode="learned", scheme=scheme)
    chained = run("chained", days=2, chunk_days=1, mode="learned", scheme=scheme)
    status = [(folder / "plasim_status").read_bytes() for folder in (through / "chunks/0001", chained / "chunks/0002")]
    assert status[0] == status[1]


@pytest.mark.long
def test_one_and_two_ranks_agree_bit_for_bit_in_learned_mode(run: Callable[..., Path], toy_scheme: Callable[..., Path]) -> None:
    scheme = toy_scheme()
    runs = [run(f"ranks{ranks}", ranks=ranks, rank_independent=True, mode="learned", scheme=scheme) for ranks in (1, 2)]
    one, two = (xr.open_dataset(folder / "history_0001.nc", **OPEN).drop_attrs() for folder in runs)
    xr.testing.assert_identical(one, two)
    assert summary_of(runs[1])["columns"] == summary_of(runs[0])["columns"]


def test_columns_that_are_not_finite_take_the_teachers_result_and_are_counted(
    run: Callable[..., Path], toy_scheme: Callable[..., Path]
) -> None:
    broken = toy_scheme(broken_above=302.5)
    folder = run("fallback", mode="learned", scheme=broken, fallback_limit=0.5)
    summary = summary_of(folder)
    assert 0 < summary["fallback_columns"] == summary["nonfinite"] < 0.2 * summary["columns"]
    history = xr.open_dataset(folder / "history_0001.nc", **OPEN)
    assert np.isfinite(history.air_temperature).all()
    without = summary_of(run("without", mode="learned", scheme=broken, fallback=False))
    assert without["fallback_columns"] == 0 and without["nonfinite"] > 0


def test_too_much_fallback_ends_the_run_with_the_reason(run: Callable[..., Path], toy_scheme: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(HostRunFailed) as failure:
        run("ended", mode="learned", scheme=toy_scheme(broken_above=290.0), fallback_limit=0.05)
    assert failure.value.days == 0 and failure.value.got.startswith("fallback: ") and "day 1" in failure.value.got
    assert failure.value.where.endswith("paramnet_error")
    assert "Program aborted" in (tmp_path / "ended/chunks/0001.partial/Abort_Message").read_text()


def test_each_correction_is_switched_and_counted_separately(run: Callable[..., Path], toy_scheme: Callable[..., Path]) -> None:
    def tight(manifest: dict) -> None:
        for side, limit in (("min", -1e-9), ("max", 1e-9)):
            manifest["envelope"]["outputs"][side][:10] = [limit] * 10

    scheme = toy_scheme(leak=True, change=tight)
    measures = ("tendency_limits", "nonnegative_humidity", "water_closure")
    none = dict.fromkeys(measures, False)
    counts = {
        on: summary_of(run(on, mode="learned", scheme=scheme, **(none | {on: True})))  # type: ignore[arg-type]
        for on in measures
    }
    reasons = {
        "tendency_limits": "limited_heating_columns",
        "nonnegative_humidity": "limited_humidity_columns",
        "water_closure": "water_closure_columns",
    }
    for on in measures:
        for measure, reason in reasons.items():
            assert (counts[on][reason] > 0) == (on == measure), (on, reason)


def test_shadow_mode_changes_nothing_and_compares(run: Callable[..., Path], toy_scheme: Callable[..., Path]) -> None:
    shadow = run("shadow", days=2, mode="shadow", scheme=toy_scheme())
    teacher = run("teacher", days=2)
    status = [(folder / "chunks/0001/plasim_status").read_bytes() for folder in (shadow, teacher)]
    assert status[0] == status[1]
    summary = summary_of(shadow)
    assert summary["shadow_heating_rmse"] > 0 and summary["shadow_rain_teacher_rms"] > 0
    assert summary["teacher_calls"] == summary["learned_calls"]


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("gravity", "gravity"),
        ("grid", "pressure"),
        ("units", "air_temperature"),
        ("time_step", "time_step"),
    ],
)
def test_a_scheme_that_does_not_match_the_host_is_refused_before_the_first_step(
    run: Callable[..., Path], toy_scheme: Callable[..., Path], tmp_path: Path, what: str, named: str
) -> None:
    def change(manifest: dict) -> None:
        if what == "gravity":
            manifest["constants"]["gravity"] = manifest["contract"]["constants"]["gravity"] = 3.71
        elif what == "grid":
            for grid in (manifest["vertical_grid"], manifest["contract"]["vertical_grid"]):
                grid["b_mid"] = [0.9 * b for b in grid["b_mid"]]
        elif what == "units":
            manifest["inputs"][0]["units"] = manifest["contract"]["inputs"][0]["units"] = "degC"
        else:
            manifest["contract"]["time_step"] = 1200.0

    with pytest.raises(HostFault) as fault:
        run("misfit", mode="learned", scheme=toy_scheme(change=change))
    assert named in fault.value.got.lower() and "after day 0" in fault.value.got and not (tmp_path / "misfit/failed.json").exists()
    assert "Program aborted" in (tmp_path / "misfit/chunks/0001.partial/Abort_Message").read_text()


def test_a_ramp_blends_the_networks_result_with_the_teachers(
    run: Callable[..., Path], toy_scheme: Callable[..., Path], earth: HostSetup
) -> None:
    rainmod = earth.namelists["rainmod"] | {"nevapprec": 0}  # evaporation of rain is not linear in it
    dry_fall = dataclasses.replace(earth, namelists=earth.namelists | {"rainmod": rainmod})
    scheme, start = toy_scheme(), run("before", days=3)
    options = {
        "host": dry_fall,
        "start": start,
        "history_every": 1,
        "tendency_limits": False,
        "nonnegative_humidity": False,
        "water_closure": False,
    }
    runs = {
        "teacher": run("teacher", host=dry_fall, start=start, history_every=1),
        "learned": run("learned", mode="learned", scheme=scheme, **options),
        "ramp": run("ramp", mode="learned", scheme=scheme, ramp_days=0.25, **options),
    }
    rain = {
        name: xr.open_dataset(folder / "history_0001.nc", **OPEN).convective_precipitation_flux.isel(time=0).astype("f8")
        for name, folder in runs.items()
    }
    steps = 0.25 * summary_of(runs["ramp"])["steps"]
    expected = (1 - 1 / steps) * rain["teacher"] + rain["learned"] / steps  # the first step: all see the same state
    assert float(rain["teacher"].max()) > 0 and float(rain["learned"].max()) > 0
    np.testing.assert_allclose(rain["ramp"], expected, rtol=1e-5, atol=1e-7 * float(expected.max()))
    assert summary_of(runs["ramp"])["teacher_calls"] == summary_of(runs["learned"])["teacher_calls"]


@pytest.mark.long
def test_a_ramp_resumes_after_a_restart(run: Callable[..., Path], toy_scheme: Callable[..., Path]) -> None:
    scheme = toy_scheme()
    through = run("through", days=3, chunk_days=3, mode="learned", scheme=scheme, ramp_days=1.5)
    chained = run("chained", days=3, chunk_days=1, mode="learned", scheme=scheme, ramp_days=1.5)
    status = [(folder / "plasim_status").read_bytes() for folder in (through / "chunks/0001", chained / "chunks/0003")]
    assert status[0] == status[1]
