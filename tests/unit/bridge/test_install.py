"""The result of `cmake --install` can be moved, and is found by CMake and by pkg-config."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from paramnet.bridge.paths import default_build_folder, default_source

C_HOST = """
#include <stdio.h>
#include <paramnet.h>

#if PARAMNET_VERSION_NUMBER < 100
#error "the version macros are for comparisons"
#endif

int main(void) {
    printf("%s|%s\\n", PARAMNET_VERSION_STRING, paramnet_version());
    return 0;
}
"""

FTORCH_HOST = """
program host
  use ftorch, only: torch_kCPU, torch_model, torch_model_load
  implicit none
  type(torch_model) :: model
  character(len=512) :: file

  call get_command_argument(1, file)
  call torch_model_load(model, file, torch_kCPU)
  call model%print_parameters()
end program host
"""

CMAKE_HOST = """
cmake_minimum_required(VERSION 3.20)
project(host LANGUAGES C Fortran)
find_package(FTorch REQUIRED)
find_package(paramnet 0.1 REQUIRED COMPONENTS c bridge)
add_executable(ftorch_host ftorch_host.f90)
target_link_libraries(ftorch_host PRIVATE FTorch::ftorch)
add_executable(one_column ${paramnet_FORTRAN_SOURCE_DIR}/../examples/01_one_column.f90)
target_link_libraries(one_column PRIVATE paramnet::bridge)
add_executable(version version.c)
target_link_libraries(version PRIVATE paramnet::c)
"""

MAKE_HOST = """
LIBDIR := $(shell pkg-config --variable=libdir paramnet)
all: one_column version ftorch_host
one_column: $(LIBDIR)/../share/paramnet/examples/01_one_column.f90
\tgfortran $< -o $@ $(shell pkg-config --cflags --libs paramnet-fortran) -Wl,-rpath,$(LIBDIR)
version: version.c
\tcc $< -o $@ $(shell pkg-config --cflags --libs paramnet) -Wl,-rpath,$(LIBDIR)
ftorch_host: ftorch_host.f90
\tgfortran $< -o $@ $(shell pkg-config --cflags --libs ftorch) -Wl,-rpath,$(shell pkg-config --variable=libdir ftorch)
"""

COMPILER_OF_ANOTHER_VENDOR = """
cmake_minimum_required(VERSION 3.20)
project(host LANGUAGES NONE)
set(CMAKE_Fortran_COMPILER_LOADED 1)
set(CMAKE_Fortran_COMPILER_ID Fictional)
set(CMAKE_Fortran_COMPILER_VERSION 7.5)
find_package(paramnet COMPONENTS {component})
"""


@pytest.fixture(scope="module")
def moved_prefix(built_bridge: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bridge, installed and then moved."""
    folder = default_build_folder()
    if not (folder / "cmake_install.cmake").is_file():
        pytest.skip(f"no CMake build in {folder}; run `make bridge`")
    root = tmp_path_factory.mktemp("prefix")
    subprocess.run(["cmake", "--install", str(folder), "--prefix", str(root / "installed_first")], check=True, capture_output=True)
    return (root / "installed_first").rename(root / "moved")


