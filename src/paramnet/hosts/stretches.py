"""Stretches of a run, each between two starts of the host. Files are recorded with size and hash, and checked before the run continues."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramnet.contract import ParamnetError
from paramnet.files import put_in_place, sha256_of, sync, write_json

logger = logging.getLogger(__name__)
PLASIM_STATUS = "plasim_status"  # of records that do not name their restart file
DAILY_FILES = "*.cam2.h1.*.nc"
SERIES = ("history.nc", "frequent.nc", "record.nc")
KEPT = 2  # restart files

Check = Callable[[Path], None]  # of a restart file: raises ParamnetError unless it is complete


@dataclass(frozen=True)
class Stretch:
    """A completed stretch: its folder and the contents of its done.json."""

    folder: Path
    recorded: dict[str, Any]

    @property
    def run(self) -> Path:
        """The run's folder."""
        return self.folder.parent.parent

    @property
    def days(self) -> int:
        """Its length in days."""
        return int(self.recorded["days"])

    @property
    def status(self) -> Path:
        """Its restart file."""
        return self.folder / self.recorded.get("restart", PLASIM_STATUS)

    def published(self, name: str) -> Path:
        """Path of one of its files in the run's folder."""
        if name in SERIES:
            return self.run / f"{name.removesuffix('.nc')}_{self.folder.name}.nc"
        return self.run / "h1" / name if Path(name).match(DAILY_FILES) else self.folder / name


def record(folder: Path, days: int, executable: str, restart: str = PLASIM_STATUS) -> None:
    """Sync the results of a stretch, with its ``restart`` file, to disk, and write done.json. Raises ValueError for a damaged summary."""
    names = sorted(path.name for path in folder.iterdir() if path.name in (*SERIES, restart, "summary.json") or path.match(DAILY_FILES))
    json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    named = {"restart": restart} if restart != PLASIM_STATUS else {}
    files = {name: _synced(folder / name) for name in names}
    write_json(folder / "done.json", {"days": days, "executable": executable, **named, "files": files})


def publish(stretch: Stretch) -> None:
    """Move its results to the run's folder. A call after an interruption moves the remaining ones."""
    for path in [*(stretch.folder / name for name in SERIES), *stretch.folder.glob(DAILY_FILES)]:
        if path.is_file():
            target = stretch.published(path.name)
            target.parent.mkdir(exist_ok=True)
            put_in_place(path, target)


def copy_status(stretch: Stretch, target: Path) -> None:
    """Copy its restart file to the next stretch. Raises ParamnetError if the copy differs from the record in done.json."""
    shutil.copyfile(stretch.status, target)
    recorded = stretch.recorded.get("files", {}).get(stretch.status.name)
    if recorded and _fingerprint(target) != recorded:
        raise ParamnetError(
            f"{stretch.status}",
            expected=f"{recorded['bytes']} bytes, SHA-256 {recorded['sha256'][:12]}…, as recorded in done.json",
            got="another file",
            remedy="repeat the command: it runs the last stretch again",
        )


def done(run: Path) -> list[Stretch]:
    """Completed stretches of a run in order, from their done.json; their files are not checked."""
    found: list[Stretch] = []
    for path in sorted(run.glob("chunks/[0-9][0-9][0-9][0-9]/done.json")):
        try:
            recorded = json.loads(path.read_text(encoding="utf-8"))
            stretch = Stretch(path.parent, {"days": int(recorded["days"]), **recorded})
        except (ValueError, KeyError, TypeError):
            logger.warning("%s is damaged: this and the following stretches are run again", path)
            return found
        if int(path.parent.name) != len(found) + 1:
            logger.warning("%s: stretch %d is missing: it and the following ones are run again", run, len(found) + 1)
            return found
        found.append(stretch)
    return found


def intact(run: Path, days: int, check: Check) -> list[Stretch]:
    """Stretches that the run can continue from. Drops, with a warning, those after the newest one whose files agree with its done.json.

    days : length of the run. A complete run needs its results but no restart file. check : of a restart file.
    """
    stretches = done(run)
    for stretch in stretches:
        publish(stretch)
    usable = list(stretches)
    while usable and (reason := _damage(usable[-1], check, restart=sum(stretch.days for stretch in usable) < days)):
        logger.warning("%s: the last stretch is run again: %s", run, reason)
        usable.pop()
    for stretch in usable[:-1]:
        for name, path in _results(stretch):
            if not path.is_file() or path.stat().st_size != stretch.recorded["files"][name]["bytes"]:
                logger.warning("%s is missing or differs from its record; the run can continue without it", path)
    for folder in sorted(path for path in run.glob("chunks/*") if path not in {stretch.folder for stretch in usable}):
        _drop(run, folder)
    return usable


def forget_old_status(stretches: list[Stretch]) -> None:
    """Remove all but the newest ``KEPT`` restart files."""
    for stretch in stretches[:-KEPT]:
        stretch.status.unlink(missing_ok=True)


def last_status(run: Path, check: Check) -> Path:
    """Final restart file of a run, for another to ``start`` from. Raises ParamnetError if the run has none or it is damaged."""
    if not (stretches := done(run)):
        raise ParamnetError(
            "start", expected="a run with a completed stretch", got="none", where=str(run), remedy="let that run complete first"
        )
    if reason := _damage(stretches[-1], check):
        raise ParamnetError(
            "start", expected="an intact restart file", got=reason, where=str(run), remedy="repeat that run with overwrite=true"
        )
    return stretches[-1].status


def _damage(stretch: Stretch, check: Check, restart: bool = True) -> str:
    """Describe the damage to a stretch's files; empty if they agree with done.json. restart : check the restart file too."""
    recorded = stretch.recorded.get("files", {}).get(stretch.status.name)
    try:
        if restart:
            check(stretch.status)
    except ParamnetError as error:
        return str(error)
    if restart and recorded and _fingerprint(stretch.status) != recorded:
        return f"{stretch.status} differs from its record ({recorded['bytes']} bytes, SHA-256 {recorded['sha256'][:12]}…)"
    for name, path in _results(stretch):
        size = path.stat().st_size if path.is_file() else -1
        if size != stretch.recorded["files"][name]["bytes"]:
            return f"{path}: expected {stretch.recorded['files'][name]['bytes']} bytes, got {'no file' if size < 0 else size}"
    return ""


def _results(stretch: Stretch) -> list[tuple[str, Path]]:
    return [(name, stretch.published(name)) for name in stretch.recorded.get("files", {}) if name != stretch.status.name]


def _drop(run: Path, folder: Path) -> None:
    """Remove a stretch that is run again: done.json first, then its results."""
    number = folder.name.partition(".")[0]
    recorded = folder / "done.json"
    names = []
    if recorded.is_file():
        with suppress(ValueError, AttributeError):
            names = list(json.loads(recorded.read_text(encoding="utf-8")).get("files", {}))
        recorded.unlink()
    for name in (f"{Path(name).stem}_{number}.nc" for name in SERIES):
        (run / name).unlink(missing_ok=True)
    for name in (name for name in names if Path(name).match(DAILY_FILES)):
        (run / "h1" / name).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _synced(path: Path) -> dict[str, Any]:
    """Sync a file to disk and return its fingerprint."""
    sync(path)
    return _fingerprint(path)


def _fingerprint(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
