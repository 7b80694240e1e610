"""A minimal host: its state is one number that changes each day; a restart file in the host's format passes it to the next stretch."""

import json
import struct
import sys
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from paramnet.hosts.plasim.build import HostBuild
from paramnet.hosts.plasim.restart_file import read_records
from paramnet.hosts.plasim.run import HostRun
from paramnet.hosts.plasim.setup import HostSetup

HOST = """#!{python} -SE
import json, math, os, re, shutil, signal, struct, sys, time

def records(path):
    data, found, at = open(path, "rb").read(), [], 0
    while at < len(data):
        (length,) = struct.unpack_from("i", data, at)
        found.append(data[at + 4 : at + 4 + length])
        at += length + 8
    return dict(zip((name.decode().strip() for name in found[::2]), found[1::2]))

def write_records(path, pairs):
    with open(path, "wb") as file:
        for name, content in pairs:
            for part in (name.ljust(16).encode(), content):
                file.write(struct.pack("i", len(part)) + part + struct.pack("i", len(part)))

def number(name, path):
    return int(re.search(rf" {{name}} = (\\d+)", open(path).read())[1])

open("pid", "w").write(str(os.getpid()))
open({seen!r}, "a").write(open("paramnet_namelist").read())
days, first = number("n_run_days", "plasim_namelist"), number("days_before", "paramnet_namelist")
step, value = 0, 0.25
if os.path.exists("plasim_restart"):
    old = records("plasim_restart")
    step, value = struct.unpack("i", old["nstep"])[0], struct.unpack("d", old["st"][:8])[0]
for day in range(first + 1, first + days + 1):
    exec(open({folder!r} + "/each_day.py").read())
    step, value = step + 48, (value * 1.7 + 0.3) % 1.0
    open("progress", "w").write(str(day - first))
state = struct.pack("d", value) * 60
write_records("plasim_status", [("nstep", struct.pack("i", step)), ("st", state), ("stm", state), ("clwfla", b"last")])
shutil.copy({history!r}, "history.nc")
with open("history.nc", "ab") as file:
    file.write(struct.pack("d", value))
json.dump(dict(mode="teacher", ranks=1, teacher_calls=48 * days, teacher_ms_mean=2.0), open("summary.json", "w"))
sys.stdout.flush()
exec(open({folder!r} + "/at_end.py").read())
"""


def fake_build(folder: Path, each_day: str = "pass", at_end: str = "pass") -> HostBuild:
    """Make the host, with Python code to run on each ``day`` and at the end of a stretch; the executable itself does not change."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plasim" / "plasim" / "dat" / "T21").mkdir(parents=True, exist_ok=True)
    history = folder / "history_template.nc"
    if not history.is_file():
        write_history(history)
    (folder / "each_day.py").write_text(each_day)
    (folder / "at_end.py").write_text(at_end)
    executable = folder / "host"
    if not executable.is_file():
        executable.write_text(HOST.format(python=sys.executable, history=str(history), seen=str(folder / "namelists"), folder=str(folder)))
        executable.chmod(0o755)
    return HostBuild(executable, folder / "plasim", 1)


def write_history(path: Path, broken: bool = False) -> None:
    """One day of the three profiles that are checked."""
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("time", None), ("lev", 2), ("lat", 2), ("lon", 2)):
            file.createDimension(name, size)
        for name in ("air_temperature", "specific_humidity", "eastward_wind"):
            values = np.full((1, 2, 2, 2), 200.0)
            values[0, 0, 0, 0] = np.nan if broken else 200.0
            file.createVariable(name, "f4", ("time", "lev", "lat", "lon"))[:] = values


def half_hourly() -> HostSetup:
    """A set-up with the time step of the shipped ones."""
    return HostSetup(namelists={"plasim": {"mpstep": 30.0}})


def run_of(output: Path, days: int = 3, chunk_days: int = 1, **others: Any) -> HostRun:
    """A run of three stretches of one day, by default."""
    return HostRun(output, half_hourly(), days=days, chunk_days=chunk_days, **others)


def final_state(run: Path) -> tuple[int, float]:
    """Step counter and state, from the last restart file."""
    last = dict(read_records(sorted(run.glob("chunks/[0-9][0-9][0-9][0-9]/plasim_status"))[-1]))
    return struct.unpack("i", last["nstep"])[0], struct.unpack("d", last["st"][:8])[0]


def histories(run: Path) -> dict[str, bytes]:
    """The history files of a run."""
    return {path.name: path.read_bytes() for path in sorted(run.glob("history_*.nc"))}


def summary(run: Path) -> dict[str, Any]:
    return json.loads((run / "summary.json").read_text())
