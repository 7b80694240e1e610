"""The wheel alone: built from the sdist, installed into an empty environment and used outside any checkout."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from test_demo import MINIATURE

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
# As example 2 of FTorch, SimpleNet: five numbers are doubled.
DOUBLING = """
import torch
net = torch.nn.Linear(5, 5, bias=False)
net.weight = torch.nn.Parameter(2 * torch.eye(5))
torch.jit.script(net.eval()).save("net.ts")
"""
FIVE = """
name: five
description: Four levels and the surface pressure.
extends: cf_example
vertical_grid:
  kind: sigma
  order: top_first
  a_mid: [0, 0, 0, 0]
  b_mid: [0.2, 0.4, 0.6, 0.85]
  a_interface: [0, 0, 0, 0, 0]
  b_interface: [0, 0.3, 0.5, 0.7, 1]
inputs: [air_temperature, surface_air_pressure]
outputs: [tendency_of_air_temperature_due_to_convection, convective_precipitation_rate]
"""
FTORCH_HOST = """
program host
  use, intrinsic :: iso_fortran_env, only: real32
  use ftorch
  implicit none
  real(real32), target :: given(5) = [0, 1, 2, 3, 4], doubled(5)
  type(torch_tensor) :: from(1), to(1)
  type(torch_model) :: model
  call torch_tensor_from_array(from(1), given, torch_kCPU)
  call torch_tensor_from_array(to(1), doubled, torch_kCPU)
  call torch_model_load(model, 'net.pt', torch_kCPU)
  call torch_model_forward(model, from, to)
  print '(5f8.3)', doubled
  call torch_delete(model)
  call torch_delete(from)
  call torch_delete(to)
end program host
"""
FTORCH_PROJECT = """
cmake_minimum_required(VERSION 3.20)
project(host LANGUAGES Fortran)
find_package(FTorch REQUIRED)
add_executable(host host.f90)
target_link_libraries(host PRIVATE FTorch::ftorch)
"""


def attempt(*command: object, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command in an environment without this checkout, with ``variables`` besides."""
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "PARAMNET_BRIDGE_DIR", "PARAMNET_RUNS", "PARAMNET_BUILD", "PARAMNET_DATA")
    environment = {name: value for name, value in os.environ.items() if name not in hidden} | variables
    return subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False, env=environment)


def run(*command: object, folder: Path, **variables: str) -> str:
    """Standard output of such a command, which must succeed."""
    result = attempt(*command, folder=folder, **variables)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout


def files_of(folder: Path, part: str) -> set[str]:
    """Paths below ``part`` of each file in ``folder``, without tests and what Python and CMake leave behind."""
    left_out = {"tests", "__pycache__", "CMakePresets.json"}
    paths = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {f"{part}/{path}" for path in paths if not left_out & set(path.parts)}


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
    folders = {"src/paramnet": "paramnet", "conf": "paramnet/conf"}
    folders |= {part: f"paramnet/shipped/{part}" for part in ("fortran_bridge", "data")}
    assert set().union(*(files_of(repository / folder, part) for folder, part in folders.items())) - names == set()
    built = ("lib/libparamnet.so", "lib/libparamnet_fortran.so", "lib/cmake/paramnet/paramnetConfig.cmake", "include/paramnet/paramnet.mod")
    built += ("ftorch/lib/libftorch.so", "ftorch/lib/cmake/FTorch/FTorchConfig.cmake", "ftorch/include/ftorch/ftorch.mod")
    built += ("share/paramnet/hosts/common/paramnet_host.f90", "share/paramnet/hosts/cam/paramnet_cam.F90")
    assert {f"paramnet/shipped/bridge/{path}" for path in built} - names == set()
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


def test_a_scheme_of_the_wheel_is_judged_and_described(away: Path) -> None:
    paramnet = away / "python/bin/paramnet"
    assert json.loads(run(paramnet, "doctor", "--json", folder=away))[0]["found"].endswith("site-packages/paramnet")
    run(paramnet, "evaluate", "checkpoint=train/best.ckpt", "store=store", "output=evaluation", folder=away)
    assert (away / "evaluation/report.html").is_file()
    about = ("license=cc-by-4.0", 'authors=[{name: "Doe, Jane"}]', "skill=evaluation/skill.json", "output=card")
    run(paramnet, "card", "scheme.pt", *about, folder=away)
    assert "license: cc-by-4.0" in (away / "card/README.md").read_text()
    sample = run(paramnet, "example", "coupled_run", folder=away).strip()
    roles = [f"runs.{role}={sample}/{role}/history_*.nc" for role in ("control", "floor", "learned")]
    run(paramnet, "compare", *roles, "first_day=0", "output=comparison", folder=away)
    assert (away / "comparison/report.html").is_file() and (away / "comparison/comparison.nc").is_file()


