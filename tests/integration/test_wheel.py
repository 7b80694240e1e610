"""The wheel alone: built from the sdist, installed into an empty environment and used outside any checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from paramnet import DISTRIBUTION

pytestmark = [pytest.mark.long, pytest.mark.slow]

COLUMNS = """
import numpy as np, zarr
from paramnet.bridge import Scheme
x = zarr.open("store/test")["inputs"][:4].astype("f4")
y, flags = Scheme("scheme.pt").predict(x)
np.savetxt("x.txt", x)
np.savetxt("y.txt", y)
print(x.shape[1], y.shape[1])
"""
HOST = """
program host
  use, intrinsic :: iso_fortran_env, only: int32, real32
  use paramnet
  implicit none
  integer, parameter :: ncol = 4
  type(paramnet_scheme) :: scheme
  real(real32) :: x({n_in}, ncol), y(ncol, {n_out})
  integer(int32) :: status, flags(ncol)
  integer :: unit, column
  character(len=:), allocatable :: message
  open (newunit=unit, file='x.txt', status='old')
  read (unit, *) x
  close (unit)
  call scheme%load('scheme.pt', status=status, message=message)
  if (status /= PARAMNET_OK) error stop 'the scheme does not load'
  call scheme%predict(transpose(x), y, flags, status=status, message=message)
  if (status /= PARAMNET_OK) error stop 'the call failed'
  do column = 1, ncol
    print '(*(es16.8))', y(column, :)
  end do
end program host
"""
PROJECT = """
cmake_minimum_required(VERSION 3.20)
project(host LANGUAGES C Fortran)
find_package(paramnet REQUIRED COMPONENTS bridge)
add_executable(host host.f90)
target_link_libraries(host PRIVATE paramnet::bridge)
"""


def run(*command: object, folder: Path) -> str:
    """Standard output of a command that must succeed, in an environment without this checkout."""
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "PARAMNET_BRIDGE_DIR", "PARAMNET_RUNS", "PARAMNET_BUILD")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    result = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False, env=environment)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "venv", folder / "tools", folder=folder)
    run(folder / "tools/bin/pip", "install", "-q", "build", folder=folder)
    run(folder / "tools/bin/python", "-m", "build", "--outdir", folder, repository, folder=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def away(wheel: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an environment `python/` in which the wheel is installed, and with a scheme trained there on the sample."""
    folder, pins = tmp_path_factory.mktemp("away"), repository / ".ci" / "constraints.txt"
    torch = next(line for line in pins.read_text().splitlines() if line.startswith("torch=="))
    run(sys.executable, "-m", "venv", "python", folder=folder)
    run("python/bin/pip", "install", "-q", torch, folder=folder)
    run("python/bin/pip", "install", "-q", "-c", pins, wheel, folder=folder)
    paramnet = folder / "python/bin/paramnet"
    sample = run(paramnet, "example", "sp_plasim", folder=folder).strip()
    settings = ("source=spcam", "contract=rasp2018_plasim", f"input={sample}", "splits=columns", "store=store")
    run(paramnet, "preprocess", *settings, folder=folder)
    run(paramnet, "train", "experiment=quick", "store=store", "output=train", "trainer.epochs=1", folder=folder)
    run(paramnet, "export", "checkpoint=train/best.ckpt", "store=store", "output=scheme.pt", folder=folder)
    return folder


def test_the_wheel_holds_what_the_commands_read_and_no_tests(wheel: Path, repository: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert wheel.name.startswith(DISTRIBUTION.replace("-", "_")) and "none-any" not in wheel.name
    configuration = {f"paramnet/conf/{path.relative_to(repository / 'conf')}" for path in (repository / "conf").rglob("*.yaml")}
    bridge, sources = "paramnet/shipped/bridge", "paramnet/shipped/fortran_bridge"
    libraries = {f"{bridge}/lib/{name}" for name in ("libparamnet.so", "libparamnet_fortran.so", "cmake/paramnet/paramnetConfig.cmake")}
    adapter = {f"{sources}/{path}" for path in ("hosts/plasim/source.yaml", "crm/paramnet_crm_step.f90", "library/src/capi/capi.cpp")}
    data = {f"paramnet/shipped/data/{path}" for path in ("generate_spcam.py", "make_cf_example.py", "sp_plasim/README.md")}
    assert (configuration | libraries | adapter | data) - names == set()
    assert [name for name in names if "/tests/" in name or "libparamnet_torch" in name] == []


def test_what_a_user_asks_of_the_wheel_is_answered(away: Path) -> None:
    run("python/bin/python", "-m", "paramnet", "--version", folder=away)
    inspected = run("python/bin/paramnet", "inspect", "scheme.pt", folder=away)
    assert "rasp2018_plasim" in inspected
    run("python/bin/paramnet", "ccpp", "contract=rasp2018", "output=ccpp", folder=away)
    assert (away / "ccpp" / "paramnet_convection.F90").is_file()
    run("python/bin/paramnet", "example", "cf_example", "output=cf", folder=away)
    assert (away / "cf" / "cf_example.nc").is_file()
    extra = run("python/bin/pip", "install", "--dry-run", f"{DISTRIBUTION}[cluster]", folder=away)
    assert "dask-jobqueue" in extra  # the remedy in messages works although no index has the distribution


def test_the_bridge_is_compiled_from_the_sources_in_the_wheel(away: Path, tmp_path: Path) -> None:
    run("python/bin/paramnet", "bridge", "install", tmp_path, "--torch", "OFF", "--no-python", folder=away)
    assert (tmp_path / "lib" / "libparamnet_fortran.so").is_file()
    assert {"01_one_column.f90", "02_many_columns.f90"} <= {path.name for path in (tmp_path / "share/paramnet/examples").iterdir()}


@pytest.mark.parametrize("tool", ["cmake", "pkg-config"])
def test_a_fortran_host_needs_only_the_wheel(away: Path, tmp_path: Path, tool: str) -> None:
    n_in, n_out = run("python/bin/python", "-c", COLUMNS, folder=away).split()[-2:]
    (tmp_path / "host.f90").write_text(HOST.format(n_in=n_in, n_out=n_out))
    paramnet = away / "python/bin/paramnet"
    if tool == "cmake":
        (tmp_path / "CMakeLists.txt").write_text(PROJECT)
        run("bash", "-ec", f"cmake -S . -B . -Dparamnet_DIR=$({paramnet} bridge --cmake-dir) && cmake --build .", folder=tmp_path)
    else:
        flags = "$(pkg-config --cflags --libs paramnet-fortran) -Wl,-rpath,$(pkg-config --variable=libdir paramnet)"
        command = f"export PKG_CONFIG_PATH=$({paramnet} bridge --pkg-config-dir); gfortran host.f90 -o host {flags}"
        run("bash", "-ec", command, folder=tmp_path)
    printed = [[float(word) for word in line.split()] for line in run(tmp_path / "host", folder=away).splitlines()]
    expected = [[float(word) for word in line.split()] for line in (away / "y.txt").read_text().splitlines()]
    assert len(printed) == 4 and printed == [pytest.approx(row, rel=1e-6) for row in expected]
