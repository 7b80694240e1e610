"""Programs in FTorch's calls on imported TorchScript networks give PyTorch's numbers."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from paramnet.bridge.paths import installed_prefix
from paramnet.cli.main import main

pytestmark = [pytest.mark.long, pytest.mark.slow]

LONGITUDES, LATITUDES, LEVELS = 6, 4, 3

CONTRACT = """
name: column_of_three
description: A scheme of three levels, to test programs in FTorch's calls.
extends: cf_example
vertical_grid:
  kind: sigma
  order: top_first
  a_mid: [0, 0, 0]
  b_mid: [0.2, 0.5, 0.8]
  a_interface: [0, 0, 0, 0]
  b_interface: [0, 0.4, 0.6, 1]
inputs: [air_temperature, surface_air_pressure, specific_humidity]
outputs: [tendency_of_air_temperature_due_to_convection, convective_precipitation_rate]
"""

# The last index of each tensor counts features; with `blob` the features of the host's arrays come first.
PROGRAM = """
program host
  use, intrinsic :: iso_c_binding, only: c_int64_t, c_loc
  use, intrinsic :: iso_fortran_env, only: wp => real32
  use ftorch, only: torch_delete, torch_kCPU, torch_kFloat32, torch_model, torch_model_forward, torch_model_load, torch_tensor, &
                    torch_tensor_from_array, torch_tensor_from_blob
  implicit none
  integer, parameter :: nlon = {nlon}, nlat = {nlat}, nlev = {nlev}, ncol = nlon * nlat
  real(wp), target :: state(nlon, nlat, nlev + 1), humidity(nlon, nlat, nlev), heating(nlon, nlat, nlev), rain(nlon, nlat, 1)
  real(wp), target :: together(ncol, 2 * nlev + 1), by_column(nlev + 1, ncol), single(2 * nlev + 1), both(nlev + 1)
  real(wp), target :: by_column_in(2 * nlev + 1, ncol), expected(nlev + 1, ncol)
  type(torch_model) :: model
  type(torch_tensor), dimension(1) :: from, to
  type(torch_tensor), dimension(2) :: two_from, two_to
  character(len=16) :: word
  integer :: column, unit

  call get_command_argument(2, word)
  open (newunit=unit, file='x.bin', access='stream', status='old')
  read (unit) by_column_in
  close (unit)
  together = transpose(by_column_in)
  state = reshape(together(:, :nlev + 1), shape(state))
  humidity = reshape(together(:, nlev + 2:), shape(humidity))
  call get_command_argument(1, word)
  call torch_model_load(model, word, torch_kCPU)
  call get_command_argument(2, word)
  select case (word)
  case ('grid')
    call torch_tensor_from_array(two_from(1), state, torch_kCPU)
    call torch_tensor_from_array(two_from(2), humidity, [1, 2, 3], torch_kCPU)
    call torch_tensor_from_array(two_to(1), heating, torch_kCPU)
    call torch_tensor_from_array(two_to(2), rain, torch_kCPU)
    call torch_model_forward(model, two_from, two_to)
    expected(:nlev, :) = transpose(reshape(heating, [ncol, nlev]))
    expected(nlev + 1, :) = reshape(rain, [ncol])
    call torch_delete(two_from)
    call torch_delete(two_to)
  case ('blob')
    call torch_tensor_from_blob(from(1), c_loc(by_column_in), 2, int([ncol, 2 * nlev + 1], c_int64_t), [2, 1], torch_kFloat32, torch_kCPU)
    call torch_tensor_from_blob(to(1), c_loc(by_column), 2, int([ncol, nlev + 1], c_int64_t), [2, 1], torch_kFloat32, torch_kCPU)
    call torch_model_forward(model, from, to)
    expected = by_column
  case default
    do column = 1, ncol
      single = by_column_in(:, column)
      call torch_tensor_from_array(from(1), single, [1], torch_kCPU)
      call torch_tensor_from_array(to(1), both, [1], torch_kCPU)
      call torch_model_forward(model, from, to)
      expected(:, column) = both
      call torch_delete(from)
      call torch_delete(to)
    end do
  end select
  call torch_delete(model)
  open (newunit=unit, file='y.bin', access='stream', status='replace')
  write (unit) expected
  close (unit)