@pytest.fixture(scope="module")
def compiled(away: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prefix of a bridge that is compiled from the sources in the wheel."""
    prefix = tmp_path_factory.mktemp("compiled")
    run("python/bin/paramnet", "bridge", "install", prefix, "--torch", "OFF", "--no-python", folder=away)
    return prefix


def test_the_bridge_is_compiled_from_the_sources_in_the_wheel(compiled: Path) -> None:
    assert (compiled / "lib" / "libparamnet_fortran.so").is_file() and (compiled / "ftorch/lib/libftorch.so").is_file()
    assert {"01_one_column.f90", "02_many_columns.f90"} <= {path.name for path in (compiled / "share/paramnet/examples").iterdir()}


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


def test_a_program_in_ftorchs_calls_needs_only_the_wheel(away: Path, tmp_path: Path) -> None:
    for name, text in {"five.yaml": FIVE, "host.f90": FTORCH_HOST, "CMakeLists.txt": FTORCH_PROJECT}.items():
        (tmp_path / name).write_text(text)
    paramnet = away / "python/bin/paramnet"
    run(away / "python/bin/python", "-c", DOUBLING, folder=tmp_path)
    run(paramnet, "import", "source=torchscript", "file=net.ts", "contract=five.yaml", "output=net.pt", "samples=200", folder=tmp_path)
    run("bash", "-ec", f"cmake -S . -B . -DCMAKE_PREFIX_PATH=$({paramnet} bridge --ftorch) && cmake --build .", folder=tmp_path)
    assert run("./host", folder=tmp_path).split() == ["0.000", "2.000", "4.000", "6.000", "8.000"]


def test_a_new_adapter_runs_with_the_wheel_and_records_with_a_bridge_that_has_netcdf(away: Path, compiled: Path, tmp_path: Path) -> None:
    paramnet = away / "python/bin/paramnet"
    for name, recorder in (("plain", "false"), ("recording", "true")):
        run(paramnet, "adapter", "new", name, "contract=cf_example", f"output={name}", f"recorder={recorder}", folder=tmp_path)
    package = run(paramnet, "bridge", "--cmake-dir", folder=tmp_path).strip()
    run("cmake", "-S", "plain", "-B", "plain/build", f"-Dparamnet_DIR={package}", folder=tmp_path)
    run("cmake", "--build", "plain/build", folder=tmp_path)
    printed = run("plain/build/drive_plain", "plain/plain_paramnet.nml", 24, folder=tmp_path)
    refused = attempt("cmake", "-S", "recording", "-B", "recording/build", f"-Dparamnet_DIR={package}", folder=tmp_path)
    reason = " ".join(refused.stderr.split())
    assert refused.returncode != 0 and "component record" in reason and "paramnet bridge install" in reason
    if not (compiled / "lib/libparamnet_record.so").is_file():
        pytest.skip("no netCDF-C for the recorder")
    run("make", "-f", "paramnet.mk", "drive_recording", folder=tmp_path / "recording", PKG_CONFIG_PATH=f"{compiled}/lib/pkgconfig")
    namelist = tmp_path / "recording/recording_paramnet.nml"
    namelist.write_text(namelist.read_text().replace("mode = 'teacher'", "mode = 'record'"))
    (tmp_path / "recorded").mkdir()
    assert run("recording/drive_recording", namelist, 24, folder=tmp_path) == printed
    run(paramnet, "source", "input=recorded", "output=mine", "name=mymodel", folder=tmp_path)
    settings = ("--config-dir", "mine", "source=mymodel", "input=recorded", "store=store", "splits=columns", "quality_page=false")
    run(paramnet, "preprocess", *settings, folder=tmp_path)
    assert "mymodel" in run(paramnet, "inspect", "store", folder=tmp_path)


@pytest.mark.host
def test_the_host_model_is_built_and_coupled_by_the_demo_of_the_wheel(away: Path) -> None:
    if shutil.which("nf-config") is None:
        pytest.skip("no netCDF-Fortran for PlaSim")
    run("python/bin/paramnet", "run", "pipeline=demo", "output=demo", *MINIATURE, folder=away)
    summary = json.loads((away / "demo/summary.json").read_text())
    assert summary["online"]["days"] == 10 and summary["online"]["nonfinite"] == 0
    assert (away / "demo/online/comparison/report.html").is_file() and (away / "build/plasim").is_dir()
