"""Small synthetic runs of a host: daily means on a Gaussian grid of 8 latitudes, 4 longitudes and 3 levels."""

import json
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np

from paramnet.climate.climate import BUDGET_FIELDS, FIELDS

LATITUDES, LONGITUDES, INTERFACES = 8, 4, np.array([0.0, 0.2, 0.6, 1.0])
PROFILES = ("air_temperature", "specific_humidity", "eastward_wind", "northward_wind")
NODES, WEIGHTS = np.polynomial.legendre.leggauss(LATITUDES)
SINE, WEIGHTS = NODES[::-1], WEIGHTS[::-1] / 2.0  # north first, adding up to 1
CONSTANTS = {"gravity": 9.8, "specific_heat_of_dry_air": 1004.0, "latent_heat_of_vaporization": 2.5e6}

Change = Callable[[str, np.ndarray], np.ndarray]


def base_field(name: str, days: int) -> np.ndarray:
    """(day, [lev,] lat, lon), smooth in latitude, the same every day."""
    shape = (days, 3, LATITUDES, LONGITUDES) if name in PROFILES else (days, LATITUDES, LONGITUDES)
    scale = {"precipitation_flux": 3e-5, "convective_precipitation_flux": 2e-5, "specific_humidity": 5e-3}.get(name, 200.0)
    return np.broadcast_to(scale * (1.0 + 0.3 * SINE)[:, None], shape).copy()


def write_run(folder: Path, days: int, change: Change | None = None, chunk: int = 20, summary: dict[str, object] | None = None) -> Path:
    """Write history_0001.nc … of ``days`` days, with fields changed by ``change(name, values)``."""
    folder.mkdir(parents=True)
    names = [field.name for field in (*FIELDS, *BUDGET_FIELDS)]
    fields = {name: base_field(name, days) for name in names}
    if change is not None:
        fields = {name: change(name, values) for name, values in fields.items()}
    for number, start in enumerate(range(0, days, chunk), start=1):
        part = {name: values[start : start + chunk] for name, values in fields.items()}
        write_history(folder / f"history_{number:04d}.nc", part)
    (folder / "summary.json").write_text(json.dumps(summary or {}))
    return folder


def write_history(path: Path, fields: dict[str, np.ndarray]) -> None:
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("time", None), ("lev", 3), ("lat", LATITUDES), ("lon", LONGITUDES)):
            file.createDimension(name, size)
        coordinates = {"lat": np.rad2deg(np.arcsin(SINE)), "lon": np.arange(4) * 90.0, "lev": 0.5 * (INTERFACES[1:] + INTERFACES[:-1])}
        for name, values in coordinates.items():
            file.createVariable(name, "f8", (name,))[:] = values
        file.setncatts({"sigma_interface": INTERFACES} | CONSTANTS)
        for name, values in fields.items():
            dimensions = ("time", "lev", "lat", "lon") if values.ndim == 4 else ("time", "lat", "lon")
            file.createVariable(name, "f4", dimensions)[:] = values
