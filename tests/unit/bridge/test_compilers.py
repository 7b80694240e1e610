"""FC, CC and CXX select the compilers of every build; memory limits the number of parallel compilations."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from paramnet.bridge.build import BuildConfig, build
from paramnet.bridge.paths import default_source

FAKE_CMAKE = """#!/bin/sh
echo "cmake $*" >> "{log}"
for word in "$@"; do if [ "$word" = -S ]; then mkdir -p build/install-bridge; touch build/install-bridge/CMakeCache.txt; fi; done
"""


@pytest.fixture
def tools(tmp_path: Path, repository: Path) -> Path:
    """Fake programs for cmake and two compilers, and a folder with the Makefile."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "cmake").write_text(FAKE_CMAKE.replace("{log}", str(tmp_path / "log")))
    for name, version in (("one-fc", "1.0"), ("other-fc", "7.0")):
        (programs / name).write_text(f"#!/bin/sh\necho '{name} {version}'\n")
    for program in programs.iterdir():
        program.chmod(0o755)
    shutil.copy(repository / "Makefile", tmp_path)
    return programs


def install(tools: Path, **environment: str) -> tuple[int, str]:
    """Status of `make install-bridge`, and its configuring call of cmake, or its error output."""
    log = tools.with_name("log")
    log.unlink(missing_ok=True)
    inherited = {name: value for name, value in os.environ.items() if name not in ("FC", "CC", "CXX", "MAKEFLAGS", "MFLAGS", "VIRTUAL_ENV")}
    result = subprocess.run(
        ["make", "install-bridge", "PREFIX=prefix", "CMAKE_BUILD_PARALLEL_LEVEL=1"], cwd=tools.parent, capture_output=True, text=True,
        check=False, env=inherited | environment | {"PATH": f"{tools}:{os.environ['PATH']}"},
    )  # fmt: skip
    return result.returncode, log.read_text().splitlines()[0] if log.is_file() else result.stderr


def test_make_install_bridge_configures_afresh_only_for_another_compiler(tools: Path) -> None:
    assert "--fresh" not in install(tools)[1]
    assert "--fresh" not in install(tools)[1]
    assert "--fresh" in install(tools, FC="one-fc")[1]
    assert "--fresh" not in install(tools, FC="one-fc")[1]
    assert "--fresh" in install(tools, FC="other-fc")[1]
    (tools / "other-fc").write_text("#!/bin/sh\necho 'other-fc 8.0'\n")  # another version under the same name
    assert "--fresh" in install(tools, FC="other-fc")[1]
    assert "--fresh" in install(tools)[1]
    assert "--fresh" in install(tools, CXX="one-fc")[1]


def test_make_install_bridge_stops_if_the_compiler_is_missing(tools: Path) -> None:
    assert install(tools)[0] == 0
    status, errors = install(tools, FC="no-such-fc")
    assert status != 0
    assert "no-such-fc" in errors and "PATH" in errors


def configure(folder: Path, fc: str | None, *options: str) -> subprocess.CompletedProcess:
    environment = {name: value for name, value in os.environ.items() if name != "FC"} | ({"FC": fc} if fc else {})
    command = ["cmake", *options, "-S", str(folder), "-B", str(folder / "build")]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A CMake project that checks its compilers like the bridge, another compiler, and another name of the same one."""
    if shutil.which("gfortran") is None:
        pytest.skip("no gfortran on PATH")
    (tmp_path / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.24)\ninclude({default_source()}/cmake/compilers.cmake)\nproject(guarded LANGUAGES NONE)\n"
        "find_program(compiler $ENV{FC} gfortran)\nset(CMAKE_Fortran_COMPILER ${compiler} CACHE FILEPATH compiler)\n"
    )
    other = tmp_path / "other-fc"
    other.write_text('#!/bin/sh\nexec gfortran "$@"\n')
    other.chmod(0o755)
    (tmp_path / "same-fc").symlink_to(str(shutil.which("gfortran")))
    return tmp_path


def test_plain_cmake_refuses_a_folder_of_another_compiler(project: Path) -> None:
    assert configure(project, "gfortran").returncode == 0
    assert configure(project, None).returncode == 0
    assert configure(project, str(project / "same-fc")).returncode == 0
    refused = configure(project, str(project / "other-fc"))
    assert refused.returncode != 0
    assert "other-fc" in refused.stderr
    assert configure(project, str(project / "other-fc"), "--fresh").returncode == 0


def test_the_build_command_configures_afresh_when_fc_names_another_compiler(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture
) -> None:
    config = BuildConfig(source=project, build_folder=project / "build", prefix=project / "prefix", python=False, torch="OFF")
    cache = project / "build" / "CMakeCache.txt"
    monkeypatch.delenv("FC", raising=False)
    build(config)
    assert f"={shutil.which('gfortran')}" in cache.read_text()
    monkeypatch.setenv("FC", str(project / "other-fc"))
    build(config)
    assert f"CMAKE_Fortran_COMPILER:FILEPATH={project / 'other-fc'}" in cache.read_text()
    monkeypatch.delenv("FC")
    build(config)
    assert f"={project / 'other-fc'}" not in cache.read_text()
    capfd.readouterr()


@pytest.mark.parametrize(("gigabytes", "jobs"), [(0.5, 1), (2, 1), (1000, len(os.sched_getaffinity(0)))])
def test_cores_and_memory_limit_the_number_of_parallel_compilations(tmp_path: Path, gigabytes: float, jobs: int) -> None:
    (tmp_path / "meminfo").write_text(f"MemTotal: 99999999 kB\nMemAvailable: {int(gigabytes * 1048576)} kB\n")
    script = default_source() / "cmake" / "jobs.sh"
    environment = os.environ | {"MEMINFO": str(tmp_path / "meminfo")}
    assert int(subprocess.run(["sh", str(script)], capture_output=True, text=True, check=True, env=environment).stdout) == jobs
