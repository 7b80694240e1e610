"""Write the tiny SYNTHETIC file of the worked example in docs/guides/sources.md: CF conventions, and every oddity they allow for.

    python data/make_cf_example.py output=data/cf_example

Levels run from the bottom, temperature is in degrees Celsius, humidity in g kg-1, time in hours; and one attribute lies.
"""

from __future__ import annotations

import sys
from pathlib import Path

import netCDF4
import numpy as np

from paramnet.contract import Contract

HOURS, LATITUDES, LONGITUDES = 12 * 24, np.array([-67.5, -22.5, 22.5, 67.5]), np.arange(6) * 60.0


def write(folder: Path) -> Path:
    """Write ``folder``/cf_example.nc and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path, grid, random = folder / "cf_example.nc", Contract.from_yaml("cf_example").vertical_grid, np.random.default_rng(0)
    with netCDF4.Dataset(path, "w") as dataset:
        dataset.setncatts({"Conventions": "CF-1.11", "title": "SYNTHETIC", "source": "data/make_cf_example.py: random numbers, no model"})
        for name, size in {"time": HOURS, "level": 8, "latitude": len(LATITUDES), "longitude": len(LONGITUDES), "bounds": 2}.items():
            dataset.createDimension(name, size)

        def add(name: str, dims: tuple[str, ...], values: np.ndarray, units: str, standard_name: str = "", **attributes: str) -> None:
            variable = dataset.createVariable(name, "f4" if "time" in dims and len(dims) > 1 else "f8", dims)
            variable.setncatts({"units": units, **({"standard_name": standard_name} if standard_name else {}), **attributes})
            variable[...] = values

        hybrid = "atmosphere_hybrid_sigma_pressure_coordinate"
        add("time", ("time",), np.arange(HOURS), "hours since 2001-01-01", "time", calendar="standard")
        add("latitude", ("latitude",), LATITUDES, "degrees_north", "latitude")
        add("longitude", ("longitude",), LONGITUDES, "degrees_east", "longitude")
        middle = [np.array(values)[::-1] for values in (grid.a_mid, grid.b_mid)]
        edges = [np.array(values)[::-1] for values in (grid.a_interface, grid.b_interface)]
        add("level", ("level",), np.arange(1.0, 9.0), "1", hybrid, positive="up", formula_terms="ap: ap b: b ps: sp", bounds="level_bounds")
        add("level_bounds", ("level", "bounds"), np.arange(8)[:, None] + [0.5, 1.5], "1", formula_terms="ap: ap_bounds b: b_bounds ps: sp")
        for name, values, faces, units in (("ap", middle[0], edges[0], "Pa"), ("b", middle[1], edges[1], "1")):
            add(name, ("level",), values, units)
            add(f"{name}_bounds", ("level", "bounds"), np.stack([faces[:-1], faces[1:]], axis=1), units)
        profile, surface = ("time", "level", "latitude", "longitude"), ("time", "latitude", "longitude")
        shape = (HOURS, 8, len(LATITUDES), len(LONGITUDES))
        height = np.linspace(0, 1, 8)[:, None, None]
        warm = 28 - 80 * height - 25 * np.sin(np.radians(LATITUDES))[:, None] ** 2 + random.normal(0, 2, shape)
        rain = np.maximum(0, random.normal(0, 6, (shape[0], *shape[2:])))
        add("t", profile, warm, "degC", "air_temperature")
        add("q", profile, 14 * np.exp(-3 * height + 0.06 * np.minimum(warm - 28, 0)), "g kg-1", "specific_humidity")
        add("sp", surface, random.normal(1000, 8, rain.shape), "Pa")  # hPa, in truth
        heating = rain[:, None] * 0.9 * np.sin(np.pi * height)
        add("tntc", profile, heating, "K day-1", "tendency_of_air_temperature_due_to_convection")
        add("prc", surface, rain, "mm day-1", "lwe_convective_precipitation_rate")
    return path


if __name__ == "__main__":
    arguments = dict(argument.partition("=")[::2] for argument in sys.argv[1:])
    if set(arguments) != {"output"}:
        sys.exit(f"make_cf_example: expected output=FOLDER, got {sys.argv[1:]}")
    print(write(Path(arguments["output"])))
