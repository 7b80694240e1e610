"""Read the daily means of a run, complete or failed: its files in order, including that of an unfinished stretch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.contract import ParamnetError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class HistoryGrid:
    """The grid of a history.

    latitude : (lat), degrees north, north first; longitude : (lon), degrees east; sigma : (lev), top first, or pressure over 1000 hPa
    at a surface pressure of 1000 hPa; sigma_interface : (lev + 1). latitude_weight : (lat), sums to 1; thickness : (lev), Δσ.
    land : (lat, lon), land fraction, for coastlines; None if the host does not write it.
    area : (lat), area fraction, sums to 1; None for Gaussian latitudes. vertical : meaning of sigma, for figures.
    """

    latitude: Floats
    longitude: Floats
    sigma: Floats
    sigma_interface: Floats
    land: Floats | None
    area: Floats | None = None
    vertical: str = "σ = p / surface pressure"

    @property
    def latitude_weight(self) -> Floats:
        """Area fraction of each latitude band: ``area``, or Gauss–Legendre weights, which are exact for Gaussian latitudes."""
        if self.area is not None:
            return self.area
        nodes, weights = np.polynomial.legendre.leggauss(len(self.latitude))
        nodes, weights = nodes[::-1], weights[::-1]
        if not gaussian_latitudes(self.latitude, 1e-4):
            raise ParamnetError(
                "lat",
                expected=f"the {len(nodes)} Gaussian latitudes, north first (from {np.rad2deg(np.arcsin(nodes[0])):.2f})",
                got=f"{self.latitude[0]:.2f} … {self.latitude[-1]:.2f}",
                remedy="compare histories on the host's own grid",
            )
        return weights / weights.sum()

    @property
    def thickness(self) -> Floats:
        """Δσ of each level."""
        return np.diff(self.sigma_interface)


def gaussian_latitudes(latitude: Floats, tolerance: float) -> bool:
    """Return True if the latitudes (degrees, north first) are the Gaussian ones of their number; ``tolerance`` of the sine."""
    nodes = np.polynomial.legendre.leggauss(len(latitude))[0][::-1]
    return bool(np.allclose(np.sin(np.deg2rad(latitude)), nodes, atol=tolerance))


class History(Protocol):
    """Daily means of one run, whoever wrote them, in the units of ``climate.FIELDS`` before their factors.

    ``lenient`` : fields that are not there are left out of the comparison, not refused. ``left_out`` : reason by field.
    """

    @property
    def name(self) -> str: ...
    @property
    def folder(self) -> Path: ...
    @property
    def files(self) -> tuple[Path, ...]: ...
    @property
    def summary(self) -> dict[str, Any]: ...
    @property
    def failure(self) -> str: ...
    @property
    def lenient(self) -> bool: ...
    @property
    def left_out(self) -> dict[str, str]: ...
    @property
    def grid(self) -> HistoryGrid: ...
    @property
    def constants(self) -> dict[str, float]: ...
    @property
    def recorded_days(self) -> int: ...

    def variables(self) -> set[str]: ...
    def days(self, name: str) -> Iterator[Floats]: ...


@dataclass(frozen=True)
class RunHistory:
    """The files of one run of ``paramnet online``; none if it failed on its first day.

    ``name`` : its role (control, learned, …). ``summary`` : its counters and costs.
    """

    name: str
    folder: Path
    files: tuple[Path, ...]
    summary: dict[str, Any]
    failure: str
    """The host's message if the run ended early, else empty."""

    @property
    def lenient(self) -> bool:
        return False

    @property
    def left_out(self) -> dict[str, str]:
        return {}

    @property
    def recorded_days(self) -> int:
        """Number of daily means."""
        return sum(_records(path) for path in self.files)

    @property
    def grid(self) -> HistoryGrid:
        """The grid, from the first file."""
        with netCDF4.Dataset(self.files[0]) as file:
            land = _land(file)
            interface = np.asarray(file.getncattr("sigma_interface"), dtype=np.float64)
            latitude, longitude, sigma = (np.ma.filled(file[n][:].astype(np.float64), np.nan) for n in ("lat", "lon", "lev"))
        return HistoryGrid(latitude, longitude, sigma, interface, land)

    @property
    def constants(self) -> dict[str, float]:
        """The host's constants (SI), from its files."""
        names = ("gravity", "specific_heat_of_dry_air", "latent_heat_of_vaporization")
        with netCDF4.Dataset(self.files[0]) as file:
            return {name: float(file.getncattr(name)) for name in names if name in file.ncattrs()}

    def variables(self) -> set[str]:
        """Names of the fields on (time, …, lat, lon)."""
        with netCDF4.Dataset(self.files[0]) as file:
            return {name for name, variable in file.variables.items() if variable.dimensions[-2:] == ("lat", "lon")}

    def days(self, name: str) -> Iterator[Floats]:
        """Yield the daily means of one field, file by file: (day, [lev,] lat, lon), float64. Raises ParamnetError if it is missing."""
        for path in self.files:
            with netCDF4.Dataset(path) as file:
                if name not in file.variables:
                    found = sorted(self.variables())
                    remedy = "repeat the run with the current adapter"
                    raise ParamnetError(name, expected="this field", got=", ".join(found), where=str(path), remedy=remedy)
                yield np.ma.filled(file[name][:].astype(np.float64), np.nan)


