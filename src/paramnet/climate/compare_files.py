"""Compare the histories of any model: find the members of each role, open them, and hand them to the comparison."""

from __future__ import annotations

from glob import glob
from pathlib import Path

import netCDF4
import numpy as np

from paramnet.climate.cf.history import CfHistory
from paramnet.climate.cf.opening import open_cf
from paramnet.climate.climate import require_window
from paramnet.climate.climate_file import is_climate_file, read_climate
from paramnet.climate.compare import compare_histories
from paramnet.climate.compare_config import CompareConfig
from paramnet.climate.groups import CONTROL, Groups
from paramnet.climate.histories_config import HistoriesConfig
from paramnet.climate.history import History, read_run
from paramnet.contract import ParamnetError

__all__ = ["compare_files"]

FLOOR = "floor"
_OF_RUN = ("run.json", "failed.json")  # records in a folder of ``paramnet online``
_CONSTANTS = ("gravity", "specific_heat_of_dry_air", "latent_heat_of_vaporization")


def compare_files(config: HistoriesConfig) -> Path:
    """Write ``comparison.json``, ``figures/*.png`` and ``report.html`` into ``config.output`` and return it.

    Folders of ``paramnet online`` are read with their counters; others as CF files. Raises ParamnetError for a pattern without files,
    files that cannot be compared, or a control that is shorter than the window.
    """
    histories, groups = open_members(config)
    last_day = config.last_day or min(histories[name].recorded_days for name in groups.references)
    require_window(config.first_day, last_day)
    settings = CompareConfig(
        runs={name: history.folder for name, history in histories.items()},
        output=Path(config.output),
        first_day=config.first_day,
        last_day=last_day,
        wave_segment_days=config.wave_segment_days,
        skill=Path(config.skill) if config.skill else None,
        title=config.title,
        left_out=config.left_out,
        climates=config.climates,
        provenance={name: _origin(history) for name, history in histories.items()},
    )
    return compare_histories(settings, histories, groups)


def open_members(config: HistoriesConfig) -> tuple[dict[str, History], Groups]:
    """The history of each member, and the roles. The control's further members are named ``floor``, ``floor 2`` …"""
    found = {role: [files for entry in config.entries(role) for files in _members(role, entry)] for role in config.roles}
    controls = found.pop(CONTROL)
    names = {CONTROL: [CONTROL]}
    floors = [*controls[1:], *found.pop(FLOOR, [])]
    if floors:
        names[FLOOR] = _numbered(FLOOR, len(floors))
        found = {FLOOR: floors} | found
    names |= {role: _numbered(role, len(members)) for role, members in found.items()}
    members = {CONTROL: controls[0]}
    for role, its in found.items():
        members |= dict(zip(names[role], its, strict=True))
    if len(members) < 2:
        raise ParamnetError("runs", expected="a control and another run", got="a control", remedy="set runs.learned=…")
    histories = {name: _open(name, files, config) for name, files in members.items()}
    references = (CONTROL, *names.get(FLOOR, [])[: len(controls) - 1])
    return histories, Groups(references, {role: tuple(its) for role, its in names.items()})


def _numbered(role: str, count: int) -> list[str]:
    return [role, *(f"{role} {number}" for number in range(2, count + 1))]


def _members(role: str, entry: str) -> list[list[Path]]:
    """Files of each member that an entry stands for; of a folder of ``paramnet online`` the folder itself."""
    matches = [Path(entry)] if Path(entry).exists() else [Path(one) for one in sorted(glob(entry, recursive=True))]
    files = [one for one in matches if one.is_file()]
    if files and all(is_climate_file(one) for one in files):
        return [[one] for one in files]
    if files:
        return [files]
    members = [_of_folder(one) for one in matches]
    if not members or not all(members):
        empty = next((str(one) for one, its in zip(matches, members, strict=True) if not its), "")
        got = f"no .nc files in {empty}" if empty else f"nothing at {entry!r}"
        raise ParamnetError(f"runs.{role}", expected="folders with netCDF files, files, or a pattern of either", got=got)
    return members


def _of_folder(folder: Path) -> list[Path]:
    return [folder] if any((folder / record).is_file() for record in _OF_RUN) else sorted(folder.glob("*.nc"))


def _open(name: str, files: list[Path], config: HistoriesConfig) -> History:
    if files[0].is_dir():
        return read_run(name, files[0])
    if is_climate_file(files[0]):
        return read_climate(name, files[0])
    constants = _stated_constants(files[0])
    if config.latent_heat_of_vaporization is not None:
        constants["latent_heat_of_vaporization"] = config.latent_heat_of_vaporization
    return open_cf(name, files, config.names, config.units, constants)


def _stated_constants(path: Path) -> dict[str, float]:
    """Constants in global attributes of these names."""
    try:
        with netCDF4.Dataset(path) as file:
            found = {name: np.asarray(file.getncattr(name)) for name in _CONSTANTS if name in file.ncattrs()}
    except OSError:
        return {}  # refused with its name when it is read
    return {name: float(value) for name, value in found.items() if value.ndim == 0 and value.dtype.kind in "iuf"}


def _origin(history: History) -> str:
    """Files of a run and what was passed over in them, for the report."""
    files = [str(path) for path in history.files]
    listed = files[0] if len(files) == 1 else f"{len(files)} files, {files[0]} … {files[-1]}" if files else "no files"
    notes = history.notes if isinstance(history, CfHistory) else []
    return "; ".join([listed, *notes])
