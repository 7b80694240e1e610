"""A host that is one command per stretch: a script or an executable that reads a restart file and writes CF history."""

from __future__ import annotations

import json
import os
import shutil
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, ClassVar

from paramnet.contract import ParamnetError
from paramnet.files import claim_identity, locked, put_in_place, replacing, require_writable_folder, sha256_of, write_json
from paramnet.hosts import outcome, stretches
from paramnet.hosts.base import RESUME, Host, HostFault, HostRunFailed, OnDay, RunRequest
from paramnet.hosts.process import days_done, run_process
from paramnet.hosts.scheme_options import SchemeOptions
from paramnet.hosts.stopping import Stop
from paramnet.sources.netcdf import open_netcdf

RESTART, IDENTITY = "restart", "run.json"


@dataclass(frozen=True)
class CommandStretch:
    """A stretch to run in ``folder``, the working directory of the command.

    The run has completed ``first_day`` days and continues for ``days``. ``restart`` : the file that the stretch before it, or the
    run's ``start``, left; None for a start from rest. ``options`` : mode, scheme and evaluation of the scheme; ``seed`` : of noise.
    """

    folder: Path
    first_day: int
    days: int
    restart: Path | None
    options: SchemeOptions
    seed: int


@dataclass
class CommandHost(Host, abstract=True):
    """Base of hosts that run each stretch with one command; `paramnet online` resumes and compares their runs.

    The command must leave ``history.nc``, daily means with one record per day, and ``restart``. It may write the number of days completed
    to ``progress``, and a sentence to ``paramnet_error`` if the scheme has ended the run, which is then a result.
    """

    follows: ClassVar[tuple[str, ...]] = ("mode", "scheme", "device", "threads", "backend", "precision")  # options that the host obeys

    @abstractmethod
    def command(self, stretch: CommandStretch) -> Sequence[str]:
        """The program and its arguments for a stretch. It may write namelists to ``stretch.folder``."""

    def inputs(self) -> Sequence[Path]:
        """Files whose content determines the results: the executable, boundary files. A run is not resumed with others."""
        return ()

    def require(self, options: SchemeOptions, compared: bool, where: str) -> None:
        """Refuse options that differ from their defaults and that the host does not follow."""
        for field in fields(options):
            value, default = getattr(options, field.name), field.default
            if field.name not in self.follows and default is not MISSING and value != default:
                raise ParamnetError(
                    f"{where}: options.{field.name}", expected=f"{default!r}, as host {self.name} has no such option", got=repr(value)
                )

    def run(self, request: RunRequest, build: Any, on_day: OnDay, stop: Stop) -> None:
        """Run the missing days in stretches of ``chunk_days``."""
        folder = require_writable_folder(request.output, "output")
        with locked(folder / ".lock", f"run {folder}"):
            if request.overwrite:
                _clear(folder)
            identity = self._identity(request)
            claim_identity(folder / IDENTITY, identity, f"run {folder}", "choose another output, or set overwrite=true to start again")
            if (earlier := outcome.recall(folder)) is not None:
                raise earlier
            try:
                self._run_missing(_with_own_scheme(request, identity["options"]["scheme"]), folder, on_day, stop)
            except HostRunFailed as failure:
                outcome.record(folder, failure)
                raise
            write_json(folder / "summary.json", {"seed": request.seed, "host": self.name, "mode": request.options.mode}, indent=2)

    def _identity(self, request: RunRequest) -> dict[str, Any]:
        """Everything that determines the run, except its length; files by their content."""
        if request.perturbation:
            raise ParamnetError("perturbation", expected=f"0 with host {self.name}", got=str(request.perturbation))
        options = {name: getattr(request.options, name) for name in self.follows}
        if request.options.scheme is not None:
            options["scheme"] = sha256_of(request.options.scheme)
        files = {str(path): sha256_of(path) for path in self.inputs()}
        start = {"start": sha256_of(_state(request.start))} if request.start is not None else {}
        return {
            "host": json.loads(json.dumps(asdict(self), default=str)),
            "options": options,
            "seed": request.seed,
            "inputs": files,
            **start,
        }

    def _run_missing(self, request: RunRequest, folder: Path, on_day: OnDay, stop: Stop) -> None:
        done = stretches.intact(folder, request.days, _require_file)
        while (first := sum(stretch.days for stretch in done)) < request.days:
            if stop.received:
                raise self._fault(request, f"{stop.name}, after day {first}", folder, "repeat the command to resume the run")
            days = min(request.chunk_days, request.days - first)
            self._run_stretch(request, folder, done, days, on_day, stop)
            done = stretches.done(folder)
            stretches.publish(done[-1])
            stretches.forget_old_status(done)

    def _run_stretch(self, request: RunRequest, run: Path, done: list[stretches.Stretch], days: int, on_day: OnDay, stop: Stop) -> None:
        name, first = f"{len(done) + 1:04d}", sum(stretch.days for stretch in done)
        folder = run / "chunks" / f"{name}.partial"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        before = done[-1].status if done else _state(request.start) if request.start is not None else None
        restart = None
        if before is not None:
            restart = folder / "restart_before"
            shutil.copyfile(before, restart)
        command = self.command(CommandStretch(folder.resolve(), first, days, restart, request.options, request.seed))

        def report(day: int) -> None:
            if on_day is not None:
                on_day(first + day, request.days)

        environment = {**os.environ, "OMP_NUM_THREADS": str(request.options.threads)}
        try:
            status = run_process([str(word) for word in command], folder, environment, report, stop)
        except OSError as error:
            raise self._fault(request, f"{error.strerror or error}: {error.filename}", folder) from error
        self._judge(request, folder, status, first, days, stop)
        write_json(folder / "summary.json", {})
        stretches.record(folder, days, "", RESTART)
        put_in_place(folder, run / "chunks" / name)

    def _judge(self, request: RunRequest, folder: Path, status: int, first: int, days: int, stop: Stop) -> None:
        """Raise HostRunFailed or HostFault unless the stretch is complete."""
        reason = folder / "paramnet_error"
        if reason.is_file() and (text := reason.read_text(errors="replace")).endswith("\n") and text.strip():
            day = first + days_done(folder)
            expected = f"the scheme to run to the end of day {request.days}"
            raise HostRunFailed(self.name, day, expected=expected, got=f"{text.strip()}, after day {day}", where=str(reason))
        if stop.received and status != 0:
            raise self._fault(request, f"{stop.name}, which stopped it", folder, "repeat the command to resume the run")
        if status != 0:
            raise self._fault(request, f"exit status {status}", folder / "log")
        for name in ("history.nc", RESTART):
            if not (folder / name).is_file():
                raise self._fault(request, f"no file {name}", folder)
        with open_netcdf(folder / "history.nc") as file:
            records = len(file.dimensions["time"]) if "time" in file.dimensions else 0
        if records != days:
            raise self._fault(request, f"history.nc with {records} records on dimension time for {days} days", folder)

    def _fault(self, request: RunRequest, got: str, where: Path, remedy: str = RESUME) -> HostFault:
        return HostFault(self.name, expected=f"the host to run to the end of day {request.days}", got=got, where=str(where), remedy=remedy)


