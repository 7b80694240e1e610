"""Configure, build and install the bridge with CMake: `python -m paramnet.bridge.build`."""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from paramnet.bridge.paths import default_build_folder, default_prefix, default_source
from paramnet.contract import ParamnetError
from paramnet.files import in_wheel

__all__ = ["TORCH_CHOICES", "BuildConfig", "build", "cache_entries", "fortran_compiler", "jobs_that_fit"]

TORCH_CHOICES = ("AUTO", "ON", "OFF")


def jobs_that_fit() -> int:
    """Number of parallel compilations: one per core, limited by memory."""
    script = default_source() / "cmake" / "jobs.sh"
    if not script.is_file():
        return len(os.sched_getaffinity(0))
    return int(subprocess.run(["/bin/sh", str(script)], capture_output=True, text=True, check=True).stdout)


@dataclass(frozen=True)
class BuildConfig:
    """Configuration of the build: sources, build folder, installation prefix and options."""

    source: Path = field(default_factory=default_source)
    build_folder: Path = field(default_factory=default_build_folder)
    prefix: Path = field(default_factory=default_prefix)
    jobs: int = field(default_factory=jobs_that_fit)
    python: bool = True  # the Python interface
    tests: bool = True  # tests and examples, for CTest
    benchmarks: bool = False  # programs of benchmarks/bench_bridge.py
    torch: str = "AUTO"  # the libtorch plug-in: AUTO (if torch is found), ON, OFF
    fortran_compiler: str = ""  # "": $FC, else gfortran

    def __post_init__(self) -> None:
        if not (self.source / "CMakeLists.txt").is_file():
            raise ParamnetError(
                "bridge",
                expected="its CMake project",
                got="no CMakeLists.txt",
                where=str(self.source),
                remedy="install a complete wheel, or work in a checkout of the repository",
            )
        if in_wheel() and self.prefix.resolve().is_relative_to(default_prefix().parent):
            raise ParamnetError(
                "--prefix",
                expected="a folder of your own",
                got="the installed package",
                where=str(self.prefix),
                remedy="run `paramnet bridge install PREFIX`",
            )
        if self.torch not in TORCH_CHOICES:
            raise ParamnetError("--torch", expected=f"one of {', '.join(TORCH_CHOICES)}", got=repr(self.torch))
        if self.jobs < 1:
            raise ParamnetError("--jobs", expected="1 or more", got=str(self.jobs))


def build(config: BuildConfig) -> Path:
    """Build and install the bridge; returns its prefix.

    Raises ParamnetError with the end of the tool's output if a step fails, or with the name of a missing program.
    """
    _require_programs(config)
    started = time.monotonic()
    _step("configuring", config, _configure_command(config))
    _step("compiling (about a minute the first time)", config, ["--build", config.build_folder, "-j", config.jobs])
    _step("installing", config, ["--install", config.build_folder])
    print(f"bridge: ready in {config.prefix} ({time.monotonic() - started:.0f} s)", flush=True)
    return config.prefix


def _configure_command(config: BuildConfig) -> list[object]:
    environment = {"Python_EXECUTABLE": sys.executable}
    if config.python:
        import pybind11

        environment["pybind11_DIR"] = pybind11.get_cmake_dir()
    if config.torch != "OFF" and find_spec("torch"):
        import torch

        environment["Torch_DIR"] = f"{torch.utils.cmake_prefix_path}/Torch"
    options = {
        "CMAKE_BUILD_TYPE": "Release",
        "CMAKE_INSTALL_PREFIX": config.prefix,
        "PARAMNET_BUILD_PYTHON": "ON" if config.python else "OFF",
        "PARAMNET_BUILD_TESTS": "ON" if config.tests else "OFF",
        "PARAMNET_BUILD_CRM": "ON" if config.tests else "OFF",  # hosts build their own
        "PARAMNET_BUILD_BENCHMARKS": "ON" if config.benchmarks else "OFF",
        "PARAMNET_WITH_TORCH": config.torch,
        **environment,
    }
    settled = {"CMAKE_HOME_DIRECTORY": str(config.source.resolve()), **environment, **_compilers_of_the_environment()}
    if config.fortran_compiler or not os.environ.get("FC"):  # CMake itself reads FC, which may hold options too
        compiler = str(shutil.which(config.fortran_compiler or fortran_compiler()))
        options["CMAKE_Fortran_COMPILER"] = settled["CMAKE_Fortran_COMPILER"] = compiler
    return [
        *("-S", config.source, "-B", config.build_folder),
        *(["-G", "Ninja"] if shutil.which("ninja") else []),
        *(["--fresh"] if _is_for_another_environment(config.build_folder, settled) else []),
        *(f"-D{name}={value}" for name, value in options.items()),
    ]


