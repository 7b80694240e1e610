"""Small synthetic runs of a host: daily means on a Gaussian grid of 8 latitudes, 4 longitudes and 3 levels."""

import json
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np

from paramnet.climate.cf.names import UNITS
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


def write_cf(
    path: Path,
    fields: dict[str, np.ndarray],
    *,
    begin: float = 0.0,
    per_day: int = 1,
    units: dict[str, str] | None = None,
    standard_names: dict[str, str] | None = None,
    time_units: str = "days since 2001-01-01",
    bounds: bool = True,
) -> Path:
    """Write (time, [lev,] lat, lon) fields as a CF file on the grid of ``write_history``; times count from ``begin`` in ``time_units``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_history(path, fields)
    records = len(next(iter(fields.values())))
    scale = {"days": 1.0, "hours": 24.0}[time_units.split()[0]]
    edges = begin + np.arange(records + 1) / per_day * scale
    with netCDF4.Dataset(path, "a") as file:
        time = file.createVariable("time", "f8", ("time",))
        time.setncatts({"units": time_units, "calendar": "noleap"} | ({"bounds": "time_bounds"} if bounds else {}))
        time[:] = 0.5 * (edges[1:] + edges[:-1])
        if bounds:
            file.createDimension("bounds", 2)
            file.createVariable("time_bounds", "f8", ("time", "bounds"))[:] = np.stack([edges[:-1], edges[1:]], axis=1)
        file["lat"].setncatts({"standard_name": "latitude", "units": "degrees_north"})
        file["lon"].units = "degrees_east"
        terms = {"standard_name": "atmosphere_sigma_coordinate", "units": "1", "formula_terms": "sigma: lev ps: ps ptop: ptop"}
        file["lev"].setncatts(terms)
        file.createVariable("ptop", "f8", ()).units = "Pa"
        file["ptop"][...] = 0.0
        for name in fields:
            file[name].units = (units or {}).get(name, UNITS.get(name, "1"))
            if standard := (standard_names or {}).get(name, name if name in UNITS else ""):
                file[name].standard_name = standard
    return path