def _with_own_scheme(request: RunRequest, digest: Any) -> RunRequest:
    """The request with the run's copy of its scheme, so that replacing the original does not change the run."""
    if request.options.scheme is None:
        return request
    copy = request.output / "scheme.pt"
    if not copy.is_file() or sha256_of(copy) != digest:
        with replacing(copy) as temporary:
            shutil.copyfile(request.options.scheme, temporary)
    return replace(request, options=replace(request.options, scheme=copy.resolve()))


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise ParamnetError(str(path), expected="a restart file", got="none")


def _state(start: Path) -> Path:
    """The restart file that a run starts from: ``start``, or the last one of the run in that folder."""
    found = stretches.last_status(start, _require_file) if Path(start).is_dir() else Path(start)
    if not found.is_file():
        raise ParamnetError("start", expected="a restart file, or the folder of a completed run", got=f"no file {found}")
    return found


def _clear(folder: Path) -> None:
    """Remove a run from its folder; run.json goes last, so that an interruption leaves the folder claimed."""
    shutil.rmtree(folder / "chunks", ignore_errors=True)
    for pattern in ("history_*.nc", "frequent_*.nc", "summary.json", "scheme.pt", outcome.NAME, IDENTITY):
        for path in folder.glob(pattern):
            path.unlink()
