"""How a host ended: as planned, by its scheme (a result), or by something else (a fault, after which the run may be resumed)."""

from __future__ import annotations

import re
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from paramnet.contract import ParamnetError
from paramnet.online.restart_file import not_finite
from paramnet.preprocessing.integrity import open_netcdf, read_values

PROFILES = ("air_temperature", "specific_humidity", "eastward_wind")
FULL = 2**20  # bytes: with less room than this a disk counts as full
RESUME = "put that right; the same command resumes the run"


class HostRunFailed(ParamnetError):
    """The scheme, or the model with it, ended the run, or its state is not finite: a result. ``days`` are those it completed."""

    def __init__(self, message: str, days: int) -> None:
        super().__init__(message)
        self.days = days


class HostFault(ParamnetError):
    """The host ended for a reason that is not the scheme's: a signal, a full disk, a file, a set-up. Nothing is known of the climate."""


@dataclass(frozen=True)
class Ended:
    """What is known of a host that has ended.

    folder : where it ran. returncode : as subprocess gives it. days : completed, of the whole run; last : wanted.
    stopped : the signal by which the driver was told to end, else empty.
    """

    folder: Path
    label: str
    returncode: int
    days: int
    last: int
    stopped: str = ""

    def fault(self, got: str, remedy: str = RESUME, where: Path | None = None) -> HostFault:
        """A fault of this run, in one sentence."""
        if shutil.disk_usage(self.folder).free < FULL:
            got += " (the disk is full)"
        expected = f"the host to run to the end of day {self.last}"
        return HostFault(
            self.label, expected=expected, got=f"{got}, after day {self.days}", where=str(where or self.folder / "log"), remedy=remedy
        )


def judge(ended: Ended) -> None:
    """Return where the host ran to its last day with a finite state; raises HostRunFailed or HostFault."""
    _raise_result(ended)
    if ended.stopped and not (ended.returncode == 0 and ended.days == ended.last):
        raise ended.fault(f"{ended.stopped}, upon which it was stopped", "the same command resumes the run")
    told = ended.folder / "paramnet_fault"
    if told.is_file() and (words := told.read_text(errors="replace").strip()):
        raise ended.fault(repr(words))
    if ended.returncode != 0:
        raise ended.fault(_cause(ended))
    for name in ("plasim_status", "summary.json"):
        if not (ended.folder / name).is_file() or ended.days != ended.last:
            raise ended.fault(_cause(ended))
    _require_finite(ended)


def _raise_result(ended: Ended) -> None:
    """What the adapter or the host wrote of its own accord. A file that does not end with a line was cut short and says nothing."""
    for name in ("paramnet_error", "Abort_Message"):
        path = ended.folder / name
        text = path.read_text(errors="replace") if path.is_file() else ""
        if not text.strip() or not text.endswith("\n") or (ended.folder / "paramnet_fault").is_file():
            continue
        if name == "paramnet_error":
            raise HostRunFailed(f"{ended.label}, after day {ended.days}: {text.strip()}", ended.days)
        if ended.days > 0 or "Planet Simulator aborted" in text:  # otherwise it refused its namelists or boundary files
            words = " ".join(re.sub(r"[*\-]{3,}", " ", text).split()).replace(" * ", " ")
            raise HostRunFailed(f"{ended.label}, after day {ended.days}: {words}", ended.days)
        raise ended.fault(f"an end by its own hand ({' '.join(text.split())})", where=path)


def _cause(ended: Ended) -> str:
    """The likeliest reason, in words."""
    if ended.returncode < 0 or ended.returncode > 128:  # mpirun adds 128 to the signal's number
        number = -ended.returncode if ended.returncode < 0 else ended.returncode - 128
        try:
            return f"its end by {signal.Signals(number).name}"
        except ValueError:
            pass
    lines = [line.strip() for name in ("log", "plasim_diag") for line in _lines(ended.folder / name)]
    telling = [line for line in lines if re.search(r"Fortran runtime error|was not found|\*\*\* Error|No space left|[Mm]pirun", line)]
    return f"an end with status {ended.returncode}" + (f" ({' '.join(telling[:2])})" if telling else "")


def _lines(path: Path, count: int = 40) -> list[str]:
    return path.read_text(errors="replace").splitlines()[-count:] if path.is_file() else []


def _require_finite(ended: Ended) -> None:
    """The host can carry not-a-number to its last day without a word.

    Runs side by side may end together, each in a thread of ours, and the netCDF library bears one thread at a time.
    """
    history = ended.folder / "history.nc"
    if not history.is_file():
        return
    try:
        with open_netcdf(history) as file:
            for name in PROFILES:
                bad = np.flatnonzero(~np.isfinite(read_values(file[name], history.name)).all(axis=(1, 2, 3)))
                if bad.size:
                    raise HostRunFailed(f"{ended.label}: {name} is not finite from record {bad[0] + 1} of {history}", ended.days)
        broken = not_finite(ended.folder / "plasim_status")
    except HostRunFailed:
        raise
    except (ParamnetError, OSError, IndexError) as error:
        raise ended.fault(f"results that cannot be read ({error})", where=ended.folder) from error
    if broken:
        raise HostRunFailed(f"{ended.label}: {broken} is not finite in the restart file of day {ended.days}", ended.days)
