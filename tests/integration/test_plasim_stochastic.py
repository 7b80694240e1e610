"""A stochastic scheme with state in PlaSim: the same bits after a restart and on any number of ranks and threads."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import xarray as xr

from paramnet.contract import Contract
from paramnet.exporting import write_artefact
from paramnet.hosts.plasim.build import HostBuild
from paramnet.hosts.plasim.launch import Days, launch
from paramnet.hosts.plasim.restart_file import read_records, write_records
from paramnet.hosts.plasim.run import HostFault
from paramnet.hosts.plasim.setup import HostSetup

pytestmark = pytest.mark.host
START, RANDOM = [0.1, -0.2], 3
ONE_DAY = {"n_run_years": 0, "n_run_months": 0, "n_run_days": 1, "noutput": 0, "nstpw": 48}


class NoisyConvection(torch.nn.Module):
    """Rain of a toy scheme times 1 + s, where s, the state, is a first-order autoregressive process."""

    def __init__(self, contract: Contract) -> None:
        super().__init__()
        columns = contract.input_columns
        self.n_in, self.size = contract.n_in, len(START)
        self.humidity = (columns["specific_humidity"].start, columns["specific_humidity"].stop)
        self.surface = columns["surface_temperature"].start
        self.warming = contract.constants["latent_heat_of_vaporization"] / contract.constants["specific_heat_of_dry_air"]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state, random = x[:, self.n_in : self.n_in + self.size], x[:, self.n_in + self.size :]
        new = 0.9 * state + 0.2 * random[:, : self.size]
        fraction = torch.relu(1.0 + new[:, 0:1] + 0.5 * random[:, 2:3])
        rain = torch.relu(x[:, self.humidity[0] : self.humidity[1]]) * torch.sigmoid(x[:, self.surface : self.surface + 1] - 295.0) * 2e-6
        return torch.cat([self.warming * rain * fraction, -rain * fraction, rain * fraction, new], dim=1)


@pytest.fixture(scope="module")
def noisy(toy_manifest: Callable[[], dict], contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("noisy") / "scheme.pt"
    write_artefact(NoisyConvection(contract), toy_manifest() | {"state": [{"name": "s", "start": START}], "random_numbers": RANDOM}, path)
    return path


def status_of(run: Path, stretch: int) -> bytes:
    return (run / f"chunks/{stretch:04d}/plasim_status").read_bytes()


def test_a_restarted_run_has_the_bits_of_an_uninterrupted_one(run: Callable[..., Path], noisy: Path) -> None:
    through = run("through", days=2, mode="learned", scheme=noisy)
    chained = run("chained", days=2, chunk_days=1, mode="learned", scheme=noisy)
    assert status_of(through, 1) == status_of(chained, 2)
    kept = dict(read_records(chained / "chunks/0002/plasim_status"))
    assert "pns001" in kept


def test_seed_and_switch_reach_the_scheme(run: Callable[..., Path], noisy: Path) -> None:
    def ended(name: str, **options: object) -> bytes:
        return status_of(run(name, mode="learned", scheme=noisy, **options), 1)

    assert ended("one") != ended("two", noise_seed=1)
    assert ended("three", stochastic=False) == ended("four", stochastic=False, noise_seed=1)


def test_a_restart_without_the_state_is_refused(
    run: Callable[..., Path], noisy: Path, build_variant: Callable[..., HostBuild], earth: HostSetup, tmp_path: Path
) -> None:
    build, before = build_variant(learned=True), run("before", mode="learned", scheme=noisy)
    folder = tmp_path / "again"
    folder.mkdir()
    earth.write_inputs(folder, build.plasim, ONE_DAY)
    shutil.copy(before / "scheme.pt", folder)
    records = read_records(before / "chunks/0001/plasim_status")
    write_records(folder / "plasim_restart", [(name, content) for name, content in records if name != "pns001"])
    namelist = (before / "chunks/0001/paramnet_namelist").read_text()
    (folder / "paramnet_namelist").write_text(
        namelist.replace("../../scheme.pt", "scheme.pt").replace("starts_anew = .true.", "starts_anew = .false.")
    )
    with pytest.raises(HostFault) as fault:
        launch(build, folder, "run", Days(0, 1, 1), lambda done, total: None)
    assert "expected the scheme's state" in fault.value.got


@pytest.mark.long
@pytest.mark.parametrize("changed", [{"ranks": 2}, {"threads": 2}], ids=str)
def test_ranks_and_threads_draw_the_same_numbers(run: Callable[..., Path], noisy: Path, changed: dict[str, int]) -> None:
    runs = [run(name, rank_independent=True, mode="learned", scheme=noisy, **how) for name, how in (("one", {}), ("two", changed))]
    one, two = (xr.open_dataset(folder / "history_0001.nc", decode_times=False).drop_attrs() for folder in runs)
    xr.testing.assert_identical(one, two)
