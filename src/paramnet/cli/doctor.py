"""``paramnet doctor``: what is installed on this machine, what is missing, and what it is needed for."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from paramnet import __version__
from paramnet.contract import install_extra
from paramnet.files import in_wheel

_PACKAGES = ("torch", "pytorch-lightning", "hydra-core", "dask", "zarr", "netCDF4", "pybind11")
_EXTRAS = (
    ("dask-jobqueue", "cluster=slurm|pbs of paramnet preprocess", "cluster"),
    ("optuna", "sweep=... of paramnet train", "search"),
    ("tensorboard", "logger=tensorboard", "tensorboard"),
    ("mlflow-skinny", "logger=mlflow", "mlflow"),
    ("wandb", "logger=wandb", "wandb"),
)
_PROGRAMS = (
    ("gfortran", "the bridge and the PlaSim host", "apt-get install gfortran, or set FC"),
    ("g++", "the bridge", "apt-get install g++, or set CXX"),
    ("cmake", "the bridge and the PlaSim host", "apt-get install cmake"),
    ("ninja", "the bridge", "apt-get install ninja-build"),
    ("nf-config", "the PlaSim host (netCDF-Fortran)", "apt-get install libnetcdff-dev"),
    ("mpifort", "hosts on several ranks", "apt-get install libopenmpi-dev, or load the site's MPI module"),
    ("mpirun", "hosts on several ranks", "apt-get install openmpi-bin, or load the site's MPI module"),
)
_FORTRAN = ("ifx", "nvfortran", "flang", "flang-new")
_SCHEDULERS = (("sbatch", "SLURM"), ("qsub", "PBS"), ("flux", "Flux"))
_INSTRUCTION_SETS = ("avx2", "fma", "avx512f", "avx512_bf16")  # that the native backend has kernels for


@dataclass(frozen=True)
class Finding:
    """One thing looked for: where it belongs, what was found ("" for nothing), what needs it, and how to get it."""

    topic: str
    name: str
    found: str
    needed_for: str = ""
    remedy: str = ""


def examine() -> list[Finding]:
    """Everything that the commands use, on this machine."""
    return [*_machine(), *_packages(), *_gpu(), *_programs(), *_bridge(), *_schedulers()]


def main(name: str) -> None:
    """Command line of ``paramnet doctor``."""
    parser = argparse.ArgumentParser(prog=f"paramnet {name}", description="What is installed, what is missing, and what it is needed for.")
    parser.add_argument("--json", action="store_true", help="the same as JSON, to attach to a report of a problem")
    arguments = parser.parse_args()
    findings = examine()
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        _show(findings)


def _show(findings: list[Finding]) -> None:
    from rich.text import Text

    from paramnet.reporting.table import console, table

    rows, topic = [], ""
    for finding in findings:
        missing = not finding.found and bool(finding.needed_for)
        found = Text("missing", "bold red") if missing else finding.found or "none"
        advice = [Text(finding.needed_for), Text(finding.remedy)] if missing else ["", ""]
        rows.append([finding.topic if finding.topic != topic else "", finding.name, found, *advice])
        topic = finding.topic
    console().print(table(("", "", "found", "needed for", "to get it"), rows))


def _machine() -> Iterator[Finding]:
    yield Finding("machine", "paramnet", f"{__version__} in {Path(__file__).parents[1]}")
    yield Finding("machine", "Python", f"{platform.python_version()} in {sys.prefix}")
    yield Finding("machine", "system", f"{platform.system()} {platform.release()} {platform.machine()}")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield Finding("machine", "cores, memory", f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB")
    flags = _processor_flags()
    there = " ".join(name for name in _INSTRUCTION_SETS if name in flags)
    yield Finding("machine", "instruction sets", there or "none that the native backend has kernels for: its portable one is used")


def _processor_flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith(("flags", "Features")) for flag in line.partition(":")[2].split()}


def _packages() -> Iterator[Finding]:
    for package in _PACKAGES:
        yield Finding("packages", package, _version(package), "every command", f"pip install {package}")
    for package, needed_for, extra in _EXTRAS:
        yield Finding("packages", package, _version(package), needed_for, install_extra(extra))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _gpu() -> Iterator[Finding]:
    if find_spec("torch") is None:
        return
    import torch

    names = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    built = f"torch is built for CUDA {torch.version.cuda}" if torch.version.cuda else "torch is built for CPUs only"
    driver = _first_line(["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"])
    found = ", ".join(names) + (f"; driver {driver}" if driver else "")
    remedy = f"{built}; nvidia-smi {'answers' if driver else 'is missing or finds no GPU'}"
    yield Finding("packages", "GPU", found if names else "", "trainer.accelerator=gpu, device=cuda", remedy)


def _programs() -> Iterator[Finding]:
    for program, needed_for, remedy in _PROGRAMS:
        yield Finding("programs", program, _program(program), needed_for, remedy)
    others = [_program(program) for program in _FORTRAN]
    yield Finding("programs", "other Fortran", "; ".join(found for found in others if found))
    for variable in ("FC", "CC", "CXX"):
        if value := os.environ.get(variable):
            yield Finding("programs", f"${variable}", _program(value.split()[0]) or f"{value}: not on PATH")


def _program(name: str) -> str:
    """The first line that a program says of its version, and its path."""
    path = shutil.which(name)
    return f"{_first_line([path, '--version']) or 'found'} ({path})" if path else ""


def _first_line(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if lines and done.returncode == 0 else ""


def _bridge() -> Iterator[Finding]:
    from paramnet.bridge.paths import how_to_get_the_bridge, installed_prefix

    prefix, plasim = installed_prefix(), Path(os.environ.get("PARAMNET_BUILD") or "build") / "plasim"  # as conf/paths
    build = "paramnet bridge install PREFIX, then PARAMNET_BRIDGE_DIR=PREFIX" if in_wheel() else "make bridge"
    plug_in, recorder = f"{build}; with torch installed", f"{build}; with netCDF-C installed (nc-config)"
    wanted = (
        ("libparamnet", prefix, "lib*/libparamnet.so*", "host models that call a scheme; paramnet online", how_to_get_the_bridge()),
        ("libtorch plug-in", prefix, "lib*/libparamnet_torch.so", "backend=torchscript; GPUs", plug_in),
        ("recorder", prefix, "lib*/libparamnet_record.so", "hosts that record training data", recorder),
        ("PlaSim host", plasim, "learned-*/plasim*", "paramnet online, paramnet run", "paramnet host (they build it, too)"),
    )
    for name, folder, pattern, needed_for, remedy in wanted:
        yield Finding("bridge", name, str(next(iter(sorted(folder.glob(pattern))), "")), needed_for, remedy)


def _schedulers() -> Iterator[Finding]:
    found = {label: _program(program) for program, label in _SCHEDULERS}
    there = "; ".join(f"{label}: {text}" for label, text in found.items() if text)
    yield Finding("batch", "scheduler", there, "paramnet batch ... submit=true", "run it on a login node of the cluster")
