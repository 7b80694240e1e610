"""The Fortran program of a testbed: compiled against the installed bridge, run with a namelist, its output read."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paramnet.bridge.build import fortran_compiler
from paramnet.bridge.paths import prefix_folder, require_source
from paramnet.contract import ParamnetError
from paramnet.files import locked, require_writable_folder, write_text
from paramnet.reporting.progress import Progress
from paramnet.testbeds.lorenz96 import TIME_STEP, Lorenz96

_POLL_SECONDS = 0.2
_BLOWN_UP = 3  # exit status of the program


@dataclass
class HostRun:
    """A run of the program ``lorenz96``.

    mode : truth, none, polynomial or learned. initial : X and U of the step before, (member, sector), and for the truth Y (member, sector,
    small).
    steps, interval, discard : time steps; every interval-th one from ``discard`` on is written. continue_from, restart : restart files,
    read in place of ``initial`` and written at the end. scheme : scheme.pt. coefficients : of the polynomial, from the constant.
    noise_std, noise_persistence : of its first-order autoregressive noise. stochastic : random numbers of a learned scheme.
    """

    mode: str
    system: Lorenz96
    steps: int
    initial: tuple[NDArray[np.float64], ...]
    interval: int = 1
    discard: int = 0
    scheme: Path | None = None
    coefficients: list[float] = field(default_factory=lambda: [0.0] * 4)
    noise_std: float = 0.0
    noise_persistence: float = 0.0
    seed: int = 0
    stochastic: bool = True
    continue_from: Path | None = None
    restart: Path | None = None

    @property
    def members(self) -> int:
        """Number of rings that run at once."""
        return len(self.initial[0])

    @property
    def record_size(self) -> int:
        """Numbers in a record."""
        return 3 * self.members * self.system.sectors

    @property
    def records(self) -> int:
        """Number of records of a complete run."""
        return -(-self.steps // self.interval) - -(-self.discard // self.interval)

    def namelist(self, folder: Path) -> str:
        """The namelist ``run`` of the program."""
        values: dict[str, Any] = asdict(self.system) | {
            name: getattr(self, name)
            for name in ("mode", "steps", "interval", "discard", "members", "seed", "stochastic", "noise_std", "noise_persistence")
        }
        values |= {"coefficients": [*self.coefficients, 0.0, 0.0, 0.0][:4], "time_step": TIME_STEP}
        paths = {"scheme": self.scheme, "continue_from": self.continue_from, "restart": self.restart}
        values |= {name: str(path.resolve()) for name, path in paths.items() if path is not None}
        values |= {"initial": str(folder / "initial"), "output": str(folder / "output")}
        return "".join(["&run\n", *(f"  {name} = {_fortran(value)}\n" for name, value in values.items()), "/\n"])


def _fortran(value: Any) -> str:
    if isinstance(value, bool):
        return ".true." if value else ".false."
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, list):
        return ", ".join(map(_fortran, value))
    return repr(value)


def build_testbeds(build: Path) -> Path:
    """Compile the programs of ``fortran_bridge/hosts/testbeds`` into ``build``; returns the folder. What has not changed is not compiled.

    Raises ParamnetError without the bridge, a compiler or CMake, or with the end of their output.
    """
    source, bridge = require_source("testbed") / "hosts" / "testbeds", prefix_folder("lib/cmake/paramnet")
    if missing := [tool for tool in (fortran_compiler(), "cmake") if shutil.which(tool) is None]:
        raise ParamnetError("testbed", expected=", ".join(missing), got="none on PATH", remedy="install them, or load their modules")
    build = require_writable_folder(build, "build").resolve()
    environment = {**os.environ, "FC": fortran_compiler()}
    configure = ["cmake", "--fresh", "-S", str(source), "-B", str(build), f"-Dparamnet_DIR={bridge.resolve()}"]
    with locked(build / ".lock", f"build folder of the testbeds {build}", wait=True):
        for command in (configure, ["cmake", "--build", str(build)]):
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
            if done.returncode != 0:
                tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
                got = f"{done.returncode}, with\n{tail}"
                raise ParamnetError(" ".join(command[:2]), expected="exit status 0", got=got, where=str(build))
    return build


def run_host(program: Path, run: HostRun, folder: Path, about: str = "") -> NDArray[np.float64]:
    """Run the program in ``folder``; returns its records : (record, 3, member, sector), X, U of the step before, and U.

    They end early if the run has blown up. about : title of the progress line. Raises ParamnetError with what the program says if it fails.
    """
    folder = require_writable_folder(folder, "output").resolve()
    with (folder / "initial").open("wb") as file:
        for part in run.initial:
            file.write(np.ascontiguousarray(part, np.float64).tobytes())
    write_text(folder / "namelist", run.namelist(folder))
    output = folder / "output"
    output.unlink(missing_ok=True)
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen([str(program), str(folder / "namelist")], cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            _follow(process, output, run, about or run.mode)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if process.returncode not in (0, _BLOWN_UP):
        said = (folder / "log").read_text(encoding="utf-8").strip() or f"exit status {process.returncode}"
        raise ParamnetError(f"{program.name}, mode {run.mode}", expected="a complete run", got=said, where=str(folder))
    values = np.fromfile(output, np.float64)
    return values[: len(values) // run.record_size * run.record_size].reshape(-1, 3, run.members, run.system.sectors)


def _follow(process: subprocess.Popen[bytes], output: Path, run: HostRun, about: str) -> None:
    """Show the progress of a run by the size of its output, until it ends."""
    with Progress("records") as progress:
        show = progress.task(about, run.records)
        while process.poll() is None:
            time.sleep(_POLL_SECONDS)
            if output.is_file():
                show(output.stat().st_size // (8 * run.record_size))
