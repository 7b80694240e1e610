"""Read a run's three-hourly means (frequent_*.nc) over the compared days: rain, outgoing longwave, column energy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet.climate.history import History, HistoryGrid
from paramnet.contract import ParamnetError

Floats = NDArray[np.float64]
FIELDS = (
    "precipitation_flux",
    "toa_outgoing_longwave_flux",
    "column_heating_by_physics",
    "column_moistening_by_physics",
    "radiative_flux_convergence",
)


@dataclass(frozen=True)
class Frequent:
    """Fields over the window : name -> (time, lat, lon), in the file's units, with ``per_day`` samples a day."""

    grid: HistoryGrid
    per_day: int
    fields: dict[str, Floats]

    def weight(self) -> Floats:
        """Area weight of each sample, (time, lat, lon), sums to 1."""
        shape = next(iter(self.fields.values())).shape
        weight = np.broadcast_to(self.grid.latitude_weight[None, :, None], shape)
        return weight / weight.sum()


def read_frequent(run: History, window: tuple[int, int]) -> Frequent | None:
    """Read the days first < day <= last of a run; None without such files. Raises ParamnetError if they contain fewer days."""
    files = [path for path in sorted(run.folder.glob("frequent_*.nc")) if path.stat().st_size]
    if not files:
        return None
    parts: dict[str, list[Floats]] = {name: [] for name in FIELDS}
    per_day = _per_day(files[0])
    for path in files:
        with netCDF4.Dataset(path) as file:
            for name in FIELDS:
                parts[name].append(np.ma.filled(file[name][:].astype(np.float64), np.nan))
    fields = {name: np.concatenate(values)[window[0] * per_day : window[1] * per_day] for name, values in parts.items()}
    found = len(fields[FIELDS[0]])
    if found != (window[1] - window[0]) * per_day:
        raise ParamnetError(
            f"run {run.name}",
            expected=f"three-hourly means of days {window[0]} to {window[1]}",
            got=f"{found / per_day:g} days",
            where=str(run.folder),
            remedy="repeat the run with the current adapter",
        )
    return Frequent(run.grid, per_day, fields)


def _per_day(path: Path) -> int:
    with netCDF4.Dataset(path) as file:
        first, last = (float(value) for value in file["time_bounds"][0])
    return round(1.0 / (last - first))
