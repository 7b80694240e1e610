"""What the adapters of Fortran hosts share (fortran_bridge/hosts/common), in a small host with the conventions of CAM and of WRF."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import torch

from paramnet.bridge.paths import default_build_folder
from paramnet.cli.main import main
from paramnet.contract import Contract
from paramnet.noise import standard_normal

COLUMNS, LEVELS, BLOCKS, STEPS = 6, 5, 2, 24
SIZES = {"ps": 1, "p": LEVELS, "t": LEVELS, "q": LEVELS, "heating": LEVELS, "moistening": LEVELS, "rain": 1}
HUMIDITY = {"cam": "specific_humidity", "wrf": "humidity_mixing_ratio"}


class Affine(torch.nn.Module):
    """Of T, q and surface pressure: heating, moistening and rain that are easy to recompute."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n = x.shape[1] // 2
        return torch.cat([(x[:, :n] - 280.0) * 1e-6, x[:, n : 2 * n] * -2e-6, x[:, 2 * n :] * 1e-9], 1)


@pytest.fixture(scope="module")
def small_host(built_bridge: Path) -> Path:
    """The program fortran_bridge/hosts/common/tests/small_host.f90."""
    program = default_build_folder() / "hosts" / "common" / "small_host"
    if not program.is_file():
        pytest.skip(f"no {program}; run `make bridge` where netCDF-C is")
    return program


