"""The sample in data/sp_plasim: a few steps of a superparameterized run, every fourth meridian, what contract rasp2018_plasim reads.

    python data/make_sp_sample.py RUN/h1 data/sp_plasim

Of four days spread over the run, every eighth step and the one before it, whose surface fluxes belong to it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import netCDF4
import numpy as np

EVERY, MERIDIANS, DAYS = 8, 4, 4
DIGITS = {"TAP": 5, "PS": 5}  # significant ones that are kept; of the others 4
DROPPED = {"UAP", "QRS", "QRL", "DTV", "VD01"}


def thin(source: Path, target: Path) -> None:
    """Copy the wanted steps, meridians and variables of a day."""
    with netCDF4.Dataset(source) as old, netCDF4.Dataset(target, "w") as new:
        steps = np.arange(len(old.dimensions["time"]))
        steps = steps[(steps % EVERY == 0) & (steps > 0) | ((steps + 1) % EVERY == 0) & (steps + 1 < len(steps))]
        new.setncatts({name: old.getncattr(name) for name in old.ncattrs()})
        new.comment = f"every {EVERY}th step and the one before it, every {MERIDIANS}th meridian, 4 to 5 significant digits"
        chosen = {"time": steps, "lon": np.arange(0, len(old.dimensions["lon"]), MERIDIANS)}
        for name, dimension in old.dimensions.items():
            new.createDimension(name, None if name == "time" else len(chosen.get(name, range(len(dimension)))))
        for name, variable in old.variables.items():
            if name in DROPPED:
                continue
            packed = {"zlib": True, "complevel": 9, "shuffle": True} if variable.dimensions[:1] == ("time",) and variable.ndim > 1 else {}
            if packed:
                packed |= {"significant_digits": DIGITS.get(name, 4), "quantize_mode": "BitGroom"}
            copy = new.createVariable(name, variable.dtype, variable.dimensions, **packed)
            copy.setncatts({key: variable.getncattr(key) for key in variable.ncattrs() if key != "_FillValue"})
            values = variable[:]
            for axis, dimension in enumerate(variable.dimensions):
                if dimension in chosen:
                    values = np.take(values, chosen[dimension], axis=axis)
            copy[:] = values


def main(source: Path, target: Path) -> None:
    """Four days, the first and the last of the run among them."""
    days = sorted(source.glob("*.cam2.h1.*.nc"))
    if len(days) < DAYS:
        sys.exit(f"{source}: expected at least {DAYS} days of *.cam2.h1.*.nc, found {len(days)}")
    target.mkdir(parents=True, exist_ok=True)
    for index in np.linspace(0, len(days) - 1, DAYS).round().astype(int):
        thin(days[index], target / days[index].name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