def run(*command: object, folder: Path, **environment: str) -> str:
    """Standard output of a command that must succeed."""
    result = subprocess.run(
        list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False, env=os.environ | environment
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def write_programs(folder: Path) -> None:
    (folder / "version.c").write_text(C_HOST)
    (folder / "ftorch_host.f90").write_text(FTORCH_HOST)


def check_programs(folder: Path, schemes: Path) -> None:
    """The installed example and a program in FTorch's calls run a scheme; header and library have the same version."""
    assert "flags of the column: " in run(folder / "one_column", schemes / "tiny.pt", folder=folder)
    assert "plasim_convection" in run(folder / "ftorch_host", schemes / "tiny.pt", folder=folder)
    header, library = run(folder / "version", folder=folder).split("|")
    assert library.split()[0] == header


def test_a_cmake_project_builds_against_a_moved_prefix(moved_prefix: Path, schemes: Path, tmp_path: Path) -> None:
    write_programs(tmp_path)
    (tmp_path / "CMakeLists.txt").write_text(CMAKE_HOST)
    run("cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={moved_prefix};{moved_prefix}/ftorch", folder=tmp_path)
    run("cmake", "--build", "build", folder=tmp_path)
    check_programs(tmp_path / "build", schemes)


def test_a_makefile_builds_against_a_moved_prefix_with_pkg_config(moved_prefix: Path, schemes: Path, tmp_path: Path) -> None:
    if shutil.which("pkg-config") is None:
        pytest.skip("no pkg-config on PATH")
    write_programs(tmp_path)
    (tmp_path / "Makefile").write_text(MAKE_HOST)
    run("make", folder=tmp_path, PKG_CONFIG_PATH=f"{moved_prefix}/lib/pkgconfig:{moved_prefix}/ftorch/lib/pkgconfig")
    check_programs(tmp_path, schemes)


RECORDING_HOST = """
cmake_minimum_required(VERSION 3.20)
project(host LANGUAGES C Fortran)
find_package(paramnet 0.1 REQUIRED COMPONENTS record)
add_executable(by_cmake ${paramnet_FORTRAN_SOURCE_DIR}/../examples/08_record.f90)
target_link_libraries(by_cmake PRIVATE paramnet::record)
"""


def test_the_recorder_is_found_by_cmake_and_by_pkg_config(moved_prefix: Path, tmp_path: Path) -> None:
    if not (moved_prefix / "lib/libparamnet_record.so").is_file():
        pytest.skip("no recorder: netCDF-C was not found when the bridge was built")
    (tmp_path / "CMakeLists.txt").write_text(RECORDING_HOST)
    run("cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={moved_prefix}", folder=tmp_path)
    run("cmake", "--build", "build", folder=tmp_path)
    programs = [tmp_path / "build/by_cmake"]
    if shutil.which("pkg-config"):
        source, lib = moved_prefix / "share/paramnet/examples/08_record.f90", moved_prefix / "lib"
        flags = run("pkg-config", "--cflags", "--libs", "paramnet-record", folder=tmp_path, PKG_CONFIG_PATH=str(lib / "pkgconfig")).split()
        run("gfortran", source, "-o", "by_pkg_config", *flags, f"-Wl,-rpath,{lib}", folder=tmp_path)
        programs.append(tmp_path / "by_pkg_config")
    for number, program in enumerate(programs):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert run(program, "record", folder, 1, folder=tmp_path).startswith("mean state")
        assert [path.name for path in folder.iterdir()] == ["convection_00000000_r0000.nc"]


def test_installed_files_do_not_contain_the_paths_of_build_prefix_or_source(moved_prefix: Path) -> None:
    files = [path for path in moved_prefix.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {
        "paramnet.h",
        "paramnet.3",
        "paramnet_version.h",
        "paramnet.mod",
        "paramnet.pc",
        "paramnet-fortran.pc",
    }
    for place in (default_build_folder(), moved_prefix.with_name("installed_first")):
        assert [path for path in files if str(place).encode() in path.read_bytes()] == []
    # gfortran keeps the names of source files for its run-time messages, and has no option against it. (The plug-in's torch
    # may be in the checkout, in .venv.)
    others = [path for path in files if not path.name.startswith(("libparamnet_fortran", "libparamnet_record_fortran", "libftorch"))]
    assert [path for path in others if str(default_source()).encode() in path.read_bytes()] == []


def test_every_module_of_the_fortran_sources_is_installed(moved_prefix: Path) -> None:
    modules = {path.stem for path in moved_prefix.rglob("*.mod")}
    sources = [path for part in ("library", "ftorch") for path in (default_source() / part / "fortran").glob("*.f90")]
    if "paramnet_record" in modules:  # where netCDF-C was found
        sources += (default_source() / "recorder" / "fortran").glob("*.f90")
    assert modules == {path.stem for path in sources if re.search(r"^module \w+$", path.read_text(), re.MULTILINE)}


def test_the_manual_page_describes_every_procedure_of_the_fortran_module(moved_prefix: Path) -> None:
    page = (moved_prefix / "share/man/man3/paramnet.3").read_text().replace("\\-", "-")
    sources = "\n".join(path.read_text() for path in (default_source() / "library" / "fortran").glob("*.f90"))
    public = set(re.findall(r"^    (?:procedure|generic) :: (\w+)", sources, re.MULTILINE))
    assert public >= {"load", "bind_input", "run", "predict", "flush"}
    assert [name for name in public if f"{name}(" not in page] == []
    assert [name for name in re.findall(r"PARAMNET_FLAG_\w+", sources) if name not in page] == []


def test_the_reference_names_every_option_status_and_environment_variable() -> None:
    reference = (default_source() / "README.md").read_text()
    header = (default_source() / "library/include/paramnet.h").read_text()
    options = re.search(r"typedef struct paramnet_options \{(.*?)\}", header, re.DOTALL)
    assert options
    named = set(re.findall(r"^ +[\w ]+?\*?(\w+);", options[1], re.MULTILINE)) - {"struct_size", "reserved"}
    named |= set(re.findall(r"PARAMNET_STATUS_(\w+) =", header))
    for source in (default_source() / "library" / "src").rglob("*.cpp"):
        text = source.read_text()
        named |= set(re.findall(r'getenv\("(\w+)"\)', text))
        if "getenv(name)" in text:
            named |= set(re.findall(r'"([A-Z][A-Z0-9]*_[A-Z0-9_]+)"', text))
    assert {"fallback", "CONTRACT_MISMATCH", "PARAMNET_ISA", "SLURM_LOCALID"} <= named
    assert sorted(name for name in named if name not in reference) == []


@pytest.mark.parametrize(("component", "found"), [("bridge", False), ("c", True)])
def test_a_compiler_of_another_vendor_is_refused_for_the_fortran_library(
    moved_prefix: Path, tmp_path: Path, component: str, found: bool
) -> None:
    (tmp_path / "CMakeLists.txt").write_text(COMPILER_OF_ANOTHER_VENDOR.format(component=component) + "message(STATUS ${paramnet_FOUND})\n")
    result = subprocess.run(
        ["cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={moved_prefix}", "-DCMAKE_FIND_PACKAGE_WARN_NO_MODULE=1"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    output = " ".join((result.stdout + result.stderr).split())
    assert ("Fictional 7.5" in output) is not found


@pytest.mark.long
@pytest.mark.slow
def test_the_libraries_build_and_install_where_there_is_no_torch(built_bridge: Path, tmp_path: Path) -> None:
    without = ("WITH_TORCH", "WITH_NETCDF", "BUILD_PYTHON", "BUILD_TESTS", "BUILD_CRM")
    options = [f"-DPARAMNET_{part}=OFF" for part in without]
    options += ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1", "-DCMAKE_Fortran_FLAGS_DEBUG=-O1"]  # for the compiler's time
    run("cmake", "-S", default_source(), "-B", "build", f"-DCMAKE_INSTALL_PREFIX={tmp_path / 'prefix'}", *options, folder=tmp_path)
    run("cmake", "--build", "build", "-j", len(os.sched_getaffinity(0)), folder=tmp_path)
    run("cmake", "--install", "build", folder=tmp_path)
    libraries = {path.name for path in (tmp_path / "prefix/lib").glob("*.so")}
    assert libraries == {"libparamnet.so", "libparamnet_fortran.so"}
    for library in libraries:
        assert "torch" not in run("ldd", tmp_path / "prefix/lib" / library, folder=tmp_path)
    assert "paramnet_torch_FOUND FALSE" in (tmp_path / "prefix/lib/cmake/paramnet/paramnetConfig.cmake").read_text()