def run(program: Path, folder: Path, host: str, **options: object) -> subprocess.CompletedProcess[str]:
    """One run with these options in paramnet_namelist."""
    (folder / "recorded").mkdir(parents=True, exist_ok=True)
    (folder / "paramnet_levels").write_text("".join(f"0 {b}\n" for b in (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)))
    words = ", ".join(f"{key} = {value!r}" for key, value in options.items())
    (folder / "paramnet_namelist").write_text(f"&paramnet_nl {words} /\n")
    return subprocess.run([program, host, "out.bin"], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def arrays(folder: Path) -> dict[str, np.ndarray]:
    """The arrays after the last step, (column, level)."""
    values = np.fromfile(folder / "out.bin").reshape(BLOCKS, -1)
    parts = np.split(values, np.cumsum([COLUMNS * size for size in SIZES.values()])[:-1], axis=1)
    return {
        name: part.reshape(BLOCKS, size, COLUMNS).transpose(0, 2, 1).reshape(-1, size).squeeze()
        for (name, size), part in zip(SIZES.items(), parts, strict=True)
    }


def contract_of(folder: Path, host: str) -> Contract:
    """Of what was recorded."""
    assert main_of("source", f"input={folder}/recorded", f"output={folder}/mine", f"name={host}") == 0
    return Contract.from_yaml(str(folder / "mine" / "contract" / f"{host}.yaml"))


def main_of(*arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["paramnet", *arguments])
        return main()


@pytest.mark.parametrize("host", ["cam", "wrf"])
def test_a_host_is_recorded_compared_and_replaced(
    small_host: Path, tmp_path: Path, host: str, scheme_of: Callable[[torch.nn.Module, Contract], Path]
) -> None:
    assert run(small_host, tmp_path / "teacher", host, mode="teacher").returncode == 0
    own = arrays(tmp_path / "teacher")
    assert run(small_host, tmp_path / "record", host, mode="record").returncode == 0
    assert (tmp_path / "record" / "out.bin").read_bytes() == (tmp_path / "teacher" / "out.bin").read_bytes()
    files = sorted((tmp_path / "record" / "recorded").glob("*.nc"))
    assert len(files) == BLOCKS
    recorded = {}
    for name in ("tendency_of_air_temperature_due_to_convection", "convective_precipitation_flux"):
        parts = [np.asarray(netCDF4.Dataset(path)[name][STEPS - 1]).T for path in files]
        recorded[name] = np.concatenate(parts)
    assert np.allclose(recorded["tendency_of_air_temperature_due_to_convection"], own["heating"], rtol=1e-5)
    assert np.allclose(recorded["convective_precipitation_flux"], own["rain"], rtol=1e-5)

    contract = contract_of(tmp_path / "record", host)
    assert [v.name for v in contract.inputs] == ["air_temperature", HUMIDITY[host], "surface_air_pressure"]
    assert [v.units for v in contract.outputs] == ["K s-1", "kg kg-1 s-1", "kg m-2 s-1"]
    scheme = str(scheme_of(Affine(), contract))
    shadow = run(small_host, tmp_path / "shadow", host, mode="shadow", scheme=scheme)
    assert shadow.returncode == 0, shadow.stdout
    assert (tmp_path / "shadow" / "out.bin").read_bytes() == (tmp_path / "teacher" / "out.bin").read_bytes()
    table = np.array([line.split() for line in shadow.stdout.splitlines() if len(line.split()) == 4], dtype=float)
    assert table[:, 0].tolist() == list(range(1, LEVELS + 1)) and (table[:, 2] > 0).all()

    learned = run(small_host, tmp_path / "learned", host, mode="learned", scheme=scheme)
    assert learned.returncode == 0, learned.stdout
    assert learned.stdout.startswith(f"paramnet: {BLOCKS * COLUMNS * STEPS} columns; without a result for inputs 0, outputs 0;")
    new = arrays(tmp_path / "learned")
    assert np.allclose(new["heating"], (own["t"] - 280) * 1e-6, rtol=1e-4, atol=1e-10)
    assert np.allclose(new["moistening"], -2e-6 * own["q"], rtol=1e-4)
    assert np.allclose(new["rain"], 1e-9 * own["ps"], rtol=1e-4)

    other = replace(contract, constants={**contract.constants, "gravity": 9.7})
    refused = run(small_host, tmp_path / "other", host, mode="learned", scheme=str(scheme_of(Affine(), other)))
    assert refused.returncode != 0 and "gravity" in refused.stdout


class Noisy(torch.nn.Module):
    """Heating by the random number of the column and step, and nothing else."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        heating = 1e-5 * x[:, -1:].repeat(1, 5)  # levels
        return torch.cat([heating, 0.0 * heating, 0.0 * x[:, :1]], 1)


class Remembering(torch.nn.Module):
    """No heating, and a number that is kept."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([0.0 * x[:, -1:].repeat(1, 11), x[:, -2:-1]], 1)


@pytest.mark.parametrize("host", ["cam", "wrf"])
def test_random_numbers_are_those_of_the_columns_positions_and_of_the_steps_time(
    small_host: Path, tmp_path: Path, host: str, scheme_of: Callable[..., Path]
) -> None:
    assert run(small_host, tmp_path / "record", host, mode="record").returncode == 0
    contract = contract_of(tmp_path / "record", host)
    scheme = str(scheme_of(Noisy(), contract, random_numbers=1))
    learned = run(small_host, tmp_path / "learned", host, mode="learned", scheme=scheme, noise_seed=7, noise_member=3)
    assert learned.returncode == 0, learned.stdout
    longitude = np.tile(10 * np.arange(1, COLUMNS + 1), BLOCKS)
    latitude = longitude - 30 * np.repeat(np.arange(1, BLOCKS + 1), COLUMNS)
    numbers = (latitude + 90) * 10**6 * 360_000_001 + longitude * 10**6
    step = 48 * (date(2001, 3, 1) - date(1900, 1, 1)).days + STEPS - 1
    wanted = 1e-5 * standard_normal(7, 3, step, numbers, 1)[:, 0]
    heating = arrays(tmp_path / "learned")["heating"]
    assert np.allclose(heating, wanted[:, None], rtol=1e-4, atol=1e-12) and wanted.std() > 2e-6
    scheme = str(scheme_of(Remembering(), contract, random_numbers=1, state=[{"name": "s", "start": [0.0]}]))
    refused = run(small_host, tmp_path / "memory", host, mode="learned", scheme=scheme)
    assert refused.returncode != 0 and "memory" in refused.stdout


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"mode": "learn"}, "mode"),
        ({"mode": "learned"}, "scheme"),
        ({"mode": "learned", "scheme": "nowhere.pt"}, "nowhere.pt"),
        ({"mode": "record", "record_every": 0}, "record_every"),
        ({"mode": "record", "record_folder": "nowhere"}, "nowhere"),
        ({"mode": "record", "levels_file": "nowhere"}, "nowhere"),
        ({"nothing": 1}, "paramnet_namelist"),
    ],
)
def test_a_wrong_namelist_ends_the_run_before_the_first_step(
    small_host: Path, tmp_path: Path, options: dict[str, object], word: str
) -> None:
    said = run(small_host, tmp_path, "wrf", **options)
    assert said.returncode != 0 and said.stdout.startswith("small_host: ") and word in said.stdout
    assert list((tmp_path / "recorded").iterdir()) == []