def fortran_compiler() -> str:
    """The program in FC, which may contain options too, else gfortran."""
    return (shlex.split(os.environ.get("FC", "")) or ["gfortran"])[0]


def cache_entries(build_folder: Path) -> dict[str, str]:
    """The entries of CMake's cache in a build folder; none where there is no cache."""
    cache = build_folder / "CMakeCache.txt"
    if not cache.is_file():
        return {}
    return dict(re.findall(r"^([\w-]+):\w+=(.*)$", cache.read_text(errors="replace"), flags=re.MULTILINE))


def _compilers_of_the_environment() -> dict[str, str]:
    """Compilers in FC, CC and CXX (which may contain options too), as entries of CMake's cache."""
    compilers = {}
    for variable, language in (("FC", "Fortran"), ("CC", "C"), ("CXX", "CXX")):
        words = shlex.split(os.environ.get(variable, ""))
        if words and (program := shutil.which(words[0])):
            compilers[f"CMAKE_{language}_COMPILER"] = program
    return compilers


def _is_for_another_environment(build_folder: Path, settled: dict[str, str]) -> bool:
    """Return True if CMake's cache holds another checkout, compiler, Python or torch, which the build would mix with this one."""
    return any(name in settled and settled[name] != value for name, value in cache_entries(build_folder).items())


def _require_programs(config: BuildConfig) -> None:
    fortran = config.fortran_compiler or fortran_compiler()
    for program, package in (("cmake", "cmake"), ("c++", "g++"), (fortran, fortran)):
        if shutil.which(program) is None:
            raise ParamnetError("bridge", expected=f"the program {program}", got="none on PATH", remedy=f"install {package}")


def _step(title: str, config: BuildConfig, arguments: list[object]) -> None:
    print(f"bridge: {title}", flush=True)
    command = ["cmake", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        tail = "\n".join((result.stdout + result.stderr).splitlines()[-40:])
        raise ParamnetError(
            f"bridge, {title}",
            expected="exit status 0",
            got=f"{result.returncode} from `{' '.join(command)}`",
            where=str(config.build_folder),
            remedy=f"see the output of cmake:\n{tail}",
        )


def main() -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m paramnet.bridge.build", description=__doc__)
    parser.add_argument("--prefix", type=Path, default=default_prefix(), help="where to install (build/bridge)")
    parser.add_argument("--build-folder", type=Path, default=default_build_folder(), help="CMake's folder")
    parser.add_argument("--no-python", action="store_true", help="without the Python interface")
    parser.add_argument("--no-tests", action="store_true", help="without tests and examples")
    parser.add_argument("--torch", choices=TORCH_CHOICES, default="AUTO", help="the libtorch plug-in: AUTO builds it if torch is found")
    parser.add_argument("--fortran", metavar="COMPILER", default="", help="Fortran compiler (default $FC, else gfortran)")
    parser.add_argument("--jobs", type=int, default=jobs_that_fit(), help="parallel compilations (default: by cores and memory)")
    arguments = parser.parse_args()
    try:
        build(
            BuildConfig(
                build_folder=arguments.build_folder,
                prefix=arguments.prefix.resolve(),
                jobs=arguments.jobs,
                python=not arguments.no_python,
                tests=not arguments.no_tests,
                torch=arguments.torch,
                fortran_compiler=arguments.fortran,
            )
        )
    except ParamnetError as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
