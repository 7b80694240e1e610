"""The adapter does not change the host's own climate; it records the host's convection and restarts bit for bit."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from paramnet.contract import Contract, ParamnetError
from paramnet.hosts.plasim.build import HostBuild
from paramnet.hosts.plasim.run import HostRun, run_host, run_values
from paramnet.hosts.plasim.setup import HostSetup
from paramnet.hosts.scheme_options import SchemeOptions

pytestmark = pytest.mark.host
OPEN = {"decode_times": False}


@pytest.mark.long
def test_teacher_mode_is_byte_identical_to_the_unmodified_host_for_ten_days(
    tmp_path: Path, build_variant: Callable[..., HostBuild], earth: HostSetup
) -> None:
    config = HostRun(tmp_path / "teacher", earth, SchemeOptions(), days=10, raw_output=True)
    reference, adapter = build_variant(reference=True), build_variant()
    alone = tmp_path / "alone"
    alone.mkdir()
    earth.write_inputs(alone, reference.plasim, run_values(config, 10))
    with ThreadPoolExecutor(2) as pool:
        unmodified = pool.submit(subprocess.run, [str(reference.executable)], cwd=alone, check=True)
        ours = pool.submit(run_host, config, adapter, lambda done, total: None)
        unmodified.result()
        folder = ours.result() / "chunks" / "0001"
    for name in ("plasim_output", "plasim_status"):
        assert (folder / name).stat().st_size > 1_000_000
        assert (folder / name).read_bytes() == (alone / name).read_bytes(), name


def test_a_restarted_teacher_run_is_bit_identical_to_an_uninterrupted_one(run: Callable[..., Path]) -> None:
    through, chained = run("through", days=2), run("chained", days=2, chunk_days=1)
    status = [(folder / "plasim_status").read_bytes() for folder in (through / "chunks/0001", chained / "chunks/0002")]
    assert status[0] == status[1]
    parts = [xr.open_dataset(chained / f"history_000{i}.nc", **OPEN) for i in (1, 2)]
    xr.testing.assert_identical(
        xr.open_dataset(through / "history_0001.nc", **OPEN).drop_attrs(), xr.concat(parts, "time", data_vars="minimal").drop_attrs()
    )


def test_a_complete_run_is_not_run_again_and_its_folder_refuses_another_run(run: Callable[..., Path]) -> None:
    folder = run("kept", mode="off")
    written = (folder / "history_0001.nc").stat().st_mtime_ns
    run("kept", mode="off")
    assert (folder / "history_0001.nc").stat().st_mtime_ns == written
    with pytest.raises(ParamnetError) as refused:
        run("kept", mode="teacher")
    assert 'scheme.mode: "off" → "teacher"' in refused.value.got


def test_another_seed_is_another_member(tmp_path: Path, build_variant: Callable[..., HostBuild], earth: HostSetup) -> None:
    members = []
    for seed in (1, 2):
        config = HostRun(tmp_path / str(seed), earth, SchemeOptions(), days=1, seed=seed)
        folder = run_host(config, build_variant(), lambda done, total: None)
        members.append(xr.open_dataset(folder / "history_0001.nc", **OPEN).eastward_wind)
    assert not np.array_equal(members[0], members[1])


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory, build_variant: Callable[..., HostBuild], earth: HostSetup) -> xr.Dataset:
    """Six days, after which the tropics convect."""
    options = SchemeOptions(mode="record", record_every=24, record_start=48 * 4)
    config = HostRun(tmp_path_factory.mktemp("record"), earth, options, days=6)
    run_host(config, build_variant(), lambda done, total: None)
    return xr.open_dataset(config.output / "record_0001.nc", **OPEN).load()


def test_record_holds_every_variable_of_the_contract_on_its_grid(record: xr.Dataset, contract: Contract) -> None:
    for variable in contract.inputs + contract.outputs:
        assert record[variable.name].attrs["units"] == variable.units
        if variable.name != "convective_precipitation_production":  # which CF's table does not have
            assert record[variable.name].attrs["standard_name"] == variable.standard_name
        assert record[variable.name].dims == ("time", *(["lev"] if variable.is_profile else []), "lat", "lon")
        assert np.isfinite(record[variable.name]).all()
    assert record.time.values.tolist() == [4.0, 4.5, 5.0, 5.5]
    np.testing.assert_allclose(record.sigma_interface, contract.vertical_grid.b_interface, atol=1e-12)
    np.testing.assert_allclose(record.lev, contract.vertical_grid.b_mid, atol=1e-12)
    assert record.time_step_seconds == contract.time_step
    assert record.tendency_interval_seconds == contract.tendency_interval
    assert record.lat[0] == pytest.approx(85.7606, abs=1e-3) and (np.diff(record.lat) < 0).all()


def test_kuos_drying_equals_its_rain_and_its_heating_the_latent_heat(record: xr.Dataset, contract: Contract) -> None:
    thickness = xr.DataArray(np.diff(record.sigma_interface), dims="lev")
    heating = record.tendency_of_air_temperature_due_to_convection.astype("f8")
    moistening = record.tendency_of_specific_humidity_due_to_convection.astype("f8")
    rain = record.convective_precipitation_production.astype("f8")
    column_rain = (rain * thickness).sum("lev")
    deep = (column_rain > 0).values
    convecting = (abs(heating) + abs(moistening)).sum("lev").values > 0
    assert 0.15 < deep.mean() < 0.5 and 0.02 < (convecting & ~deep).mean() < 0.2
    assert (rain >= 0).all()
    # residuals are the rounding of real32 in the files
    assert float(abs((moistening * thickness).sum("lev") + column_rain).max()) < 1e-6 * float(column_rain.max())
    constants = contract.constants
    vapour = constants["specific_heat_of_water_vapour"] / constants["specific_heat_of_dry_air"] - 1.0
    specific_heat = constants["specific_heat_of_dry_air"] * (1.0 + vapour * record.specific_humidity.astype("f8"))
    residual = (specific_heat * heating - constants["latent_heat_of_vaporization"] * rain).values.transpose(0, 2, 3, 1)
    scale = constants["latent_heat_of_vaporization"] * float(rain.max())
    assert abs(residual[deep]).max() < 1e-6 * scale


def test_history_is_an_earth_with_north_first(run: Callable[..., Path]) -> None:
    folder = run("earth", days=2)
    history = xr.open_dataset(folder / "history_0001.nc", **OPEN)
    land = history.land_area_fraction.isel(time=0)
    places = {"Sahara": (22, 10, 1), "Siberia": (60, 100, 1), "Australia": (-25, 135, 1), "Pacific": (0, 200, 0)}
    for name, (latitude, longitude, expected) in places.items():
        assert float(land.sel(lat=latitude, lon=longitude, method="nearest")) == expected, name
    sunlight = history.toa_net_downward_shortwave_flux.isel(time=0).mean("lon")
    assert float(sunlight[0]) == 0.0 and float(sunlight[-1]) > 100.0  # the first days of January
    assert 275 < float(history.surface_temperature.weighted(np.cos(np.deg2rad(history.lat))).mean()) < 295
    assert history.time_bounds.values.tolist() == [[0.0, 1.0], [1.0, 2.0]]
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["days"] == 2 and summary["teacher_calls"] == 2 * 48 + 3 and summary["teacher_ms_mean"] > 0


def test_off_has_no_convective_rain(run: Callable[..., Path]) -> None:
    history = xr.open_dataset(run("off", days=3, mode="off") / "history_0001.nc", **OPEN)
    assert float(history.convective_precipitation_flux.max()) == 0.0
    assert float(history.precipitation_flux.max()) > 0.0


@pytest.mark.long
def test_one_and_two_ranks_agree_in_teacher_mode(run: Callable[..., Path]) -> None:
    runs = [run(f"ranks{ranks}", ranks=ranks, mode="record", record_every=12) for ranks in (1, 2)]
    one, two = (xr.open_dataset(folder / "record_0001.nc", **OPEN) for folder in runs)
    for name, tolerance in (("air_temperature", 1e-4), ("surface_air_pressure", 1e-2), ("specific_humidity", 1e-8)):
        np.testing.assert_allclose(one[name], two[name], atol=tolerance, rtol=0)


def test_aquaplanet_is_all_water_with_the_prescribed_temperature_and_symmetric_hemispheres(
    run: Callable[..., Path], repository: Path
) -> None:
    from paramnet.hosts.plasim.boundary import gaussian_latitudes, qobs

    setup = HostSetup.from_yaml(repository / "conf" / "host" / "plasim_aquaplanet.yaml")
    history = xr.open_dataset(run("aqua", days=6, host=setup) / "history_0001.nc", **OPEN)
    assert float(history.land_area_fraction.max()) == 0.0 and float(history.sea_ice_area_fraction.max()) == 0.0
    surface = history.surface_temperature.values
    np.testing.assert_allclose(surface, np.broadcast_to(qobs(gaussian_latitudes())[:, None], surface.shape), atol=2e-3)
    rain = history.precipitation_flux.isel(time=-1).mean("lon").values
    assert abs(rain[:16].sum() - rain[16:].sum()) < 0.1 * rain.sum()
    sunlight = history.toa_net_downward_shortwave_flux.isel(time=0).mean("lon").values
    np.testing.assert_allclose(sunlight, sunlight[::-1], rtol=0.01)