end program host
"""

PROJECT = """
cmake_minimum_required(VERSION 3.20)
project(host LANGUAGES Fortran)
find_package(FTorch REQUIRED)
add_executable(host host.f90)
target_compile_options(host PRIVATE -ffree-line-length-none)
target_link_libraries(host PRIVATE FTorch::ftorch)
"""


class Scheme(nn.Module):
    """Temperature and pressure, and humidity, to heating and rain, scaled inside."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2 * LEVELS + 1, 32), nn.SiLU(), nn.Linear(32, LEVELS + 1))
        self.register_buffer("scale", torch.tensor([300.0] * LEVELS + [1e5] + [0.01] * LEVELS))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x / self.scale) * 1e-5


class SchemeOfTwo(nn.Module):
    """The same with two arguments and two results."""

    def __init__(self, scheme: Scheme) -> None:
        super().__init__()
        self.scheme = scheme

    def forward(self, state: torch.Tensor, humidity: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        y = self.scheme(torch.cat((state, humidity), dim=-1))
        return y[..., :3], y[..., 3:]


def run(*command: object, folder: Path) -> str:
    result = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def host(built_bridge: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the program, its input, and the two networks as schemes."""
    folder = tmp_path_factory.mktemp("ftorch")
    prefix = installed_prefix() / "ftorch"
    if not prefix.is_dir():
        pytest.skip(f"no {prefix}; run `make bridge`")
    (folder / "host.f90").write_text(PROGRAM.format(nlon=LONGITUDES, nlat=LATITUDES, nlev=LEVELS))
    (folder / "CMakeLists.txt").write_text(PROJECT)
    run("cmake", "-S", ".", "-B", ".", f"-DCMAKE_PREFIX_PATH={prefix}", folder=folder)
    run("cmake", "--build", ".", folder=folder)
    torch.manual_seed(3)
    scheme = Scheme().eval()
    torch.jit.script(scheme).save(str(folder / "one.ts"))
    torch.jit.script(SchemeOfTwo(scheme)).save(str(folder / "two.ts"))
    (folder / "three.yaml").write_text(CONTRACT)
    random = np.random.default_rng(5)
    x = random.uniform(
        [200.0] * LEVELS + [9e4] + [0.0] * LEVELS, [310.0] * LEVELS + [1.04e5] + [0.02] * LEVELS, (LONGITUDES * LATITUDES, 7)
    )
    x.astype(np.float32).tofile(folder / "x.bin")
    with torch.inference_mode():
        scheme(torch.from_numpy(x.astype(np.float32))).numpy().tofile(folder / "pytorch.bin")
    return folder


@pytest.mark.parametrize(
    ("network", "case", "options"),
    [("one", "column", ()), ("one", "blob", ()), ("one", "grid", ()), ("two", "grid", ("argument_widths=[4,3]",))],
)
def test_a_program_in_ftorchs_calls_gives_pytorchs_numbers(
    host: Path, monkeypatch: pytest.MonkeyPatch, network: str, case: str, options: tuple[str, ...]
) -> None:
    settings = (
        "source=torchscript",
        f"file={host}/{network}.ts",
        f"contract={host}/three.yaml",
        f"output={host}/{network}.pt",
        "samples=200",
    )
    monkeypatch.setattr(sys, "argv", ["paramnet", "import", *settings, *options])
    assert main() == 0
    run(host / "host", f"{network}.pt", case, folder=host)
    expected = np.fromfile(host / "pytorch.bin", np.float32).reshape(-1, LEVELS + 1)
    got = np.fromfile(host / "y.bin", np.float32).reshape(-1, LEVELS + 1)
    assert np.abs(got - expected).max() < 1e-5 * expected.std()


def test_what_the_library_lacks_does_not_compile(host: Path) -> None:
    for name in ("torch_tensor_backward", "torch_optim_SGD", "torch_model_save", "operator(+)"):
        (host / "absent.f90").write_text(f"program absent\n  use ftorch, only: {name}\nend program absent\n")
        command = ["gfortran", "-fsyntax-only", f"-I{installed_prefix() / 'ftorch/include/ftorch'}", "absent.f90"]
        result = subprocess.run(command, cwd=host, capture_output=True, text=True, check=False)
        assert result.returncode != 0 and "not found in module" in result.stderr


def test_a_failure_without_status_ends_the_program_with_its_message(host: Path) -> None:
    result = subprocess.run([host / "host", "one.ts", "column"], cwd=host, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "paramnet import" in result.stderr
