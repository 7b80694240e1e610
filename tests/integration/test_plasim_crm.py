"""A cloud-resolving model in every column: results do not depend on restarts or the number of ranks, and its history in the
schema of SPCAM describes the coupling."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from paramnet.contract import Contract, ParamnetError
from paramnet.execution.config import ClusterConfig
from paramnet.hosts.plasim.build import HostBuild
from paramnet.hosts.plasim.run import HostFault, HostRun, run_host
from paramnet.hosts.plasim.setup import HostSetup
from paramnet.hosts.scheme_options import SchemeOptions
from paramnet.preprocessing import PreprocessConfig, preprocess
from paramnet.preprocessing.splits.rules import SplitConfig, SplitRule
from paramnet.sources import SourceConfig
from paramnet.store import open_store

pytestmark = pytest.mark.host
# Coarse and accelerated: these tests are about the coupling, not the clouds.
CHEAP = {"mode": "crm", "crm_points": 4, "crm_step": 30.0, "crm_acceleration": 4.0}
STEP = 1800.0


@pytest.fixture(scope="module")
def moist_sea(repository: Path) -> HostSetup:
    return HostSetup.from_yaml(repository / "conf" / "host" / "plasim_sp_aquaplanet.yaml")


@pytest.fixture(scope="module")
def through(tmp_path_factory: pytest.TempPathFactory, build_variant: Callable[..., HostBuild], moist_sea: HostSetup) -> Path:
    """A day on one rank, every step written."""
    scheme = SchemeOptions(**CHEAP, spcam_history=True)  # type: ignore[arg-type]
    config = HostRun(tmp_path_factory.mktemp("crm") / "through", moist_sea, scheme, days=1)
    return run_host(config, build_variant(), on_day=lambda done, total: None)


def history(folder: Path, chunk: int = 1) -> xr.Dataset:
    return xr.open_dataset(folder / f"history_{chunk:04d}.nc", decode_times=False).drop_attrs()


def steps(folder: Path) -> xr.Dataset:
    """Every step of a run, (time, lev, lat, lon), float64."""
    days = [xr.open_dataset(path, decode_times=False).astype("f8") for path in sorted((folder / "h1").glob("*.cam2.h1.*.nc"))]
    return xr.concat(days, "time", data_vars="minimal").drop_attrs()


@pytest.mark.long
def test_results_do_not_depend_on_ranks_and_restarts(run: Callable[..., Path], moist_sea: HostSetup) -> None:
    through = run("through", days=2, host=moist_sea, rank_independent=True, spcam_history=True, **CHEAP)
    chained = run("chained", days=2, chunk_days=1, host=moist_sea, rank_independent=True, spcam_history=True, **CHEAP)
    halves = run("halves", host=moist_sea, ranks=2, rank_independent=True, **CHEAP)
    xr.testing.assert_identical(history(through), xr.concat([history(chained, 1), history(chained, 2)], "time", data_vars="minimal"))
    xr.testing.assert_identical(history(chained, 1), history(halves))
    xr.testing.assert_identical(steps(through), steps(chained))
    status = [(folder / "plasim_status").read_bytes() for folder in (through / "chunks/0001", chained / "chunks/0002")]
    assert status[0] == status[1]
    vapour = history(through).specific_humidity
    assert np.isfinite(vapour).all() and float(vapour.max()) > 5e-3


@pytest.mark.long
def test_the_steps_in_spcams_schema_agree_with_the_hosts_history(through: Path) -> None:
    step, day = steps(through), history(through)
    daily = step.mean("time")
    day = day.isel(time=0)
    before = {"air_temperature": daily.TAP - STEP * daily.TPHYSTND, "specific_humidity": daily.QAP - STEP * daily.PHQ}
    same = before | {
        "precipitation_flux": 1000.0 * daily.PRECT,
        "toa_net_downward_shortwave_flux": daily.FSNT,
        "toa_outgoing_longwave_flux": daily.FLNT,
        "surface_net_downward_shortwave_flux": daily.FSNS,
        "surface_net_downward_longwave_flux": -daily.FLNS,
        "surface_upward_sensible_heat_flux": daily.SHFLX,
        "surface_upward_latent_heat_flux": daily.LHFLX,
        "surface_air_pressure": daily.PS,
        "northward_wind": daily.VAP,
    }
    for name, values in same.items():
        size = float(np.abs(day[name]).max())
        np.testing.assert_allclose(values, day[name], rtol=2e-6, atol=2e-6 * size, err_msg=name)
    assert list(step.time.values[:2]) == [365.0 + 1 / 48, 365.0 + 2 / 48] and len(step.time) == 48


@pytest.mark.long
def test_its_budgets_are_those_of_the_columns(run: Callable[..., Path], moist_sea: HostSetup) -> None:
    """Radiative heating equals the flux convergence; the vapour removed by the model is rain or condensate. It rains on day two."""
    step = steps(run("wet", days=2, host=moist_sea, spcam_history=True, **CHEAP))
    constants = Contract.from_yaml("rasp2018_plasim").constants
    mass = step.PS * xr.DataArray(np.diff(step.hybi), dims="lev") / constants["gravity"]
    vapour = step.QAP - STEP * step.PHQ
    heat = constants["specific_heat_of_dry_air"] * (1 + 0.85 * vapour)  # the host's moist heat capacity, about
    gained = ((step.QRS + step.QRL) * heat * mass).sum("lev")
    left = step.FSNT - step.FSNS - step.FLNT + step.FLNS
    assert float(np.abs(gained - left).max()) < 0.5  # W m-2, of up to hundreds
    dried = -(STEP * step.PHQ * mass).sum("lev").sum("time")
    rained = 1000.0 * STEP * step.PRECT.sum("time")
    assert float(step.PRECT.min()) >= 0.0
    hanging = (dried - rained).weighted(step.gw).mean()
    assert -0.01 < float(hanging) < 0.2 and float(dried.max()) > 0.5  # kg m-2


@pytest.mark.long
def test_preprocessing_reads_them_unchanged(through: Path, tmp_path: Path) -> None:
    rules = {"train": SplitRule(0.5), "validation": SplitRule(0.25), "test": SplitRule(0.25)}
    config = PreprocessConfig(
        source=SourceConfig.from_yaml("spcam"),
        input=str(through / "h1"),
        store=str(tmp_path / "store"),
        contract="rasp2018_plasim",
        splits=SplitConfig(**rules, block_days=0.25, gap_days=0.02),
        quality_page=False,
        cluster=ClusterConfig("inline"),
    )
    store = open_store(preprocess(config))
    contract, train, step = store.contract, store.split("train"), steps(through).stack(column=("lat", "lon"))
    file, row, column = (int(array[0]) for array in (train.file_index, train.time_index, train.column_index))
    at = step.isel(time=48 * file + row, column=column)
    inputs, outputs = (
        {name: np.squeeze(values[places]) for name, places in columns.items()}
        for values, columns in ((train.inputs[0], contract.input_columns), (train.outputs[0], contract.output_columns))
    )
    np.testing.assert_allclose(inputs["air_temperature"], at.TAP - STEP * at.TPHYSTND, rtol=1e-6)
    np.testing.assert_allclose(outputs["tendency_of_specific_humidity"], at.PHQ, rtol=1e-6)
    before = step.isel(time=48 * file + row - 1, column=column)
    np.testing.assert_allclose(inputs["surface_upward_latent_heat_flux"], before.LHFLX, rtol=1e-6)


def test_a_host_that_condenses_by_itself_is_refused(run: Callable[..., Path]) -> None:
    with pytest.raises(HostFault) as fault:
        run("refused", **CHEAP)
    assert all(f"{name}=0" in fault.value.got for name in ("nprl", "ndca", "nevapprec"))


def test_the_schema_of_spcam_needs_the_cloud_resolving_model() -> None:
    with pytest.raises(ParamnetError) as refused:
        SchemeOptions(spcam_history=True)
    assert (refused.value.what, refused.value.got) == ("options.spcam_history", "mode teacher") and "crm" in refused.value.expected
