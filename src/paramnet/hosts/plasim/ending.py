"""How a host ended: as planned, by its scheme (a result), or for another reason (a fault, after which the run can be resumed)."""

from __future__ import annotations

import re
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.hosts.base import RESUME, HostFault, HostRunFailed
from paramnet.hosts.plasim.restart_file import not_finite
from paramnet.sources.netcdf import open_netcdf, read_values

PROFILES = ("air_temperature", "specific_humidity", "eastward_wind")
FULL = 2**20  # bytes: a disk with less free space counts as full


@dataclass(frozen=True)
class Ended:
    """A host that has ended.

    folder : its working folder. returncode : as from subprocess. days : days of the run completed; last : the day to reach.
    stopped : the signal that ended the driver, else empty.
    """

    folder: Path
    label: str
    returncode: int
    days: int
    last: int
    stopped: str = ""

    def fault(self, got: str, remedy: str = RESUME, where: Path | None = None) -> HostFault:
        """The HostFault of this run."""
        if shutil.disk_usage(self.folder).free < FULL:
            got += " (the disk is full)"
        expected = f"the host to run to the end of day {self.last}"
        return HostFault(
            self.label, expected=expected, got=f"{got}, after day {self.days}", where=str(where or self.folder / "log"), remedy=remedy
        )

    def failure(self, got: str, where: Path, expected: str = "") -> HostRunFailed:
        """The HostRunFailed of this run."""
        expected = expected or f"the scheme to run to the end of day {self.last}"
        return HostRunFailed(self.label, self.days, expected=expected, got=f"{got}, after day {self.days}", where=str(where))


def judge(ended: Ended) -> None:
    """Return if the host ran to its last day with a finite state; otherwise raise HostRunFailed or HostFault."""
    _raise_result(ended)
    if ended.stopped and not (ended.returncode == 0 and ended.days == ended.last):
        raise ended.fault(f"{ended.stopped}, which stopped it", "repeat the command to resume the run")
    path = ended.folder / "paramnet_fault"
    if path.is_file() and (message := path.read_text(errors="replace").strip()):
        raise ended.fault(repr(message))
    if ended.returncode != 0:
        raise ended.fault(_cause(ended))
    for name in ("plasim_status", "summary.json"):
        if not (ended.folder / name).is_file() or ended.days != ended.last:
            raise ended.fault(_cause(ended))
    require_finite(ended)


def _raise_result(ended: Ended) -> None:
    """Raise what the adapter or the host wrote before it stopped. A file without a final newline was cut short and is ignored."""
    for name in ("paramnet_error", "Abort_Message"):
        path = ended.folder / name
        text = path.read_text(errors="replace") if path.is_file() else ""
        if not text.strip() or not text.endswith("\n") or (ended.folder / "paramnet_fault").is_file():
            continue
        if name == "paramnet_error":
            raise ended.failure(text.strip(), path)
        if ended.days > 0 or "Planet Simulator aborted" in text:  # otherwise it refused its namelists or boundary files
            raise ended.failure(" ".join(re.sub(r"[*\-]{3,}", " ", text).split()).replace(" * ", " "), path)
        raise ended.fault(f"an abort ({' '.join(text.split())})", where=path)


def _cause(ended: Ended) -> str:
    """The most likely reason."""
    if ended.returncode < 0 or ended.returncode > 128:  # mpirun adds 128 to the signal's number
        number = -ended.returncode if ended.returncode < 0 else ended.returncode - 128
        try:
            return f"death by {signal.Signals(number).name}"
        except ValueError:
            pass
    lines = [line.strip() for name in ("log", "plasim_diag") for line in _lines(ended.folder / name)]
    telling = [line for line in lines if re.search(r"Fortran runtime error|was not found|\*\*\* Error|No space left|[Mm]pirun", line)]
    return f"exit status {ended.returncode}" + (f" ({' '.join(telling[:2])})" if telling else "")


def _lines(path: Path, count: int = 40) -> list[str]:
    return path.read_text(errors="replace").splitlines()[-count:] if path.is_file() else []


def require_finite(ended: Ended) -> None:
    """Require a finite history and state: the host can finish a run with NaNs and report no error.

    Runs in parallel threads may end together; open_netcdf serializes them, because the netCDF library is not thread-safe.
    """
    history = ended.folder / "history.nc"
    if not history.is_file():
        return
    try:
        with open_netcdf(history) as file:
            for name in PROFILES:
                bad = np.flatnonzero(~np.isfinite(read_values(file[name], history.name)).all(axis=(1, 2, 3)))
                if bad.size:
                    raise ended.failure(f"{name} not finite from record {bad[0] + 1}", history, "finite values")
        broken = not_finite(ended.folder / "plasim_status")
    except HostRunFailed:
        raise
    except (ParamnetError, OSError, IndexError) as error:
        raise ended.fault(f"unreadable results ({error})", where=ended.folder) from error
    if broken:
        raise ended.failure(f"{broken} not finite", ended.folder / "plasim_status", "finite values")