def read_run(name: str, folder: Path) -> RunHistory:
    """Find the files of a run in ``folder``. Raises ParamnetError if there is no history, unless the run is recorded as failed."""
    files = [path for path in sorted(folder.glob("history*.nc")) if _records(path)]
    failed_file = folder / "failed.json"
    if failed_file.is_file():  # otherwise the unfinished stretch will be run again
        files += [path for path in sorted(folder.glob("chunks/*.partial/history.nc")) if _records(path)]
    if not files and not failed_file.is_file():
        raise ParamnetError(
            f"run {name}",
            expected="history_*.nc with daily means",
            got="none",
            where=str(folder),
            remedy="run it with `paramnet online`",
        )
    _require_days_in_order(name, files)
    return RunHistory(name, folder, tuple(files), _table(folder / "summary.json"), str(_table(failed_file).get("message", "")))


def _table(path: Path) -> dict[str, Any]:
    """Contents of a JSON file of the run; empty if there is none."""
    if not path.is_file():
        return {}
    try:
        table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        remedy = "repeat the command that made the run"
        raise ParamnetError(f"{path}", expected="a JSON object", got=f"a damaged file ({error})", remedy=remedy) from error
    return table


def _require_days_in_order(name: str, files: list[Path]) -> None:
    """Require consecutive records of one day each, since records are counted as days."""
    last = None
    for path in files:
        with netCDF4.Dataset(path) as file:
            if "time_bounds" not in file.variables:
                continue
            bounds = np.asarray(file["time_bounds"][:], dtype=np.float64)
        begins = bounds[:, 0] if last is None else np.concatenate([[last], bounds[:, 1]])[:-1]
        if not (np.allclose(bounds[:, 1] - bounds[:, 0], 1.0) and np.allclose(bounds[:, 0], begins)):
            raise ParamnetError(
                f"run {name}",
                expected="consecutive daily means",
                got=f"other intervals, or missing or repeated days (from day {bounds[0, 0]:g} to {bounds[-1, 1]:g})",
                where=str(path),
                remedy="set options.history_every to the steps of a day, or start the run again with overwrite=true",
            )
        last = bounds[-1, 1]


def _records(path: Path) -> int:
    """Number of complete records; 0 also for a file that a killed host left: not netCDF, or without its dimensions yet."""
    try:
        with netCDF4.Dataset(path) as file:
            return len(file.dimensions["time"]) if "time" in file.dimensions else 0
    except OSError:
        return 0


def _land(file: netCDF4.Dataset) -> Floats | None:
    if "land_area_fraction" not in file.variables:
        return None
    return np.ma.filled(file["land_area_fraction"][0].astype(np.float64), np.nan)
