"""Files in the layout of module paramnet_record: two levels, two columns a rank, four steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

CONSTANTS = {"gravity": 9.81, "specific_heat_of_dry_air": 1004.5, "latent_heat_of_vaporization": 2.5e6}
INTERFACES = {"a_interface": [0.0, 0.0, 0.0], "b_interface": [0.0, 0.5, 1.0], "a_mid": [0.0, 0.0], "b_mid": [0.25, 0.75]}
VARIABLES: dict[str, tuple[str, str, float, float]] = {  # name -> units, role, range
    "air_temperature": ("K", "input", 250.0, 290.0),
    "surface_air_pressure": ("Pa", "input", 9.9e4, 1.01e5),
    "tendency_of_air_temperature_due_to_convection": ("K s-1", "output", -1e-4, 1e-4),
}
COLUMNS = 2


def write_recording(folder: Path, ranks: int = 1, **changes: Any) -> list[Path]:
    """Write the files of one period; returns their paths. Values are the number of the column, from 0 over all ranks, within the range.

    changes : ``times`` of a rank by number, ``variables``, ``constants``, ``levels``, ``area``, ``layout`` in place of those above;
    ``run`` : text of the attribute; ``period`` : number of the files; ``profiles`` : the dimension of profiles, "level" or "interface".
    """
    folder.mkdir(parents=True, exist_ok=True)
    period = changes.get("period", 0)
    return [_write(folder / f"convection_{period:08d}_r{rank:04d}.nc", rank, ranks, changes) for rank in range(ranks)]


def _write(path: Path, rank: int, ranks: int, changes: dict[str, Any]) -> Path:
    times = changes.get("times", {}).get(rank, np.arange(4) / 24)
    with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_OFFSET") as dataset:
        for name, size in {"time": None, "column": COLUMNS, "level": 2, "interface": 3}.items():
            dataset.createDimension(name, size)
        dataset.setncatts({"paramnet_scheme": "convection", "paramnet_layout": changes.get("layout", "one"), "source": "a model"})
        dataset.setncatts({"paramnet_run": changes.get("run", f"run{rank}")})
        dataset.setncatts({"time_step_seconds": 3600.0, "tendency_interval_seconds": 3600.0})
        dataset.setncatts({"paramnet_rank": float(rank), "paramnet_ranks": float(ranks), **changes.get("constants", CONSTANTS)})
        here = rank * COLUMNS + np.arange(COLUMNS)
        coordinates = {"latitude": 10.0 * here, "longitude": 20.0 * here} | ({"area": 1.0 + here} if changes.get("area", True) else {})
        for name, values in {**coordinates, **changes.get("levels", INTERFACES)}.items():
            dimension = "column" if name in coordinates else "interface" if name.endswith("interface") else "level"
            variable = dataset.createVariable(name, "f8", (dimension,))
            variable.units = {"latitude": "degrees_north", "longitude": "degrees_east", "height": "m"}.get(
                name, "Pa" if name.startswith("a_") else "1"
            )
            variable[:] = values
        time = dataset.createVariable("time", "f8", ("time",))
        time.setncatts({"units": "days since 0001-01-01", "calendar": "noleap"})
        time[:] = times
        for name, (units, role, low, high) in changes.get("variables", VARIABLES).items():
            profile = "pressure" not in name and "rate" not in name
            variable = dataset.createVariable(
                name, "f4", ("time", changes.get("profiles", "level"), "column") if profile else ("time", "column")
            )
            variable.setncatts({"units": units, "paramnet_role": role, "actual_range": np.array([low, high], dtype="f4")})
            variable[:] = (
                np.broadcast_to(low + (high - low if np.isfinite(high) else 0.0) * here / 100, (*variable.shape[:-1], COLUMNS))
                if len(times)
                else 0
            )
    return path
