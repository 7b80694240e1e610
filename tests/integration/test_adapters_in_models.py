"""The shipped adapters against the models themselves, where somebody has them: each is skipped unless a variable names its folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from paramnet.bridge.ccpp import CcppConfig, write_ccpp
from paramnet.bridge.ccpp_arguments import CcppConstant
from paramnet.bridge.paths import installed_prefix

pytestmark = pytest.mark.long

COMMON = ("options", "recorders", "", "time", "theta", "mpi")
ADAPTERS = {
    "CAM": "cam/paramnet_cam.F90",
    "EAM": "cam/paramnet_cam.F90",
    "ICON": "icon/paramnet_icon.F90",
    "WRF": "wrf/module_paramnet.F90",
    "MPAS": "mpas/mpas_atmphys_paramnet.F90",
}


def folder_of(variable: str, what: str) -> Path:
    if not os.environ.get(variable):
        pytest.skip(f"set {variable} to {what}")
    return Path(os.environ[variable]).resolve()


@pytest.mark.parametrize("model", ADAPTERS)
def test_an_adapter_compiles_with_the_modules_of_its_model(model: str, repository: Path, built_bridge: Path, tmp_path: Path) -> None:
    what = f"the folder of {model}'s .mod files, from a build with the compiler of the bridge; FC: an MPI compiler"
    modules = folder_of(f"PARAMNET_{model}_MODULES", what)
    hosts = repository / "fortran_bridge" / "hosts"
    sources = [hosts / "common" / f"paramnet_host{name and '_'}{name}.f90" for name in COMMON]
    compiler = os.environ.get("FC", "mpif90")
    folders = [f"-I{folder}" for folder in (modules, installed_prefix() / "include" / "paramnet", hosts / "common")]
    for source in [*sources, hosts / ADAPTERS[model]]:
        command = [compiler, "-c", "-o", "object.o", *folders, source]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr


GENERATE = """
import inspect, os, sys
root, mods, build = sys.argv[1:]
sys.path.insert(0, os.path.join(root, "cime_config"))
import cam_autogen
from cam_build_cache import BuildCacheCAM
cache = BuildCacheCAM(os.path.join(build, "cache.xml"))
common = {"build_cache": cache, "atm_root": root, "bldroot": build, "source_mods_dir": mods}
registry = cam_autogen.generate_registry(data_search=[mods, os.path.join(root, "src", "data")], dycore="se", gen_fort_indent=3, **common)
words = {"preproc_defs": None, "host_name": "cam", "phys_suites_str": "learned", "reg_dir": registry[0], "reg_files": registry[2],
         "gpu_flag": False, "force": registry[1], **common}
wanted = inspect.signature(cam_autogen.generate_physics_suites).parameters
cam_autogen.generate_physics_suites(**{name: words[name] for name in wanted})
"""
SUITE = """<?xml version="1.0" encoding="UTF-8"?>
<suite name="learned" version="1.0">
  <group name="physics_before_coupler">
    <scheme>check_energy_zero_fluxes</scheme>
    <scheme>paramnet_convection</scheme>
    <scheme>apply_heating_rate</scheme>
    <scheme>apply_constituent_tendencies</scheme>
    <scheme>qneg</scheme>
    <scheme>geopotential_temp</scheme>
  </group>
</suite>
"""


def test_the_generator_of_cam_sima_accepts_the_scheme(repository: Path, built_bridge: Path, tmp_path: Path) -> None:
    root = folder_of("PARAMNET_CAM_SIMA", "a checkout of CAM-SIMA with its submodules; xmllint on PATH")
    contract = tmp_path / "convection.yaml"
    inputs = "[air_temperature, specific_humidity, northward_wind, surface_air_pressure]"
    contract.write_text(f"name: convection\nextends: rasp2018_norad\ndescription: T, q, v to tendencies.\ninputs: {inputs}\n")
    table = yaml.safe_load((repository / "conf" / "ccpp.yaml").read_text())
    constants = {name: CcppConstant(**row) for name, row in table["constants"].items()}
    mods, build = tmp_path / "SourceMods", tmp_path / "build"
    write_ccpp(CcppConfig(str(contract), mods, table["scheme"], table["names"], constants))
    (mods / "suite_learned.xml").write_text(SUITE)
    build.mkdir()
    command = [sys.executable, "-c", GENERATE, root, mods, build]
    done = subprocess.run(list(map(str, command)), cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    cap = (build / "ccpp" / "ccpp_learned_cap.F90").read_text()
    assert "call paramnet_convection_init" in cap and "call paramnet_convection_run" in cap
    module = ["-I", installed_prefix() / "include" / "paramnet"]
    sources = [build / "ccpp" / "ccpp_kinds.F90", mods / "paramnet_convection.F90"]
    compiled = subprocess.run(["gfortran", "-c", *module, *sources], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert compiled.returncode == 0, compiled.stderr
