"""The truth of Lorenz 96 as files that ``paramnet preprocess source=lorenz96`` reads."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

import netCDF4
import numpy as np
from numpy.typing import NDArray

from paramnet import __version__
from paramnet.files import locked, replacing, require_writable_folder
from paramnet.reporting.provenance import how_made
from paramnet.testbeds.claim import claim
from paramnet.testbeds.config import RecordConfig
from paramnet.testbeds.host import HostRun, build_testbeds, run_host
from paramnet.testbeds.lorenz96 import TIME_STEP, UNIT_DAYS, Lorenz96

CONSECUTIVE = "consecutive.nc"
TRAINING = "training.nc"


def steps_of(units: float) -> int:
    """Time steps in a number of time units."""
    return round(units / TIME_STEP)


def truth_run(system: Lorenz96, units: float, spin_up_units: float, interval: int, seed: int, restart: Path | None = None) -> HostRun:
    """A run of the complete system from a random state."""
    random = np.random.default_rng(seed)
    x = system.forcing / 4 * random.standard_normal((1, system.sectors))
    y = 0.1 * random.standard_normal((1, system.sectors, system.small_per_sector))
    discard = steps_of(spin_up_units)
    return HostRun("truth", system, discard + steps_of(units), (x, 0 * x, y), interval, discard, restart=restart)


def record(config: RecordConfig) -> Path:
    """Write ``training.nc`` and ``consecutive.nc`` into ``config.output`` and return it; what is complete is kept.

    Raises ParamnetError for a folder with records of other settings.
    """
    folder = require_writable_folder(Path(config.output), "output")
    began = time.monotonic()
    identity = {"settings": {key: value for key, value in asdict(config).items() if key not in ("output", "build", "overwrite")}}
    with locked(folder / ".lock", f"records in {folder}"):
        results = [folder / TRAINING, folder / CONSECUTIVE]
        if claim(folder / "record.json", identity, "records", results, config.overwrite):
            return folder
        program = build_testbeds(Path(config.build)) / "lorenz96"
        work, end = folder / "run", folder / "restart"
        first = truth_run(config.system, config.units, config.spin_up_units, config.interval, config.seed, restart=end)
        training = run_host(program, first, work, "record")
        next_steps = HostRun("truth", config.system, steps_of(config.consecutive_units), first.initial, continue_from=end)
        consecutive = run_host(program, next_steps, work, "successive steps")
        how = how_made(began)
        history = f"{how['created']}: {how['command']} (paramnet {__version__} {how['commit']})"
        write_truth(folder / CONSECUTIVE, consecutive, 1, config, history)
        write_truth(folder / TRAINING, training, config.interval, config, history)
    return folder


def write_truth(path: Path, records: NDArray[np.float64], interval: int, config: RecordConfig, history: str) -> None:
    """Write records (record, 3, member, sector) of the first member as a CF file: the inputs of each point, and U."""
    x, previous, u = records[:, :, 0].swapaxes(0, 1)
    count, sectors = x.shape
    with replacing(path) as temporary, netCDF4.Dataset(temporary, "w") as file:
        file.setncatts({"Conventions": "CF-1.11", "title": "Lorenz 96, two tiers", "source": f"paramnet testbed lorenz96, {config.system}"})
        file.history = history
        file.createDimension("time", count)
        file.createDimension("point", sectors)
        days = np.arange(count) * interval * TIME_STEP * UNIT_DAYS
        _variable(file, "time", ("time",), days, "days since 0001-01-01", "time", "Time; five days are one time unit")
        _variable(file, "latitude", ("point",), np.full(sectors, 45.0), "degrees_north", "latitude", "Latitude of the ring")
        _variable(file, "longitude", ("point",), np.arange(sectors) * 360 / sectors, "degrees_east", "longitude", "Longitude")
        for offset in range(sectors):
            text = f"X of the point {offset} to the east"
            _variable(file, f"resolved_{offset}", ("time", "point"), np.roll(x, -offset, axis=1), "1", "", text)
        _variable(file, "previous_subgrid_tendency", ("time", "point"), previous, "1", "", "The next variable, of the time step before")
        _variable(file, "subgrid_tendency", ("time", "point"), u, "1", "", "Mean tendency of X by Y over the time step, per time unit")
        file["time"].calendar = "365_day"


def _variable(
    file: netCDF4.Dataset, name: str, dims: tuple[str, ...], values: NDArray[np.float64], units: str, standard_name: str, text: str
) -> None:
    variable = file.createVariable(name, "f8", dims)
    variable.setncatts({"units": units, "long_name": text} | ({"standard_name": standard_name} if standard_name else {}))
    variable[:] = values


def read_truth(path: Path) -> NDArray[np.float64]:
    """The records of a file of ``record`` : (record, 3, member, sector), X, U of the step before, and U."""
    with netCDF4.Dataset(path) as file:
        names = ("resolved_0", "previous_subgrid_tendency", "subgrid_tendency")
        return np.stack([np.asarray(file[name][:], np.float64) for name in names], axis=1)[:, :, None]
